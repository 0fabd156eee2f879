"""What a night asks about demand: which classes the model may forecast, products by month, their regions."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from ml.backtest.results import BacktestResult
from ml.demand.config import INPUT_SCHEMA, OUTPUT_SCHEMA, DemandConfig, PanelConfig
from ml.demand.forecast import forecast
from ml.demand.gate import Verdict
from ml.demand.history import last_complete_month, monthly_series, sold_by_month
from ml.demand.model import DemandModel, train
from ml.demand.regions import UNKNOWN_REGION, forecast_regions
from ml.frames import with_schema

__all__ = ["READS", "REGION_READS", "learn", "look", "regions", "score", "sold"]

Frames = Mapping[str, pl.DataFrame]
READS = {"marts.fct_order_line": tuple(INPUT_SCHEMA)}
REGION_READS = {
    "marts.fct_order_line": tuple(INPUT_SCHEMA),
    "marts.dim_customer": ("customer_id", "region_code"),
    "ml.ml_demand_forecast": tuple(OUTPUT_SCHEMA),
}
#: A night has its process to itself, and few products: more processes would cost more than they bring.
_ALONE = PanelConfig(workers=1)


class Gate:
    """The verdict as a night keeps it: one reason a class of series."""

    def __init__(self, verdict: Verdict) -> None:
        """Of the verdict by class."""
        self.ships = verdict.ships
        self.reasons = tuple(
            (f"{name}: {reason}", None, None, name in verdict.classes)
            for name, reason in verdict.reasons.items()
        )


def learn(frames: Frames, as_of_on: date) -> tuple[list[str], BacktestResult, Gate]:
    """The classes of series that the model may forecast, its back-test before that day, and its gate.

    Members are fitted to each series anew at scoring: the classes are all there is to keep.
    """
    model = train(frames["fct_order_line"], as_of_on, panel_config=_ALONE)
    return sorted(model.verdict.classes), model.record, Gate(model.verdict)


def score(
    frames: Frames, as_of_on: date, *, publication_name: str, run_id: str, model: list[str] | None
) -> pl.DataFrame:
    """`ml_demand_forecast`: classes that passed their gate by the model, all others by seasonal naive."""
    judged = None
    if model:
        nothing = BacktestResult("demand", 0, [], {}, {})
        judged = DemandModel(Verdict(frozenset(model), {}), nothing, DemandConfig(), _ALONE)
    return forecast(
        frames["fct_order_line"], as_of_on, publication_name=publication_name, run_id=run_id, model=judged
    )


def look(frames: Frames, as_of_on: date) -> pl.DataFrame:
    """What the model would be asked about on a day: a row a product, how its last twelve months went.

    level: log of the mean month. zero_share: months without a sale. variation: deviation over mean. trend:
    the last three months against all twelve, −1 (nothing any more) upwards.
    """
    lines = with_schema(frames["fct_order_line"], INPUT_SCHEMA, "order_lines")
    series = monthly_series(sold_by_month(lines, as_of_on), last_complete_month(as_of_on))
    quantity = pl.col("quantity")
    year = series.group_by("product_id", maintain_order=True).tail(12)
    return (
        year.group_by("product_id", maintain_order=True)
        .agg(
            mean=quantity.mean(),
            deviation=quantity.std(ddof=0),
            zero_share=(quantity <= 0).mean(),
            late=quantity.tail(3).mean(),
        )
        .sort("product_id")
        .select(
            level=pl.col("mean").log1p(),
            zero_share="zero_share",
            variation=pl.when(pl.col("mean") > 0).then(pl.col("deviation") / pl.col("mean")),
            trend=pl.when(pl.col("mean") > 0).then(pl.col("late") / pl.col("mean") - 1),
        )
    )


def regions(
    order_lines: pl.DataFrame,
    customers: pl.DataFrame,
    forecasts: pl.DataFrame,
    as_of_on: date,
    *,
    publication_name: str,
    run_id: str,
) -> pl.DataFrame:
    """`ml_demand_region_forecast`: each product's months by the region of who buys it, adding up to it.

    `publication_name` and `run_id` are those of the products' forecast, which the rows carry already.
    """
    del publication_name, run_id
    placed = order_lines.join(customers, on="customer_id", how="left", maintain_order="left")
    return forecast_regions(placed, forecasts, as_of_on)


def sold(order_lines: pl.DataFrame, customers: pl.DataFrame, as_of_on: date) -> pl.DataFrame:
    """What forecasts are judged by, by month: product_id, region_code (NULL: all), period_on, quantity.

    Demand as the forecasts mean it, returns netted; only months with a sale. The month of `as_of_on` is cut
    off at it.
    """
    lines = with_schema(order_lines, INPUT_SCHEMA, "order_lines")
    whole = sold_by_month(lines, as_of_on).with_columns(region_code=pl.lit(None, pl.String))
    placed = lines.join(customers, on="customer_id", how="left", maintain_order="left").with_columns(
        pl.col("region_code").fill_null(UNKNOWN_REGION)
    )
    columns = ["product_id", "region_code", "period_on", "quantity"]
    parts = [
        sold_by_month(group, as_of_on).with_columns(region_code=pl.lit(str(region)))
        for (region,), group in placed.group_by("region_code", maintain_order=True)
    ]
    return pl.concat([each.select(columns) for each in (whole, *parts)]).sort(columns[:3])
