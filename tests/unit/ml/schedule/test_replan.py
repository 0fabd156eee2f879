"""A portfolio's crews do one thing at a time, the dearest days late are avoided, the unplannable is named."""

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from ml.schedule.config import LINK_SCHEMA
from ml.schedule.constraint_model import PlanConfig
from ml.schedule.replan import CREW_SCHEMA, PLAN_SCHEMA, WORK_SCHEMA, Replan, replan

AS_OF = date(2025, 9, 30)
QUICK = PlanConfig(limit_seconds=5.0, workers=1, samples=2)


def day(number: int) -> date:
    return AS_OF + timedelta(days=number)


def work(name: str, days: int | None, crew: str | None = "C", due: int | None = None, **other: Any) -> dict:
    return {
        "milestone_id": name,
        "project_id": name[0],
        "planned_start_on": AS_OF,
        "planned_finish_on": None if days is None else day(days),
        "state_code": "not_started",
        "crew_id": crew,
        "due_on": None if due is None else day(due),
    } | other


def run(*rows: dict, links: tuple[str, ...] = (), crews: tuple[dict, ...] = (), **options: Any) -> Replan:
    return replan(
        pl.DataFrame(list(rows), schema=WORK_SCHEMA),
        pl.DataFrame(
            [dict(zip(("predecessor_id", "successor_id"), each.split(">"), strict=True)) for each in links],
            schema=LINK_SCHEMA,
        ),
        pl.DataFrame(list(crews), schema=CREW_SCHEMA),
        AS_OF,
        config=options.pop("config", QUICK),
        **options,
    )


def starts(found: Replan) -> dict[str, int | None]:
    rows = found.rows.select("milestone_id", "start_on").rows()
    return {name: None if on is None else (on - AS_OF).days for name, on in rows}


def test_one_crew_serves_the_dearer_project_first() -> None:
    # Both are due on day 10 and the crew can do one after the other: the cheaper one is 10 days late.
    found = run(work("P1", 10, due=10, weight=1.0), work("Q1", 10, due=10, weight=2.5))
    assert starts(found) == {"P1": 10, "Q1": 0}
    assert (found.cost, found.bound) == (10.0, 10.0)
    late = found.rows.filter(milestone_id="P1").row(0, named=True)
    assert (late["days_late"], late["waits_days"], late["is_optimal"]) == (10, 10, True)
    assert found.rows.schema == pl.Schema({name: dtype() for name, dtype in PLAN_SCHEMA.items()})


def test_it_may_pay_to_let_a_crew_wait() -> None:
    # P2 is dear and can begin on day 2 only. A rule that never waits gives the crew to Q for 10 days first.
    found = run(
        work("P1", 2, crew="D"),
        work("P2", 5, due=7, weight=10.0),
        work("Q1", 10, due=10),
        links=("P1>P2",),
    )
    assert starts(found) == {"P1": 0, "P2": 2, "Q1": 7}
    assert found.cost == 7.0


def test_a_bigger_crew_does_more_at_a_time() -> None:
    rows = [work(f"{name}1", 10, due=10) for name in "PQR"]
    assert run(*rows, crews=({"crew_id": "C", "capacity": 3},)).cost == 0
    assert run(*rows, crews=({"crew_id": "C", "capacity": 2},)).cost == 10
    assert run(*rows, crews=({"crew_id": "C", "capacity": None},)).cost == 30


def test_what_has_begun_goes_on_and_what_is_done_is_gone() -> None:
    found = run(
        work("P1", 10, started_on=day(-4), progress_pct=40.0, state_code="started", due=5),
        # The same crew has begun another beside it: that is how it is.
        work("Q1", 10, started_on=day(-2), progress_pct=20.0, state_code="started", due=20),
        work("R1", 3, due=3),
        work("R2", 3, finished_on=day(-1), state_code="finished"),
        work("R3", 3, state_code="cancelled"),
    )
    assert starts(found) == {"P1": -4, "Q1": -2, "R1": 8}
    assert found.cost == 1 + 8


def test_what_cannot_be_planned_is_named_and_the_rest_goes_on() -> None:
    found = run(
        work("P1", 4),
        work("P2", 4),
        work("Q1", 4, crew_units=3),
        work("Q2", 4),
        work("Q3", 4),
        work("R1", None, due=2),
        work("R2", 5),
        links=("P1>P2", "P2>P1", "Q1>Q2", "Q2>Q3", "R1>R2"),
    )
    told = {row["milestone_id"]: (row["reason_code"], row["reason_detail"]) for row in found.rows.to_dicts()}
    assert told["P1"] == ("cycle", "P1 → P2 → P1")
    assert told["Q1"] == ("demand_above_capacity", "C: 3 > 1")
    assert (told["Q2"], told["Q3"]) == (("after_unplanned", "Q1"), ("after_unplanned", "Q2"))
    assert told["R1"] == ("missing_duration", None)
    assert starts(found) == {"P1": None, "P2": None, "Q1": None, "Q2": None, "Q3": None, "R1": 0, "R2": 0}


def test_nothing_to_plan() -> None:
    found = run()
    assert found.rows.is_empty()
    assert found.cost is None
    done = run(work("P1", 4, finished_on=day(-1), state_code="finished"))
    assert done.rows.is_empty()


def test_a_search_without_time_falls_back_to_the_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    from ortools.sat.python import cp_model

    monkeypatch.setattr(cp_model.CpSolver, "solve", lambda self, model: cp_model.UNKNOWN)
    found = run(work("P1", 2, crew="D"), work("P2", 5, due=7), work("Q1", 10, due=9), links=("P1>P2",))
    assert found.rows["method_code"].unique().to_list() == ["priority_rule"]
    assert found.rows["start_on"].null_count() == 0
    assert found.cost is not None
    assert found.cost >= (found.bound or 0)


def test_the_same_input_gives_the_same_plan() -> None:
    rows = [work(f"{name}{number}", 3 + number, due=8) for name in "PQR" for number in range(3)]
    config = PlanConfig(deterministic_limit=0.05, workers=2, samples=3)
    first, second = (run(*rows, config=config) for _ in range(2))
    assert first.rows.equals(second.rows)
    assert run(*reversed(rows), config=config).rows.equals(first.rows)
