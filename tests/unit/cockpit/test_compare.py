"""Two business dates side by side: what differs and whether late data or a definition is the reason."""

import datetime as dt

import polars as pl
import pytest

from cockpit.services import compare
from cockpit.services.compare import Pair, Past, Told
from cockpit.services.figures import Figure
from cockpit.services.tiles import number_tile, share_tile
from lake.publication import Publication

RUNS = {
    "figure_id": pl.String,
    "version": pl.Int64,
    "value": pl.Float64,
    "n": pl.Int64,
    "own_defaults": pl.String,
}
SHARE = Figure("otif", "OTIF", "", "share", None, "higher", 0.9, "m", 1)


def publication(day: dt.date, name: str = "") -> Publication:
    at = dt.datetime.combine(day, dt.time(3))
    return Publication(name or f"night-{day}", 1, day, "night", "ok", at, "r", "f.duckdb")


EARLY, LATE = publication(dt.date(2025, 9, 12)), publication(dt.date(2025, 9, 30))
PAIR = Pair.of(LATE, EARLY)


def row_of(before, after, past=None):
    frames = tuple(
        pl.DataFrame([("otif", *each)] if each else [], schema=RUNS, orient="row") for each in (before, after)
    )
    pasts = {"otif": past} if past else {}
    found = compare.figure_table(frames, pasts, {"otif": SHARE}, PAIR, Told("en"))
    return found.row(0, named=True) if found.height else None


def test_the_pair_is_in_the_order_of_its_dates_whichever_is_shown():
    assert PAIR == Pair.of(EARLY, LATE) == Pair(EARLY, LATE)
    assert PAIR.past_until_on == dt.date(2025, 9, 1)


def test_of_each_other_date_one_state_is_offered():
    again = publication(EARLY.as_of_on, "refresh-1")
    assert list(compare.offered([LATE, again, EARLY], LATE)) == ["refresh-1"]


@pytest.mark.parametrize(
    ("after", "past", "reason"),
    [
        ((1, 0.8, 100, "{}"), None, ""),
        ((1, 0.9, 120, "{}"), None, "only what is new since"),
        ((1, 0.9, 120, "{}"), Past(0.8, 90, 0.8, 90), "only what is new since"),
        (
            (1, 0.9, 120, "{}"),
            Past(0.8, 90, 0.85, 94),
            "late data: 4 more rows about the time before Sep 2025",
        ),
        (
            (1, 0.9, 120, "{}"),
            Past(0.8, 90, 0.85, 90),
            "what was known of the time before Sep 2025 was corrected or moved on",
        ),
        ((2, 0.8, 100, "{}"), None, "definition: version 1 became 2"),
        ((1, 0.9, 100, '{"otif_days": 2}'), None, "the company's settings changed: otif_days"),
        (
            (2, 0.9, 104, "{}"),
            Past(0.8, 90, 0.85, 94),
            "definition: version 1 became 2, late data: 4 more rows about the time before Sep 2025",
        ),
        (None, None, "not there on the later day"),
    ],
)
def test_each_difference_has_its_reason(after, past, reason):
    row = row_of((1, 0.8, 100, "{}"), after, past)
    assert row["compare_reason"] == reason
    assert row["is_changed"] == bool(reason)


def test_a_share_differs_in_points_and_nothing_known_on_either_day_is_no_row():
    row = row_of((1, 0.8, 100, "{}"), (1, 0.9123, 120, "{}"))
    assert (row["compare_before"], row["compare_after"]) == ("80.0%", "91.2%")
    assert row["compare_difference"] == "+11.23 points"
    assert row_of((1, None, 0, "{}"), (1, None, 0, "{}")) is None


def test_a_tile_tells_its_difference_from_the_other_date():
    def tiles(share, number):
        return [
            share_tile(SHARE, "", share * 100, 100, "en"),
            number_tile(None, "Orders", number, str(number), "en"),
        ]

    shown = compare.compared(tiles(0.9, 1_200.0), tiles(0.8, None), EARLY.as_of_on, "en")
    assert [tile.left for tile in shown] == ["vs 2025-09-12: +10.0 points", "vs 2025-09-12: no data"]
    back = compare.compared(tiles(0.8, 200.0), tiles(0.9, 1_200.0), LATE.as_of_on, "en")
    assert back[1].left == "vs 2025-09-30: −1 k"
    assert [tile.value for tile in back] == [tile.value for tile in tiles(0.8, 200.0)]


def test_projects_that_moved_are_listed_with_how_far():
    def projects(*rows):
        schema = {
            "project_id": pl.String,
            "project_name": pl.String,
            "planned_finish_on": pl.Date,
            "finish_p80_on": pl.Date,
            "finished_on": pl.Date,
            "health_score": pl.Float64,
            "budget_amount": pl.Float64,
        }
        return pl.DataFrame(rows, schema=schema, orient="row")

    day = dt.date(2025, 12, 1)
    same = ("P1", "Same", day, day, None, 80.0, 5.0)
    before = projects(
        same, ("P2", "Late", day, day, None, 80.0, 5.0), ("P3", "Gone", day, None, None, None, None)
    )
    after = projects(
        same,
        ("P2", "Late", day, day + dt.timedelta(days=9), None, 71.0, 6.5),
        ("P4", "New", day, day, None, 50.0, None),
    )
    found = compare.project_table(before, after)
    assert found["project_id"].to_list() == ["P2", "P3", "P4"]
    moved = found.row(0, named=True)
    assert (moved["p80_moved_days"], moved["health_moved_points"], moved["budget_moved_amount"]) == (
        9,
        -9.0,
        1.5,
    )
    assert found["project_name"].to_list() == ["Late", "Gone", "New"]
    assert compare.project_table(before, before).is_empty()
