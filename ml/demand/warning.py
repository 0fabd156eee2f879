"""Peaks that come again each year, told 30 days before: what to order of which model, by when.

How well they were told in the past is in peak_record.py.
"""

from dataclasses import dataclass
from datetime import date

import polars as pl

from ml.demand.config import INPUT_SCHEMA
from ml.demand.history import last_complete_month, monthly_series, sold_by_month
from ml.frames import with_schema

#: What is there of each product; a product without a row counts as having none.
STOCK_SCHEMA: dict[str, type[pl.DataType]] = {
    "product_id": pl.String,
    "quantity_on_hand": pl.Float64,
    "quantity_on_order": pl.Float64,
    "safety_stock_quantity": pl.Float64,
    "lead_time_days": pl.Float64,
}
FORECAST_READS: dict[str, type[pl.DataType]] = {
    "product_id": pl.String,
    "period_on": pl.Date,
    "quantity_p50": pl.Float64,
    "quantity_p80": pl.Float64,
}
#: Columns read of what earlier publications said.
TOLD_SCHEMA: dict[str, type[pl.DataType]] = {
    "product_id": pl.String,
    "period_on": pl.Date,
    "as_of_on": pl.Date,
    "is_told": pl.Boolean,
}
#: One row a product and coming peak.
WARNING_SCHEMA: dict[str, type[pl.DataType]] = {
    "product_id": pl.String,
    "period_on": pl.Date,
    "peak_on": pl.Date,
    "ahead_days": pl.Int64,
    "as_of_on": pl.Date,
    "quantity_usual": pl.Float64,
    "quantity_p80": pl.Float64,
    "safety_stock_quantity": pl.Float64,
    "quantity_on_hand": pl.Float64,
    "quantity_on_order": pl.Float64,
    "quantity_short": pl.Float64,
    "order_by_on": pl.Date,
    "is_short": pl.Boolean,
    "is_told": pl.Boolean,
    "told_on": pl.Date,
}


@dataclass(frozen=True)
class WarningConfig:
    """When a month is a peak, and when it is told.

    peak_factor: so many times the median month of the last `usual_months`. lead_days: a peak is first told
    when its start is at least so many days ahead, never later; window_days: and at most so many more, so that
    a night that failed does not lose it.
    """

    peak_factor: float = 2.0
    usual_months: int = 24
    lead_days: int = 30
    window_days: int = 14


def coming_peaks(
    forecasts: pl.DataFrame,
    order_lines: pl.DataFrame,
    stock: pl.DataFrame,
    as_of_on: date,
    config: WarningConfig | None = None,
    told_before: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """The peaks from `as_of_on` to the end of the forecast, against stock: WARNING_SCHEMA.

    forecasts: FORECAST_READS of this date. order_lines: INPUT_SCHEMA. stock: STOCK_SCHEMA, a row a product.
    told_before: TOLD_SCHEMA, the rows of earlier dates. A peak starts on the day of the month on which its
    orders began in earlier years (the median of those years). It is told (`is_told`, first on `told_on`) in
    its window, and from then on until it starts, or is no longer expected; what was missed then is not told
    late. Covered ones have `is_short` false. Raises MissingColumnsError.
    """
    config = config or WarningConfig()
    lines = with_schema(order_lines, INPUT_SCHEMA, "order_lines").filter(pl.col("ordered_on") <= as_of_on)
    peaks = _peaks(with_schema(forecasts, FORECAST_READS, "forecasts"), lines, as_of_on, config)
    held = ["quantity_on_hand", "quantity_on_order", "safety_stock_quantity"]
    short = pl.col("quantity_p80") + pl.col(held[2]) - pl.col(held[0]) - pl.col(held[1])
    lead = pl.duration(days=pl.col("lead_time_days").fill_null(0).ceil().cast(pl.Int64))
    return (
        peaks.join(with_schema(stock, STOCK_SCHEMA, "stock"), on="product_id", how="left")
        .with_columns(pl.col(held).fill_null(0.0))
        .with_columns(
            quantity_short=pl.max_horizontal(short, 0.0).round(3), order_by_on=pl.col("peak_on") - lead
        )
        .with_columns(is_short=pl.col("quantity_short") > 0)
        .join(_first_told(told_before, as_of_on), on=["product_id", "period_on"], how="left")
        .with_columns(_told_on(as_of_on, config))
        .with_columns(is_told=pl.col("told_on").is_not_null(), as_of_on=pl.lit(as_of_on))
        .sort("product_id", "peak_on")
        .select(pl.col(name).cast(dtype) for name, dtype in WARNING_SCHEMA.items())
    )


def is_peak(quantity: pl.Expr, config: WarningConfig) -> pl.Expr:
    """Whether a month's quantity is far above `quantity_usual`, and by more than one piece."""
    usual = pl.col("quantity_usual")
    return (quantity > config.peak_factor * usual) & (quantity > usual + 1)


def _told_on(as_of_on: date, config: WarningConfig) -> pl.Expr:
    last = config.lead_days + config.window_days
    now = pl.when(pl.col("ahead_days").is_between(config.lead_days, last)).then(pl.lit(as_of_on))
    return pl.coalesce("told_on", now).alias("told_on")


def _first_told(told_before: pl.DataFrame | None, as_of_on: date) -> pl.DataFrame:
    """product_id, period_on, told_on: the first day on which each peak was told before this one."""
    rows = pl.DataFrame(schema=TOLD_SCHEMA) if told_before is None else told_before
    return (
        with_schema(rows, TOLD_SCHEMA, "told_before")
        .filter(pl.col("is_told"), pl.col("as_of_on") < as_of_on)
        .group_by("product_id", "period_on")
        .agg(told_on=pl.col("as_of_on").min())
    )


def _peaks(
    forecasts: pl.DataFrame, lines: pl.DataFrame, as_of_on: date, config: WarningConfig
) -> pl.DataFrame:
    """product_id, period_on, peak_on, ahead_days, quantity_usual, quantity_p80 of the peaks still to come."""
    usual = _usual(lines, as_of_on, config)
    return (
        forecasts.join(usual, on="product_id")
        .filter(is_peak(pl.col("quantity_p50"), config))
        .with_columns(month=pl.col("period_on").dt.month())
        .join(_start_days(lines, as_of_on), on=["product_id", "month"])
        .with_columns(peak_on=pl.col("period_on") + pl.duration(days=pl.col("start_day") - 1))
        .with_columns(ahead_days=(pl.col("peak_on") - pl.lit(as_of_on)).dt.total_days())
        .filter(pl.col("ahead_days") >= 0)
    )


def _usual(lines: pl.DataFrame, as_of_on: date, config: WarningConfig) -> pl.DataFrame:
    """The median month of each product."""
    series = monthly_series(sold_by_month(lines, as_of_on), last_complete_month(as_of_on))
    recent = series.group_by("product_id", maintain_order=True).tail(config.usual_months)
    return recent.group_by("product_id").agg(quantity_usual=pl.col("quantity").median())


def _start_days(lines: pl.DataFrame, as_of_on: date) -> pl.DataFrame:
    """By product and month of the year, the day on which ordering usually begins.

    The running month does not say when it begins: an early order in it would move the day of its own peak.
    """
    day = pl.col("ordered_on")
    return (
        lines.filter(
            pl.col("quantity") > 0, pl.col("product_id").is_not_null(), day < as_of_on.replace(day=1)
        )
        .group_by("product_id", day.dt.year().alias("year"), day.dt.month().alias("month"))
        .agg(first=day.dt.day().min())
        .group_by("product_id", "month")
        .agg(start_day=pl.col("first").cast(pl.Float64).median().floor().cast(pl.Int64))
    )
