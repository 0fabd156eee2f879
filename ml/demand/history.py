"""From order lines to one number a product and month: what customers wanted."""

from datetime import date, timedelta

import polars as pl


def last_complete_month(as_of_on: date) -> date:
    """The first day of the last month that has ended by the end of `as_of_on`."""
    tomorrow = as_of_on + timedelta(days=1)
    return (tomorrow.replace(day=1) - timedelta(days=1)).replace(day=1)


def sold_by_month(order_lines: pl.DataFrame, as_of_on: date) -> pl.DataFrame:
    """Quantity sold by product and month: product_id, period_on, quantity; only months with a sale or return.

    Returns are netted against what the same customer bought of the same product in the same month, down to
    zero: that is an order entered and taken back, never a demand (one wholesaler's data has 74,215 jars
    ordered and cancelled within 16 minutes). What is returned beyond that was bought in an earlier month; it
    fills the shelf again, but takes nothing from what is wanted now, so it is left out here and belongs to
    stock. Cancelled orders, lines without a product and lines after `as_of_on` do not count.
    """
    is_return = pl.col("kind_code").eq_missing("return")
    quantity = pl.col("quantity")
    return (
        order_lines.filter(
            pl.col("product_id").is_not_null(),
            pl.col("ordered_on") <= as_of_on,
            ~pl.col("is_cancelled").fill_null(False),
        )
        .group_by("product_id", "customer_id", period_on=pl.col("ordered_on").dt.month_start())
        # Sums of floats depend on their order, and parallel groups come in any.
        .agg(
            bought=quantity.filter(~is_return).sort().sum(),
            returned=quantity.filter(is_return).abs().sort().sum(),
        )
        .with_columns(quantity=(pl.col("bought") - pl.col("returned")).clip(lower_bound=0))
        .group_by("product_id", "period_on")
        .agg(pl.col("quantity").sort().sum().round(3), is_sold=(pl.col("bought") > 0).any())
        .filter("is_sold")
        .drop("is_sold")
    )


def monthly_series(sold: pl.DataFrame, last_on: date) -> pl.DataFrame:
    """Every month from each product's first sale to `last_on`, zeros filled in, in order.

    Products first sold after `last_on` are absent.
    """
    first = sold.group_by("product_id").agg(first_on=pl.col("period_on").min())
    calendar = first.filter(pl.col("first_on") <= last_on).with_columns(
        period_on=pl.date_ranges("first_on", pl.lit(last_on), "1mo")
    )
    return (
        calendar.explode("period_on")
        .select("product_id", "period_on")
        .join(sold, on=["product_id", "period_on"], how="left")
        .with_columns(pl.col("quantity").fill_null(0.0))
        .sort("product_id", "period_on")
    )
