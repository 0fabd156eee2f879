"""A new plan for all open milestones whose crews are shared: who does what when, as little late as can be."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from ml.frames import with_schema
from ml.schedule.calendar import Calendar, CalendarDays
from ml.schedule.config import LINK_SCHEMA, MILESTONE_SCHEMA
from ml.schedule.constraint_model import PlanConfig, ResourcePlan, least_late_plan
from ml.schedule.critical_path import Link, solve
from ml.schedule.lateness import Due
from ml.schedule.network import cycle_texts, dates_of, day_numbers, network_nodes
from ml.schedule.resource_project import ResourceProject

#: Columns of the milestones beside those of the network. crew_units: how much of its crew a milestone holds
#: (1 where NULL); due_on: when it is to be done (nobody waits for it where NULL); weight: what a day late
#: costs against others (1 where NULL, at most two decimals count). is_pinned: it keeps its planned start,
#: today where that has passed, as if it had begun.
WORK_SCHEMA: dict[str, type[pl.DataType]] = MILESTONE_SCHEMA | {
    "crew_id": pl.String,
    "crew_units": pl.Int64,
    "due_on": pl.Date,
    "weight": pl.Float64,
    "is_pinned": pl.Boolean,
}

#: How much each crew can do at a time; one without a row, or with NULL, has 1: one milestone after another.
CREW_SCHEMA: dict[str, type[pl.DataType]] = {"crew_id": pl.String, "capacity": pl.Int64}

#: One row an open milestone.
PLAN_SCHEMA: dict[str, type[pl.DataType]] = {
    "milestone_id": pl.String,
    "project_id": pl.String,
    "crew_id": pl.String,
    "as_of_on": pl.Date,
    "start_on": pl.Date,
    "finish_on": pl.Date,
    "due_on": pl.Date,
    "days_late": pl.Int64,
    "waits_days": pl.Int64,
    "method_code": pl.String,
    "is_optimal": pl.Boolean,
    "reason_code": pl.String,
    "reason_detail": pl.String,
    "_run_id": pl.String,
}


@dataclass(frozen=True)
class Replan:
    """The rows of PLAN_SCHEMA, and the weighted days late of the whole plan with the least that is possible.

    cost and bound are in days × weight; None where there was nothing to plan.
    """

    rows: pl.DataFrame
    cost: float | None
    bound: float | None


#: Weights are whole numbers to the solver.
_WEIGHT_UNIT = 100
#: What keeps a milestone out of the plan, and what is only said of it.
CYCLE, TOO_MUCH, BEHIND, NO_DURATION = "cycle", "demand_above_capacity", "after_unplanned", "missing_duration"


def replan(
    milestones: pl.DataFrame,
    links: pl.DataFrame,
    crews: pl.DataFrame,
    as_of_on: date,
    *,
    run_id: str = "",
    calendar: Calendar | None = None,
    config: PlanConfig | None = None,
) -> Replan:
    """Days for every open milestone so that no crew does more than it can, and as little as possible is late.

    milestones, links, crews: WORK_SCHEMA, LINK_SCHEMA, CREW_SCHEMA. Minimises Σ weight × days late over the
    milestones that are due. What has begun goes on, whatever its crew holds beside it. method_code `solver`,
    or `priority_rule` where the search found nothing better within its limit. waits_days: days that a
    milestone waits for its crew beyond what it waits for by its links. Left out of the plan, without dates:
    milestones of projects with a cycle (`cycle`, named), those that need more of a crew than there is
    (`demand_above_capacity`) and what waits for them (`after_unplanned`); the rest is planned. One without a
    planned duration takes none (`missing_duration`). Raises MissingColumnsError.
    """
    calendar = calendar or CalendarDays()
    given = with_schema(milestones, WORK_SCHEMA, "milestones").unique("milestone_id", keep="first")
    nodes, joined = network_nodes(given, with_schema(links, LINK_SCHEMA, "links"), as_of_on, calendar)
    more = given.select("milestone_id", "crew_id", "crew_units", "due_on", "weight", "is_pinned")
    nodes = nodes.join(more, on="milestone_id", how="left", maintain_order="left")
    today = day_numbers(pl.Series([as_of_on]), calendar).item()
    planned = pl.max_horizontal(day_numbers(nodes["planned_start_on"], calendar), pl.lit(today))
    is_pinned = pl.col("fixed").is_null() & pl.col("is_pinned")
    nodes = nodes.with_columns(fixed=pl.when(is_pinned).then(planned).otherwise("fixed"))
    capacities = _capacities(with_schema(crews, CREW_SCHEMA, "crews"), nodes)
    reasons = _unplanned(nodes, joined, capacities)
    kept = [at for at in range(nodes.height) if at not in reasons]
    project, due = _project(nodes, joined, kept, capacities, (today, calendar))
    plan = least_late_plan(project, due, config) if kept else ResourcePlan((), 0, 0, "priority_rule")
    placed = {at: (plan.starts[here] + today, project.heads[here] + today) for here, at in enumerate(kept)}
    rows = _told(nodes, placed, reasons, plan, (as_of_on, calendar, run_id))
    if not kept:
        return Replan(rows, None, None)
    return Replan(rows, plan.cost / _WEIGHT_UNIT, plan.bound / _WEIGHT_UNIT)


def _capacities(crews: pl.DataFrame, nodes: pl.DataFrame) -> dict[str, int]:
    told = dict(crews.drop_nulls().unique("crew_id", keep="first").rows())
    return {crew: told.get(crew, 1) for crew in sorted(nodes["crew_id"].drop_nulls().unique())}


def _unplanned(
    nodes: pl.DataFrame, links: list[Link], capacities: Mapping[str, int]
) -> dict[int, tuple[str, str]]:
    """Reason and facts of each milestone that no plan can hold, by row."""
    groups = nodes["project_no"].to_list()
    texts = cycle_texts(nodes, solve(nodes["duration"].to_list(), links, groups=groups).cycles)
    by_project = dict(texts.select("project_no", "cycle_text").rows())
    reasons: dict[int, tuple[str, str]] = {}
    asked = nodes.select("project_no", "crew_id", "crew_units", "duration", "fixed", "is_cancelled")
    for at, (group, crew, units, days, fixed, is_cancelled) in enumerate(asked.iter_rows()):
        there = capacities.get(crew)
        needs = 1 if units is None else units
        if group in by_project:
            reasons[at] = (CYCLE, by_project[group])
        elif there is not None and needs > there and days and fixed is None and not is_cancelled:
            reasons[at] = (TOO_MUCH, f"{crew}: {needs} > {there}")
    waiting = list(reasons)
    ids = nodes["milestone_id"].to_list()
    for at in waiting:
        for link in links:
            if link.before == at and link.after not in reasons and asked["fixed"][link.after] is None:
                reasons[link.after] = (BEHIND, ids[at])
                waiting.append(link.after)
    return reasons


def _project(
    nodes: pl.DataFrame,
    links: list[Link],
    kept: list[int],
    capacities: Mapping[str, int],
    clock: tuple[int, Calendar],
) -> tuple[ResourceProject, list[Due | None]]:
    """The planned milestones as one project whose day 0 is the business date, and when each is due."""
    today, calendar = clock
    here = {at: number for number, at in enumerate(kept)}
    rows = nodes[kept]
    number = {crew: at for at, crew in enumerate(capacities)}
    due_on = day_numbers(rows["due_on"], calendar).to_list()
    demands, due = [], []
    columns = ("crew_id", "crew_units", "weight", "is_finished", "is_cancelled")
    for row, (crew, units, weight, is_finished, is_cancelled) in enumerate(rows.select(columns).iter_rows()):
        demand = [0] * len(capacities)
        if crew in number and not is_finished and not is_cancelled:
            demand[number[crew]] = max(0, 1 if units is None else units)
        demands.append(tuple(demand))
        scaled = round(_WEIGHT_UNIT * max(0.0, 1.0 if weight is None else weight))
        is_due = due_on[row] is not None and not is_finished and not is_cancelled
        due.append(Due(due_on[row] - today, scaled) if is_due else None)
    project = ResourceProject(
        durations=tuple(rows["duration"]),
        links=tuple(
            Link(here[link.before], here[link.after], link.type_code, link.lag)
            for link in links
            if link.before in here and link.after in here
        ),
        demands=tuple(demands),
        capacities=tuple(capacities.values()),
        # What was to start before today, or holds nobody up, starts today at the earliest.
        releases=tuple(max(0, release - today) for release in rows["release"]),
        fixed=tuple(None if begun is None else begun - today for begun in rows["fixed"]),
    )
    return project, due


def _told(
    nodes: pl.DataFrame,
    placed: Mapping[int, tuple[int, int]],
    reasons: Mapping[int, tuple[str, str]],
    plan: ResourcePlan,
    stamp: tuple[date, Calendar, str],
) -> pl.DataFrame:
    as_of_on, calendar, run_id = stamp
    rows = range(nodes.height)
    starts = pl.Series([placed.get(at, (None, None))[0] for at in rows], dtype=pl.Int64)
    heads = pl.Series([placed.get(at, (None, None))[1] for at in rows], dtype=pl.Int64)
    ends = starts + nodes["duration"]
    dues = day_numbers(nodes["due_on"], calendar)
    found = nodes.with_columns(
        as_of_on=pl.lit(as_of_on),
        start_on=dates_of(starts, calendar),
        finish_on=dates_of(ends, calendar),
        days_late=(ends - dues).clip(lower_bound=0),
        waits_days=starts - heads,
        method_code=pl.when(starts.is_not_null()).then(pl.lit(plan.method_code)),
        is_optimal=pl.when(starts.is_not_null()).then(pl.lit(plan.is_optimal)),
        reason_code=pl.Series([reasons.get(at, (None, None))[0] for at in rows], dtype=pl.String),
        reason_detail=pl.Series([reasons.get(at, (None, None))[1] for at in rows], dtype=pl.String),
        _run_id=pl.lit(run_id),
    ).filter(~pl.col("is_finished"), ~pl.col("is_cancelled"))
    is_untold = pl.col("reason_code").is_null() & ~pl.col("has_duration")
    return found.with_columns(
        reason_code=pl.when(is_untold).then(pl.lit(NO_DURATION)).otherwise("reason_code")
    ).select(pl.col(name).cast(dtype) for name, dtype in PLAN_SCHEMA.items())
