"""The network of a company's milestones on a business date: what was done stands, the rest follows from it.

A date is a point in time: a milestone that finishes on a day lets its successor start on that day, and its
duration is finish − start. A finished milestone keeps its dates. A started one keeps its start and has the
share of its planned duration before it that is not done, a day at least. All others start as soon as the
business date and their predecessors allow, those without a predecessor not before their plan.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import polars as pl

from ml.frames import with_schema
from ml.schedule.calendar import Calendar, CalendarDays
from ml.schedule.config import LINK_SCHEMA, MILESTONE_SCHEMA, OUTPUT_SCHEMA, TEST_DAYS
from ml.schedule.critical_path import Link, Solution, solve

ARROW = " → "
#: Holds nobody up: what is cancelled starts when its predecessors let it.
LONG_AGO = -(10**6)


def milestone_network(
    milestones: pl.DataFrame,
    links: pl.DataFrame,
    as_of_on: date,
    *,
    publication_name: str = "",
    run_id: str = "",
    calendar: Calendar | None = None,
) -> pl.DataFrame:
    """Early and late dates, floats and criticality of every milestone that is not cancelled.

    milestones, links: columns of MILESTONE_SCHEMA and LINK_SCHEMA (those of `fct_milestone` and
    `fct_milestone_link`), a row each. Gives OUTPUT_SCHEMA, one row a milestone, by milestone_id. Floats are
    in days of `calendar` (calendar days unless given), against the project's own early finish, so none is
    negative. A cancelled milestone hands on what it waited for and takes no time; links between projects are
    left out. A project with a cycle is not computable: its rows have no dates and name the cycle, such as
    «A → B → A». A milestone without a planned duration counts as a point in time (has_duration is false).
    Dates after `as_of_on` are not known yet. Raises MissingColumnsError.
    """
    del publication_name  # the network belongs to a build; forecasts alone are archived by publication
    calendar = calendar or CalendarDays()
    nodes, joined = network_nodes(milestones, links, as_of_on, calendar)
    durations = nodes["duration"].to_list()
    solution = _solved(nodes, durations, joined)
    first = _first_critical(nodes, solution)
    moved = _ends_when_longer(nodes, durations, joined, first)
    return _told(nodes, solution, moved, as_of_on, run_id, calendar)


def network_nodes(
    milestones: pl.DataFrame,
    links: pl.DataFrame,
    as_of_on: date,
    calendar: Calendar,
    planned_days: Mapping[str, int] | None = None,
) -> tuple[pl.DataFrame, list[Link]]:
    """What the method works on: a row a milestone, by milestone_id, and the links by row number.

    Beside the input's columns rows have project_no, is_cancelled, is_finished, has_duration and, in days of
    `calendar`, duration, release and fixed (the start of what has begun). planned_days: planned durations by
    milestone that stand for those of the plan. Raises MissingColumnsError.
    """
    nodes = _known_at(with_schema(milestones, MILESTONE_SCHEMA, "milestones"), as_of_on).sort("milestone_id")
    changed = pl.DataFrame(
        list((planned_days or {}).items()),
        schema={"milestone_id": pl.String, "changed_days": pl.Int64},
        orient="row",
    )
    nodes = nodes.join(changed, on="milestone_id", how="left", maintain_order="left")
    joined = _links_within(nodes, with_schema(links, LINK_SCHEMA, "links"))
    return _placed(nodes, as_of_on, calendar, joined), joined


def _solved(nodes: pl.DataFrame, durations: list[int], links: Sequence[Link]) -> Solution:
    return solve(
        durations,
        links,
        releases=nodes["release"].to_list(),
        fixed=nodes["fixed"].to_list(),
        groups=nodes["project_no"].to_list(),
    )


def _ends_when_longer(
    nodes: pl.DataFrame, durations: Sequence[int], links: Sequence[Link], longer: set[int]
) -> dict[int, int]:
    """By project with a node in `longer`: the day of its end if that node took TEST_DAYS more."""
    projects = {nodes["project_no"][at] for at in longer}
    kept = nodes.with_row_index("node").filter(pl.col("project_no").is_in(projects))
    place = {node: at for at, node in enumerate(kept["node"])}
    within = [
        Link(place[link.before], place[link.after], link.type_code, link.lag)
        for link in links
        if link.before in place
    ]
    return _solved(kept, [durations[at] + TEST_DAYS * (at in longer) for at in place], within).ends


def _first_critical(nodes: pl.DataFrame, solution: Solution) -> set[int]:
    """The open critical node of each project that starts first; of equals the first by id."""
    early, late = pl.Series(solution.early_start), pl.Series(solution.late_start)
    asked = nodes.select("project_no", "is_finished", "is_cancelled", early=early, late=late)
    asked = asked.with_row_index("node").filter(
        ~pl.col("is_finished") & ~pl.col("is_cancelled") & (pl.col("early") == pl.col("late"))
    )
    return set(asked.sort("early", "node").unique("project_no", keep="first")["node"])


def _known_at(milestones: pl.DataFrame, as_of_on: date) -> pl.DataFrame:
    """Milestones with the dates known on the day, and whether they are done or under way by then."""
    started, finished = (
        pl.when(pl.col(name) <= as_of_on).then(pl.col(name)) for name in ("started_on", "finished_on")
    )
    return milestones.with_columns(
        started_on=started,
        finished_on=finished,
        is_cancelled=(pl.col("state_code") == "cancelled").fill_null(False),
        is_late_news=(pl.col("finished_on") > as_of_on).fill_null(False),
        project_no=pl.col("project_id").rank("dense").cast(pl.Int64),
    ).with_columns(
        # A finish without a day is a finish; one on a later day is none yet.
        is_finished=(pl.col("state_code") == "finished").fill_null(False) & ~pl.col("is_late_news"),
    )


def _links_within(nodes: pl.DataFrame, links: pl.DataFrame) -> list[Link]:
    """The links by node number, in the order of their ids; those between projects or to nowhere left out."""
    numbered = nodes.select("milestone_id", "project_no").with_row_index("node")
    joined = (
        links.join(numbered, left_on="predecessor_id", right_on="milestone_id")
        .join(numbered, left_on=["successor_id", "project_no"], right_on=["milestone_id", "project_no"])
        .sort("node", "node_right", "type_code", "lag_days", nulls_last=True)
    )
    rows = joined.select(
        "node", "node_right", pl.col("type_code").fill_null("FS"), pl.col("lag_days").fill_null(0)
    )
    return [Link(*row) for row in rows.iter_rows()]


def _placed(nodes: pl.DataFrame, as_of_on: date, calendar: Calendar, links: Sequence[Link]) -> pl.DataFrame:
    """Nodes with the duration, release and fixed start (days of the calendar) that the method works on."""
    names = ("planned_start_on", "planned_finish_on", "started_on", "finished_on")
    today = int(calendar.number(pl.Series([as_of_on]))[0])
    numbered = nodes.with_columns(day_numbers(nodes[name], calendar).alias(f"_{name}") for name in names)
    has_before = np.zeros(nodes.height, bool)
    has_before[[link.after for link in links]] = True
    planned = pl.coalesce("changed_days", pl.col("_planned_finish_on") - pl.col("_planned_start_on"))
    planned = planned.clip(lower_bound=0)
    rest = (planned * (1 - pl.col("progress_pct").fill_null(0).clip(0, 100) / 100)).ceil().cast(pl.Int64)
    is_point = pl.col("is_cancelled") | (planned.fill_null(0) == 0)
    rest = pl.when(is_point).then(0).otherwise(pl.max_horizontal(rest, pl.lit(1)))
    is_done = pl.col("is_finished") & ~pl.col("is_cancelled")
    is_begun = ~pl.col("is_cancelled") & ~is_done & pl.col("_started_on").is_not_null()
    # A finish whose day is unknown lies somewhere before the business date, at its plan for want of better.
    ended = pl.coalesce("_finished_on", pl.min_horizontal("_planned_finish_on", pl.lit(today)), pl.lit(today))
    begun = pl.min_horizontal(pl.coalesce("_started_on", ended - planned.fill_null(0)), ended)
    return numbered.with_columns(
        has_duration=planned.is_not_null() | (is_done & pl.col("_started_on").is_not_null()),
        duration=pl.when(is_done)
        .then(ended - begun)
        .when(is_begun)
        .then(today + rest - pl.col("_started_on"))
        .when(pl.col("is_cancelled"))
        .then(0)
        .otherwise(planned.fill_null(0)),
        fixed=pl.when(is_done).then(begun).when(is_begun).then(pl.col("_started_on")),
        release=pl.when(pl.col("is_cancelled"))
        .then(LONG_AGO)
        .when(pl.Series(has_before))
        .then(today)
        .otherwise(pl.max_horizontal(pl.lit(today), "_planned_start_on")),
    )


def day_numbers(days: pl.Series, calendar: Calendar) -> pl.Series:
    """The calendar's number of each date, NULL where there is none."""
    known = days.drop_nulls()
    numbers = pl.DataFrame({"day": known, "number": calendar.number(known)}).unique("day")
    return pl.DataFrame({"day": days}).join(numbers, on="day", how="left", maintain_order="left")["number"]


def _told(
    nodes: pl.DataFrame,
    solution: Solution,
    moved: dict[int, int],
    as_of_on: date,
    run_id: str,
    calendar: Calendar,
) -> pl.DataFrame:
    """The rows of the milestones, numbers turned back into dates."""
    ends = pl.DataFrame(
        [(project, end, moved.get(project)) for project, end in solution.ends.items()],
        schema={"project_no": pl.Int64, "end": pl.Int64, "moved": pl.Int64},
        orient="row",
    )
    rows = (
        nodes.with_columns(
            early=pl.Series(solution.early_start, dtype=pl.Int64),
            late=pl.Series(solution.late_start, dtype=pl.Int64),
            free_float_days=pl.Series(solution.free_float, dtype=pl.Int64),
        )
        .join(cycle_texts(nodes, solution.cycles), on="project_no", how="left", maintain_order="left")
        .join(ends, on="project_no", how="left", maintain_order="left")
        .filter(~pl.col("is_cancelled"))
    )
    days = {
        "early_start_on": rows["early"],
        "early_finish_on": rows["early"] + rows["duration"],
        "late_start_on": rows["late"],
        "late_finish_on": rows["late"] + rows["duration"],
        "project_finish_on": rows["end"],
    }
    return rows.with_columns(
        *(dates_of(numbers, calendar).alias(name) for name, numbers in days.items()),
        as_of_on=pl.lit(as_of_on),
        total_float_days=pl.col("late") - pl.col("early"),
        critical_test_days=pl.col("moved") - pl.col("end"),
        is_computable=pl.col("cycle_text").is_null(),
        is_critical=pl.col("late") == pl.col("early"),
        _run_id=pl.lit(run_id),
    ).select(pl.col(name).cast(dtype) for name, dtype in OUTPUT_SCHEMA.items())


def dates_of(numbers: pl.Series, calendar: Calendar) -> pl.Series:
    """The date of each of the calendar's numbers, NULL where there is none."""
    known = numbers.drop_nulls().unique()
    days = pl.DataFrame({"number": known, "day": pl.Series(calendar.day(known.to_numpy())).cast(pl.Date)})
    return pl.DataFrame({"number": numbers}).join(days, on="number", how="left", maintain_order="left")["day"]


def cycle_texts(nodes: pl.DataFrame, cycles: list[list[int]]) -> pl.DataFrame:
    """Each project's cycles in words, the first milestone repeated at the end."""
    names, projects = nodes["milestone_id"], nodes["project_no"]
    return (
        pl.DataFrame(
            {
                "project_no": [projects[cycle[0]] for cycle in cycles],
                "cycle_text": [ARROW.join(names[node] for node in [*cycle, cycle[0]]) for cycle in cycles],
            },
            schema={"project_no": pl.Int64, "cycle_text": pl.String},
        )
        .group_by("project_no", maintain_order=True)
        .agg(pl.col("cycle_text").str.join("; "))
    )
