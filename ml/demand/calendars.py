"""School terms and campaigns that move between months: what a month has more or fewer of than a year ago."""

from datetime import date

import numpy as np
import polars as pl

from ml.demand.config import INPUT_SCHEMA
from ml.demand.history import last_complete_month, monthly_series, sold_by_month
from ml.frames import with_schema

#: One row a stretch of days: a term, a holiday, a campaign; known ahead, so none is cut at the business date.
CALENDAR_SCHEMA: dict[str, type[pl.DataType]] = {
    "kind_code": pl.String,
    "starts_on": pl.Date,
    "ends_on": pl.Date,
}
_FEWEST = 30
_LEAST_T = 2.0
_MOST_CHANGE = 0.7
_QUANTITIES = ("quantity_p10", "quantity_p50", "quantity_p80", "quantity_p90")


def days_by_month(calendar: pl.DataFrame) -> pl.DataFrame:
    """How many days of each kind lie in each month: period_on, kind_code, days. Overlaps count once."""
    rows = with_schema(calendar, CALENDAR_SCHEMA, "calendar").drop_nulls()
    return (
        rows.filter(pl.col("starts_on") <= pl.col("ends_on"))
        .with_columns(day=pl.date_ranges("starts_on", "ends_on"))
        .explode("day")
        .unique(["kind_code", "day"])
        .group_by("kind_code", period_on=pl.col("day").dt.month_start())
        .agg(days=pl.len().cast(pl.Int64))
        .sort("kind_code", "period_on")
    )


def calendar_effects(order_lines: pl.DataFrame, calendar: pl.DataFrame, as_of_on: date) -> dict[str, float]:
    """By kind, the change in the logarithm of all products' demand for a day more of it.

    From changes against the same month a year ago, of demand and of days. A kind whose days never change
    between years is in the season already and gets none; so does one whose effect is within twice its error,
    or that fewer than 30 product months speak of.
    """
    lines = with_schema(order_lines, INPUT_SCHEMA, "order_lines")
    months = monthly_series(sold_by_month(lines, as_of_on), last_complete_month(as_of_on))
    changes = months.with_columns(
        change=(pl.col("quantity").log() - pl.col("quantity").shift(12).log()).over("product_id")
    ).filter(pl.col("change").is_finite())
    days = days_by_month(calendar)
    found = {}
    for kind in days["kind_code"].unique().sort().to_list():
        apart = _days_apart(changes["period_on"], days.filter(kind_code=kind))
        effect = _effect(apart, changes["change"].to_numpy())
        if effect:
            found[kind] = effect
    return found


def _days_apart(months: pl.Series, days: pl.DataFrame) -> np.ndarray:
    """For each month, its days of one kind less those of the same month a year ago."""
    by_month = dict(zip(days["period_on"].to_list(), days["days"].to_list(), strict=True))
    return np.array(
        [by_month.get(m, 0) - by_month.get(m.replace(year=m.year - 1), 0) for m in months.to_list()],
        dtype=float,
    )


def _effect(days: np.ndarray, change: np.ndarray) -> float:
    """The slope of change on days, growth common to all months taken off; 0 where it is not sure."""
    moved = np.count_nonzero(days)
    if moved < _FEWEST or np.ptp(days) == 0:
        return 0.0
    x, y = days - days.mean(), change - change.mean()
    slope = float((x @ y) / (x @ x))
    error = float(np.sqrt(((y - slope * x) ** 2).sum() / max(len(y) - 2, 1) / (x @ x)))
    return slope if abs(slope) > _LEAST_T * error else 0.0


def with_calendar(
    forecasts: pl.DataFrame, order_lines: pl.DataFrame, calendar: pl.DataFrame, as_of_on: date
) -> pl.DataFrame:
    """The forecasts, each month's quantiles multiplied by what its days are more or fewer than a year ago.

    No month changes by more than the factor 2. Without a sure effect the forecasts come back as they were.
    """
    effects = calendar_effects(order_lines, calendar, as_of_on)
    if not effects or forecasts.is_empty():
        return forecasts
    days = days_by_month(calendar)
    months = forecasts["period_on"].unique().sort()
    total = sum(
        effect * _days_apart(months, days.filter(kind_code=kind)) for kind, effect in sorted(effects.items())
    )
    factors = pl.DataFrame(
        {"period_on": months, "factor": np.exp(np.clip(total, -_MOST_CHANGE, _MOST_CHANGE))}
    )
    return (
        forecasts.join(factors, on="period_on", how="left", maintain_order="left")
        .with_columns((pl.col(name) * pl.col("factor")).round(3) for name in _QUANTITIES)
        .drop("factor")
    )
