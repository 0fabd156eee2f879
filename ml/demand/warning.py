"""Peaks that come again each year, told 30 days before: what to order of which model, by when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from ml.demand.config import INPUT_SCHEMA, DemandConfig
from ml.demand.forecast import forecast
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
#: One row a product and coming peak that is told now.
WARNING_SCHEMA: dict[str, type[pl.DataType]] = {
    "product_id": pl.String,
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
}


@dataclass(frozen=True)
class WarningConfig:
    """When a month is a peak, and when it is told.

    peak_factor: so many times the median month of the last `usual_months`. lead_days: a peak is told when its
    start is at least so many days ahead, never later; window_days: and at most so many more, so that a night
    that failed does not lose it. A caller opens one action a product and peak, whatever the number of nights
    that tell it.
    """

    peak_factor: float = 2.0
    usual_months: int = 24
    lead_days: int = 30
    window_days: int = 14


def needed(quantity_p80: float, safety_stock: float, on_hand: float, on_order: float) -> float:
    """What to order: max(0, P80 + safety stock − on hand − on order)."""
    return max(0.0, quantity_p80 + safety_stock - on_hand - on_order)


def peak_warnings(
    forecasts: pl.DataFrame,
    order_lines: pl.DataFrame,
    stock: pl.DataFrame,
    as_of_on: date,
    config: WarningConfig | None = None,
) -> pl.DataFrame:
    """The peaks to be told at `as_of_on`: WARNING_SCHEMA; covered ones have is_short false.

    forecasts: FORECAST_READS of this date. order_lines: INPUT_SCHEMA. stock: STOCK_SCHEMA, a row a product. A
    peak starts on the day of the month on which its orders began in earlier years (the median of those
    years).
    """
    config = config or WarningConfig()
    lines = with_schema(order_lines, INPUT_SCHEMA, "order_lines").filter(pl.col("ordered_on") <= as_of_on)
    peaks = _peaks(with_schema(forecasts, FORECAST_READS, "forecasts"), lines, as_of_on, config)
    ahead = (pl.col("peak_on") - pl.lit(as_of_on)).dt.total_days()
    held = ["quantity_on_hand", "quantity_on_order", "safety_stock_quantity"]
    short = pl.col("quantity_p80") + pl.col(held[2]) - pl.col(held[0]) - pl.col(held[1])
    return (
        peaks.with_columns(ahead_days=ahead, as_of_on=pl.lit(as_of_on))
        .filter(pl.col("ahead_days").is_between(config.lead_days, config.lead_days + config.window_days))
        .join(with_schema(stock, STOCK_SCHEMA, "stock"), on="product_id", how="left")
        .with_columns(pl.col(held).fill_null(0.0))
        .with_columns(
            quantity_short=pl.max_horizontal(short, 0.0).round(3),
            order_by_on=pl.col("peak_on")
            - pl.duration(days=pl.col("lead_time_days").fill_null(0).ceil().cast(pl.Int64)),
        )
        .with_columns(is_short=pl.col("quantity_short") > 0)
        .sort("product_id", "peak_on")
        .select(pl.col(name).cast(dtype) for name, dtype in WARNING_SCHEMA.items())
    )


def _peaks(
    forecasts: pl.DataFrame, lines: pl.DataFrame, as_of_on: date, config: WarningConfig
) -> pl.DataFrame:
    """product_id, peak_on, quantity_usual, quantity_p80 of the coming months that are peaks."""
    usual = _usual(lines, as_of_on, config)
    month = pl.col("period_on").dt.month()
    return (
        forecasts.join(usual, on="product_id")
        .filter(_is_peak(pl.col("quantity_p50"), config))
        .with_columns(month=month)
        .join(_start_days(lines), on=["product_id", "month"])
        .with_columns(peak_on=pl.col("period_on") + pl.duration(days=pl.col("start_day") - 1))
    )


def _is_peak(quantity: pl.Expr, config: WarningConfig) -> pl.Expr:
    usual = pl.col("quantity_usual")
    return (quantity > config.peak_factor * usual) & (quantity > usual + 1)


def _usual(lines: pl.DataFrame, as_of_on: date, config: WarningConfig) -> pl.DataFrame:
    """The median month of each product."""
    series = monthly_series(sold_by_month(lines, as_of_on), last_complete_month(as_of_on))
    recent = series.group_by("product_id", maintain_order=True).tail(config.usual_months)
    return recent.group_by("product_id").agg(quantity_usual=pl.col("quantity").median())


def _start_days(lines: pl.DataFrame) -> pl.DataFrame:
    """By product and month of the year, the day on which ordering usually begins."""
    day = pl.col("ordered_on")
    return (
        lines.filter(pl.col("quantity") > 0, pl.col("product_id").is_not_null())
        .group_by("product_id", day.dt.year().alias("year"), day.dt.month().alias("month"))
        .agg(first=day.dt.day().min())
        .group_by("product_id", "month")
        .agg(start_day=pl.col("first").cast(pl.Float64).median().floor().cast(pl.Int64))
    )


@dataclass(frozen=True)
class WarningRecord:
    """How peaks were told in the past.

    warned_share: of the true peaks, those told at least `lead_days` ahead; false_alarm_share: of the peaks
    told, those that did not come. None where there were none.
    """

    peaks: int
    told: int
    warned_share: float | None
    false_alarm_share: float | None


def backtest_warnings(
    order_lines: pl.DataFrame,
    months: Sequence[date],
    *,
    config: WarningConfig | None = None,
    demand_config: DemandConfig | None = None,
) -> WarningRecord:
    """For each of `months` (first days), what was told `lead_days` before it began against what it became.

    Only products with a whole year of history before are judged: nobody can foretell a first peak from
    orders.
    """
    config = config or WarningConfig()
    lines = with_schema(order_lines, INPUT_SCHEMA, "order_lines")
    judged = [_judged(lines, month, config, demand_config or DemandConfig()) for month in months]
    rows = (
        pl.concat(judged) if judged else pl.DataFrame(schema={"is_true": pl.Boolean, "is_told": pl.Boolean})
    )
    hits = int((rows["is_true"] & rows["is_told"]).sum())
    true, told = int(rows["is_true"].sum()), int(rows["is_told"].sum())
    return WarningRecord(true, told, hits / true if true else None, 1 - hits / told if told else None)


def _judged(lines: pl.DataFrame, month: date, config: WarningConfig, demand: DemandConfig) -> pl.DataFrame:
    as_of_on = month - timedelta(days=config.lead_days)
    known = lines.filter(pl.col("ordered_on") <= as_of_on)
    usual = _usual(known, as_of_on, config)
    guess = forecast(known, as_of_on, publication_name="", run_id="", config=demand).filter(
        pl.col("period_on") == month, pl.col("history_months") >= demand.season_months
    )
    end = pl.select(pl.lit(month).dt.offset_by("1mo") - pl.duration(days=1)).item()
    came = sold_by_month(lines, end).filter(pl.col("period_on") == month).select("product_id", "quantity")
    return (
        guess.join(usual, on="product_id")
        .join(came, on="product_id", how="left")
        .select(
            is_true=_is_peak(pl.col("quantity").fill_null(0.0), config),
            is_told=_is_peak(pl.col("quantity_p50"), config),
        )
    )
