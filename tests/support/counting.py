"""Purchases and receipts as the generator wrote them, put together for second computations."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

Frames = dict[str, pl.DataFrame]


def differing(
    found: Mapping[Any, Any], expected: Mapping[Any, float | None], within: float
) -> dict[Any, Any]:
    """What differs by more than `within`, or has a value on one side only."""
    return {
        key: (value, expected[key])
        for key, value in found.items()
        if (value is None) != (expected[key] is None)
        or (value is not None and abs(float(value) - float(expected[key] or 0)) > within)
    }


def grouped(pairs: Iterable[tuple[Any, Any]]) -> dict[Any, list[Any]]:
    """The values of each key, in the order they came."""
    groups: dict[Any, list[Any]] = defaultdict(list)
    for key, value in pairs:
        groups[key].append(value)
    return groups


def purchase_lines(frames: Frames, day: dt.date) -> pl.DataFrame:
    """Purchase lines with what was accepted by each of their dates."""
    orders = frames["erp__purchase_orders"].select("purchase_order_id", "ordered_on", "confirmed_on")
    lines = frames["erp__purchase_lines"].join(orders, on="purchase_order_id")
    key = ["purchase_order_id", "line_no"]
    receipts = frames["erp__receipts"].select(*key, "received_on", "quantity_accepted")
    arrived = lines.select(*key, "requested_on", "promised_on", "current_promised_on").join(receipts, on=key)
    late = (pl.col("received_on") - pl.col("promised_on")).dt.total_days().clip(lower_bound=0)
    dates = {
        "by_request": pl.col("requested_on"),
        "by_promise": pl.col("promised_on"),
        "by_window": pl.col("promised_on") + pl.duration(days=3),
        "by_current": pl.col("current_promised_on"),
        "by_now": pl.lit(day),
    }
    accepted = arrived.group_by(key).agg(
        (pl.col("quantity_accepted") * late).sum().alias("late_days"),
        *(
            pl.col("quantity_accepted").filter(pl.col("received_on") <= date).sum().alias(name)
            for name, date in dates.items()
        ),
    )
    return lines.join(accepted, on=key, how="left").with_columns(pl.col("late_days", *dates).fill_null(0))


def receipt_lines(frames: Frames) -> pl.DataFrame:
    """Receipts with the promise and the quote of their line, and the days since its order."""
    orders = frames["erp__purchase_orders"].select("purchase_order_id", "ordered_on")
    lines = frames["erp__purchase_lines"].select(
        "purchase_order_id", "line_no", "promised_on", "quoted_lead_time_days"
    )
    return (
        frames["erp__receipts"]
        .join(lines, on=["purchase_order_id", "line_no"])
        .join(orders, on="purchase_order_id")
        .with_columns(lead=(pl.col("received_on") - pl.col("ordered_on")).dt.total_days())
    )
