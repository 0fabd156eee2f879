"""Change stamps: read from a source, compared, moved back by the overlap, and written into a query.

A stamp is a moment, a day or a number. Moments without an offset stay so: only the source knows its zone.
"""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

Stamp = datetime | date | Decimal

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def overlap_of(text: str | int) -> timedelta | Decimal:
    """How far back: `2h` as a span of time, `100` as a number."""
    written = str(text)
    if written[-1] in UNITS:
        return timedelta(**{UNITS[written[-1]]: int(written[:-1])})
    return Decimal(written)


def stamp_of(value: Any) -> Stamp | None:
    """The stamp that a source's value is; None for no value. Raises ValueError for a text that is none."""
    if value is None or value == "":
        return None
    if isinstance(value, datetime | date | Decimal):
        return value
    if isinstance(value, int):
        return Decimal(value)
    text = str(value).strip()
    try:
        return Decimal(text)
    except InvalidOperation:
        return date.fromisoformat(text) if DAY.fullmatch(text) else datetime.fromisoformat(text)


def text_of_stamp(stamp: Stamp) -> str:
    """The stamp as it is kept; `stamp_of` reads it back."""
    return str(stamp) if isinstance(stamp, Decimal) else stamp.isoformat()


def newest(stamps: list[Stamp]) -> Stamp | None:
    """The greatest stamp; a moment without an offset counts as UTC beside one with. None for none."""
    return max(stamps, key=_comparable, default=None)


def moved_back(stamp: Stamp, overlap: str | int) -> Stamp:
    """The stamp from which on to fetch again.

    An overlap in time does nothing to a number, nor a number to a time; a day goes back by whole days, at
    least one, because a day that was fetched may not have been over.
    """
    span = overlap_of(overlap)
    if isinstance(stamp, Decimal):
        return stamp - span if isinstance(span, Decimal) else stamp
    if isinstance(span, Decimal):
        return stamp
    if isinstance(stamp, datetime):
        return stamp - span
    return stamp - max(timedelta(days=-(-span // timedelta(days=1))), timedelta(days=1))


def odata_literal(stamp: Stamp) -> str:
    """The stamp in a `$filter`: Edm.DateTimeOffset in UTC, Edm.Date or a number."""
    if isinstance(stamp, datetime):
        utc = stamp.astimezone(UTC) if stamp.tzinfo else stamp
        return utc.replace(tzinfo=None).isoformat() + "Z"
    return str(stamp)


def sql_text(stamp: Stamp, like: str) -> str:
    """The stamp for comparison with a text column whose values look `like` this.

    Cut to whole seconds without an offset: a shorter text comes before all that go on, so nothing is missed.
    """
    if isinstance(stamp, datetime):
        separator = "T" if "T" in like else " "
        return stamp.strftime(f"%Y-%m-%d{separator}%H:%M:%S")
    return str(stamp)


def _comparable(stamp: Stamp) -> Any:
    if isinstance(stamp, Decimal):
        return stamp
    moment = stamp if isinstance(stamp, datetime) else datetime(stamp.year, stamp.month, stamp.day)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
