"""What the work behind a late delivery can do about it: begin before all is there, or take more hands."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from ml.schedule.alternative_frames import AlternativeConfig, AlternativeFrames
from ml.schedule.critical_path import Link
from ml.schedule.outlook import NO_FLOOR, Work, forward_pass

Row = dict[str, Any]


@dataclass(frozen=True)
class ProjectState:
    """One project as a forward pass sees it, rows numbered; `own`: what each is late by at P50 and P80."""

    milestones: Sequence[Row]
    work: Work
    links: Sequence[Link]
    own: np.ndarray
    place: Mapping[str, int] = field(init=False)

    def __post_init__(self) -> None:
        place = {row["milestone_id"]: at for at, row in enumerate(self.milestones)}
        object.__setattr__(self, "place", place)

    def ends(
        self,
        floors: Mapping[str, int],
        links: Sequence[Link] | None = None,
        saved: Mapping[int, int] | None = None,
    ) -> np.ndarray:
        """Finish of each milestone at P50 and P80 where some are done on a day of their own (`floors`).

        links: instead of the project's. saved: days that milestones take less than planned.
        """
        low = np.full_like(self.own, NO_FLOOR)
        own = self.own.copy()
        for milestone, day in floors.items():
            low[self.place[milestone]] = day
            own[self.place[milestone]] = 0
        for node, days in (saved or {}).items():
            own[node] -= days
        return forward_pass(self.work, self.links if links is None else links, own, low)[0]

    def end(self, *args: Any, **options: Any) -> np.ndarray:
        """Finish of the whole project at P50 and P80."""
        return self.ends(*args, **options).max(axis=0)

    def behind(self, node: int) -> list[int]:
        """All milestones that wait for this one, at any remove and not begun, nearest first."""
        found: list[int] = []
        waiting = [node]
        for one in waiting:
            for link in self.links:
                if link.before == one and link.after not in found:
                    found.append(link.after)
                    waiting.append(link.after)
        return [one for one in found if self.work.fixed[one] is None and self.work.durations[one] > 0]


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
        crews = frames["crews"].unique("crew_id", keep="first").sort("crew_id")
        self._crews = {row["crew_id"]: row for row in crews.iter_rows(named=True)}
        busy = frames["milestones"].filter(
            pl.col("crew_id").is_not_null(),
            ~pl.col("state_code").is_in(["finished", "cancelled"]).fill_null(False),
            pl.col("planned_finish_on").is_not_null(),
        )
        self._busy: dict[str, list[tuple[date, date]]] = {}
        for row in busy.iter_rows(named=True):
            starts = row["started_on"] or row["planned_start_on"] or row["planned_finish_on"]
            window = max(starts, as_of_on), max(row["planned_finish_on"], as_of_on)
            self._busy.setdefault(row["crew_id"], []).append(window)

    def of(self, milestone: Row) -> Row | None:
        """The crew of a milestone."""
        return self._crews.get(milestone["crew_id"])

    def idle(self, milestone: Row, first_on: date, last_on: date) -> Row | None:
        """Another crew of the trade with nothing to do on those days: of the region, then the cheapest."""
        own = self.of(milestone)
        if own is None or own["trade_code"] is None:
            return None
        able = [
            crew
            for crew in self._crews.values()
            if crew["trade_code"] == own["trade_code"]
            and crew["crew_id"] != own["crew_id"]
            and crew["is_active"] is not False
            and all(last < first_on or first > last_on for first, last in self._busy.get(crew["crew_id"], ()))
        ]
        return min(
            able,
            key=lambda crew: (
                crew["region_code"] != milestone["region_code"],
                crew["hourly_cost_amount"] is None,
                crew["hourly_cost_amount"] or 0.0,
                crew["crew_id"],
            ),
            default=None,
        )


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
