"""Customers at earlier dates with what the year after brought."""

from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl

from ml.churn.cases import History, with_features
from ml.churn.config import ChurnConfig
from ml.churn.states import states_on
from ml.value.config import BASES, ValueConfig

_MARGIN, _REVENUE = BASES


def basis_of(history: History) -> str:
    """Margin where the company books any by customer, else revenue."""
    margins = history.frames.margins["margin_amount"].drop_nulls()
    return _MARGIN if (margins != 0).any() else _REVENUE


def worth_of(history: History) -> pl.DataFrame:
    """customer_id, day_on, worth: margin booked or net amount ordered, a row a customer and day."""
    if basis_of(history) == _MARGIN:
        booked = history.frames.margins.drop_nulls(["booked_on", "margin_amount"])
        return (
            booked.sort("customer_id", "booked_on", "margin_amount")
            .group_by("customer_id", day_on="booked_on", maintain_order=True)
            .agg(worth=pl.col("margin_amount").sum())
            .sort("customer_id", "day_on")
        )
    net = (pl.col("amount") - pl.col("return_amount")).alias("worth")
    return history.days.select("customer_id", "day_on", net)


def customers_on(
    history: History, worth: pl.DataFrame, origins: Sequence[date], config: ValueConfig
) -> pl.DataFrame:
    """Of `years_on` with the features of churn, as known on the origin."""
    years = years_on(history, worth, origins, config)
    return with_features(history, years, ChurnConfig())


def years_on(
    history: History, worth: pl.DataFrame, origins: Sequence[date], config: ValueConfig
) -> pl.DataFrame:
    """A row a customer and origin: last_year and prior_year worth, as known on the origin.

    worth: of `worth_of`.
    """
    table = states_on(history.rhythm, list(origins), ChurnConfig()).with_columns(
        remaining_days=pl.lit(config.horizon_days, pl.Int64)
    )
    back = timedelta(days=config.horizon_days)
    table = _sum_between(table, worth, "last_year", -back, timedelta(0))
    table = _sum_between(table, worth, "prior_year", -2 * back, -back)
    log = (pl.col(name).clip(0).log1p().alias(f"log_{name}") for name in ("last_year", "prior_year"))
    return table.with_columns(log)


def with_outcome(table: pl.DataFrame, worth: pl.DataFrame, config: ValueConfig) -> pl.DataFrame:
    """`table` with next_year: the worth of the horizon after each origin, zero without any."""
    ahead = timedelta(days=config.horizon_days)
    return _sum_between(table, worth, "next_year", timedelta(0), ahead)


def _sum_between(
    table: pl.DataFrame, worth: pl.DataFrame, name: str, after: timedelta, until: timedelta
) -> pl.DataFrame:
    """The worth of the days after origin + `after` up to origin + `until`."""
    parts = []
    for origin in table["origin_on"].unique().sort():
        day = pl.col("day_on")
        found = worth.filter(day > origin + after, day <= origin + until)
        sums = found.group_by("customer_id", maintain_order=True).agg(pl.col("worth").sum().alias(name))
        parts.append(sums.with_columns(origin_on=pl.lit(origin)))
    empty = pl.DataFrame(schema={"customer_id": pl.String, name: pl.Float64, "origin_on": pl.Date})
    sums = pl.concat([empty, *(part.select(empty.columns) for part in parts)])
    joined = table.join(sums, on=["customer_id", "origin_on"], how="left", maintain_order="left")
    return joined.with_columns(pl.col(name).fill_null(0.0))
