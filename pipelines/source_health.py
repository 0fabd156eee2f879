"""How each source stands: whether its tables came, and how old the data are, whenever they were read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ingest.company import Company, Source
from ingest.ledger import TableLoad
from lake.checks import CheckResult
from lake.text import both

FRESH_CHECK = "fresh"
#: Until when the data of each raw table reach, by all loads so far.
REACHED = "select table_name, max(data_until_at) from lake.ops.load group by table_name"


@dataclass(frozen=True)
class SourceHealth:
    """One source at the end of the business date; times are UTC.

    `data_until_at` is None while nothing dated has come, and where its tables have no times at all.
    """

    name: str
    connector: str
    as_of_on: date
    failed_tables: tuple[str, ...]
    data_until_at: datetime | None
    age_hours: float | None
    target_hours: float | None

    @property
    def is_well(self) -> bool:
        """Every table came, and the data are as young as the source's target asks."""
        return not self.failed_tables and self.is_fresh

    @property
    def is_fresh(self) -> bool:
        """Whether the data are young enough; a source without a target always is."""
        return self.target_hours is None or (
            self.age_hours is not None and self.age_hours <= self.target_hours
        )


def health_of(
    company: Company, loads: Iterable[TableLoad], reached: Mapping[str, datetime | None], as_of_on: date
) -> list[SourceHealth]:
    """The health of each of the company's sources, by name, after `loads`."""
    failed = {load.table for load in loads if not load.is_well}
    fed = {name: {feed.source.name for feed in table.feeds} for name, table in company.tables.items()}
    end = end_of_day(as_of_on, company.time_zone)
    found = []
    for source in sorted(company.sources.values(), key=lambda each: each.name):
        tables = [name for name, sources in fed.items() if source.name in sources]
        until = max((at for name in tables if (at := reached.get(name)) is not None), default=None)
        found.append(_health(source, tables, failed, until, end, as_of_on))
    return found


def freshness_checks(health: Iterable[SourceHealth]) -> list[CheckResult]:
    """A check for each source with a target: warn, because what a breach does to figures is theirs to say."""
    return [_check(each) for each in health if each.target_hours is not None]


def end_of_day(day: date, time_zone: str) -> datetime:
    """The first instant after `day` in a time zone, as naive UTC."""
    local = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(time_zone))
    return local.astimezone(ZoneInfo("UTC")).replace(tzinfo=None)


def _health(
    source: Source, tables: list[str], failed: set[str], until: datetime | None, end: datetime, as_of_on: date
) -> SourceHealth:
    age = None if until is None else round(max((end - until) / timedelta(hours=1), 0.0), 1)
    broken = tuple(sorted(failed.intersection(tables)))
    return SourceHealth(
        source.name, source.connector, as_of_on, broken, until, age, source.fresh_within_hours
    )


def _check(health: SourceHealth) -> CheckResult:
    message = ""
    if health.data_until_at is None:
        message = " · ".join(both("pipelines.never_arrived", source=health.name).values())
    elif not health.is_fresh:
        told = both(
            "pipelines.stale",
            until=health.data_until_at.isoformat(" ", "minutes"),
            as_of=health.as_of_on,
            age=health.age_hours,
            target=health.target_hours,
            source=health.name,
        )
        message = " · ".join(told.values())
    return CheckResult(
        check_name=FRESH_CHECK,
        asset_name=f"source/{health.name}",
        severity_code="warn",
        is_passed=health.is_fresh,
        expected=f"≤ {health.target_hours:g} h",
        actual="–" if health.age_hours is None else f"{health.age_hours:g} h",
        message=message,
    )
