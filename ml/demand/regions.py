"""Demand by region that adds up to the product, and products that add up to the total."""

from datetime import date

import polars as pl

from ml.demand.config import INPUT_SCHEMA, OUTPUT_SCHEMA, DemandConfig
from ml.demand.forecast import forecast
from ml.frames import with_schema

UNKNOWN_REGION = "unknown"
_SEPARATOR = "\x1f"
_QUANTITIES = ("quantity_p10", "quantity_p50", "quantity_p80", "quantity_p90")
_ALL = ("quantity_naive", *_QUANTITIES)

#: `ml_demand_region_forecast`: one row a product, region, coming month and business date.
REGION_OUTPUT_SCHEMA: dict[str, type[pl.DataType]] = {
    "product_id": pl.String,
    "region_code": pl.String,
    **{name: dtype for name, dtype in OUTPUT_SCHEMA.items() if name != "product_id"},
}


def forecast_regions(
    order_lines: pl.DataFrame,
    product_forecast: pl.DataFrame,
    as_of_on: date,
    config: DemandConfig | None = None,
) -> pl.DataFrame:
    """Each product's forecast by region: REGION_OUTPUT_SCHEMA.

    order_lines: INPUT_SCHEMA and `region_code` (null is `unknown`). product_forecast: OUTPUT_SCHEMA of the
    same date. The P50s add up: regions to the product, and so to the total. What the regions' own forecasts
    lack or have too much is shared out by the square of their bands' width (the uncertain ones give way:
    weighted least squares with the product's figure kept, Wickramasuriya and others, JASA 2019), never below
    zero. The other quantiles move with their P50 and stay in order; they do not add up, as not all regions
    have a bad month at once.
    """
    lines = order_lines.with_columns(region_code=pl.col("region_code").fill_null(UNKNOWN_REGION))
    apart = with_schema(lines, INPUT_SCHEMA, "order_lines").with_columns(
        product_id=pl.concat_str("product_id", lines["region_code"], separator=_SEPARATOR)
    )
    own = forecast(apart, as_of_on, publication_name="", run_id="", config=config)
    parts = pl.col("product_id").str.split(_SEPARATOR)
    bottom = own.with_columns(
        region_code=parts.list.get(1), product_id=parts.list.get(0), own_method=pl.col("method_code")
    ).select("product_id", "region_code", "period_on", "history_months", "own_method", *_ALL)
    top = product_forecast.select(
        "product_id", "period_on", "horizon_months", "as_of_on", "method_code", "publication_name", "_run_id",
        total="quantity_p50",
    )  # fmt: skip
    return (
        _reconciled(
            bottom.with_columns(pl.col(_ALL).fill_null(0.0)).join(top, on=["product_id", "period_on"])
        )
        .sort("product_id", "region_code", "period_on")
        .select(pl.col(name).cast(dtype) for name, dtype in REGION_OUTPUT_SCHEMA.items())
    )


def _reconciled(rows: pl.DataFrame) -> pl.DataFrame:
    keys = ["product_id", "period_on"]
    p50 = pl.col("quantity_p50")
    # A band without width and a forecast of zero still takes its share when nothing else can.
    weight = (pl.col("quantity_p90") - pl.col("quantity_p10")) ** 2 + 1e-6 * (1 + p50)
    lack = pl.col("total") - p50.sum().over(keys)
    moved = pl.max_horizontal(p50 + lack * weight / weight.sum().over(keys), 0.0)
    levels = rows.with_columns(level=moved).with_columns(
        # What zero cut off is taken from the others in proportion, so that the sum stays right.
        level=pl.when(pl.col("level").sum().over(keys) > 0)
        .then(pl.col("level") * pl.col("total") / pl.col("level").sum().over(keys))
        .otherwise(0.0)
    )
    shifted = {name: pl.max_horizontal(pl.col(name) + pl.col("level") - p50, 0.0) for name in _QUANTITIES}
    return (
        levels.with_columns(**shifted)
        .with_columns(quantity_p50=pl.col("level"))
        .with_columns(
            quantity_p10=pl.min_horizontal("quantity_p10", "quantity_p50"),
            quantity_p80=pl.max_horizontal("quantity_p80", "quantity_p50"),
        )
        .with_columns(quantity_p90=pl.max_horizontal("quantity_p90", "quantity_p80"))
        .with_columns(pl.when(pl.col("total").is_not_null()).then(pl.col(_ALL)))
    )
