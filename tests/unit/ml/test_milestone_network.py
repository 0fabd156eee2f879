"""The network of milestones on a business date: what was done stands, the rest follows from it."""

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from ml.frames import MissingColumnsError
from ml.schedule import LINK_SCHEMA, MILESTONE_SCHEMA, OUTPUT_SCHEMA, WorkingDays, milestone_network

AS_OF = date(2025, 9, 30)
# Eight milestones of a hospital, planned from 1 October: name, planned days, what comes before.
EIGHT = {
    "A": (10, ""),
    "B": (20, "A"),
    "C": (15, "A"),
    "D": (25, "C"),
    "E": (5, "B"),
    "F": (20, "DE"),
    "G": (10, "F"),
    "H": (5, "G"),
}


def milestone(name: str, days: int, start: date = AS_OF, **other: Any) -> dict[str, Any]:
    plan = {"planned_start_on": start, "planned_finish_on": start + timedelta(days=days)}
    return {"milestone_id": name, "project_id": "P1", "state_code": "not_started"} | plan | other


def link(before: str, after: str, type_code: str = "FS", lag: int = 0) -> dict[str, Any]:
    return {"predecessor_id": before, "successor_id": after, "type_code": type_code, "lag_days": lag}


def eight(**changed: dict[str, Any]) -> tuple[list[dict], list[dict]]:
    rows = [milestone(name, days, **changed.get(name, {})) for name, (days, _) in EIGHT.items()]
    return rows, [link(one, name) for name, (_, before) in EIGHT.items() for one in before]


def run(rows: list[dict], links: list[dict], **options: Any) -> dict[str, dict[str, Any]]:
    found = network(rows, links, **options)
    return {row["milestone_id"]: row for row in found.to_dicts()}


def network(rows: list[dict], links: list[dict], **options: Any) -> pl.DataFrame:
    frames = pl.DataFrame(rows, schema=MILESTONE_SCHEMA), pl.DataFrame(links, schema=LINK_SCHEMA)
    return milestone_network(*frames, AS_OF, run_id="r1", **options)


def test_eight_milestones_yet_to_begin() -> None:
    found = run(*eight())
    assert [name for name, row in found.items() if row["is_critical"]] == list("ACDFGH")
    assert {name: row["total_float_days"] for name, row in found.items() if not row["is_critical"]} == {
        "B": 15,
        "E": 15,
    }
    assert {row["project_finish_on"] for row in found.values()} == {AS_OF + timedelta(days=85)}
    assert (found["D"]["early_start_on"], found["D"]["late_finish_on"]) == (
        date(2025, 10, 25),
        date(2025, 11, 19),
    )
    assert {row["critical_test_days"] for row in found.values()} == {600}


def test_what_is_done_keeps_its_days_and_what_is_begun_has_its_rest() -> None:
    found = run(
        *eight(
            A={
                "started_on": date(2025, 8, 1),
                "finished_on": date(2025, 8, 30),
                "state_code": "finished",
            },
            # Half of 20 days are left. C has not begun: all its 15 days are.
            B={"started_on": date(2025, 8, 30), "progress_pct": 50.0, "state_code": "started"},
        )
    )
    assert (found["A"]["early_start_on"], found["A"]["early_finish_on"]) == (
        date(2025, 8, 1),
        date(2025, 8, 30),
    )
    assert (found["B"]["early_start_on"], found["B"]["early_finish_on"]) == (
        date(2025, 8, 30),
        date(2025, 10, 10),
    )
    assert found["C"]["early_start_on"] == AS_OF
    # B began the day A was done, so A had as many days to spare as B has; C begins 31 days after A.
    assert (found["A"]["total_float_days"], found["A"]["is_critical"]) == (25, False)
    assert (found["B"]["total_float_days"], found["C"]["total_float_days"]) == (25, 0)
    assert found["H"]["early_finish_on"] == AS_OF + timedelta(days=75)


def test_an_open_milestone_needs_a_day_at_least() -> None:
    found = run([milestone("A", 10, started_on=date(2025, 7, 1), progress_pct=100.0)], [])
    assert found["A"]["early_finish_on"] == date(2025, 10, 1)


def test_what_happens_after_the_business_date_is_not_known_yet() -> None:
    later = {"started_on": date(2025, 9, 1), "finished_on": date(2025, 10, 5), "state_code": "finished"}
    found = run([milestone("A", 10, **later)], [])
    assert found["A"]["early_finish_on"] == date(2025, 10, 10)
    assert found["A"]["early_start_on"] == date(2025, 9, 1)


def test_a_milestone_without_predecessor_waits_for_its_plan() -> None:
    far = date(2026, 3, 1)
    found = run([milestone("A", 5, far), milestone("B", 5, far)], [link("A", "B", lag=-2)])
    assert found["A"]["early_start_on"] == far
    assert found["B"]["early_start_on"] == date(2026, 3, 4)


def test_a_circle_is_named_and_other_projects_go_on() -> None:
    rows = [milestone(name, 3) for name in "ABCD"] + [milestone("X", 3, project_id="P2")]
    found = run(rows, [link("A", "B"), link("B", "C"), link("C", "A"), link("C", "D")])
    assert {found[name]["cycle_text"] for name in "ABCD"} == {"A → B → C → A"}
    assert {found[name]["is_computable"] for name in "ABCD"} == {False}
    assert {found[name]["early_finish_on"] for name in "ABCD"} == {None}
    assert (found["X"]["is_computable"], found["X"]["early_finish_on"]) == (True, date(2025, 10, 3))


def test_a_cancelled_milestone_hands_on_what_it_waited_for() -> None:
    rows = [milestone("A", 10), milestone("B", 99, state_code="cancelled"), milestone("C", 5)]
    found = run(rows, [link("A", "B"), link("B", "C")])
    assert set(found) == {"A", "C"}
    assert found["C"]["early_start_on"] == date(2025, 10, 10)
    assert found["A"]["is_critical"]


def test_links_to_other_projects_or_nowhere_are_left_out() -> None:
    rows = [milestone("A", 10), milestone("B", 5, project_id="P2")]
    found = run(rows, [link("A", "B"), link("gone", "B"), link("A", "gone")])
    assert found["B"]["early_start_on"] == AS_OF


def test_a_milestone_without_plan_or_with_a_plan_run_backwards_is_a_point_in_time() -> None:
    rows = [
        milestone("A", 0, planned_start_on=None, planned_finish_on=None),
        milestone("B", -7),
        milestone("C", 4, state_code="finished"),
    ]
    found = run(rows, [link("A", "B")])
    assert {row["early_finish_on"] for row in found.values()} == {AS_OF}
    assert [row["has_duration"] for row in found.values()] == [False, True, True]


def test_working_days_leave_out_weekends_and_holidays() -> None:
    # 30 September 2025 is a Tuesday; 1 to 8 October are holidays, Saturday the 11th is worked.
    holidays = [date(2025, 10, day) for day in range(1, 9)]
    calendar = WorkingDays([date(2025, 10, 11)], holidays)
    rows = [milestone("A", 15, AS_OF), milestone("B", 13, AS_OF)]
    found = run(rows, [link("A", "B")], calendar=calendar)
    # Of the 15 days the 30th, the 9th to 11th and the 13th and 14th are worked.
    assert found["A"]["early_finish_on"] == date(2025, 10, 15)
    # And of the 13 days five: from the 15th on these end on Wednesday.
    assert found["B"]["early_start_on"] == date(2025, 10, 15)


def test_the_order_of_rows_changes_nothing() -> None:
    rows, links = eight()
    assert_frame_equal(network(rows[::-1], links[::-1]), network(rows, links))


def test_nothing_gives_nothing_in_the_right_types() -> None:
    found = network([], [])
    assert (found.height, dict(found.schema)) == (0, OUTPUT_SCHEMA)


def test_a_missing_column_is_told() -> None:
    with pytest.raises(MissingColumnsError, match="links: missing columns lag_days"):
        milestone_network(
            pl.DataFrame(schema=MILESTONE_SCHEMA),
            pl.DataFrame(schema=LINK_SCHEMA).drop("lag_days"),
            AS_OF,
        )
