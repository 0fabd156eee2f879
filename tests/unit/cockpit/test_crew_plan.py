"""What a page says of a project planned anew, and the dates that accepting it writes."""

import datetime as dt
from types import SimpleNamespace

import polars as pl
import pytest

from cockpit.services import crew_plan as figures_of
from cockpit.services import whatif
from ml.schedule.crew_plan import CREW_PLAN_SCHEMA, CrewPlan

OLD, NEW = dt.date(2025, 10, 20), dt.date(2025, 10, 12)


def plan(**changes: object) -> CrewPlan:
    rows = [
        {
            "milestone_id": "M1",
            "crew_id": "C1",
            "old_on": OLD,
            "new_on": NEW,
            "days_saved": 8,
            "waits_days": 0,
        },
        {
            "milestone_id": "M2",
            "crew_id": "C1",
            "old_on": NEW,
            "new_on": NEW,
            "days_saved": 0,
            "waits_days": 3,
        },
        {"milestone_id": "M3", "reason_code": "cycle", "reason_detail": "M3 → M4 → M3"},
    ]
    values = {
        "rows": pl.DataFrame(rows, schema=CREW_PLAN_SCHEMA),
        "old_late_days": 21,
        "new_late_days": 6,
        "bound": 4,
        "is_optimal": False,
        "limiting": (("C1", 3, 1),),
        "old_clashes": 5,
        "new_clashes": 0,
    }
    return CrewPlan(**(values | changes))


def test_old_and_new_dates_stand_side_by_side_with_the_crew_that_limits() -> None:
    shown = figures_of.table(plan(), {"M1": "Ducts"}, {"C1": "Crew one"}, "en")
    assert shown["milestone_name"].to_list() == ["Ducts", "M2", "M3"]
    assert shown.row(0) == ("Ducts", OLD, NEW, 8, "Crew one", 0, None)
    assert shown["plan_note"][2] == "Its links run in a circle: M3 → M4 → M3"
    assert figures_of.limits(plan(), {"C1": "Crew one"}, "en") == (
        "Limited by: Crew one (1 milestones wait 3 days in all)."
    )
    assert figures_of.limits(plan(limiting=()), {}, "en") == "No milestone waits for a crew."


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_plan_that_is_not_proven_best_says_its_limit_and_its_bound(language: str) -> None:
    told = figures_of.finding(plan(), language)
    assert all(number in told for number in ("21", "6", "8", "4"))
    proven = figures_of.finding(plan(is_optimal=True), language)
    assert proven.endswith(("Proven to be the least.", "已证明最优。"))
    assert "5" in figures_of.feasibility(plan(), language)


def test_accepting_writes_only_dates_that_change_each_against_what_was_seen() -> None:
    standing = pl.DataFrame({"milestone_id": ["M1", "M2", "M3"], "forecast_finish_on": [OLD, NEW, OLD]})
    ((seen, payload),) = figures_of.replans(plan(), standing, {"M1": SimpleNamespace(version=4)}, "night-1")
    assert (seen.subject_id, seen.version, seen.publication_name) == ("M1", 4, "night-1")
    assert (payload.old_on, payload.new_on) == (OLD, NEW)
    # Pressed twice the events are the same.
    twice = [whatif.drafts([(seen, payload)], "Li Na", "other", "crews") for _ in range(2)]
    assert twice[0] == twice[1]


def test_the_two_finishes_of_a_project_are_explained_where_they_differ() -> None:
    later = SimpleNamespace(finish_p80_on=OLD + dt.timedelta(days=6))
    told = whatif.two_finishes(OLD, later, "en")
    assert "2025-10-20" in told
    assert "2025-10-26, 6 days apart" in told
    assert whatif.two_finishes(OLD, SimpleNamespace(finish_p80_on=OLD), "en") == ""
    assert whatif.two_finishes(OLD, SimpleNamespace(finish_p80_on=None), "en") == ""
