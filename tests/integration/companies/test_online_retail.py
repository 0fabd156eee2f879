"""A wholesaler's invoice lines: returns, customers nobody named, lines recorded twice."""

from collections.abc import Callable

import pytest

from tests.integration.companies.conftest import LoadedCompany, assert_row_equation

# The rows that are business: no stock corrections, no costs booked as credit notes.
_BUSINESS = """
    (select * from transactions
    where not (UnitPrice = 0 and CustomerID is null)
    and StockCode <> 'AMAZONFEE' and StockCode <> 'BANK CHARGES')
"""
_LINES = f"""
    (select distinct InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice from {_BUSINESS})
"""


@pytest.fixture(scope="module")
def retail(loaded: Callable[[str], LoadedCompany]) -> LoadedCompany:
    return loaded("online_retail")


def test_every_row_goes_somewhere(retail: LoadedCompany) -> None:
    business = retail.file(f"select count(*) from {_BUSINESS}")[0]
    for name, load in retail.loads.items():
        assert_row_equation(load)
        assert load.quarantined == 0
        assert load.read + load.skipped == 240007
        assert load.read == (240007 if name == "erp__products" else business)


def test_lines_recorded_twice_enter_once(retail: LoadedCompany) -> None:
    distinct, twice = retail.file(
        f"""
        select count(*), (select count(*) from {_BUSINESS}) - count(*) from {_LINES}
        """
    )
    lines = retail.loads["erp__order_lines"]
    assert (lines.inserted, lines.unchanged) == (distinct, twice)
    assert twice > 1900


def test_returns_are_marked_and_negative(retail: LoadedCompany) -> None:
    in_lake = retail.con.execute(
        """
        select kind_code, count(*), sum(quantity)::bigint
        from lake.raw.raw_erp__order_lines group by all order by all
        """
    ).fetchall()
    in_file = retail.files.execute(
        f"""
        select if(Quantity < 0, 'return', 'sale') as kind, count(*), sum(Quantity)::bigint
        from {_LINES} group by all order by all
        """
    ).fetchall()
    assert in_lake == in_file
    assert in_lake[0][0] == "return"
    assert in_lake[0][2] < 0


def test_invoices_are_orders_at_their_first_minute_in_utc(retail: LoadedCompany) -> None:
    assert (
        retail.loads["erp__orders"].inserted
        == retail.file(f"select count(distinct InvoiceNo) from {_BUSINESS}")[0]
    )
    summer, winter = (
        retail.raw(f"select ordered_at::varchar from lake.raw.raw_erp__orders where order_id = '{invoice}'")[
            0
        ]
        for invoice in (
            retail.file("select max(InvoiceNo) from transactions where InvoiceNo < 'A'")[0],
            "536365",
        )
    )
    assert winter == "2010-12-01 08:26:00"
    assert summer[:10] == "2011-06-26"
    last = retail.file("select max(strptime(InvoiceDate, '%m/%d/%y %H:%M'))::varchar from transactions")[0]
    assert (last[11:13], summer[11:13]) == ("10", "09")


def test_sales_to_nobody_hang_on_one_explicit_customer(retail: LoadedCompany) -> None:
    named = retail.file("select count(distinct CustomerID) from transactions")[0]
    assert retail.loads["crm__customers"].inserted == named + 1
    orders = retail.raw("select count(*) from lake.raw.raw_erp__orders where customer_id = 'unknown'")
    assert orders == retail.file(
        f"select count(distinct InvoiceNo) from {_BUSINESS} where CustomerID is null"
    )
    assert orders[0] > 500


def test_countries_are_codes(retail: LoadedCompany) -> None:
    odd = retail.raw("select count(*) from lake.raw.raw_crm__customers where length(country_code) <> 2")
    assert odd == (0,)
    assert retail.raw("select country_code from lake.raw.raw_crm__customers where customer_id = '17850'") == (
        "GB",
    )


def test_articles_are_one_whatever_the_case(retail: LoadedCompany) -> None:
    assert (
        retail.loads["erp__products"].inserted
        == retail.file("select count(distinct upper(StockCode)) from transactions")[0]
    )
    assert retail.raw("select name from lake.raw.raw_erp__products where product_id = '85123A'")[0].endswith(
        "HANGING HEART T-LIGHT HOLDER"
    )
    kinds = dict(
        retail.con.execute(
            """
            select product_id, category_code from lake.raw.raw_erp__products
            where product_id in ('85123A', 'POST')
            """
        ).fetchall()
    )
    assert kinds == {"85123A": "article", "POST": "other"}


def test_money_is_that_of_the_distinct_lines(retail: LoadedCompany) -> None:
    in_lake = retail.raw("select sum(line_amount) from lake.raw.raw_erp__order_lines")[0]
    in_file = retail.file(
        f"""
        select sum(round(Quantity * UnitPrice, 2)) from {_LINES}
        """
    )[0]
    assert float(in_lake) == pytest.approx(in_file, abs=0.01)
