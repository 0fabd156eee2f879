"""A scenario moves the projects it hits as a full rerun would and leaves all others as they were."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from ml.schedule.config import LINK_SCHEMA, MILESTONE_SCHEMA
from ml.schedule.outlook import DELAY_SCHEMA, Snapshot, finish_outlook
from ml.schedule.whatif import (
    CHANGE_SCHEMA,
    WHATIF_SCHEMA,
    change_problems,
    delta_of,
    scenario_outlook,
    what_if,
)

AS_OF = date(2025, 9, 30)
# Eight milestones: A contract, B production, C design, D piping, E delivery, F, G, H; B and E float 15 days.
EIGHT = {"A": 10, "B": 20, "C": 15, "D": 25, "E": 5, "F": 20, "G": 10, "H": 5}
BEFORE = ("AB", "AC", "CD", "BE", "DF", "EF", "FG", "GH")


def day(number: int) -> date:
    return AS_OF + timedelta(days=number)


def eight(project: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    milestones = [
        {
            "milestone_id": f"{project}-{name}",
            "project_id": project,
            "planned_start_on": AS_OF,
            "planned_finish_on": day(days),
            "state_code": "not_started",
        }
        for name, days in EIGHT.items()
    ]
    links = [
        {
            "predecessor_id": f"{project}-{one}",
            "successor_id": f"{project}-{other}",
            "type_code": "FS",
            "lag_days": 0,
        }
        for one, other in BEFORE
    ]
    return milestones, links


def snapshot(*projects: str, delays: list[dict[str, Any]] | None = None, **options: Any) -> Snapshot:
    parts = [eight(project) for project in projects]
    return Snapshot(
        pl.DataFrame([row for rows, _ in parts for row in rows], schema=MILESTONE_SCHEMA),
        pl.DataFrame([row for _, rows in parts for row in rows], schema=LINK_SCHEMA),
        pl.DataFrame(delays or [], schema=DELAY_SCHEMA),
        AS_OF,
        **options,
    )


def changes(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame([{"scenario_id": "S"} | row for row in rows], schema=CHANGE_SCHEMA)


def project_shift(shot: Snapshot, *rows: dict[str, Any]) -> tuple[int, int]:
    found = what_if(finish_outlook(shot), shot, changes(*rows))
    return found.select("project_shift_p50_days", "project_shift_p80_days").unique().row(0)


@pytest.mark.parametrize(
    ("row", "shift"),
    [
        # E is planned for day 35 and floats 15 days: on day 62 it is 27 days late, 12 of them felt.
        ({"kind_code": "date", "milestone_id": "P-E", "new_on": day(62)}, 12),
        ({"kind_code": "date", "milestone_id": "P-E", "new_on": day(50)}, 0),
        ({"kind_code": "supplier", "milestone_id": "P-E", "other_id": "S2", "days": 55}, 5),
        ({"kind_code": "duration", "milestone_id": "P-D", "days": 30}, 5),
        # A critical task four days shorter: what it frees is gained whole.
        ({"kind_code": "crew", "milestone_id": "P-D", "other_id": "C2", "days": 21}, -4),
        ({"kind_code": "crew", "milestone_id": "P-D", "other_id": "C2", "new_on": day(28)}, 3),
        ({"kind_code": "unlink", "milestone_id": "P-F", "other_id": "P-D"}, -15),
        ({"kind_code": "link", "milestone_id": "P-D", "other_id": "P-E", "days": 2}, 12),
    ],
)
def test_each_kind_of_change_moves_the_project_by_what_the_float_leaves(row: dict, shift: int) -> None:
    assert project_shift(snapshot("P"), row) == (shift, shift)


def test_the_outlook_of_an_unchanged_snapshot_is_the_published_forecast() -> None:
    delays = [
        {"milestone_id": "P-D", "finish_p50_on": day(60), "finish_p80_on": day(80)},
        {"milestone_id": "P-F", "finish_p50_on": day(81), "finish_p80_on": day(110)},
    ]
    found = finish_outlook(snapshot("P", delays=delays)).filter(pl.col("milestone_id").is_in(["P-D", "P-F"]))
    assert found.select("finish_p50_on", "finish_p80_on").rows() == [(day(60), day(80)), (day(81), day(110))]


def test_what_a_milestone_inherits_goes_when_the_cause_goes() -> None:
    # D is 10 and 30 days late, and F by those alone: with D in time F is in time, what it adds itself stays.
    delays = [
        {"milestone_id": "P-D", "finish_p50_on": day(60), "finish_p80_on": day(80)},
        {"milestone_id": "P-F", "finish_p50_on": day(82), "finish_p80_on": day(107)},
    ]
    row = {"kind_code": "date", "milestone_id": "P-D", "new_on": day(50)}
    assert project_shift(snapshot("P", delays=delays), row) == (-10, -30)


def test_other_projects_keep_their_rows_to_the_bit_and_are_not_told() -> None:
    shot = snapshot("P", "Q", "R")
    base = finish_outlook(shot)
    moved = changes({"kind_code": "date", "milestone_id": "Q-E", "new_on": day(62)})
    assert what_if(base, shot, moved)["project_id"].unique().to_list() == ["Q"]
    after = scenario_outlook(base, shot, moved)
    is_other = pl.col("project_id") != "Q"
    assert_frame_equal(after.filter(is_other), base.filter(is_other))
    assert after.filter(~is_other)["project_finish_p50_on"].unique().to_list() == [day(97)]


def test_scenarios_do_not_know_of_each_other() -> None:
    shot = snapshot("P")
    rows = [
        {"scenario_id": "late", "kind_code": "date", "milestone_id": "P-E", "new_on": day(62)},
        {"scenario_id": "early", "kind_code": "duration", "milestone_id": "P-A", "days": 6},
    ]
    found = what_if(finish_outlook(shot), shot, changes(*rows))
    assert found.columns == list(WHATIF_SCHEMA)
    shifts = found.group_by("scenario_id").agg(pl.col("project_shift_p50_days").unique().first())
    assert dict(shifts.rows()) == {"late": 12, "early": -4}
    assert found.filter("is_changed")["milestone_id"].to_list() == ["P-A", "P-E"]


def test_a_circle_is_named_and_other_projects_go_on() -> None:
    shot = snapshot("P", "Q")
    rows = (
        {"kind_code": "link", "milestone_id": "P-A", "other_id": "P-F"},
        {"kind_code": "duration", "milestone_id": "Q-A", "days": 12},
    )
    found = what_if(finish_outlook(shot), shot, changes(*rows))
    broken = found.filter(project_id="P")
    assert broken["is_computable"].unique().to_list() == [False]
    assert broken["cycle_text"][0].count("→") == 4
    assert broken["finish_p50_on"].null_count() == broken.height
    assert found.filter(project_id="Q")["project_shift_p50_days"].unique().to_list() == [2]


def test_changes_that_cannot_be_made_are_named_and_left_out() -> None:
    shot = snapshot("P", "Q")
    done = pl.col("milestone_id") == "P-A"
    milestones = shot.milestones.with_columns(
        state_code=pl.when(done).then(pl.lit("finished")).otherwise("state_code"),
        finished_on=pl.when(done).then(pl.lit(AS_OF)).otherwise("finished_on"),
    )
    shot = Snapshot(milestones, shot.links, shot.delays, AS_OF)
    rows = changes(
        {"kind_code": "magic", "milestone_id": "P-B"},
        {"kind_code": "date", "milestone_id": "Z", "new_on": AS_OF},
        {"kind_code": "date", "milestone_id": "P-A", "new_on": AS_OF},
        {"kind_code": "date", "milestone_id": "P-B"},
        {"kind_code": "duration", "milestone_id": "P-B", "days": -1},
        {"kind_code": "link", "milestone_id": "P-B", "other_id": "Q-B"},
        {"kind_code": "link", "milestone_id": "P-B", "other_id": "P-D", "type_code": "XX"},
    )
    reasons = change_problems(shot, rows)["reason_code"].to_list()
    assert reasons == [
        "unknown_kind",
        "unknown_milestone",
        "already_finished",
        "missing_value",
        "missing_value",
        "unknown_other",
        "unknown_link_type",
    ]
    assert what_if(finish_outlook(shot), shot, rows).is_empty()


def test_nothing_gives_nothing() -> None:
    shot = snapshot()
    assert what_if(finish_outlook(shot), shot, changes()).is_empty()
    assert scenario_outlook(finish_outlook(shot), shot, changes()).is_empty()


def test_draws_of_a_sampler_take_the_place_of_the_forecast() -> None:
    def late_by_draw(nodes: pl.DataFrame) -> np.ndarray:
        # A alone is late, by 0 … 99 days: its P50 and P80 are the project's.
        return np.where((nodes["milestone_id"] == "P-A").to_numpy()[:, None], np.arange(100), 0)

    shot = snapshot("P", sampler=late_by_draw)
    found = finish_outlook(shot)
    assert found.select("project_finish_p50_on", "project_finish_p80_on").row(0) == (
        day(85 + 49),
        day(85 + 79),
    )
    assert project_shift(shot, {"kind_code": "duration", "milestone_id": "P-H", "days": 8}) == (3, 3)


NAMES = st.sampled_from([f"{project}-{name}" for project in "PQR" for name in EIGHT])
CHANGES = st.lists(
    st.fixed_dictionaries(
        {
            "kind_code": st.sampled_from(["date", "supplier", "duration", "crew", "link", "unlink"]),
            "milestone_id": NAMES,
            "other_id": NAMES,
            "new_on": st.none() | st.integers(-5, 120).map(day),
            "days": st.none() | st.integers(0, 60),
            "type_code": st.sampled_from([None, "FS", "SS", "FF", "SF"]),
        }
    ),
    max_size=5,
)
DELAYS = st.lists(
    st.tuples(NAMES, st.integers(-10, 90), st.integers(0, 60)), max_size=12, unique_by=lambda one: one[0]
)


@given(CHANGES, DELAYS)
@settings(max_examples=30, deadline=None)
def test_a_scenario_gives_what_a_full_rerun_gives(rows: list[dict], late: list[tuple]) -> None:
    delays = [
        {"milestone_id": name, "finish_p50_on": day(p50), "finish_p80_on": day(p50 + more)}
        for name, p50, more in late
    ]
    shot = snapshot("P", "Q", "R", delays=delays)
    asked = changes(*rows)
    bad = set(change_problems(shot, asked)["row_no"])
    made = [row for number, row in enumerate(asked.iter_rows(named=True), start=1) if number not in bad]
    quick = scenario_outlook(finish_outlook(shot), shot, asked)
    assert_frame_equal(quick, finish_outlook(shot, delta_of(shot, made)))
