"""What the work behind a late delivery can do about it: begin before all is there, or take more hands."""

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from operator import itemgetter

import polars as pl

from ml.schedule.alternative_frames import AlternativeConfig, AlternativeFrames
from ml.schedule.project_state import ProjectState, Row


def resequence(
    state: ProjectState, milestone_id: str, late: Mapping[str, int], config: AlternativeConfig
) -> Iterator[Row]:
    """Let a follower begin before the delivery is there, with the part of its work that does not need it.

    It gains what its other predecessors leave it: its float before the delivery.
    """
    node = state.place[milestone_id]
    end = state.end(late)
    for at, link in enumerate(state.links):
        days = state.work.durations[link.after]
        lead = math.floor(days * config.overlap_share)
        if (
            link.before != node
            or link.type_code != "FS"
            or state.work.fixed[link.after] is not None
            or lead < 1
        ):
            continue
        links = list(state.links)
        links[at] = replace(link, lag=link.lag - lead)
        saved = end - state.end(late, links)
        if saved.max() > 0:
            yield {
                "option_code": "resequence",
                "work_milestone_id": state.milestones[link.after]["milestone_id"],
                "work_days": lead,
                "saved": saved,
                "cost_amount": 0.0,
                "risk_share": config.overlap_risk_share,
            }


class Crews:
    """Crews and when they are busy, by the open milestones of all projects."""

    def __init__(self, frames: AlternativeFrames, as_of_on: date) -> None:
        crews = frames["crews"].unique("crew_id", keep="first").to_dicts()
        self._crews: dict[str, Row] = {row["crew_id"]: row for row in crews}
        self._of_trade: dict[str, list[Row]] = {}
        for row in sorted(crews, key=_cheapest):
            self._of_trade.setdefault(row["trade_code"], []).append(row)
        busy = frames["milestones"].filter(
            pl.col("crew_id").is_not_null(),
            ~pl.col("state_code").is_in(["finished", "cancelled"]).fill_null(False),
            pl.col("planned_finish_on").is_not_null(),
        )
        windows: dict[str, list[tuple[date, date]]] = {}
        for row in busy.iter_rows(named=True):
            starts = row["started_on"] or row["planned_start_on"] or row["planned_finish_on"]
            window = max(starts, as_of_on), max(row["planned_finish_on"], as_of_on)
            windows.setdefault(row["crew_id"], []).append(window)
        self._busy = {crew: _joined(each) for crew, each in windows.items()}

    def of(self, milestone: Row) -> Row | None:
        """The crew of a milestone."""
        return self._crews.get(milestone["crew_id"])

    def idle(self, milestone: Row, first_on: date, last_on: date) -> Row | None:
        """Another crew of the trade with nothing to do on those days: of the region, then the cheapest."""
        own = self.of(milestone)
        if own is None or own["trade_code"] is None:
            return None
        of_trade = self._of_trade[own["trade_code"]]
        near = [crew for crew in of_trade if crew["region_code"] == milestone["region_code"]]
        far = [crew for crew in of_trade if crew["region_code"] != milestone["region_code"]]
        able = (
            crew
            for crew in (*near, *far)
            if crew["crew_id"] != own["crew_id"]
            and crew["is_active"] is not False
            and self._is_free(crew["crew_id"], first_on, last_on)
        )
        return next(able, None)

    def _is_free(self, crew_id: str, first_on: date, last_on: date) -> bool:
        windows = self._busy.get(crew_id, [])
        # Of windows apart from each other only the last to begin by then can still be going on.
        at = bisect_right(windows, last_on, key=itemgetter(0)) - 1
        return at < 0 or windows[at][1] < first_on


def _joined(windows: Iterable[tuple[date, date]]) -> list[tuple[date, date]]:
    """The same days in windows that do not overlap, in order."""
    joined: list[tuple[date, date]] = []
    for first_on, last_on in sorted(windows):
        if joined and first_on <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], last_on)
        else:
            joined.append((first_on, last_on))
    return joined


def _cheapest(crew: Row) -> tuple[bool, float, str]:
    return crew["hourly_cost_amount"] is None, crew["hourly_cost_amount"] or 0.0, crew["crew_id"]


def more_crew(
    state: ProjectState, milestone_id: str, late: Mapping[str, int], crews: Crews, config: AlternativeConfig
) -> Iterator[Row]:
    """Let a second crew help with work behind the delivery; both together do it as their heads allow."""
    ends = state.ends(late)
    end = ends.max(axis=0)
    for node in state.behind(state.place[milestone_id]):
        milestone, days = state.milestones[node], state.work.durations[node]
        first = int(ends[node, 0]) - days
        window = (date.fromordinal(first + _EPOCH), date.fromordinal(int(ends[node, 0]) + _EPOCH))
        crew, own = crews.idle(milestone, *window), crews.of(milestone)
        if crew is None or own is None:
            continue
        heads, more = own["head_count"] or 1, crew["head_count"] or 1
        if own["head_count"] is None or crew["head_count"] is None:
            heads = more = 1
        together = math.ceil(days * heads / (heads + more))
        saved = end - state.end(late, saved={node: days - together})
        if saved.max() > 0:
            yield {
                "option_code": "more_crew",
                "work_milestone_id": milestone["milestone_id"],
                "work_days": days - together,
                "work_new_days": together,
                "crew_id": crew["crew_id"],
                "saved": saved,
                "cost_amount": _crew_cost(own, crew, days, together, config.hours_per_day),
                "cost_currency_code": crew["currency_code"],
                "risk_share": config.crew_risk_share,
            }


#: Days from the first day of the calendar to 1970-01-01.
_EPOCH = date(1970, 1, 1).toordinal()


def _crew_cost(own: Row, crew: Row, days: int, together: int, hours: float) -> float | None:
    """Hours of the second crew less those that the first one is spared; None where a rate is not known."""
    rates = (own["hourly_cost_amount"], crew["hourly_cost_amount"], own["head_count"], crew["head_count"])
    if any(value is None for value in rates) or own["currency_code"] != crew["currency_code"]:
        return None
    more = together * crew["head_count"] * crew["hourly_cost_amount"]
    less = (days - together) * own["head_count"] * own["hourly_cost_amount"]
    return round(hours * (more - less), 2)
