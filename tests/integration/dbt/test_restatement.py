"""What was said of a closed month stays, and a later change stands beside it as a version of its own."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.support.warehouse import Warehouse

JULY = dt.date(2025, 7, 1)
#: From the invoices on: what lies before is views, and tables that do not change here.
NIGHTLY = (
    "int_invoice_balance",
    "fct_invoice",
    "fct_profit_entry",
    "mart_profit_month",
    "mart_profit_quarter",
)


@pytest.fixture
def books(make_warehouse: Callable[[], Warehouse]) -> Warehouse:
    """A company with one invoice in July and one in September, after the night that closed July."""
    warehouse = make_warehouse()
    warehouse.insert("crm__customers", [{"customer_id": "C1", "name": "One"}])
    warehouse.insert("erp__invoices", [_invoice("I1", "2025-07-31"), _invoice("I2", "2025-09-30")])
    warehouse.prepare()
    warehouse.dbt("seed")
    warehouse.dbt("run", "--select", "+mart_profit_restatement")
    return warehouse


def test_what_was_said_of_a_month_stays_beside_what_is_said_later(books: Warehouse) -> None:
    assert _versions(books) == [("month", JULY, 1, 100, None)], "September is open on its last day"
    _night(books)
    assert len(_versions(books)) == 1, "the same night again says the same"

    books.insert("erp__invoices", [_invoice("I3", "2025-07-01")])
    _night(books)
    assert _versions(books)[1:] == [("month", JULY, 2, 200, 100)]

    # Nobody knows what these dollars are worth: no difference is known either.
    books.insert("erp__invoices", [_invoice("I4", "2025-07-02") | {"currency_code": "USD"}])
    _night(books)
    assert _versions(books)[2:] == [("month", JULY, 3, None, None)]

    # A full refresh of everything else does not forget what was said.
    books.replace("erp__invoices", ("invoice_id",), [_invoice("I4", "2025-07-02")])
    _night(books, "--full-refresh")
    assert [version for _, _, version, *_ in _versions(books)] == [1, 2, 3, 4]
    assert _versions(books)[3:] == [("month", JULY, 4, 300, None)]

    # Five days after its end September is closed, and the quarter with it.
    books.as_of_on = dt.date(2025, 10, 5)
    books.prepare()
    _night(books)
    assert _versions(books)[4:] == [
        ("month", dt.date(2025, 9, 1), 1, 100, None),
        ("quarter", JULY, 1, 400, None),
    ]


def _night(books: Warehouse, *options: str) -> None:
    books.dbt("run", "--select", *NIGHTLY, "mart_profit_restatement", *options)


def _versions(books: Warehouse) -> list[tuple[str, dt.date, int, Decimal | None, Decimal | None]]:
    rows: list[Any] = books.rows(
        "select period_code, period_on, version_no, revenue_amount, revenue_difference_amount"
        " from marts.mart_profit_restatement order by period_code, period_on, version_no"
    )
    return rows


def _invoice(invoice_id: str, issued_on: str) -> dict[str, object]:
    return {
        "invoice_id": invoice_id,
        "customer_id": "C1",
        "kind_code": "invoice",
        "issued_on": issued_on,
        "invoice_amount": 113,
        "tax_amount": 13,
        "currency_code": "CNY",
        "status_code": "open",
    }
