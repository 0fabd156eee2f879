"""A marketplace whose keys are whole: everything enters, days stay local days."""

from collections.abc import Callable

import pytest

from tests.integration.companies.conftest import LoadedCompany, assert_row_equation


@pytest.fixture(scope="module")
def olist(loaded: Callable[[str], LoadedCompany]) -> LoadedCompany:
    return loaded("olist")


def test_every_row_enters(olist: LoadedCompany) -> None:
    for load in olist.loads.values():
        assert_row_equation(load)
        assert (load.inserted, load.quarantined, load.skipped) == (load.read, 0, 0)
    assert {name: load.inserted for name, load in olist.loads.items()} == {
        "crm__customers": olist.file("select count(*) from customers")[0],
        "erp__products": olist.file("select count(*) from products")[0],
        "erp__suppliers": olist.file("select count(*) from olist_sellers_dataset")[0],
        "erp__orders": 10000,
        "erp__order_lines": 11252,
    }


def test_late_is_counted_by_local_day(olist: LoadedCompany) -> None:
    delivered, late = olist.raw(
        """
        select count(delivered_on), count(*) filter (delivered_on > promised_on)
        from lake.raw.raw_erp__orders
        """
    )
    assert (delivered, late) == (9648, 574)
    # Through UTC, which is two or three hours ahead, other orders would be late.
    through_utc = olist.file(
        """
        select count(*) filter (
            (order_delivered_customer_date::timestamp + interval 3 hours)::date
            > order_estimated_delivery_date::date
        ) from orders
        """
    )
    assert through_utc != (574,)


def test_timestamps_are_brought_to_utc(olist: LoadedCompany) -> None:
    order = "e481f51cbdc54678b7cc49136f2d6af7"
    assert olist.file(f"select order_purchase_timestamp from orders where order_id = '{order}'") == (
        "2017-10-02 10:56:33",
    )
    assert olist.raw(
        f"select ordered_at::varchar from lake.raw.raw_erp__orders where order_id = '{order}'"
    ) == ("2017-10-02 13:56:33",)


def test_money_and_weight_add_up(olist: LoadedCompany) -> None:
    assert olist.raw(
        "select sum(line_amount), sum(freight_amount) from lake.raw.raw_erp__order_lines"
    ) == olist.file("select sum(price::decimal(18, 2)), sum(freight_value::decimal(18, 2)) from order_items")
    in_lake = olist.raw("select sum(weight_kg) from lake.raw.raw_erp__products")[0]
    assert in_lake == pytest.approx(
        olist.file("select sum(product_weight_g::double) / 1000 from products")[0]
    )
    assert olist.raw("select distinct currency_code from lake.raw.raw_erp__order_lines") == ("BRL",)


def test_statuses_are_ours(olist: LoadedCompany) -> None:
    ours = dict(
        olist.con.execute(
            "select status_code, count(*) from lake.raw.raw_erp__orders group by all"
        ).fetchall()
    )
    theirs = dict(olist.files.execute("select order_status, count(*) from orders group by all").fetchall())
    assert ours["cancelled"] == theirs["canceled"]
    assert ours["in_production"] == theirs["processing"]
    assert ours["delivered"] == theirs["delivered"]
    assert ours["draft"] == theirs["created"]
