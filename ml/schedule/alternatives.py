"""What can be done about a late batch: options that the data show to be there, the best first."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from ml.schedule.alternative_frames import ALTERNATIVE_SCHEMA, AlternativeConfig, AlternativeFrames
from ml.schedule.calendar import CalendarDays
from ml.schedule.critical_path import Link, precedence_order
from ml.schedule.goods import other_goods
from ml.schedule.network import network_nodes
from ml.schedule.outlook import Snapshot, Work, own_lateness
from ml.schedule.project_state import ProjectState, Row
from ml.schedule.work_options import Crews, more_crew, resequence

#: What becomes of a line when nobody does anything.
WAIT: Row = {"option_code": "wait"}


def alternatives(
    frames: Mapping[str, pl.DataFrame],
    as_of_on: date,
    *,
    publication_name: str = "",
    run_id: str = "",
    config: AlternativeConfig | None = None,
    is_waiting_told: bool = False,
) -> pl.DataFrame:
    """Ranked options for every open purchase line that comes later than promised to a milestone.

    frames: by the names of INPUT_SCHEMAS. Gives ALTERNATIVE_SCHEMA: one row a line and option, by line and
    rank. project_shift: days by which the line by itself moves the project's finish when nothing is done,
    against all goods coming as promised; moved_count: how many milestones it moves, at P80. Of an option
    line_days_saved are those by which the goods come sooner (NULL for work options), project_days_saved those
    by which the project finishes sooner, other late lines staying late. cost_amount: what it costs more than
    now, in currency_code, NULL where prices are in two currencies or not known. risk_share: chance that it
    fails. Ranked by project days saved × (1 − risk), then days that the goods come sooner, then cost.
    work_days: by so many days a follower (work_milestone_id) begins before the goods, or is done sooner by a
    second crew: in work_new_days then. Lines of projects on a cycle have no shifts and no work options.
    Options do not know of each other: two lines may be offered the same stock.

    is_waiting_told: a row of rank 0 and option `wait` tells each line with nothing done, whether there are
    options or not. Of more than config.most_lines late lines those that are latest get rows, the rest none.
    Raises MissingColumnsError for a frame without a column, ValueError for a frame that is needed or unknown.
    """
    given, config = AlternativeFrames(frames), config or AlternativeConfig()
    lines = late_lines(given, as_of_on)
    chosen = _latest(lines, config.most_lines)
    search = _Search(given, lines, as_of_on, config)
    goods = other_goods(chosen, given, as_of_on, config)
    by_line: dict[str, list[Row]] = {}
    for option in goods.iter_rows(named=True):
        by_line.setdefault(option["purchase_line_id"], []).append(option)
    rows = []
    for line in chosen.iter_rows(named=True):
        options, harm = search.of(line, by_line.get(line["purchase_line_id"], []))
        if is_waiting_told:
            rows.append(_row(line, WAIT, harm) | {"option_rank": 0})
        rows += _ranked(line, options, harm, config)
    stamp = {"as_of_on": as_of_on, "publication_name": publication_name, "_run_id": run_id}
    return pl.DataFrame([row | stamp for row in rows], schema=ALTERNATIVE_SCHEMA).sort(
        "purchase_line_id", "option_rank"
    )


def late_lines(frames: AlternativeFrames, as_of_on: date) -> pl.DataFrame:
    """Open lines for an open milestone that are expected after the day they were promised for.

    expected_on: the supplier's newest date; tomorrow where it has passed and the goods are not there.
    """
    milestones = frames["milestones"].filter(
        ~pl.col("state_code").is_in(["finished", "cancelled"]).fill_null(False)
    )
    tomorrow = pl.lit(as_of_on + timedelta(days=1))
    expected = pl.max_horizontal(pl.coalesce("current_promised_on", "promised_on"), tomorrow)
    wanted = pl.coalesce("quantity_open", "quantity")
    return (
        frames["lines"]
        .drop("project_id")
        .unique("purchase_line_id", keep="first")
        .join(milestones.select("milestone_id", "project_id", "region_code"), on="milestone_id")
        .with_columns(
            expected_on=expected,
            wanted_quantity=wanted,
            unit_amount=pl.when(pl.col("quantity") > 0).then(pl.col("line_amount") / pl.col("quantity")),
        )
        .filter(pl.col("expected_on") > pl.col("promised_on"), pl.col("wanted_quantity") > 0)
        .sort("purchase_line_id")
    )


def _latest(lines: pl.DataFrame, most: int) -> pl.DataFrame:
    """At most so many lines, those that are late by most days."""
    late = (pl.col("expected_on") - pl.col("promised_on")).dt.total_days()
    return lines.sort(late, "purchase_line_id", descending=[True, False]).head(most).sort("purchase_line_id")


@dataclass(frozen=True)
class _Harm:
    """What a late line does by itself: days by which the project moves, and how many milestones do."""

    shift: np.ndarray
    moved_count: int


class _Search:
    """The projects that late lines belong to, each asked what an option would bring it."""

    def __init__(
        self, frames: AlternativeFrames, lines: pl.DataFrame, as_of_on: date, config: AlternativeConfig
    ) -> None:
        self._config = config
        self._states = _states(frames, lines, as_of_on)
        self._crews = Crews(frames, as_of_on)
        #: The days of each milestone's late lines, by project and milestone: (line, expected, promised).
        self._days: dict[str, dict[str, list[tuple[str, int, int]]]] = {}
        numbers = lines.with_columns(
            **{name: CalendarDays().number(lines[name]) for name in ("expected_on", "promised_on")}
        )
        asked = ("project_id", "milestone_id", "purchase_line_id", "expected_on", "promised_on")
        for project, milestone, *day in numbers.select(asked).iter_rows():
            self._days.setdefault(project, {}).setdefault(milestone, []).append(tuple(day))
        #: Of each project its goods as promised, its finishes with them, and its end with all of them late.
        self._ends: dict[str, tuple[dict[str, int], np.ndarray, np.ndarray]] = {}

    def of(self, line: Row, goods: Iterable[Row]) -> tuple[list[Row], _Harm | None]:
        """The options of a line with the days that each saves its project, and the harm without any."""
        project, milestone = line["project_id"], line["milestone_id"]
        state = self._states.get(project)
        if state is None:
            return [option | {"saved": None} for option in goods], None
        late = {each: max(day for _, day, _ in days) for each, days in self._days[project].items()}
        if project not in self._ends:
            promised = {each: max(day for *_, day in days) for each, days in self._days[project].items()}
            self._ends[project] = promised, state.ends(promised), state.end(late)
        promised, planned, end = self._ends[project]
        harm = self._harm(state, line, promised, planned)
        options = [*self._timed(state, line, late, end, goods)]
        options += resequence(state, milestone, late, self._config)
        options += more_crew(state, milestone, late, self._crews, self._config)
        return options, harm

    def _harm(
        self, state: ProjectState, line: Row, promised: Mapping[str, int], planned: np.ndarray
    ) -> _Harm:
        """What this line does by itself, all others coming as promised."""
        milestone = line["milestone_id"]
        alone = max(promised[milestone], _day_number(line["expected_on"]))
        ends = state.ends({**promised, milestone: alone})
        return _Harm(ends.max(axis=0) - planned.max(axis=0), int((ends[:, 1] > planned[:, 1]).sum()))

    def _timed(
        self,
        state: ProjectState,
        line: Row,
        late: Mapping[str, int],
        end: np.ndarray,
        goods: Iterable[Row],
    ) -> Iterator[Row]:
        """Each source of goods with what it saves the project; the milestone's other lines stay late."""
        milestone, mine = line["milestone_id"], line["purchase_line_id"]
        others = [day for name, day, _ in self._days[line["project_id"]][milestone] if name != mine]
        saved: dict[int, np.ndarray] = {}
        for option in goods:
            arrival = max([_day_number(option["arrival_on"]), *others])
            if arrival not in saved:
                saved[arrival] = end - state.end({**late, milestone: arrival})
            yield option | {"saved": saved[arrival]}


def _day_number(day: date) -> int:
    return day.toordinal() - _EPOCH


#: The calendar of days counts from 1970-01-01.
_EPOCH = date(1970, 1, 1).toordinal()


def _states(frames: AlternativeFrames, lines: pl.DataFrame, as_of_on: date) -> dict[str, ProjectState]:
    """The computable ones of the projects that late lines belong to."""
    hit = frames["milestones"].filter(pl.col("project_id").is_in(lines["project_id"].unique().to_list()))
    snapshot = Snapshot(hit, frames["links"], frames["delays"], as_of_on)
    nodes, links = network_nodes(hit, frames["links"], as_of_on, snapshot.calendar)
    own = own_lateness(nodes, links, snapshot).tolist()
    broken = set(precedence_order(links, nodes.height)[1])
    more = hit.select("milestone_id", "crew_id", "region_code").unique("milestone_id", keep="first")
    rows = (
        nodes.select("milestone_id", "project_id", "duration", "release", "fixed")
        .join(more, on="milestone_id", how="left", maintain_order="left")
        .to_dicts()
    )
    by_project: dict[str, list[int]] = {}
    for at, row in enumerate(rows):
        by_project.setdefault(row["project_id"], []).append(at)
    place = {at: (project, here) for project, each in by_project.items() for here, at in enumerate(each)}
    links_of: dict[str, list[Link]] = {}
    for link in links:
        project, before = place[link.before]
        links_of.setdefault(project, []).append(Link(before, place[link.after][1], link.type_code, link.lag))
    return {
        project: _state([rows[at] for at in each], links_of.get(project, []), [own[at] for at in each])
        for project, each in by_project.items()
        if not broken & set(each)
    }


def _state(rows: list[Row], links: list[Link], own: list[list[int]]) -> ProjectState:
    work = Work(*([row[name] for row in rows] for name in ("duration", "release", "fixed")))
    return ProjectState(rows, work, links, own)


def _ranked(line: Row, options: Iterable[Row], harm: _Harm | None, config: AlternativeConfig) -> list[Row]:
    rows = [_row(line, option, harm) for option in options]
    rows.sort(key=_merit)
    best_of_kind = {row["option_code"]: at for at, row in reversed([*enumerate(rows)])}
    kept = [
        row
        for at, row in enumerate(rows)
        if at < config.most_options or best_of_kind[row["option_code"]] == at
    ]
    return [row | {"option_rank": rank} for rank, row in enumerate(kept, start=1)]


def _merit(row: Row) -> tuple[Any, ...]:
    chance = 1 - row["risk_share"]
    cost = row["cost_amount"]
    return (
        -(row["project_days_saved_p50"] or 0) * chance,
        -(row["project_days_saved_p80"] or 0) * chance,
        -(row["line_days_saved"] or 0) * chance,
        cost is None,
        cost or 0.0,
        *(
            str(row[name])
            for name in ("option_code", "supplier_id", "warehouse_id", "substitute_id", "crew_id")
        ),
        str(row["work_milestone_id"]),
    )


def _row(line: Row, option: Row, harm: _Harm | None) -> Row:
    saved, arrival = option.get("saved"), option.get("arrival_on")
    row: Row = {name: option.get(name, line.get(name)) for name in ALTERNATIVE_SCHEMA}
    return row | {
        # The line's own supplier is no part of an option.
        "supplier_id": option.get("supplier_id"),
        "quantity": option.get("quantity"),
        "currency_code": option.get("cost_currency_code") or line["currency_code"],
        "project_shift_p50_days": None if harm is None else int(harm.shift[0]),
        "project_shift_p80_days": None if harm is None else int(harm.shift[1]),
        "moved_count": None if harm is None else harm.moved_count,
        "line_days_saved": None if arrival is None else (line["expected_on"] - arrival).days,
        "project_days_saved_p50": None if saved is None else int(saved[0]),
        "project_days_saved_p80": None if saved is None else int(saved[1]),
    }
