"""The business date is an input; the calendar is asked last, and in the company's own time zone."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ingest.company import Company
from pipelines.business_date import business_date


def company(time_zone: str = "Asia/Shanghai", as_of_on: date | None = None) -> Company:
    return Company(Path("company.yml"), {"zh": "甲", "en": "A"}, time_zone, "CNY", as_of_on, {}, {})


NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def test_what_is_asked_beats_the_company_and_the_company_beats_the_calendar() -> None:
    asked, fixed = date(2024, 1, 1), date(2025, 9, 30)
    assert business_date(company(as_of_on=fixed), asked, NOON) == asked
    assert business_date(company(as_of_on=fixed), None, NOON) == fixed


@pytest.mark.parametrize(
    ("time_zone", "now", "expected"),
    [
        ("Asia/Shanghai", datetime(2026, 3, 1, 15, 59, tzinfo=UTC), date(2026, 2, 28)),
        ("Asia/Shanghai", datetime(2026, 3, 1, 16, 0, tzinfo=UTC), date(2026, 3, 1)),
        ("America/New_York", datetime(2026, 3, 1, 4, 59, tzinfo=UTC), date(2026, 2, 27)),
    ],
)
def test_a_living_company_is_served_its_own_yesterday(time_zone: str, now: datetime, expected: date) -> None:
    assert business_date(company(time_zone), None, now) == expected
