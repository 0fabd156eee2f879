"""Change stamps: reading, comparing, moving back, writing into queries."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from ingest.cursor import moved_back, newest, odata_literal, overlap_of, sql_text, stamp_of, text_of_stamp

CHINA = timezone(timedelta(hours=8))


@pytest.mark.parametrize(
    ("written", "span"),
    [
        ("30s", timedelta(seconds=30)),
        ("5m", timedelta(minutes=5)),
        ("2h", timedelta(hours=2)),
        ("1d", timedelta(days=1)),
        (100, Decimal(100)),
    ],
)
def test_an_overlap_is_a_span_or_a_number(written: str | int, span: object) -> None:
    assert overlap_of(written) == span


@pytest.mark.parametrize(
    ("value", "stamp"),
    [
        ("2025-09-29T12:00:00Z", datetime(2025, 9, 29, 12, tzinfo=UTC)),
        ("2025-09-29T12:00:00.123456789+08:00", datetime(2025, 9, 29, 12, 0, 0, 123456, CHINA)),
        ("2025-09-29 12:00:00", datetime(2025, 9, 29, 12)),
        ("2025-09-29", date(2025, 9, 29)),
        ("42", Decimal(42)),
        (42, Decimal(42)),
        (None, None),
        ("", None),
    ],
)
def test_a_stamp_is_a_moment_a_day_or_a_number(value: object, stamp: object) -> None:
    assert stamp_of(value) == stamp
    if stamp is not None:
        assert stamp_of(text_of_stamp(stamp)) == stamp  # type: ignore[arg-type]


def test_what_is_no_stamp_is_told() -> None:
    with pytest.raises(ValueError, match="yesterday"):
        stamp_of("yesterday")


@pytest.mark.parametrize(
    ("stamp", "overlap", "start"),
    [
        ("2025-09-29T12:00:00Z", "2h", "2025-09-29T10:00:00Z"),
        ("2025-03-01T00:30:00Z", "1d", "2025-02-28T00:30:00Z"),
        ("2025-09-29T01:00:00+08:00", "1h", "2025-09-28T16:00:00Z"),
        ("2025-09-29T12:00:00", "1h", "2025-09-29T11:00:00Z"),
        ("2025-09-29", "2h", "2025-09-28"),
        ("2025-09-29", "36h", "2025-09-27"),
        ("1000", 100, "900"),
        ("1000", "1h", "1000"),
    ],
)
def test_the_start_lies_the_overlap_before(stamp: str, overlap: str | int, start: str) -> None:
    at = stamp_of(stamp)
    assert at is not None
    assert odata_literal(moved_back(at, overlap)) == start


def test_the_newest_is_found_over_offsets_and_fractions() -> None:
    texts = ["2025-09-29T12:00:00Z", "2025-09-29T12:00:00.5Z", "2025-09-29T19:59:00+08:00"]
    stamps = [stamp for text in texts if (stamp := stamp_of(text))]
    assert newest(stamps) == stamps[1]
    assert newest([]) is None


def test_a_text_column_is_compared_in_its_own_writing() -> None:
    moment = datetime(2025, 9, 29, 12, 0, 0, 500_000)
    assert sql_text(moment, "2025-09-01 00:00:00.000") == "2025-09-29 12:00:00"
    assert sql_text(moment, "2025-09-01T00:00:00Z") == "2025-09-29T12:00:00"
    # A shorter text stands before all that go on like it.
    assert sql_text(moment, "2025-09-01T00:00:00Z") <= "2025-09-29T12:00:00Z"
