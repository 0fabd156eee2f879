"""How long projects take, by three clocks, computed a second time."""

import datetime as dt

from tests.support.figure_day import Frames
from tests.support.project_lives import assert_close, cycles_of, in_days, mean, traces_of
from tests.support.warehouse import Warehouse


def test_cycles_of_every_project(built: Warehouse, frames: Frames) -> None:
    expected = cycles_of(frames)
    found = {
        row[0]: row[1:]
        for row in built.rows(
            "select project_id, pilot_code, cycle_days, delivery_cycle_days, start_days, planned_days,"
            " compression_share, start_wait_days, start_work_days from marts.mart_project_cycle"
        )
    }
    assert set(found) == set(expected)
    for project_id, (pilot, cycle, delivery, start, planned, compression, waited, worked) in found.items():
        right = expected[project_id]
        assert (pilot, cycle, delivery, start, planned) == (
            right["pilot"], right["project_cycle"], right["delivery_cycle"], right["start"], right["planned"],
        ), project_id  # fmt: skip
        saved = None if cycle is None or not planned else (planned - cycle) / planned
        assert_close({0: compression, 1: waited}, {0: saved, 1: right["waited"]})
        if worked is not None:
            assert worked + waited == start


def test_stages_and_waits_make_the_whole_life(built: Warehouse, frames: Frames) -> None:
    found = built.rows(
        "select project_id, lifecycle_days, stage_days + wait_days from marts.mart_project_cycle"
    )
    traces = traces_of(frames)
    whole = {name: in_days(each[-1]["entered_at"] - each[0]["entered_at"]) for name, each in traces.items()}
    assert_close({row[0]: row[1] for row in found}, whole)
    assert_close({row[0]: row[2] for row in found}, whole)


def test_months_of_the_overview(built: Warehouse, frames: Frames) -> None:
    cycles = list(cycles_of(frames).values())
    for column, figure, ended in (
        ("project_cycle_days", "project_cycle", "accepted_on"),
        ("delivery_cycle_days", "delivery_cycle", "commissioned_on"),
        ("project_start_days", "start", "begun_on"),
    ):
        days: dict[dt.date, list[int]] = {}
        for one in cycles:
            if one[figure] is not None:
                days.setdefault(one[ended].replace(day=1), []).append(one[figure])
        found = dict(built.rows(f"select period_on, {column} from marts.mart_overview_month"))
        assert_close(found, {month: mean(days.get(month, [])) for month in found})
