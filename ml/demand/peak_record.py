"""How peaks were told in the past: which of those that came were foreseen, and which foreseen never came."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from ml.demand.config import INPUT_SCHEMA, DemandConfig
from ml.demand.history import last_complete_month, monthly_series, sold_by_month
from ml.demand.warning import WarningConfig, is_peak
from ml.frames import with_schema

#: One row a product and past month that was a peak, or was told to be one.
PEAK_SCHEMA: dict[str, type[pl.DataType]] = {
    "product_id": pl.String,
    "period_on": pl.Date,
    "judged_on": pl.Date,
    "method_code": pl.String,
    "quantity_usual": pl.Float64,
    "quantity_p50": pl.Float64,
    "quantity_actual": pl.Float64,
    "is_peak": pl.Boolean,
    "is_told": pl.Boolean,
}
_METHOD = "seasonal_naive"


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
    """The shares over `past_peaks`."""
    rows = past_peaks(order_lines, months, config=config, demand_config=demand_config)
    hits = int((rows["is_peak"] & rows["is_told"]).sum())
    true, told = int(rows["is_peak"].sum()), int(rows["is_told"].sum())
    return WarningRecord(true, told, hits / true if true else None, 1 - hits / told if told else None)


def judged_months(as_of_on: date, count: int) -> list[date]:
    """The first days of the last `count` complete months, oldest first."""
    last_on = last_complete_month(as_of_on)
    first_on = pl.select(pl.lit(last_on).dt.offset_by(f"-{count - 1}mo")).item()
    return pl.date_range(first_on, last_on, "1mo", eager=True).to_list()


def past_peaks(
    order_lines: pl.DataFrame,
    months: Sequence[date],
    *,
    config: WarningConfig | None = None,
    demand_config: DemandConfig | None = None,
) -> pl.DataFrame:
    """For each of `months` (first days), what was told `lead_days` before it began against what it became.

    PEAK_SCHEMA, by product_id and period_on. Told by the published baseline (seasonal naive), which any model
    that is published instead has beaten; from nothing that was not known on that day. Only products with a
    whole year of history before are judged: nobody can foretell a first peak from orders. Raises
    MissingColumnsError.
    """
    config, demand = config or WarningConfig(), demand_config or DemandConfig()
    if not months:
        return pl.DataFrame(schema=PEAK_SCHEMA)
    lines = with_schema(order_lines, INPUT_SCHEMA, "order_lines")
    last_on = max(months)
    end = pl.select(pl.lit(last_on).dt.offset_by("1mo") - pl.duration(days=1)).item()
    products, first_on, sold = _matrix(monthly_series(sold_by_month(lines, end), last_on))
    frames = [_judged(products, first_on, sold, month, config, demand) for month in months]
    return (
        pl.concat(frames)
        .filter(pl.col("is_peak") | pl.col("is_told"))
        .sort("product_id", "period_on")
        .select(pl.col(name).cast(dtype) for name, dtype in PEAK_SCHEMA.items())
    )


def _matrix(series: pl.DataFrame) -> tuple[list[str], date, np.ndarray]:
    """Products, the first month, and products × months; NaN before a product's first sale."""
    if series.is_empty():
        return [], date(1970, 1, 1), np.empty((0, 0))
    first_on = series["period_on"].min()
    assert isinstance(first_on, date)
    products = series["product_id"].unique().sort()
    place = pl.col("period_on")
    placed = series.join(
        pl.DataFrame({"product_id": products, "row": np.arange(len(products))}), on="product_id"
    ).with_columns(column=(place.dt.year() - first_on.year) * 12 + place.dt.month() - first_on.month)
    sold = np.full((len(products), int(placed["column"].max()) + 1), np.nan)  # type: ignore[arg-type]
    sold[placed["row"].to_numpy(), placed["column"].to_numpy()] = placed["quantity"].to_numpy()
    return products.to_list(), first_on, sold


def _judged(
    products: list[str],
    first_on: date,
    sold: np.ndarray,
    month: date,
    config: WarningConfig,
    demand: DemandConfig,
) -> pl.DataFrame:
    judged_on = month - timedelta(days=config.lead_days)
    at, known = _months_after(first_on, month), _months_after(first_on, last_complete_month(judged_on)) + 1
    if known < demand.season_months or at >= sold.shape[1]:
        return _rows([], month, judged_on, *(np.empty(0) for _ in range(3)), config)
    past = sold[:, :known]
    is_known = (~np.isnan(past)).sum(axis=1) >= demand.season_months
    past = past[is_known]
    usual = np.nanmedian(past[:, -config.usual_months :], axis=1) if len(past) else np.empty(0)
    told = _expected(past, sold[is_known, at - demand.season_months], demand)
    kept = [product for product, is_in in zip(products, is_known, strict=True) if is_in]
    return _rows(kept, month, judged_on, usual, told, sold[is_known, at], config)


def _expected(past: np.ndarray, season_ago: np.ndarray, demand: DemandConfig) -> np.ndarray:
    """The baseline's P50 as `forecast` publishes it: the rule's number plus the median of its past errors."""
    if not len(past):
        return np.empty(0)
    season = demand.season_months
    length = (~np.isnan(past)).sum(axis=1)
    recent = past[:, -season:]
    mean = recent.mean(axis=1)
    by_mean = mean + np.median(recent - mean[:, None], axis=1)
    is_seasonal = length >= season + demand.minimum_errors
    by_season = np.full(len(past), np.nan)
    errors = past[is_seasonal, season:] - past[is_seasonal, :-season]
    if errors.size:
        by_season[is_seasonal] = season_ago[is_seasonal] + np.nanmedian(errors, axis=1)
    return np.maximum(np.where(is_seasonal, by_season, by_mean), 0.0).round(3)


def _rows(
    products: list[str],
    month: date,
    judged_on: date,
    usual: np.ndarray,
    told: np.ndarray,
    came: np.ndarray,
    config: WarningConfig,
) -> pl.DataFrame:
    frame = pl.DataFrame(
        {"product_id": products, "quantity_usual": usual, "quantity_p50": told, "quantity_actual": came},
        schema={
            "product_id": pl.String,
            "quantity_usual": pl.Float64,
            "quantity_p50": pl.Float64,
            "quantity_actual": pl.Float64,
        },
    )
    return frame.with_columns(
        period_on=pl.lit(month),
        judged_on=pl.lit(judged_on),
        method_code=pl.lit(_METHOD),
        is_peak=is_peak(pl.col("quantity_actual"), config),
        is_told=is_peak(pl.col("quantity_p50"), config),
    )


def _months_after(first_on: date, month: date) -> int:
    return (month.year - first_on.year) * 12 + month.month - first_on.month
