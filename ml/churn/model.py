"""The model of churn: learnt from the company's own decided cases, with its drivers and its doubt."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import polars as pl

from ml.churn.blend import Blend, fit_blend
from ml.churn.cases import cases_on, history_of, time_splits, with_features
from ml.churn.config import ChurnConfig
from ml.churn.features import CORE, DRIVERS, FEATURES
from ml.churn.frames import ChurnFrames


@dataclass(frozen=True)
class ChurnModel:
    """A fitted blend, the usual value of each feature, and how often the like of a forecast came true.

    record: by history (active days so far: 1, 2–3, more) and band of the forecast (fifths): customers of the
    training cases and the share of them that left; what an interval stands on.
    """

    blend: Blend
    usual: dict[str, float | None]
    record: pl.DataFrame
    trained_on: date
    case_count: int


def train(frames: ChurnFrames, as_of_on: date, config: ChurnConfig | None = None) -> ChurnModel | None:
    """Learn from earlier states that were decided by `as_of_on`; None where too few of either kind were."""
    config = config or ChurnConfig()
    history = history_of(frames)
    steps = range(1, config.origin_count + 1)
    origins = [as_of_on - timedelta(days=config.origin_step_days * step) for step in steps]
    cases = cases_on(history, origins, config).filter(pl.col("due_on") <= as_of_on)
    return fit_cases(with_features(history, cases, config), as_of_on, config)


def fit_cases(cases: pl.DataFrame, as_of_on: date, config: ChurnConfig) -> ChurnModel | None:
    """Fit on cases with features, all decided; None with too few customers of either outcome.

    With fewer than `minimum_events`, the plain member alone: how long since, how often, how much, how long
    left. With fewer than `minimum_plain_events` nothing.
    """
    cases = cases.sort("origin_on", "customer_id", "remaining_days")
    by_outcome = cases.group_by("is_churned").agg(pl.col("customer_id").n_unique())
    fewest = by_outcome["customer_id"].min() if by_outcome.height == 2 else 0  # both outcomes
    if fewest < config.minimum_plain_events:
        return None
    table = cases.select(FEATURES)
    is_event = cases["is_churned"].to_numpy().astype(float)
    chosen = replace(config.blend, core=_core_of(cases))
    splits = time_splits(cases)
    if fewest < config.minimum_events:
        chosen, splits = replace(chosen, core_weights=(1.0,)), []
    blend = fit_blend(table, is_event, splits, chosen)
    usual = {name: table[name].median() for name in FEATURES}
    record = _record(cases, blend.probability(table))
    return ChurnModel(blend, usual, record, as_of_on, cases.height)


def _core_of(cases: pl.DataFrame) -> tuple[str, ...]:
    """The plain member's features; where a limit of each customer's own decides, how near it is, too."""
    is_own = cases.group_by("origin_on").agg(pl.col("remaining_days").n_unique())["remaining_days"].max() > 2
    names = (*CORE, "limit_share") if is_own else CORE
    return tuple(name for name in names if cases[name].n_unique() > 1)


def _band(count: pl.Expr, probability: pl.Expr) -> list[pl.Expr]:
    history = pl.when(count <= 1).then(pl.lit("new")).when(count <= 3).then(pl.lit("sparse"))
    return [
        history.otherwise(pl.lit("rich")).alias("history"),
        (probability * 5).floor().clip(0, 4).cast(pl.Int64).alias("band"),
    ]


def _record(cases: pl.DataFrame, probability: np.ndarray) -> pl.DataFrame:
    """A customer counts once a cell, by the share of its rows there that left: rows of one depend."""
    said = cases.with_columns(p=pl.Series(probability), orders=pl.col("log_orders").exp().round())
    return (
        said.with_columns(_band(pl.col("orders"), pl.col("p")))
        .group_by("history", "band", "customer_id")
        .agg(pl.col("is_churned").mean())
        .sort("customer_id")
        .group_by("history", "band", maintain_order=True)
        .agg(customer_count=pl.len(), churned_share=pl.col("is_churned").mean())
        .sort("history", "band")
    )


def interval(
    model: ChurnModel, cases: pl.DataFrame, probability: np.ndarray, share: float
) -> tuple[np.ndarray, np.ndarray]:
    """The band round each probability: a beta distribution with as many customers as the like of it had.

    Two customers' worth of belief in the forecast itself stand beside them, so that where nobody of the kind
    was seen (a first order in a new business) the band is wide; it always holds the forecast.
    """
    from scipy.stats import beta

    said = cases.select(orders=pl.col("log_orders").exp().round(), p=pl.Series(probability))
    cells = said.with_columns(_band(pl.col("orders"), pl.col("p"))).join(
        model.record, on=["history", "band"], how="left", maintain_order="left"
    )
    count = cells["customer_count"].fill_null(0).to_numpy().astype(float)
    left = count * cells["churned_share"].fill_null(0.0).to_numpy()
    # Half the weight on what the cell did, half on the forecast: the cell is wide, the forecast finer.
    mean = np.clip((left + (count + 2) * probability) / (2 * count + 2), 1e-4, 1 - 1e-4)
    weight = count + 2
    low = beta.ppf((1 - share) / 2, mean * weight, (1 - mean) * weight)
    high = beta.ppf((1 + share) / 2, mean * weight, (1 - mean) * weight)
    return np.minimum(low, probability), np.maximum(high, probability)


def drivers(model: ChurnModel, cases: pl.DataFrame, count: int = 3) -> list[list[tuple[str, float]]]:
    """By row the drivers that raise or lower the log-odds most, with by how much, strongest first.

    Each driver's features are set to what is usual and the difference is the driver's part: whatever the
    blend is made of, and in the unit that adds up. Drivers without any say are left out.
    """
    table = cases.select(FEATURES)
    own = model.blend.log_odds(table)
    parts = {
        driver: own - model.blend.log_odds(table.with_columns(_usual(model, names)))
        for driver, names in DRIVERS.items()
        if any(table[name].null_count() < table.height for name in names)
    }
    found = []
    for row in range(table.height):
        pushes = sorted(((abs(part[row]), name, part[row]) for name, part in parts.items()), reverse=True)
        found.append([(name, float(push)) for size, name, push in pushes[:count] if size > 0.005])
    return found


def _usual(model: ChurnModel, names: Sequence[str]) -> list[pl.Expr]:
    return [pl.lit(model.usual[name], pl.Float64).alias(name) for name in names]
