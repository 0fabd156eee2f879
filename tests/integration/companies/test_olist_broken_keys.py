"""A marketplace whose keys are broken: every orphan waits in quarantine, no row is lost."""

from collections.abc import Callable

import pytest

from tests.integration.companies.conftest import LoadedCompany, assert_row_equation

# What may enter, by the files alone: parents first; a parent that waits keeps its children waiting.
_ENTERING = """
    with entered_orders as (
        select order_id from olist_orders_dataset
        where customer_id in (select customer_id from olist_customers_dataset)
    )
    select
        (select count(*) from olist_customers_dataset),
        (select count(*) from olist_products_dataset),
        (select count(*) from olist_sellers_dataset),
        (select count(*) from entered_orders),
        (
            select count(*) from olist_order_items_dataset
            where order_id in (from entered_orders)
            and product_id in (select product_id from olist_products_dataset)
            and seller_id in (select seller_id from olist_sellers_dataset)
        ),
        (select count(*) from olist_order_reviews_dataset where order_id in (from entered_orders))
"""
_TABLES = (
    "crm__customers",
    "erp__products",
    "erp__suppliers",
    "erp__orders",
    "erp__order_lines",
    "work__ratings",
)
_FILES = (
    "olist_customers_dataset",
    "olist_products_dataset",
    "olist_sellers_dataset",
    "olist_orders_dataset",
    "olist_order_items_dataset",
    "olist_order_reviews_dataset",
)


@pytest.fixture(scope="module")
def broken(loaded: Callable[[str], LoadedCompany]) -> LoadedCompany:
    return loaded("olist_broken_keys")


def test_totals_reconcile(broken: LoadedCompany) -> None:
    assert set(broken.loads) == set(_TABLES)
    entering = broken.file(_ENTERING)
    for table, file, expected in zip(_TABLES, _FILES, entering, strict=True):
        load = broken.loads[table]
        assert_row_equation(load)
        assert load.read == broken.file(f"select count(*) from {file}")[0]
        assert (load.inserted, load.quarantined) == (expected, load.read - expected), table
        in_lake = broken.raw(f"select count(*) from lake.raw.raw_{table}")
        waiting = broken.raw(
            f"select count(*) from lake.quarantine.row where table_name = '{table}' and status_code = 'open'"
        )
        assert (*in_lake, *waiting) == (load.inserted, load.quarantined)


def test_most_of_it_waits(broken: LoadedCompany) -> None:
    quarantined = {name: load.quarantined for name, load in broken.loads.items()}
    assert quarantined["erp__orders"] > 4000
    assert quarantined["erp__order_lines"] > 5000
    assert quarantined["erp__products"] == 0


def test_each_waiting_row_says_which_key_points_nowhere(broken: LoadedCompany) -> None:
    rules = broken.con.execute("select distinct rule_code from lake.quarantine.reason").fetchall()
    assert rules == [("reference",)]
    without = broken.raw(
        """
        select count(*) from lake.quarantine.row as r
        anti join lake.quarantine.reason as s on r.quarantine_id = s.quarantine_id
        """
    )
    assert without == (0,)
    by_column = dict(
        broken.con.execute(
            """
            select column_name, count(*) from lake.quarantine.reason
            where table_name = 'erp__order_lines' group by all
            """
        ).fetchall()
    )
    without_order = broken.file(
        """
        select count(*) from olist_order_items_dataset where order_id not in (
            select order_id from olist_orders_dataset
            where customer_id in (select customer_id from olist_customers_dataset)
        )
        """
    )
    assert by_column["order_id"] == without_order[0]


def test_no_orphan_is_in_the_lake(broken: LoadedCompany) -> None:
    orphans = broken.raw(
        """
        select count(*) from lake.raw.raw_erp__orders as o
        anti join lake.raw.raw_crm__customers as c on o.customer_id = c.customer_id
        """
    )
    assert orphans == (0,)
