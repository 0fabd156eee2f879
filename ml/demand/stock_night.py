"""What a night asks about stock: how much to hold, what is short for which peak, how peaks were told."""

from datetime import date

import polars as pl

from ml.demand.config import INPUT_SCHEMA
from ml.demand.lead_times import PRODUCT_SCHEMA, RECEIPT_SCHEMA, lead_times
from ml.demand.peak_record import judged_months, past_peaks
from ml.demand.policy import FORECAST_READS, FORETOLD_QUANTITIES, FORETOLD_SCHEMA, stock_policies
from ml.demand.warning import TOLD_SCHEMA, coming_peaks

__all__ = [
    "FORETOLD_QUANTITIES",
    "FORETOLD_SCHEMA",
    "PEAK_READS",
    "POLICY_READS",
    "RECORD_READS",
    "TOLD_SCHEMA",
    "peaks",
    "policies",
    "record",
]

#: How many past months the warning is judged on each night: two of every season.
RECORD_MONTHS = 24
_SERVICE = "stock_service_share"
_LINES, _FORECAST = "marts.fct_order_line", "ml.ml_demand_forecast"

POLICY_READS = {
    _FORECAST: tuple(FORECAST_READS),
    _LINES: tuple(INPUT_SCHEMA),
    "marts.fct_receipt_line": tuple(RECEIPT_SCHEMA),
    "marts.dim_product": tuple(PRODUCT_SCHEMA),
    "marts.figure_default": ("name", "value"),
}
PEAK_READS = {
    _FORECAST: ("product_id", "period_on", "quantity_p50", "quantity_p80"),
    _LINES: tuple(INPUT_SCHEMA),
    "intermediate.int_stock_position": (
        "product_id",
        "warehouse_id",
        "quantity_on_hand",
        "quantity_on_order",
    ),
    "ml.ml_stock_forecast": ("product_id", "safety_stock_quantity", "lead_time_p90_days"),
}
RECORD_READS = {_LINES: tuple(INPUT_SCHEMA)}


def policies(
    forecasts: pl.DataFrame,
    order_lines: pl.DataFrame,
    receipts: pl.DataFrame,
    products: pl.DataFrame,
    defaults: pl.DataFrame,
    foretold: pl.DataFrame,
    as_of_on: date,
    **stamp: str,
) -> pl.DataFrame:
    """`ml_stock_forecast`: each product's demand over its lead time and what to hold for it.

    defaults: the company's choices by name, of which the service level is one. foretold: what earlier nights
    forecast of the last year's months.
    """
    service = float(defaults.filter(pl.col("name") == _SERVICE)["value"].item())
    leads = lead_times(receipts, products)
    found = stock_policies(forecasts, order_lines, leads, as_of_on, service_share=service, foretold=foretold)
    return _stamped(found, stamp)


def peaks(
    forecasts: pl.DataFrame,
    order_lines: pl.DataFrame,
    positions: pl.DataFrame,
    held: pl.DataFrame,
    told_before: pl.DataFrame,
    as_of_on: date,
    **stamp: str,
) -> pl.DataFrame:
    """`ml_stock_risk`: the coming peaks against what is there, by product and month.

    positions: stock by warehouse and product. held: of `ml_stock_forecast`. An order must leave before the
    peak by the lead time that nine in ten receipts kept.
    """
    kept = held.select("product_id", "safety_stock_quantity", lead_time_days="lead_time_p90_days")
    quantities = ["quantity_on_hand", "quantity_on_order"]
    stock = (
        positions.sort("product_id", "warehouse_id")
        .group_by("product_id", maintain_order=True)
        .agg(pl.col(quantities).cast(pl.Float64).sum())
        .join(kept, on="product_id", how="full", coalesce=True)
        .with_columns(pl.col([*quantities, "safety_stock_quantity"]).fill_null(0.0))
    )
    return _stamped(coming_peaks(forecasts, order_lines, stock, as_of_on, told_before=told_before), stamp)


def record(order_lines: pl.DataFrame, as_of_on: date, **stamp: str) -> pl.DataFrame:
    """`ml_stock_backtest`: past peaks, and months told to be one, of the last two years."""
    found = past_peaks(order_lines, judged_months(as_of_on, RECORD_MONTHS))
    return _stamped(found.with_columns(as_of_on=pl.lit(as_of_on)), stamp)


def _stamped(rows: pl.DataFrame, stamp: dict[str, str]) -> pl.DataFrame:
    return rows.with_columns(
        publication_name=pl.lit(stamp["publication_name"]), _run_id=pl.lit(stamp["run_id"])
    )
