"""One project planned anew: round the crews' other work, with the fewest days late, told what limits it."""

from datetime import date, timedelta
from typing import Any

import polars as pl

from ml.schedule.config import LINK_SCHEMA
from ml.schedule.constraint_model import PlanConfig
from ml.schedule.crew_plan import CREW_PLAN_SCHEMA, CREW_WORK_SCHEMA, CrewPlan, crew_plan

AS_OF = date(2025, 9, 30)
QUICK = PlanConfig(limit_seconds=5.0, workers=1, samples=2)


def day(number: int) -> date:
    return AS_OF + timedelta(days=number)


def work(name: str, first: int, last: int, crew: str | None = "C", **other: Any) -> dict:
    return {
        "milestone_id": name,
        "project_id": name[0],
        "planned_start_on": day(first),
        "planned_finish_on": day(last),
        "state_code": "not_started",
        "crew_id": crew,
        "forecast_finish_on": day(last),
    } | other


def planned(*rows: dict, links: tuple[str, ...] = ()) -> CrewPlan:
    return crew_plan(
        "P",
        pl.DataFrame(list(rows), schema=CREW_WORK_SCHEMA),
        pl.DataFrame(
            [dict(zip(("predecessor_id", "successor_id"), each.split(">"), strict=True)) for each in links],
            schema=LINK_SCHEMA,
        ),
        AS_OF,
        QUICK,
    )


def dates(plan: CrewPlan) -> dict[str, tuple[date | None, date | None]]:
    return {
        name: (old, new) for name, old, new in plan.rows.select("milestone_id", "old_on", "new_on").rows()
    }


def test_what_other_projects_have_planned_stays_and_is_gone_round() -> None:
    # The crew is with Q from day 5 to 15. P1 fits in before it, P2 must wait until day 15.
    plan = planned(work("P1", 0, 5), work("P2", 5, 9), work("Q1", 5, 15), links=("P1>P2",))
    assert dates(plan) == {"P1": (day(5), day(5)), "P2": (day(9), day(19))}
    assert (plan.old_late_days, plan.new_late_days, plan.bound, plan.is_optimal) == (0, 10, 10, True)
    assert plan.limiting == (("C", 10, 1),)
    # As the dates stand the crew is in two places from day 5 to 9: that is why they cannot be kept.
    assert (plan.old_clashes, plan.new_clashes) == (4, 0)
    assert plan.rows["days_saved"].to_list() == [0, -10]
    assert plan.rows.schema == pl.Schema(CREW_PLAN_SCHEMA)


def test_other_work_stands_where_its_planner_sees_it_now() -> None:
    late = planned(work("P1", 0, 5), work("Q1", 0, 10, forecast_finish_on=day(15)))
    # Q1 begins five days late, so that the crew is free until then.
    assert dates(late)["P1"] == (day(5), day(5))
    assert late.new_clashes == 0


def test_a_date_that_was_put_off_too_far_is_taken_back() -> None:
    plan = planned(
        work("P1", 0, 4, forecast_finish_on=day(30)),
        work("P2", 4, 9, "D", forecast_finish_on=day(40)),
        links=("P1>P2",),
    )
    assert dates(plan) == {"P1": (day(30), day(4)), "P2": (day(40), day(9))}
    assert (plan.old_late_days, plan.new_late_days) == (26 + 31, 0)
    assert plan.rows["days_saved"].to_list() == [26, 31]
    assert plan.limiting == ()


def test_of_two_that_want_the_crew_the_order_with_fewer_days_late_is_taken() -> None:
    plan = planned(work("P1", 0, 10), work("P2", 0, 2))
    assert dates(plan) == {"P1": (day(10), day(12)), "P2": (day(2), day(2))}
    assert (plan.old_clashes, plan.new_clashes) == (1, 0)


def test_what_has_begun_goes_on_and_what_is_done_is_not_planned() -> None:
    plan = planned(
        work("P1", -5, 5, started_on=day(-5), progress_pct=50),
        work("P2", -9, -2, state_code="finished", started_on=day(-9), finished_on=day(-2)),
        work("P3", 0, 3),
    )
    assert dates(plan) == {"P1": (day(5), day(5)), "P3": (day(3), day(8))}


def test_a_circle_and_a_missing_duration_are_named_and_the_rest_is_planned() -> None:
    plan = planned(
        work("P1", 0, 5),
        work("P2", 5, 9),
        work("P3", 0, 4, None, planned_start_on=None),
        links=("P1>P2", "P2>P1"),
    )
    # A circle takes the whole project out of the plan.
    assert set(plan.rows["reason_code"]) == {"cycle"}
    assert plan.rows["new_on"].null_count() == 3
    assert planned(work("P3", 0, 4, None, planned_start_on=None)).rows["reason_code"].to_list() == [
        "missing_duration"
    ]
    assert planned(work("Q1", 0, 4)).rows.is_empty()
