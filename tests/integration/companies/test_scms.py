"""Deliveries of health commodities: suppliers, purchase orders, lines and receipts from one file."""

from collections.abc import Callable

import pytest

from tests.integration.companies.conftest import LoadedCompany, assert_row_equation


@pytest.fixture(scope="module")
def scms(loaded: Callable[[str], LoadedCompany]) -> LoadedCompany:
    return loaded("scms")


def test_every_row_enters(scms: LoadedCompany) -> None:
    for load in scms.loads.values():
        assert_row_equation(load)
        assert (load.read, load.quarantined, load.skipped) == (7110, 0, 0)


def test_suppliers_orders_and_lines_are_those_of_the_file(scms: LoadedCompany) -> None:
    vendors, orders, items, countries, projects = scms.file(
        """
        select count(distinct "Vendor"), count(distinct "PO / SO #"), count(distinct "Item Description"),
            count(distinct "Country"), count(distinct "Project Code")
        from delivery_history
        """
    )
    assert (vendors, orders) == (63, 4551)
    assert {name: load.inserted for name, load in scms.loads.items()} == {
        "crm__customers": countries,
        "projects__projects": projects,
        "erp__products": items,
        "erp__suppliers": 63,
        "erp__purchase_orders": 4551,
        "erp__purchase_lines": 7110,
        "erp__receipts": 7110,
    }


def test_the_late_ones_are_late(scms: LoadedCompany) -> None:
    late = scms.raw(
        """
        select count(*) filter (r.received_on > l.promised_on), count(*), count(distinct r.supplier_id)
        from lake.raw.raw_erp__receipts as r
        join lake.raw.raw_erp__purchase_lines as l
            on r.purchase_order_id = l.purchase_order_id and r.line_no = l.line_no
        """
    )
    assert late == (681, 7110, 63)


def test_texts_in_the_freight_are_no_value_and_numbers_are_kept(scms: LoadedCompany) -> None:
    in_file = scms.file(
        """
        select
            count(try_cast("Freight Cost (USD)" as double)),
            sum(try_cast("Freight Cost (USD)" as decimal(18, 2))),
            sum("Line Item Value"::decimal(18, 2)),
            sum("Line Item Quantity"::decimal(18, 3))
        from delivery_history
        """
    )
    in_lake = scms.raw(
        """
        select count(freight_amount), sum(freight_amount), sum(line_amount), sum(quantity)
        from lake.raw.raw_erp__purchase_lines
        """
    )
    assert in_lake == in_file
    assert in_file[0] == 7110 - 1451 - 785 - 258 - 98


def test_order_dates_that_a_spreadsheet_turned_round_are_turned_back(scms: LoadedCompany) -> None:
    undated = scms.file(
        """
        select count(distinct "PO / SO #") from delivery_history
        where "PO Sent to Vendor Date" in ('N/A - From RDC', 'Date Not Captured')
        """
    )
    count, first, backwards = scms.raw(
        """
        select count(o.ordered_on), min(o.ordered_on)::varchar, count(*) filter (o.ordered_on > r.received_on)
        from lake.raw.raw_erp__purchase_orders as o
        join lake.raw.raw_erp__receipts as r on o.purchase_order_id = r.purchase_order_id
        """
    )
    orders = scms.raw("select count(*) - count(ordered_on) from lake.raw.raw_erp__purchase_orders")
    assert orders == undated
    # The programme began in 2005; read as ISO, a third of these dates would lie before it.
    assert first > "2005-01-01"
    assert backwards < 0.01 * count
    turned = scms.raw(
        "select ordered_on::varchar from lake.raw.raw_erp__purchase_orders where purchase_order_id = "
        f"'{scms.file(_TURNED)[0]}'"
    )
    assert turned == (scms.file(_TURNED)[1],)


_TURNED = """
    select "PO / SO #", '20' || right(turned, 2) || '-' || substr(turned, 3, 5)
    from (select *, "PO Sent to Vendor Date" as turned from delivery_history)
    where turned like '20__-__-__' order by "ID"::bigint limit 1
"""


def test_accents_survive(scms: LoadedCompany) -> None:
    assert scms.raw(
        "select count(*) from lake.raw.raw_crm__customers where customer_id = 'Côte d''Ivoire'"
    ) == (1,)
