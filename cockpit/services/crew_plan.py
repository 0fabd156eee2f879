"""A project planned anew with the crews as they are: what it saves, what limits it, what it would write."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from actions.kinds import ReplanMilestone
from actions.store import Action
from cockpit.services import numbers
from cockpit.services.steps import Seen
from cockpit.services.words import say
from ml.schedule.read import CrewPlan, PlanConfig

#: What a planner waits for at a page; the search ends sooner where the plan is proven best.
CONFIG = PlanConfig(limit_seconds=8.0, workers=2)
_REASONS = ("cycle", "demand_above_capacity", "after_unplanned", "missing_duration")


def table(plan: CrewPlan, names: Mapping[str, str], crews: Mapping[str, str], language: str) -> pl.DataFrame:
    """Each open milestone: date now and by the plan, days saved, its crew and how long it waits for it."""
    rows = [
        {
            "milestone_name": names.get(row["milestone_id"], row["milestone_id"]),
            "old_on": row["old_on"],
            "new_on": row["new_on"],
            "days_saved": row["days_saved"],
            "crew_name": crews.get(row["crew_id"], row["crew_id"]),
            "waits_days": row["waits_days"],
            "plan_note": _note(row, language),
        }
        for row in plan.rows.iter_rows(named=True)
    ]
    return pl.DataFrame(
        rows,
        schema={
            "milestone_name": pl.String,
            "old_on": pl.Date,
            "new_on": pl.Date,
            "days_saved": pl.Int64,
            "crew_name": pl.String,
            "waits_days": pl.Int64,
            "plan_note": pl.String,
        },
    )


def _note(row: Mapping[str, object], language: str) -> str | None:
    if row["reason_code"] not in _REASONS:
        return None
    return say(f"unplanned_{row['reason_code']}", language, detail=row["reason_detail"] or numbers.NO_DATA)


def finding(plan: CrewPlan, language: str) -> str:
    """How many days late in all as the dates stand and by the plan, and whether that is proven the least."""
    told = say("crew_plan_finding", language, old=plan.old_late_days, new=plan.new_late_days)
    if plan.is_optimal:
        return f"{told} {say('crew_plan_optimal', language)}"
    limit = numbers.decimal(CONFIG.limit_seconds, 0)
    return f"{told} {say('crew_plan_unproven', language, seconds=limit, bound=plan.bound)}"


def feasibility(plan: CrewPlan, language: str) -> str:
    """On how many days crews are planned for two things at once, as the dates stand and by the plan."""
    return say("crew_plan_clashes", language, old=plan.old_clashes, new=plan.new_clashes)


def limits(plan: CrewPlan, crews: Mapping[str, str], language: str) -> str:
    """Which crews the plan waits for; that none is, where none is."""
    if not plan.limiting:
        return say("crew_plan_no_limit", language)
    told = [
        say("crew_plan_limit", language, crew=crews.get(crew, crew), days=days, n=count)
        for crew, days, count in plan.limiting
    ]
    return say("crew_plan_limits", language, crews=say("list_semicolon", language).join(told))


def replans(
    plan: CrewPlan, standing: pl.DataFrame, newest: Mapping[str, Action], publication_name: str
) -> list[tuple[Seen, ReplanMilestone]]:
    """The new dates that accepting the plan writes; one that stands already is not written again.

    standing: open milestones with the forecast date that stands now.
    """
    dates = {row["milestone_id"]: row["forecast_finish_on"] for row in standing.iter_rows(named=True)}
    found = []
    for row in plan.rows.drop_nulls("new_on").iter_rows(named=True):
        milestone_id, new_on = row["milestone_id"], row["new_on"]
        if milestone_id in dates and new_on != dates[milestone_id]:
            version = newest[milestone_id].version if milestone_id in newest else 0
            seen = Seen(milestone_id, version, publication_name, ReplanMilestone.subject_type)
            found.append((seen, ReplanMilestone(old_on=dates[milestone_id], new_on=new_on)))
    return found
