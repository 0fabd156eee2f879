"""The stages of every project and the trace behind each, computed a second time."""

import datetime as dt

from tests.support.figure_day import UNTIL, Frames
from tests.support.project_lives import assert_close, in_days, released_at, traces_of
from tests.support.warehouse import Warehouse

STAGES = ["lead", "solution", "contract", "production", "delivery", "installation", "maintenance"]


def test_the_ribbon_of_every_project(built: Warehouse, frames: Frames) -> None:
    states = dict(frames["projects__projects"].select("project_id", "status_code").iter_rows())
    expected: dict[tuple[str, str], tuple[str, str | None, float | None, float | None]] = {}
    for project_id, trace in traces_of(frames).items():
        reached = STAGES.index(trace[-1]["stage_code"])
        for place, stage in enumerate(STAGES):
            found = [number for number, event in enumerate(trace) if event["stage_code"] == stage]
            if place > reached:
                state = "ahead"
            elif place == reached:
                state = "stopped" if states[project_id] == "cancelled" else "current"
            else:
                state = "passed" if found else "skipped"
            # From an event to the hand-over told with the next one, and from there to the next one.
            left = [(trace[n], trace[n + 1]) for n in found if n + 1 < len(trace)]
            worked = [in_days(released_at(one, after) - one["entered_at"]) for one, after in left]
            waited = [in_days(after["entered_at"] - released_at(one, after)) for one, after in left]
            ids = ",".join(trace[number]["event_id"] for number in found) or None
            expected[project_id, stage] = (state, ids, _sum(worked), _sum(waited))
    found_rows = built.rows(
        "select project_id, stage_code, state_code, event_ids, stage_days, wait_days"
        " from marts.mart_project_lifecycle"
    )
    assert {(p, s) for p, s, *_ in found_rows} == set(expected)
    for project_id, stage, state, ids, worked_days, waited_days in found_rows:
        right = expected[project_id, stage]
        assert (state, ids) == right[:2], (project_id, stage)
        assert_close({0: worked_days, 1: waited_days}, {0: right[2], 1: right[3]})


def test_every_passed_stage_has_its_trace(built: Warehouse) -> None:
    """Who, when and the source's row: nothing on the ribbon that no event stands behind."""
    silent = built.rows(
        "select project_stage_id from marts.mart_project_lifecycle"
        " where state_code in ('passed', 'current', 'stopped')"
        " and (event_count = 0 or not has_trace or entered_at is null or first_event_id is null)"
    )
    assert silent == []


def test_history_begins_before_the_pilot(built: Warehouse) -> None:
    ((first, last),) = built.rows("select min(entered_on), max(entered_on) from marts.fct_stage_event")
    assert first < dt.date(2023, 1, 1)
    assert last <= UNTIL


def _sum(values: list[float]) -> float | None:
    return sum(values) if values else None
