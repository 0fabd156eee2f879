"""One project planned anew with the crews as they are: each does one thing at a time, other projects stay.

What other projects have planned for the same crews is theirs: it keeps its days, and this project goes round
it. So the plan can be accepted for this project alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import polars as pl

from ml.frames import with_schema
from ml.schedule.config import MILESTONE_SCHEMA
from ml.schedule.constraint_model import PlanConfig
from ml.schedule.replan import CREW_SCHEMA, WORK_SCHEMA, replan

#: Milestones of the project and those of others that its crews are planned for.
CREW_WORK_SCHEMA: dict[str, type[pl.DataType]] = MILESTONE_SCHEMA | {
    "crew_id": pl.String,
    "forecast_finish_on": pl.Date,
}
#: One row an open milestone of the project. old_on: its date as it stands. new_on, start_on: by the plan,
#: NULL where it cannot be planned (reason_code). days_saved: above zero it is done sooner.
CREW_PLAN_SCHEMA: dict[str, type[pl.DataType]] = {
    "milestone_id": pl.String,
    "crew_id": pl.String,
    "old_on": pl.Date,
    "start_on": pl.Date,
    "new_on": pl.Date,
    "planned_finish_on": pl.Date,
    "days_saved": pl.Int64,
    "waits_days": pl.Int64,
    "reason_code": pl.String,
    "reason_detail": pl.String,
}


@dataclass(frozen=True)
class CrewPlan:
    """A plan and how good it is.

    rows: CREW_PLAN_SCHEMA. old_late_days, new_late_days: days after the baseline, summed over the planned
    milestones, as the dates stand and by the plan; bound: no plan has fewer. limiting: crews that milestones
    wait for, with the days they wait and how many milestones wait, the most first. old_clashes, new_clashes:
    days on which a crew of the project is planned for two things at once.
    """

    rows: pl.DataFrame
    old_late_days: int
    new_late_days: int
    bound: int
    is_optimal: bool
    limiting: tuple[tuple[str, int, int], ...]
    old_clashes: int
    new_clashes: int


def crew_plan(
    project_id: str, work: pl.DataFrame, links: pl.DataFrame, as_of_on: date, config: PlanConfig | None = None
) -> CrewPlan:
    """The project's open milestones so that no crew does two things at once and as little as can be is late.

    work: CREW_WORK_SCHEMA, the project's milestones and those of others that its crews are planned for.
    links: of the project. Late is what is done after its baseline, each day of each milestone alike. Days run
    on, as in the plan. Raises MissingColumnsError.
    """
    given = with_schema(work, CREW_WORK_SCHEMA, "work").unique("milestone_id", keep="first")
    is_own = pl.col("project_id") == project_id
    # Another project's work is where its planner sees it now; without a start it holds nobody.
    slip = (pl.col("forecast_finish_on") - pl.col("planned_finish_on")).fill_null(pl.duration(days=0))
    moved = [pl.when(is_own).then(name).otherwise(pl.col(name) + slip).alias(name) for name in _PLANNED]
    asked = given.filter(is_own | pl.col("planned_start_on").is_not_null()).with_columns(
        *moved,
        crew_units=pl.lit(None, pl.Int64),
        due_on=pl.when(is_own).then("planned_finish_on"),
        weight=pl.lit(None, pl.Float64),
        is_pinned=~is_own,
    )
    others = asked.filter(~is_own)
    found = replan(
        asked.select(list(WORK_SCHEMA)),
        links,
        pl.DataFrame(schema=CREW_SCHEMA),
        as_of_on,
        config=config,
    )
    own = found.rows.filter(is_own)
    stood = given.filter(is_own).select(
        "milestone_id",
        "planned_finish_on",
        days=(pl.col("planned_finish_on") - pl.col("planned_start_on")).dt.total_days(),
        old_on=pl.coalesce("forecast_finish_on", "planned_finish_on"),
    )
    rows = own.join(stood, on="milestone_id", how="left", maintain_order="left").with_columns(
        new_on="finish_on", days_saved=(pl.col("old_on") - pl.col("finish_on")).dt.total_days()
    )
    held = _held(others.select("crew_id", start=_PLANNED[0], finish=_PLANNED[1]), as_of_on)
    late = rows.drop_nulls(["new_on", "planned_finish_on"])
    return CrewPlan(
        rows.select(pl.col(name).cast(dtype) for name, dtype in CREW_PLAN_SCHEMA.items()),
        _late(late["old_on"], late["planned_finish_on"]),
        _late(late["new_on"], late["planned_finish_on"]),
        round(found.bound or 0),
        is_optimal=bool(own["is_optimal"].fill_null(value=True).all()),
        limiting=_limiting(rows),
        old_clashes=_clashes(
            held,
            _held(
                rows.select(
                    "crew_id", start=pl.col("old_on") - pl.duration(days=pl.col("days")), finish="old_on"
                ),
                as_of_on,
            ),
        ),
        new_clashes=_clashes(
            held, _held(rows.select("crew_id", start="start_on", finish="new_on"), as_of_on)
        ),
    )


_PLANNED = ("planned_start_on", "planned_finish_on")


def _late(done: pl.Series, due: pl.Series) -> int:
    days = (done - due).dt.total_days().clip(lower_bound=0)
    return int(days.sum())


def _limiting(rows: pl.DataFrame) -> tuple[tuple[str, int, int], ...]:
    waiting = rows.filter(pl.col("waits_days") > 0, pl.col("crew_id").is_not_null())
    summed = waiting.group_by("crew_id").agg(days=pl.col("waits_days").sum(), count=pl.len().cast(pl.Int64))
    return tuple(summed.sort(["days", "crew_id"], descending=[True, False]).iter_rows())


def _held(work: pl.DataFrame, as_of_on: date) -> list[tuple[str, date]]:
    """Crew and day, once for each piece of work that holds the crew on it, from the day after `as_of_on`."""
    known = work.drop_nulls().filter(pl.col("finish") > pl.col("start"))
    days = known.select("crew_id", day=pl.date_ranges("start", "finish", closed="left")).explode("day")
    return list(days.filter(pl.col("day") > as_of_on).iter_rows())


def _clashes(others: Iterable[tuple[str, date]], own: Iterable[tuple[str, date]]) -> int:
    """Days of a crew that are held more than once, by this project at least once."""
    taken, twice = set(others), set()
    for each in own:
        if each in taken:
            twice.add(each)
        taken.add(each)
    return len(twice)
