"""What the make-believe company's systems say of its customers, merged ones under the one left."""

import datetime as dt
from collections.abc import Callable

import polars as pl
import pytest

from tests.support.customer_figures import depth, grade, half_up, is_strategic, receivables
from tests.support.figure_day import AHEAD, UNTIL, Frames


@pytest.fixture(scope="session")
def left(frames: Frames) -> dict[str, str]:
    """The customer that each customer's rows count for."""
    rows = frames["crm__customers"].select("customer_id", "merged_into_id").iter_rows()
    return {customer: into or customer for customer, into in rows}


@pytest.fixture(scope="session")
def customers(frames: Frames) -> dict[str, dict]:
    """Master data of the customers that are not merged into another, by id."""
    kept = frames["crm__customers"].filter(pl.col("merged_into_id").is_null())
    return {row["customer_id"]: row for row in kept.iter_rows(named=True)}


@pytest.fixture(scope="session")
def lines(frames: Frames, left: dict[str, str]) -> pl.DataFrame:
    """Order lines that count, with their customer, day and signed quantity and amount as floats."""
    orders = frames["erp__orders"].filter(pl.col("status_code") != "cancelled")
    sign = pl.when(pl.col("kind_code") == "return").then(-1).otherwise(1)
    return (
        frames["erp__order_lines"]
        .join(orders.select("order_id", "customer_id", "ordered_at"), on="order_id")
        .with_columns(
            customer=pl.col("customer_id").replace(left),
            day=pl.col("ordered_at").dt.date(),
            amount=(pl.col("line_amount").abs() * sign).cast(pl.Float64),
            is_sale=pl.col("kind_code").fill_null("sale") == "sale",
        )
    )


@pytest.fixture(scope="session")
def invoices(frames: Frames, left: dict[str, str]) -> list[dict]:
    """Invoices that are not cancelled, each with its customer and payments; all in one currency."""
    paid = (
        frames["erp__payments"]
        .group_by("invoice_id")
        .agg(pl.struct("paid_on", "paid_amount").alias("payments"))
    )
    kept = (
        frames["erp__invoices"]
        .filter(pl.col("status_code") != "cancelled")
        .join(paid, on="invoice_id", how="left")
    )
    return [row | {"customer": left[row["customer_id"]]} for row in kept.iter_rows(named=True)]


@pytest.fixture(scope="session")
def ratings(frames: Frames, left: dict[str, str]) -> list[tuple[str, dt.date, int]]:
    """Customer, local day and stars of the newest rating of each work order or order."""
    orders = dict(frames["erp__orders"].select("order_id", "customer_id").iter_rows())
    visits = dict(frames["work__work_orders"].select("work_order_id", "customer_id").iter_rows())
    newest: dict[object, dict] = {}
    for row in frames["work__ratings"].sort("rated_at", "rating_id").iter_rows(named=True):
        newest[row["work_order_id"] or row["order_id"] or row["rating_id"]] = row
    found = []
    for row in newest.values():
        customer = row["customer_id"] or visits.get(row["work_order_id"]) or orders.get(row["order_id"])
        found.append((left[customer], (row["rated_at"] + AHEAD).date(), row["stars"]))
    return [one for one in found if one[1] <= UNTIL]


@pytest.fixture(scope="session")
def standing(
    frames: Frames,
    left: dict[str, str],
    customers: dict[str, dict],
    lines: pl.DataFrame,
    invoices: list[dict],
    ratings: list[tuple[str, dt.date, int]],
) -> Callable[[dt.date], dict[str, dict]]:
    """How every customer stands on a day: the inputs of tier and portrait, from the definitions."""

    def at(day: dt.date) -> dict[str, dict]:
        year, two = day.replace(year=day.year - 1), day.replace(year=day.year - 2)
        opinions: dict[str, list[int]] = {customer: [] for customer in customers}
        for customer, rated_on, given in ratings:
            if two < rated_on <= day:
                opinions[customer].append(given)
        all_stars = [one for given in opinions.values() for one in given]
        found = {}
        for customer, row in customers.items():
            own = lines.filter(pl.col("customer") == customer)
            last = own.filter(pl.col("day").is_between(year, day, closed="right"))["amount"].sum()
            before = own.filter(pl.col("day").is_between(two, year, closed="right"))["amount"].sum()
            bills = [one for one in invoices if one["customer"] == customer and one["issued_on"] <= day]
            given = opinions[customer]
            found[customer] = {
                "segment": row["segment_code"],
                "industry": row["industry_code"],
                "last": last,
                "before": before,
                "all": own.filter(pl.col("day") <= day)["amount"].sum(),
                "depth": depth(frames, left, customer, row["depth_code"], day, two),
                "strategic": is_strategic(frames, left, customer, day),
                "grade": grade(receivables(bills, day)) if bills else None,
                "stars": half_up((sum(given) + 3 * sum(all_stars) / len(all_stars)) / (len(given) + 3), 2),
            }
        return found

    return at
