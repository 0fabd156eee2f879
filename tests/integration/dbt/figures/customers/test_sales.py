"""What customers ordered and who bought again, counted a second time."""

import polars as pl
import pytest

from tests.support.customer_figures import YEAR_AGO, same
from tests.support.figure_day import UNTIL, Frames
from tests.support.warehouse import Warehouse


def test_a_merged_customer_has_no_portrait_and_its_orders_count_for_the_one_left(
    built: Warehouse, frames: Frames, left: dict[str, str], lines: pl.DataFrame
) -> None:
    merged = [customer for customer, into in left.items() if into != customer]
    assert merged, "the company has a customer twice"
    for twin in merged:
        theirs = lines.filter(pl.col("customer_id") == twin)
        assert theirs.height > 0
        assert built.rows(f"select 1 from marts.mart_customer_portrait where customer_id = '{twin}'") == []
        found = built.rows(
            f"select count(*) from marts.fct_order_line join marts.fct_order using (order_id, customer_id)"
            f" where customer_id = '{left[twin]}' and not fct_order_line.is_cancelled"
        )
        assert found == [(lines.filter(pl.col("customer") == left[twin]).height,)]


def test_nothing_published_names_a_merged_customer(built: Warehouse, left: dict[str, str]) -> None:
    merged = ", ".join(f"'{customer}'" for customer, into in left.items() if into != customer)
    tables = built.rows(
        "select distinct table_name from information_schema.columns"
        " where table_schema = 'marts' and column_name = 'customer_id' and table_name <> 'dim_customer'"
    )
    assert len(tables) > 20
    queries = [f"select '{table}' from marts.{table} where customer_id in ({merged})" for (table,) in tables]
    assert built.rows(" union ".join(queries)) == []


def test_order_amounts_of_all_time_and_of_twelve_months(built: Warehouse, lines: pl.DataFrame) -> None:
    expected = {}
    for (customer,), own in lines.group_by("customer"):
        recent = own.filter(pl.col("day").is_between(YEAR_AGO, UNTIL, closed="right"))
        expected[customer] = (own["amount"].sum(), recent["amount"].sum(), recent["order_id"].n_unique())
    found = built.rows(
        "select customer_id, order_amount, coalesce(order_12m_amount, 0), order_12m_count"
        " from marts.mart_customer_portrait where order_count > 0"
    )
    same(found, expected)


def test_segments_by_year_and_who_bought_again(
    built: Warehouse, frames: Frames, customers: dict[str, dict], lines: pl.DataFrame
) -> None:
    bought: dict[str, set[int]] = {}
    for row in lines.filter("is_sale").iter_rows(named=True):
        bought.setdefault(row["customer"], set()).add(row["day"].year)
    amounts = lines.group_by("customer", pl.col("day").dt.year().alias("year")).agg(pl.col("amount").sum())
    expected = {}
    for segment in {customers[one]["segment_code"] for one in bought}:
        own = {one: years for one, years in bought.items() if customers[one]["segment_code"] == segment}
        for year in range(min(min(years) for years in own.values()), UNTIL.year + 1):
            rate, before = again(own, year), again(own, year - 1)
            is_whole = year < UNTIL.year
            theirs = amounts.filter((pl.col("year") == year) & pl.col("customer").is_in(list(own)))
            expected[f"{segment}/{year}"] = (
                theirs["amount"].sum(),
                rate,
                rate / before - 1 if is_whole and rate is not None and before else None,
                100 * (rate - before) if is_whole and rate is not None and before is not None else None,
            )
    found = built.rows(
        "select customer_segment_id, order_amount, repurchase_share, repurchase_growth_share,"
        " repurchase_growth_points"
        " from marts.mart_customer_segment"
    )
    same(found, expected)
    total = built.rows("select sum(order_amount) from marts.mart_customer_segment")
    assert float(total[0][0]) == pytest.approx(lines["amount"].sum(), abs=0.01)


def again(bought: dict[str, set[int]], year: int) -> float | None:
    """Customers who buy in a year and bought before / customers who bought before."""
    before = [years for years in bought.values() if min(years) < year]
    return sum(year in years for years in before) / len(before) if before else None
