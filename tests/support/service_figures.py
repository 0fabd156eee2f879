"""Service levels by the working day, and ratios of marts: for figures of service that are computed twice."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import polars as pl
import pytest

from tests.support.figure_day import AHEAD, UNTIL
from tests.support.warehouse import Warehouse

Row = dict[str, Any]

YEAR = dt.timedelta(days=365)
#: How far two ratios may be apart, by how they are rounded.
SHARE, MEAN, RATE = 0.000_001, 0.005, 0.005
#: People begin at half past eight, as the shifts of the made-up company do.
OPENS = dt.timedelta(hours=8, minutes=30)


def service_level(order: Row, calendar: Mapping[dt.date, dt.timedelta]) -> Row:
    """Target and used working hours of an order, whether it is due and whether it was met."""
    end_of_time = dt.datetime.combine(UNTIL + dt.timedelta(days=1), dt.time())
    created, due = _second(order["created_at"]), _second(order["due_at"])
    finished = _second(order["finished_at"]) if order["finished_at"] else None
    if finished and finished >= end_of_time:
        finished = None
    target = _worked(created, due, calendar)
    rested = dt.timedelta(seconds=round((order["waiting_hours"] or 0) * 3600))
    used = max(_worked(created, finished or end_of_time, calendar) - rested, dt.timedelta())
    return {
        "target": target / dt.timedelta(hours=1),
        "used": used / dt.timedelta(hours=1),
        "due_on": due.date(),
        "finished_on": finished.date() if finished else None,
        "is_due": due.date() <= UNTIL and (finished is not None or used > target),
        "is_met": used <= target,
    }


def _worked(start: dt.datetime, end: dt.datetime, calendar: Mapping[dt.date, dt.timedelta]) -> dt.timedelta:
    """Working time between two local moments, day by day."""
    total, day = dt.timedelta(), start.date()
    while day <= end.date():
        opens = dt.datetime.combine(day, dt.time()) + OPENS
        closes = opens + calendar[day]
        total += max(min(end, closes) - max(start, opens), dt.timedelta())
        day += dt.timedelta(days=1)
    return total


def _second(moment: dt.datetime) -> dt.datetime:
    """The wall clock in China, to the second."""
    return (moment + AHEAD).replace(microsecond=0)


def local_day(moment: dt.datetime) -> dt.date:
    """The day in China."""
    return (moment + AHEAD).date()


def month_of(day: dt.date) -> dt.date:
    """The first day of the month."""
    return day.replace(day=1)


def same_ratio(found: Any, numerator: Any, denominator: Any, tolerance: float) -> None:
    """Compare a ratio; without a denominator there is none."""
    if not denominator:
        assert found is None
        return
    assert float(found) == pytest.approx(float(numerator) / float(denominator), abs=tolerance)


def lookup(frame: pl.DataFrame, key: str, value: str) -> dict[str, str]:
    """One column by another."""
    return dict(frame.select(key, value).iter_rows())


def rows_of(built: Warehouse, mart: str) -> list[Row]:
    """All rows of a mart."""
    names = [row[0] for row in built.rows(f"select column_name from (describe marts.{mart})")]
    return [dict(zip(names, row, strict=True)) for row in built.rows(f"select * from marts.{mart}")]


def groups_of(built: Warehouse, dimension: str) -> list[Row]:
    """The rows of one dimension of the groups of service."""
    return [row for row in rows_of(built, "mart_service_group") if row["dimension_code"] == dimension]
