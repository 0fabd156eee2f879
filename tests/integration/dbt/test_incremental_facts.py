"""Incremental facts equal a full refresh, whatever arrives late or changes."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from tests.support.warehouse import Warehouse

FACTS = ("fct_order_line",)


@pytest.fixture(scope="module")
def night_after_night(make_warehouse: Callable[[], Warehouse]) -> Warehouse:
    """Facts built on a first load and again, incrementally, after rows arrived late and changed."""
    warehouse = make_warehouse()
    warehouse.insert("ref__exchange_rates", [_rate("2025-01-01", 7)])
    warehouse.insert(
        "crm__customers", [{"customer_id": "C1", "name": "One"}, {"customer_id": "C2", "name": "Two"}]
    )
    warehouse.insert("erp__orders", [_order("O1"), _order("O2"), _order("O3")])
    warehouse.insert(
        "erp__order_lines", [_line("O1", 1), _line("O1", 2, "USD"), _line("O2", 1), _line("O3", 1, "USD")]
    )
    warehouse.prepare()
    _build_facts(warehouse)
    assert warehouse.rows(
        "select line_reporting_amount from marts.fct_order_line where order_line_id = 'O3/1'"
    ) == [(70,)]

    # A changed line, a changed order, a late order with its line, and a later rate.
    warehouse.replace("erp__order_lines", ("order_id", "line_no"), [_line("O1", 1) | {"line_amount": 99}])
    warehouse.replace(
        "erp__orders", ("order_id",), [_order("O2") | {"status_code": "cancelled", "customer_id": "C2"}]
    )
    warehouse.insert("erp__order_lines", [_line("O0", 1)])
    warehouse.insert("erp__orders", [_order("O0") | {"ordered_at": "2024-12-01 00:00:00"}])
    warehouse.insert("ref__exchange_rates", [_rate("2025-02-01", 8)])
    _build_facts(warehouse)
    return warehouse


def test_late_and_changed_rows_are_in(night_after_night: Warehouse) -> None:
    lines = night_after_night.rows(
        "select order_line_id, line_amount, line_reporting_amount, customer_id, is_cancelled"
        " from marts.fct_order_line order by 1"
    )
    assert lines == [
        ("O0/1", 10, 10, "C1", False),
        ("O1/1", 99, 99, "C1", False),
        ("O1/2", 10, 80, "C1", False),
        ("O2/1", 10, 10, "C2", True),
        ("O3/1", 10, 80, "C1", False),
    ]


def test_a_build_without_news_touches_nothing(night_after_night: Warehouse) -> None:
    before = {fact: _row_ids(night_after_night, fact) for fact in FACTS}
    _build_facts(night_after_night)
    assert {fact: _row_ids(night_after_night, fact) for fact in FACTS} == before


def test_incremental_equals_a_full_refresh(night_after_night: Warehouse) -> None:
    incremental = {fact: set(night_after_night.rows(f"select * from marts.{fact}")) for fact in FACTS}
    _build_facts(night_after_night, "--full-refresh")
    refreshed = {fact: set(night_after_night.rows(f"select * from marts.{fact}")) for fact in FACTS}
    assert incremental == refreshed


def test_another_reporting_currency_rebuilds_every_amount(night_after_night: Warehouse) -> None:
    night_after_night.reporting_currency = "USD"
    night_after_night.prepare()
    _build_facts(night_after_night)
    amounts = night_after_night.rows(
        "select order_line_id, line_reporting_amount, reporting_currency_code"
        " from marts.fct_order_line order by 1"
    )
    # 1/7 before the second rate, 1/8 from then on, nothing before the first.
    assert amounts == [
        ("O0/1", None, "USD"),
        ("O1/1", Decimal("12.38"), "USD"),
        ("O1/2", 10, "USD"),
        ("O2/1", Decimal("1.25"), "USD"),
        ("O3/1", 10, "USD"),
    ]


def _build_facts(warehouse: Warehouse, *options: str) -> None:
    selected = " ".join(f"+{fact}" for fact in FACTS).split()
    warehouse.dbt("run", "--select", *selected, *options)


def _row_ids(warehouse: Warehouse, fact: str) -> list[tuple[object, ...]]:
    key = {"fct_order_line": "order_line_id"}[fact]
    return warehouse.rows(f"select rowid, {key} from marts.{fact} order by 1")


def _rate(day: str, rate: float) -> dict[str, object]:
    return {"from_currency_code": "USD", "to_currency_code": "CNY", "rate_on": day, "rate": rate}


def _order(order_id: str) -> dict[str, object]:
    return {
        "order_id": order_id,
        "customer_id": "C1",
        "ordered_at": "2025-03-01 10:00:00",
        "status_code": "confirmed",
    }


def _line(order_id: str, line_no: int, currency: str = "CNY") -> dict[str, object]:
    return {
        "order_id": order_id,
        "line_no": line_no,
        "quantity": 1,
        "line_amount": 10,
        "currency_code": currency,
    }
