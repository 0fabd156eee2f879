"""How long the next team lets wait, computed a second time."""

import datetime as dt
from collections.abc import Iterable
from itertools import pairwise

import polars as pl

from tests.support.figure_day import Frames
from tests.support.project_lives import DAY_ENDS, assert_close, released_at, traces_of
from tests.support.warehouse import Warehouse


def test_waits_between_teams(built: Warehouse, frames: Frames) -> None:
    waits: dict[tuple[str, str, str], list[float | None]] = {}
    for kind, source, target, released, taken in _hand_offs(frames):
        if released >= DAY_ENDS:
            continue
        is_taken = taken is not None and taken < DAY_ENDS
        wait = max((taken - released).total_seconds() / 3600, 0) if taken is not None and is_taken else None
        waits.setdefault((kind, source, target), []).append(wait)
    medians = {
        pair: pl.Series([one for one in each if one is not None], dtype=pl.Float64).median()
        for pair, each in waits.items()
    }
    found = built.rows(
        "select kind_code, from_team_code, to_team_code, hand_off_count, waiting_count, median_wait_hours,"
        " queue_rank from marts.mart_team_hand_off"
    )
    assert {row[:3]: row[3] for row in found} == {pair: len(each) for pair, each in waits.items()}
    assert {row[:3]: row[4] for row in found} == {pair: each.count(None) for pair, each in waits.items()}
    assert_close({row[:3]: row[5] for row in found}, medians)
    worst = max(medians, key=lambda pair: medians[pair] or 0)
    assert {row[:3] for row in found if row[6] == 1} == {worst}


def _hand_offs(frames: Frames) -> Iterable[tuple[str, str, str, dt.datetime, dt.datetime | None]]:
    """Kind, both teams, released, taken of every hand-off."""
    for trace in traces_of(frames).values():
        for one, after in pairwise(trace):
            yield "stage", one["team_code"], after["team_code"], released_at(one, after), after["entered_at"]
    made = frames["mes__production_orders"]
    orders = frames["erp__orders"].select("order_id", "confirmed_at")
    for row in made.join(orders, on="order_id").iter_rows(named=True):
        yield "production", "sales", "production", row["confirmed_at"], row["received_at"]
    picks = frames["wms__picks"].select("order_id", "line_no", pl.col("started_at").alias("picked_from_at"))
    done = made.filter(pl.col("finished_at").is_not_null())
    for row in done.join(picks, on=["order_id", "line_no"]).iter_rows(named=True):
        yield "picking", "production", "supply", row["finished_at"], row["picked_from_at"]
    for row in frames["work__work_orders"].iter_rows(named=True):
        source = "technical" if row["milestone_id"] else "service"
        yield "dispatch", source, "service", row["created_at"], row["assigned_at"]
