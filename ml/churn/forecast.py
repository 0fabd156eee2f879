"""Who has gone silent against their own rhythm, and how likely the others are to.

Churn is no new order or signed contract for more than max(365 days, twice the customer's own median gap),
with no open project. Without a model the probability is a rate from the company's own past: of the customers
that had used up as much of their limit on earlier days, how many went on to pass it? It is what a model that
knows more than silence has to beat, and what is published where none does.
"""

from datetime import date, timedelta

import numpy as np
import polars as pl

from ml.churn.cases import History, history_of, with_features
from ml.churn.config import ACTIVITY_SCHEMA, METHODS, OUTPUT_SCHEMA, PROJECT_SCHEMA, ChurnConfig
from ml.churn.frames import ChurnFrames
from ml.churn.model import ChurnModel, drivers, interval
from ml.churn.states import states_on, with_open_project
from ml.frames import with_schema

_RATE, _SILENT, _OPEN_PROJECT, _NO_HISTORY, _MODEL = METHODS

#: The care that answers the driver which raises the risk most.
CARES: dict[str, str] = {
    "amount": "offer",
    "amount_trend": "account_review",
    "returns": "quality_visit",
    "breadth": "product_offer",
    "age": "welcome_call",
    "season": "seasonal_reminder",
    "ratings": "service_visit",
    "complaints": "complaint_talk",
    "payment": "payment_talk",
    "projects": "project_review",
}
_CALL, _WIN_BACK = "call", "win_back"


def forecast(  # noqa: PLR0913 (frames, their date, who asks and with what; all but three by name)
    activity: pl.DataFrame,
    projects: pl.DataFrame,
    as_of_on: date,
    *,
    publication_name: str,
    run_id: str,
    frames: ChurnFrames | None = None,
    model: ChurnModel | None = None,
    config: ChurnConfig | None = None,
) -> pl.DataFrame:
    """The silence and the probability of churn of every customer that ever ordered or signed.

    activity: columns of ACTIVITY_SCHEMA (those of `int_customer_activity`); projects: columns of
    PROJECT_SCHEMA (those of `dim_project`). frames: all that is known, where more than the two is; model: of
    `ml.churn.train`, only if its gate was passed (unset: the rate by silence).
    Gives OUTPUT_SCHEMA, one row a customer, by customer_id; shares rounded to 6 digits. By rate, among
    customers that are judged by silence the probability never falls as more of the limit is used up. Nothing
    after `as_of_on` is used. Raises MissingColumnsError.
    """
    config = config or ChurnConfig()
    activity = with_schema(activity, ACTIVITY_SCHEMA, "activity").drop_nulls(["customer_id", "active_on"])
    projects = with_schema(projects, PROJECT_SCHEMA, "projects").drop_nulls("customer_id")
    if frames is None:
        planned = projects.with_columns(planned_finish_on=pl.lit(None, pl.Date))
        frames = ChurnFrames(activity.filter(pl.col("active_on") <= as_of_on), planned)
    history = history_of(frames)
    days = history.rhythm.filter(pl.col("active_on") <= as_of_on)
    now = with_open_project(states_on(days, [as_of_on], config), projects, "origin_on")
    is_silent = (pl.col("silence_days") > pl.col("silence_limit_days")) & ~pl.col("has_open_project")
    now = now.with_columns(is_silent=is_silent)
    cases = _decided_cases(days, projects, as_of_on, config)
    told = _by_rate(now, cases, config)
    if model is not None:
        told = _by_model(told, history, model, config)
    return (
        _with_value(told, history, as_of_on, config)
        .with_columns(
            as_of_on=pl.lit(as_of_on),
            publication_name=pl.lit(publication_name),
            _run_id=pl.lit(run_id),
        )
        .sort("customer_id")
        .select(pl.col(name).cast(dtype) for name, dtype in OUTPUT_SCHEMA.items())
    )


def _by_rate(now: pl.DataFrame, cases: pl.DataFrame, config: ChurnConfig) -> pl.DataFrame:
    """Method, probability, its band and one driver, silence, of each row."""
    rate = _rate_by_silence(cases, now, config)
    has_rate = rate is not None
    method = (
        pl.when("has_open_project")
        .then(pl.lit(_OPEN_PROJECT))
        .when("is_silent")
        .then(pl.lit(_SILENT))
        .when(pl.lit(has_rate))
        .then(pl.lit(_RATE))
        .otherwise(pl.lit(_NO_HISTORY))
    )
    by_rate = pl.Series("rate", rate if has_rate else [None] * now.height, dtype=pl.Float64)
    low, high = _rate_interval(cases, now, by_rate, config)
    now = now.with_columns(by_rate, low, high).with_columns(method_code=method)
    judged, silent = pl.col("method_code") == _RATE, pl.col("method_code") == _SILENT
    used = (pl.col("silence_days") / pl.col("silence_limit_days")).round(6)
    return now.with_columns(
        churn_probability_share=pl.when(silent).then(1.0).when(judged).then(pl.col("rate").round(6)),
        churn_probability_low_share=pl.when(silent).then(1.0).when(judged).then(pl.col("low").round(6)),
        churn_probability_high_share=pl.when(silent).then(1.0).when(judged).then(pl.col("high").round(6)),
        driver_1_code=pl.when(silent | judged).then(pl.lit("silence")),
        driver_1_value=pl.when(silent | judged).then(used),
        care_code=pl.when(silent).then(pl.lit(_WIN_BACK)).when(judged).then(pl.lit(_CALL)),
        **{f"driver_{place}_code": pl.lit(None, pl.String) for place in (2, 3)},
        **{f"driver_{place}_value": pl.lit(None, pl.Float64) for place in (2, 3)},
    )


def _rate_interval(
    cases: pl.DataFrame, now: pl.DataFrame, rate: pl.Series, config: ChurnConfig
) -> tuple[pl.Series, pl.Series]:
    """A beta band round the rate with as many customers as its bucket's cases; it holds the rate."""
    from scipy.stats import beta

    def bucket(used: pl.Expr) -> pl.Expr:
        return (used * config.bucket_count).floor().clip(0, config.bucket_count - 1).cast(pl.Int64)

    counts = cases.group_by(bucket=bucket(pl.col("used_share"))).agg(n=pl.col("customer_id").n_unique())
    n = (
        now.select(bucket=bucket(pl.col("silence_days") / pl.col("silence_limit_days")))
        .join(counts, on="bucket", how="left", maintain_order="left")["n"]
        .fill_null(0)
        .to_numpy()
        .astype(float)
    )
    if rate.null_count():
        return rate.alias("low"), rate.alias("high")
    p = rate.to_numpy()
    mean, weight = np.clip(p, 1e-3, 1 - 1e-3), n + 2
    low = beta.ppf((1 - config.interval_share) / 2, mean * weight, (1 - mean) * weight)
    high = beta.ppf((1 + config.interval_share) / 2, mean * weight, (1 - mean) * weight)
    return pl.Series("low", np.minimum(low, p)), pl.Series("high", np.maximum(high, p))


def _by_model(told: pl.DataFrame, history: History, model: ChurnModel, config: ChurnConfig) -> pl.DataFrame:
    """The model's probability, band, drivers and care in place of the rate's, where the rate would judge."""
    is_judged = pl.col("method_code").is_in([_RATE, _NO_HISTORY])
    remaining = pl.col("silence_limit_days") - pl.col("silence_days") + 1
    judged = told.filter(is_judged).with_columns(remaining_days=remaining)
    if judged.is_empty():
        return told
    cases = with_features(history, judged, config)
    probability = model.blend.probability(cases)
    low, high = interval(model, cases, probability, config.interval_share)
    found = drivers(model, cases)
    columns: dict[str, list] = {}
    for place in range(3):
        named = [row[place] if len(row) > place else (None, None) for row in found]
        columns[f"driver_{place + 1}_code"] = [code for code, _ in named]
        columns[f"driver_{place + 1}_value"] = [None if v is None else round(v, 6) for _, v in named]
    columns["care_code"] = [_care(row) for row in found]
    kept = cases.drop("remaining_days", *columns).select(told.drop(*columns).columns)
    kept = kept.with_columns(
        pl.lit(_MODEL).alias("method_code"),
        pl.Series("churn_probability_share", probability).round(6),
        pl.Series("churn_probability_low_share", low).round(6),
        pl.Series("churn_probability_high_share", high).round(6),
        **{name: pl.Series(name, values, strict=False) for name, values in columns.items()},
    )
    return pl.concat([told.filter(~is_judged), kept.select(told.columns)], how="vertical_relaxed")


def _care(row: list[tuple[str, float]]) -> str:
    raising = [code for code, push in row if push > 0]
    return CARES.get(raising[0], _CALL) if raising else _CALL


def _with_value(told: pl.DataFrame, history: History, as_of_on: date, config: ChurnConfig) -> pl.DataFrame:
    """The value of acting: probability × share saved × margin of the last 365 days − what contact costs."""
    begin = as_of_on - timedelta(days=365)
    sold = (
        history.days.filter(pl.col("day_on") > begin, pl.col("day_on") <= as_of_on)
        .group_by("customer_id", maintain_order=True)
        .agg(sold_amount=pl.col("amount").sum() - pl.col("return_amount").sum())
    )
    booked = (
        history.frames.margins.filter(pl.col("booked_on") > begin, pl.col("booked_on") <= as_of_on)
        .sort("customer_id", "booked_on", "margin_amount")
        .group_by("customer_id", maintain_order=True)
        .agg(margin_amount=pl.col("margin_amount").sum())
    )
    joined = told.join(sold, on="customer_id", how="left").join(booked, on="customer_id", how="left")
    assumed = pl.col("sold_amount") * config.margin_share
    stake = pl.coalesce("margin_amount", assumed).clip(0)
    value = pl.col("churn_probability_share") * config.saved_share * stake - config.contact_amount
    # A company without amounts has no stake to speak of: nothing, not zero.
    has_amounts = history.frames.lines.height > 0 or history.frames.margins.height > 0
    return joined.with_columns(
        expected_value_amount=value.round(2) if has_amounts else pl.lit(None, pl.Float64)
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
        "customer_id",
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
