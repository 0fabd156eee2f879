"""Demand of the coming months: by the model where it passed its gate, else by seasonal naive.

The baseline that the model must beat: what was sold in the same month a year ago, plus the quantiles
of what that rule has been wrong by on the same product. A product too young for it gets its mean month, one
younger still is refused by name.
"""

from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from ml.demand.config import INPUT_SCHEMA, METHODS, OUTPUT_SCHEMA, QUANTILES, DemandConfig
from ml.demand.history import last_complete_month, monthly_series, sold_by_month
from ml.frames import with_schema

if TYPE_CHECKING:
    from ml.demand.model import DemandModel

_SEASONAL, _MEAN, _TOO_SHORT = METHODS[:3]


def forecast(
    order_lines: pl.DataFrame,
    as_of_on: date,
    *,
    publication_name: str,
    run_id: str,
    model: "DemandModel | None" = None,
    config: DemandConfig | None = None,
) -> pl.DataFrame:
    """The quantiles of the quantity sold of each product in each of the coming months.

    order_lines: columns of INPUT_SCHEMA (those of `fct_order_line`), one row a line.
    Gives OUTPUT_SCHEMA, one row a product that was ever sold and month, by product_id and period_on. Month 1
    is the one after the last complete month: on 26 June the whole of June, whose sales so far are not used,
    as a part of a month is no month. Quantities are rounded to 3 digits and never negative;
    P10 ≤ P50 ≤ P80 ≤ P90. Nothing after `as_of_on` is used. Raises MissingColumnsError.

    model: products of the classes that passed its gate have its quantiles and method; all others, and all
    without a model, those of the baseline.
    """
    baseline = _baseline(order_lines, as_of_on, publication_name, run_id, config or _config_of(model))
    if model is None or not model.verdict.ships:
        return baseline
    from ml.demand.outlook import product_outlook

    lines = with_schema(order_lines, INPUT_SCHEMA, "order_lines")
    made = product_outlook(lines, as_of_on, _config_of(model), model.panel_config)
    return _replaced(baseline, made.filter(pl.col("class_code").is_in(model.verdict.classes)))


def _config_of(model: "DemandModel | None") -> DemandConfig:
    return DemandConfig() if model is None else model.config


def _replaced(baseline: pl.DataFrame, made: pl.DataFrame) -> pl.DataFrame:
    """The baseline with the model's rows in place of its own, where there are any."""
    names = ["method_code", *(_name(q) for q in QUANTILES)]
    better = made.drop_nulls(names).select(
        "product_id", "period_on", *(pl.col(name).alias(f"{name}_made") for name in names)
    )
    return (
        baseline.join(better, on=["product_id", "period_on"], how="left", maintain_order="left")
        .with_columns(pl.coalesce(f"{name}_made", name).alias(name) for name in names)
        .select(list(OUTPUT_SCHEMA))
    )


def _baseline(
    order_lines: pl.DataFrame, as_of_on: date, publication_name: str, run_id: str, config: DemandConfig
) -> pl.DataFrame:
    last_on = last_complete_month(as_of_on)
    sold = sold_by_month(with_schema(order_lines, INPUT_SCHEMA, "order_lines"), as_of_on)
    series = monthly_series(sold, last_on)
    products = _methods(sold, series, config)
    quantities = {
        _name(q): pl.max_horizontal(pl.col("centre") + pl.col(_name(q)), 0.0).round(3) for q in QUANTILES
    }
    return (
        _centred(_coming_months(products, last_on, config), series, config)
        .join(_error_quantiles(_errors(products, series, config)), on="product_id", how="left")
        # max_horizontal passes over NULL, and a product without a forecast must not come out as zero.
        .with_columns(
            pl.when(pl.col("centre").is_not_null()).then(q).alias(name) for name, q in quantities.items()
        )
        .with_columns(
            quantity_naive=pl.col("centre").round(3),
            as_of_on=pl.lit(as_of_on),
            publication_name=pl.lit(publication_name),
            _run_id=pl.lit(run_id),
        )
        .sort("product_id", "period_on")
        .select(pl.col(name).cast(dtype) for name, dtype in OUTPUT_SCHEMA.items())
    )


def _name(share: float) -> str:
    return f"quantity_p{round(100 * share)}"


def _methods(sold: pl.DataFrame, series: pl.DataFrame, config: DemandConfig) -> pl.DataFrame:
    """product_id, history_months, method_code of every product ever sold."""
    months = series.group_by("product_id").agg(history_months=pl.len())
    length = pl.col("history_months")
    return (
        sold.select(pl.col("product_id").unique())
        .join(months, on="product_id", how="left")
        .with_columns(length.fill_null(0))
        .with_columns(
            method_code=pl.when(length >= config.season_months + config.minimum_errors)
            .then(pl.lit(_SEASONAL))
            .when(length >= config.minimum_months)
            .then(pl.lit(_MEAN))
            .otherwise(pl.lit(_TOO_SHORT))
        )
    )


def _coming_months(products: pl.DataFrame, last_on: date, config: DemandConfig) -> pl.DataFrame:
    """Products × horizons, with the month itself and the same month a season ago."""
    horizons = pl.DataFrame(
        {"horizon_months": range(1, config.horizons + 1)}, schema={"horizon_months": pl.Int64}
    )
    ahead = pl.format("{}mo", "horizon_months")
    back = pl.format("{}mo", pl.col("horizon_months") - config.season_months)
    return products.join(horizons, how="cross").with_columns(
        period_on=pl.lit(last_on).dt.offset_by(ahead), season_on=pl.lit(last_on).dt.offset_by(back)
    )


def _last_season(series: pl.DataFrame, config: DemandConfig) -> pl.DataFrame:
    """The months of the last season of each product, with their mean."""
    return (
        series.group_by("product_id", maintain_order=True)
        .tail(config.season_months)
        .with_columns(mean_month=pl.col("quantity").mean().over("product_id"))
    )


def _centred(coming: pl.DataFrame, series: pl.DataFrame, config: DemandConfig) -> pl.DataFrame:
    """`coming` with `centre`, what the product's rule expects of the month; NULL where it was refused."""
    same_month = series.rename({"period_on": "season_on", "quantity": "same_month"})
    means = _last_season(series, config).group_by("product_id").agg(pl.col("mean_month").first())
    centre = (
        pl.when(pl.col("method_code") == _SEASONAL)
        .then("same_month")
        .when(pl.col("method_code") == _MEAN)
        .then("mean_month")
    )
    return (
        coming.join(same_month, on=["product_id", "season_on"], how="left")
        .join(means, on="product_id", how="left")
        .with_columns(centre=centre)
    )


def _errors(products: pl.DataFrame, series: pl.DataFrame, config: DemandConfig) -> pl.DataFrame:
    """What each product's rule has been wrong by: product_id, error (sold minus expected), a row a month."""
    by_method = products.select("product_id", "method_code")
    season_ago = pl.col("quantity").shift(config.season_months).over("product_id")
    seasonal = series.select("product_id", error=pl.col("quantity") - season_ago).drop_nulls("error")
    mean = _last_season(series, config).select("product_id", error=pl.col("quantity") - pl.col("mean_month"))
    return pl.concat(
        errors.join(by_method.filter(pl.col("method_code") == method), on="product_id", how="semi")
        for method, errors in ((_SEASONAL, seasonal), (_MEAN, mean))
    )


def _error_quantiles(errors: pl.DataFrame) -> pl.DataFrame:
    """The quantiles of each product's errors: product_id, quantity_p10 … p90.

    At rank (n + 1)·p, which is right for a value still to come, unlike the rank among the n already seen. Of
    few errors the outer quantiles are the greatest and smallest ever seen, which cover less than they claim.
    """
    ordered = errors.group_by("product_id").agg(error=pl.col("error").sort(), count=pl.len().cast(pl.Int64))

    def at(share: float) -> pl.Expr:
        rank = ((pl.col("count") + 1) * share - 1).clip(0, pl.col("count") - 1)
        low, high = rank.floor().cast(pl.Int64), rank.ceil().cast(pl.Int64)
        below, above = pl.col("error").list.get(low), pl.col("error").list.get(high)
        return below + (above - below) * (rank - low)

    return ordered.select("product_id", **{_name(share): at(share) for share in QUANTILES})
