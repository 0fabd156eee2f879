"""The panel forecast of a company's products: from order lines to quantiles of the coming months."""

from datetime import date

import numpy as np
import polars as pl

from ml.demand.config import DemandConfig, PanelConfig
from ml.demand.history import last_complete_month, monthly_series, sold_by_month
from ml.demand.members import SeriesPool
from ml.demand.panel import Series, period_number
from ml.demand.panel_forecast import PanelForecast, forecast_panel


def product_series(order_lines: pl.DataFrame, as_of_on: date) -> list[Series]:
    """One series of whole months a product, by product_id; a month that has not ended is not used."""
    last_on = last_complete_month(as_of_on)
    months = monthly_series(sold_by_month(order_lines, as_of_on), last_on)
    numbered = months.with_columns(t=period_number(pl.col("period_on"), "month"))
    return [
        Series(str(key[0]), group["quantity"].to_numpy(), int(group["t"][-1]))
        for key, group in numbered.group_by("product_id", maintain_order=True)
    ]


def product_outlook(
    order_lines: pl.DataFrame,
    as_of_on: date,
    config: DemandConfig,
    panel_config: PanelConfig,
    pool: SeriesPool | None = None,
) -> pl.DataFrame:
    """product_id, period_on, horizon_months, class_code, method_code, mean, quantity_p10 … p90."""
    series = product_series(order_lines, as_of_on)
    if not series:
        return pl.DataFrame(schema=_SCHEMA)
    found = forecast_panel(series, config.horizons, config.season_months, config=panel_config, pool=pool)
    return _dated(found, last_complete_month(as_of_on))


_SCHEMA = {
    "product_id": pl.String,
    "period_on": pl.Date,
    "horizon_months": pl.Int64,
    "class_code": pl.String,
    "method_code": pl.String,
    "quantity_mean": pl.Float64,
    "quantity_p10": pl.Float64,
    "quantity_p50": pl.Float64,
    "quantity_p80": pl.Float64,
    "quantity_p90": pl.Float64,
}


def _dated(found: PanelForecast, last_on: date) -> pl.DataFrame:
    places = {q: int(np.argmin(np.abs(found.shares - q / 100))) for q in (10, 50, 80, 90)}
    horizon = found.mean.shape[1]
    steps = np.tile(np.arange(1, horizon + 1), len(found.ids))
    return (
        pl.DataFrame(
            {
                "product_id": np.repeat(np.array(found.ids, dtype=object), horizon).tolist(),
                "horizon_months": steps,
                "class_code": np.repeat(found.demand_class, horizon).tolist(),
                "method_code": np.repeat(found.method, horizon).tolist(),
                "quantity_mean": np.maximum(found.mean, 0).ravel(),
                **{
                    f"quantity_p{q}": np.maximum(found.quantiles[:, :, p], 0).ravel()
                    for q, p in places.items()
                },
            }
        )
        .with_columns(period_on=pl.lit(last_on).dt.offset_by(pl.format("{}mo", "horizon_months")))
        .with_columns(pl.col(pl.Float64).round(3))
        .select(pl.col(name).cast(dtype) for name, dtype in _SCHEMA.items())
    )
