"""Which business date a night is for: an input first, the calendar of the company last."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from ingest.company import Company


def business_date(company: Company, asked: date | None, now: datetime) -> date:
    """The date asked for, else the company's fixed `as_of`, else yesterday in the company's time zone.

    `now` must be aware of its time zone.
    """
    return asked or company.as_of_on or now.astimezone(ZoneInfo(company.time_zone)).date() - timedelta(days=1)
