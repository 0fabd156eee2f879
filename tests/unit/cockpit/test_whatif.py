"""Scenarios of a what-if: built step by step, priced where the data allow, and turned into new dates."""

import datetime as dt

import polars as pl
import pytest

from cockpit.services.whatif import (
    Change,
    Project,
    Scenario,
    crew_cost,
    drafts,
    node_table,
    now,
    outcomes,
    problem_words,
    replans,
    scenario_words,
    with_change,
)
from ml.schedule.read import DELAY_SCHEMA

AS_OF = dt.date(2025, 9, 30)
DAYS = {"D": (0, 20), "I": (20, 30), "A": (30, 34)}


def day(number: int) -> dt.date:
    return AS_OF + dt.timedelta(days=number)


@pytest.fixture
def project() -> Project:
    """A delivery, the installation that waits for it, and the acceptance after that."""
    rows = [
        {
            "milestone_id": key,
            "project_id": "P",
            "name": f"node {key}",
            "planned_start_on": day(start),
            "planned_finish_on": day(finish),
            "started_on": None,
            "finished_on": None,
            "progress_pct": None,
            "state_code": "not_started",
            "crew_id": "C1" if key == "I" else None,
            "forecast_finish_on": day(finish),
        }
        for key, (start, finish) in DAYS.items()
    ]
    links = [
        {"predecessor_id": one, "successor_id": other, "type_code": "FS", "lag_days": 0}
        for one, other in ("DI", "IA")
    ]
    return Project(
        pl.DataFrame(rows), pl.DataFrame(links), pl.DataFrame(schema=DELAY_SCHEMA), pl.DataFrame(), AS_OF
    )


def test_scenarios_stand_side_by_side_against_what_is(project: Project) -> None:
    scenarios = with_change([], None, Change("date", "D", new_on=day(25)))
    scenarios = with_change(scenarios, None, Change("duration", "I", days=4))
    scenarios = with_change(scenarios, "A", Change("duration", "I", days=8))
    assert [(each.scenario_id, len(each.changes)) for each in scenarios] == [("A", 2), ("B", 1)]
    effects, found = outcomes(project, scenarios)
    assert now(effects).finish_p50_on == day(34)
    assert [each.shift_p50_days for each in found] == [3, -6]
    assert [each.moved_count for each in found] == [3, 2]
    table = node_table(project, effects, found)
    assert table["milestone_name"].to_list() == ["node D", "node I", "node A"]
    assert table.select("A", "B").rows() == [(5, 0), (3, -6), (3, -6)]
    assert scenario_words(scenarios[0], project, "en")[0] == "'node D' is done on 2025-10-25"


def test_a_scenario_costs_what_its_changes_cost_or_is_not_known(project: Project) -> None:
    crew = {"head_count": 4, "hourly_cost_amount": 50.0, "currency_code": "CNY"}
    crews = {"C1": crew, "C2": crew | {"head_count": 8}, "C3": crew | {"hourly_cost_amount": None}}
    # Twice the heads for half the days cost the same; a rate that is not known gives none.
    assert crew_cost(project, "I", crews, "C2", 5) == 0.0
    assert crew_cost(project, "I", crews, "C3", 5) is None
    assert crew_cost(project, "D", crews, "C2", 5) is None
    priced = Change("crew", "I", other_id="C2", days=5, cost_amount=120.0, currency_code="CNY")
    bare = Change("duration", "A", days=2)
    _, found = outcomes(project, [Scenario("A", (priced, priced)), Scenario("B", (priced, bare))])
    assert [(each.cost_amount, each.currency_code) for each in found] == [(240.0, "CNY"), (None, None)]


def test_a_circle_and_a_change_that_cannot_be_made_are_told(project: Project) -> None:
    circle = Scenario("A", (Change("link", "D", other_id="A", days=0, type_code="FS"),))
    nothing = Scenario("B", (Change("date", "nowhere", new_on=day(9)),))
    effects, found = outcomes(project, [circle, nothing])
    assert found[0].finish_p50_on is None
    assert "D" in (found[0].cycle_text or "")
    assert (found[1].shift_p50_days, found[1].moved_count) == (0, 0)
    (told,) = problem_words(effects, "en")
    assert told == "Change 1 of scenario B is left out: there is no such milestone."


def test_approving_writes_the_dates_that_move_once(project: Project) -> None:
    _, (found,) = outcomes(project, [Scenario("A", (Change("date", "D", new_on=day(25)),))])
    standing = project.milestones.with_columns(
        forecast_finish_on=pl.when(pl.col("milestone_id") == "A")
        .then(pl.lit(day(39)))
        .otherwise("forecast_finish_on")
    )
    steps = replans(found, standing, {}, "night-2025-09-30")
    # The acceptance has the date already that the scenario would give it.
    assert {seen.subject_id: payload.new_on for seen, payload in steps} == {"D": day(25), "I": day(35)}
    once = drafts(steps, "Li Na", "material_late", "pumps late")
    assert once == drafts(steps, "Li Na", "material_late", "pumps late")
    assert {each.expected_version for each in once} == {0}
