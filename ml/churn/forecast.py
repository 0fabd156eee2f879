"""Who has gone silent against their own rhythm, and how likely the others are to.

Churn is no new order or signed contract for more than max(365 days, twice the customer's own median gap),
with no open project. The probability is a rate from the company's own past: of the customers that had used up
as much of their limit on earlier days, how many went on to pass it? It is the baseline for models that know
more than silence.
"""

from datetime import date, timedelta

import numpy as np
import polars as pl

from ml.churn.config import ACTIVITY_SCHEMA, METHODS, OUTPUT_SCHEMA, PROJECT_SCHEMA, ChurnConfig
from ml.churn.states import rhythm, states_on, with_open_project
from ml.frames import with_schema

_RATE, _SILENT, _OPEN_PROJECT, _NO_HISTORY = METHODS


def forecast(
    activity: pl.DataFrame,
    projects: pl.DataFrame,
    as_of_on: date,
    *,
    publication_name: str,
    run_id: str,
    config: ChurnConfig | None = None,
) -> pl.DataFrame:
    """The silence and the probability of churn of every customer that ever ordered or signed.

    activity: columns of ACTIVITY_SCHEMA (those of `int_customer_activity`); projects: columns of
    PROJECT_SCHEMA (those of `dim_project`).
    Gives OUTPUT_SCHEMA, one row a customer, by customer_id; shares rounded to 6 digits. Among customers that
    are judged by silence the probability never falls as more of the limit is used up. Nothing after
    `as_of_on` is used. Raises MissingColumnsError.
    """
    config = config or ChurnConfig()
    activity = with_schema(activity, ACTIVITY_SCHEMA, "activity").drop_nulls(["customer_id", "active_on"])
    projects = with_schema(projects, PROJECT_SCHEMA, "projects").drop_nulls("customer_id")
    days = rhythm(activity.filter(pl.col("active_on") <= as_of_on))
    now = with_open_project(states_on(days, [as_of_on], config), projects, "origin_on")
    probability = _rate_by_silence(_decided_cases(days, projects, as_of_on, config), now, config)
    is_silent = (pl.col("silence_days") > pl.col("silence_limit_days")) & ~pl.col("has_open_project")
    method = (
        pl.when("has_open_project")
        .then(pl.lit(_OPEN_PROJECT))
        .when("is_silent")
        .then(pl.lit(_SILENT))
        .when(pl.lit(probability is not None))
        .then(pl.lit(_RATE))
        .otherwise(pl.lit(_NO_HISTORY))
    )
    return (
        now.with_columns(is_silent=is_silent, rate=probability)
        .with_columns(method_code=method)
        .with_columns(
            churn_probability_share=pl.when(method_code=_SILENT)
            .then(1.0)
            .when(method_code=_RATE)
            .then(pl.col("rate").round(6)),
            as_of_on=pl.lit(as_of_on),
            publication_name=pl.lit(publication_name),
            _run_id=pl.lit(run_id),
        )
        .sort("customer_id")
        .select(pl.col(name).cast(dtype) for name, dtype in OUTPUT_SCHEMA.items())
    )


def _decided_cases(
    days: pl.DataFrame, projects: pl.DataFrame, as_of_on: date, config: ChurnConfig
) -> pl.DataFrame:
    """Earlier states of customers not yet silent, decided by `as_of_on`: used_share, is_churned.

    A case is taken when its limit has run out, not when its customer has ordered: else those who came back
    would be counted at once and those who did not only later, and the rate would come out too low.
    """
    steps = range(1, config.origin_count + 1)
    origins = [as_of_on - timedelta(days=config.origin_step_days * step) for step in steps]
    limit_on = pl.col("last_order_on") + pl.duration(days="silence_limit_days")
    cases = (
        states_on(days, origins, config)
        .with_columns(passed_on=limit_on + pl.duration(days=1))
        .filter(pl.col("silence_days") <= pl.col("silence_limit_days"), pl.col("passed_on") <= as_of_on)
    )
    cases = with_open_project(cases, projects, "origin_on").filter(~pl.col("has_open_project"))
    cases = with_open_project(cases.drop("has_open_project"), projects, "passed_on")
    has_ordered = (pl.col("next_order_on") < pl.col("passed_on")).fill_null(False)
    return cases.select(
        used_share=pl.col("silence_days") / pl.col("silence_limit_days"),
        is_churned=~has_ordered & ~pl.col("has_open_project"),
    )


def _rate_by_silence(cases: pl.DataFrame, now: pl.DataFrame, config: ChurnConfig) -> pl.Series | None:
    """The probability for each row of `now`, or None when too few cases are decided.

    Rates by bucket of silence are smoothed after Laplace, (churned + 1) / (cases + 2), made monotone by
    isotonic regression with the cases as weights, and read off by straight lines between the buckets' means.
    """
    if cases.height < config.minimum_cases:
        return None
    bucket = (pl.col("used_share") * config.bucket_count).floor().clip(upper_bound=config.bucket_count - 1)
    rates = (
        # Sums of floats depend on their order.
        cases.sort("used_share", "is_churned")
        .group_by(bucket.alias("bucket"), maintain_order=True)
        .agg(
            pl.col("used_share").mean(),
            weight=pl.len() + 2,
            rate=(pl.col("is_churned").sum() + 1) / (pl.len() + 2),
        )
        .sort("bucket")
    )
    # Here because scikit-learn takes seconds to import, which every command of ours would wait for.
    from sklearn.isotonic import IsotonicRegression

    curve = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(
        rates["used_share"].to_numpy(), rates["rate"].to_numpy(), sample_weight=rates["weight"].to_numpy()
    )
    used = (now["silence_days"] / now["silence_limit_days"]).to_numpy()
    return pl.Series(curve.predict(np.minimum(used, 1.0)) if len(used) else [], dtype=pl.Float64)
