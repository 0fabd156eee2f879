"""The health of the relation with each customer over time: a row a customer and month end."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from ml.churn.cases import history_of, with_features
from ml.churn.config import ChurnConfig
from ml.churn.frames import ChurnFrames
from ml.churn.states import states_on

#: Weights of the parts, as in the house's definition of customer health; a part without data has none.
WEIGHTS: dict[str, float] = {"rhythm": 0.30, "ratings": 0.25, "complaints": 0.15, "payment": 0.15}

HEALTH_SCHEMA: dict[str, type[pl.DataType]] = {
    "customer_id": pl.String,
    "month_on": pl.Date,
    "health_score": pl.Float64,
    "rhythm_points": pl.Float64,
    "ratings_points": pl.Float64,
    "complaints_points": pl.Float64,
    "payment_points": pl.Float64,
    "change_points": pl.Float64,
}


def relation_health(
    frames: ChurnFrames, month_ends: Sequence[date], config: ChurnConfig | None = None
) -> pl.DataFrame:
    """How the relation stood at each month end, by what was known then; HEALTH_SCHEMA, by customer and month.

    Points from 0 to 100: rhythm falls with the silence against the own limit; ratings with the mean stars of
    two years; complaints halve with each one in a year; payment falls with the mean days late, 0 from 60 on.
    health_score is their mean by WEIGHTS over the parts that have data; change_points against the month
    before. SLA is no part here: it is kept by the service figures.
    """
    config = config or ChurnConfig()
    history = history_of(frames)
    states = states_on(history.rhythm, sorted(set(month_ends)), config)
    states = states.with_columns(remaining_days=pl.col("silence_limit_days"))
    table = with_features(history, states, config)
    has_complaints = frames.complaints.height > 0
    count = pl.col("complaints_365d").fill_null(0.0).exp() - 1
    points = table.with_columns(
        rhythm_points=100 * (1 - pl.col("limit_share").clip(0, 1)),
        ratings_points=25 * (pl.col("mean_stars") - 1),
        complaints_points=100 * 0.5**count if has_complaints else pl.lit(None, pl.Float64),
        payment_points=100 * (1 - (pl.col("mean_days_late") / 60).clip(0, 1)),
    )
    weighed = [pl.col(f"{name}_points") * weight for name, weight in WEIGHTS.items()]
    weights = [pl.col(f"{name}_points").is_not_null() * weight for name, weight in WEIGHTS.items()]
    score = (pl.sum_horizontal(weighed) / pl.sum_horizontal(weights)).round(2)
    return (
        points.with_columns(month_on=pl.col("origin_on").dt.month_start(), health_score=score)
        .with_columns(pl.col(f"{name}_points").round(2) for name in WEIGHTS)
        .sort("customer_id", "month_on")
        .with_columns(change_points=pl.col("health_score").diff().over("customer_id").round(2))
        .select(pl.col(name).cast(dtype) for name, dtype in HEALTH_SCHEMA.items())
    )
