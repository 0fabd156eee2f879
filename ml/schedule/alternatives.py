"""What can be done about a late batch: options that the data show to be there, the best first."""

from collections.abc import Iterable, Iterator, Mapping
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
from ml.schedule.work_options import Crews, ProjectState, Row, more_crew, resequence


def alternatives(
    frames: Mapping[str, pl.DataFrame],
    as_of_on: date,
    *,
    publication_name: str = "",
    run_id: str = "",
    config: AlternativeConfig | None = None,
) -> pl.DataFrame:
    """Ranked options for every open purchase line that comes later than promised to a milestone.

    frames: by the names of INPUT_SCHEMAS. Gives ALTERNATIVE_SCHEMA: one row a line and option, by line and
    rank. project_shift: days by which the project's finish moves when nothing is done, against the goods
    coming as promised. Of an option line_days_saved are those by which the goods come sooner (NULL for work
    options), project_days_saved those by which the project finishes sooner, other late lines staying late.
    cost_amount: what it costs more than now, in currency_code, NULL where prices are in two currencies or not
    known. risk_share: chance that it fails. Ranked by project days saved × (1 − risk), then days that the
    goods come sooner, then cost. work_days: by so many days a follower (work_milestone_id) begins before the
    goods, or is done sooner by a second crew: in work_new_days then. Lines of projects on a cycle have no
    shifts and no work options. Options do not know of each other: two lines may be offered the same stock.

    Raises MissingColumnsError for a frame without a column, ValueError for a frame that is needed or unknown.
    """
    given, config = AlternativeFrames(frames), config or AlternativeConfig()
    lines = late_lines(given, as_of_on)
    states = _states(given, lines, as_of_on)
    goods = other_goods(lines, given, as_of_on, config)
    by_line = goods.partition_by("purchase_line_id", as_dict=True)
    crews = Crews(given, as_of_on)
    rows = []
    for line in lines.iter_rows(named=True):
        found = by_line.get((line["purchase_line_id"],), goods.clear()).to_dicts()
        state = states.get(line["project_id"])
        if state is None:
            options: list[Row] = [option | {"saved": None} for option in found]
            shift = None
        else:
            late = _floors(lines, line["project_id"], "expected_on")
            shift = state.end(late) - state.end(_floors(lines, line["project_id"], "promised_on"))
            options = [*_timed(state, line, late, lines, found)]
            options += resequence(state, line["milestone_id"], late, config)
            options += more_crew(state, line["milestone_id"], late, crews, config)
        rows += _ranked(line, options, shift, config)
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


def _states(frames: AlternativeFrames, lines: pl.DataFrame, as_of_on: date) -> dict[str, ProjectState]:
    """The computable ones of the projects that late lines belong to."""
    hit = frames["milestones"].filter(pl.col("project_id").is_in(lines["project_id"].unique().to_list()))
    snapshot = Snapshot(hit, frames["links"], frames["delays"], as_of_on)
    nodes, links = network_nodes(hit, frames["links"], as_of_on, snapshot.calendar)
    own = own_lateness(nodes, links, snapshot)
    broken = set(precedence_order(links, nodes.height)[1])
    more = hit.select("milestone_id", "crew_id", "region_code").unique("milestone_id", keep="first")
    rows = nodes.select("milestone_id", "project_id", "duration", "release", "fixed").join(
        more, on="milestone_id", how="left", maintain_order="left"
    )
    by_project: dict[str, list[int]] = {}
    for at, project in enumerate(nodes["project_id"]):
        by_project.setdefault(project, []).append(at)
    place = {at: (project, here) for project, each in by_project.items() for here, at in enumerate(each)}
    links_of: dict[str, list[Link]] = {}
    for link in links:
        project, before = place[link.before]
        links_of.setdefault(project, []).append(Link(before, place[link.after][1], link.type_code, link.lag))
    return {
        project: ProjectState(
            rows[each].to_dicts(), Work.of(nodes[each]), links_of.get(project, []), own[each]
        )
        for project, each in by_project.items()
        if not broken & set(each)
    }


def _floors(lines: pl.DataFrame, project_id: str, column: str) -> dict[str, int]:
    """The day on which each late milestone of a project has its goods, all of them."""
    chosen = (
        lines.filter(pl.col("project_id") == project_id).group_by("milestone_id").agg(pl.col(column).max())
    )
    numbers = CalendarDays().number(chosen[column])
    return dict(zip(chosen["milestone_id"], (int(number) for number in numbers), strict=True))


def _timed(
    state: ProjectState, line: Row, late: Mapping[str, int], lines: pl.DataFrame, options: Iterable[Row]
) -> Iterator[Row]:
    """Each source of goods with the days that it saves the project; the milestone's other lines stay late."""
    end = state.end(late)
    others = lines.filter(
        pl.col("milestone_id") == line["milestone_id"],
        pl.col("purchase_line_id") != line["purchase_line_id"],
    )["expected_on"]
    saved: dict[date, np.ndarray] = {}
    for option in options:
        arrival = max([option["arrival_on"], *others])
        if arrival not in saved:
            number = int(CalendarDays().number(pl.Series([arrival]))[0])
            saved[arrival] = end - state.end({**late, line["milestone_id"]: number})
        yield option | {"saved": saved[arrival]}


def _ranked(
    line: Row, options: Iterable[Row], shift: np.ndarray | None, config: AlternativeConfig
) -> list[Row]:
    rows = [_row(line, option, shift) for option in options]
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


def _row(line: Row, option: Row, shift: np.ndarray | None) -> Row:
    saved, arrival = option["saved"], option.get("arrival_on")
    row: Row = {name: option.get(name, line.get(name)) for name in ALTERNATIVE_SCHEMA}
    return row | {
        # The line's own supplier is no part of an option.
        "supplier_id": option.get("supplier_id"),
        "quantity": option.get("quantity"),
        "currency_code": option.get("cost_currency_code") or line["currency_code"],
        "project_shift_p50_days": None if shift is None else int(shift[0]),
        "project_shift_p80_days": None if shift is None else int(shift[1]),
        "line_days_saved": None if arrival is None else (line["expected_on"] - arrival).days,
        "project_days_saved_p50": None if saved is None else int(saved[0]),
        "project_days_saved_p80": None if saved is None else int(saved[1]),
    }
