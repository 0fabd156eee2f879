"""How old a source's data are: by what they say themselves, at the end of the company's own day."""

from datetime import date, datetime
from pathlib import Path

import pytest

from ingest.company import Company, Feed, Source, TableMap
from ingest.ledger import FAILED, LOADED, TableLoad
from pipelines.source_health import end_of_day, freshness_checks, health_of

DAY = date(2025, 9, 30)


def company(target: float | None) -> Company:
    crm, erp = (Source(name, "csv", (), (), fresh_within_hours=target) for name in ("crm", "erp"))
    tables = {
        "crm__customers": TableMap("crm__customers", (Feed(crm, ()),)),
        "erp__orders": TableMap("erp__orders", (Feed(erp, ()),)),
        "erp__products": TableMap("erp__products", (Feed(erp, ()),)),
    }
    return Company(Path("company.yml"), {}, "Asia/Shanghai", "CNY", None, {"crm": crm, "erp": erp}, tables)


def test_the_day_ends_where_the_company_is() -> None:
    assert end_of_day(DAY, "Asia/Shanghai") == datetime(2025, 9, 30, 16)


@pytest.mark.parametrize(("until", "age", "is_fresh"), [("04:00", 12.0, True), ("03:00", 13.0, False)])
def test_age_is_counted_from_the_newest_row_of_any_table(until: str, age: float, is_fresh: bool) -> None:
    reached = {
        "erp__orders": datetime.fromisoformat(f"2025-09-30 {until}"),
        "erp__products": datetime(2024, 1, 1),
    }
    _, erp = health_of(company(12), [], reached, DAY)
    assert (erp.age_hours, erp.is_fresh) == (age, is_fresh)
    _, check = freshness_checks([erp, erp])
    assert (check.asset_name, check.severity_code, check.is_passed) == ("source/erp", "warn", is_fresh)
    assert ("erp" in check.message) is not is_fresh


def test_data_from_the_next_day_are_not_younger_than_new() -> None:
    crm, _ = health_of(company(12), [], {"crm__customers": datetime(2025, 10, 2)}, DAY)
    assert (crm.age_hours, crm.is_fresh) == (0, True)


def test_a_source_without_a_target_is_never_stale_and_never_checked() -> None:
    health = health_of(company(None), [], {}, DAY)
    assert [each.is_fresh for each in health] == [True, True]
    assert freshness_checks(health) == []


def test_a_source_that_never_sent_anything_is_told() -> None:
    [check, _] = freshness_checks(health_of(company(12), [], {}, DAY))
    assert not check.is_passed
    assert check.actual == "–"


def test_a_failed_table_makes_its_source_unwell_and_no_other() -> None:
    loads = [TableLoad("erp__orders", "erp", FAILED), TableLoad("crm__customers", "crm", LOADED)]
    crm, erp = health_of(company(None), loads, {}, DAY)
    assert (crm.is_well, erp.is_well, erp.failed_tables) == (True, False, ("erp__orders",))
