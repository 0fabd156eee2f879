"""What each customer did on each day: the table that every origin's features are summed from."""

import polars as pl

from ml.churn.frames import ChurnFrames

_SUMS = (
    "order_count",
    "amount",
    "quantity",
    "line_count",
    "new_product_count",
    "return_amount",
    "lost_count",
)


def daily(frames: ChurnFrames) -> pl.DataFrame:
    """One row a customer and day with an order, a contract, a return or a cancelled order.

    order_count: orders not cancelled (and no return); is_active: a day of an order or a signed contract;
    amount: of the sales, in reporting currency where known; line_count, quantity, new_product_count (products
    never bought before); return_amount, above zero; lost_count: returned or cancelled orders.
    """
    lines = frames.lines.drop_nulls("ordered_on").with_columns(
        amount=pl.coalesce("line_reporting_amount", "line_amount").fill_null(0.0).fill_nan(0.0),
        is_lost=pl.col("is_cancelled").fill_null(False),
        is_sale=pl.col("kind_code").fill_null("sale") == "sale",
    )
    sales = lines.filter(pl.col("is_sale"), ~pl.col("is_lost"))
    first = (
        sales.drop_nulls("product_id").group_by("customer_id", "product_id").agg(pl.col("ordered_on").min())
    )
    parts = [
        frames.activity.drop_nulls("active_on")
        .group_by("customer_id", day_on="active_on")
        .agg(pl.col("order_count").sum())
        .with_columns(is_active=True),
        sales.sort("customer_id", "ordered_on", "amount")
        .group_by("customer_id", day_on="ordered_on", maintain_order=True)
        .agg(pl.col("amount").sum(), pl.col("quantity").sum(), line_count=pl.len().cast(pl.Int64)),
        first.group_by("customer_id", day_on="ordered_on").agg(new_product_count=pl.len().cast(pl.Int64)),
        lines.filter(pl.col("is_lost") | ~pl.col("is_sale"))
        .sort("customer_id", "ordered_on", "amount")
        .group_by("customer_id", day_on="ordered_on", maintain_order=True)
        .agg(
            return_amount=pl.col("amount").abs().sum(),
            lost_count=pl.col("order_id").n_unique().cast(pl.Int64),
        ),
    ]
    days = pl.concat(parts, how="diagonal_relaxed").with_columns(pl.col("is_active").fill_null(False))
    for name in _SUMS:
        if name not in days.columns:
            days = days.with_columns(pl.lit(0.0).alias(name))
    return (
        days.group_by("customer_id", "day_on")
        .agg(pl.col("is_active").any(), *(pl.col(name).cast(pl.Float64).sum() for name in _SUMS))
        .sort("customer_id", "day_on")
    )
