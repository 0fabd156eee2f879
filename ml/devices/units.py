"""How likely a unit is faulty in each hour: physics, what other units taught, what its own labels teach."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from ml.devices.config import DeviceConfig
from ml.devices.hours import hourly_signals, hours_of, is_air_handler, rule_features, rule_score
from ml.devices.readings import Unit

_EDGE = 1e-3


@dataclass(frozen=True)
class Hours:
    """A unit's hours with what is known of them: `table` as `hours_of` gives it, label, day, signals."""

    unit: Unit
    table: pl.DataFrame
    is_fault: np.ndarray | None
    days: np.ndarray
    signals: np.ndarray

    @property
    def has_both(self) -> bool:
        """Whether there are labels of both kinds, so that something can be learnt from them."""
        return self.is_fault is not None and 0 < self.is_fault.sum() < len(self.is_fault)


@dataclass(frozen=True)
class Transfer:
    """What labelled units taught about any other: a weight for each severity, and the odds without any."""

    weights: tuple[float, ...]
    intercept: float

    def probability(self, hours: Hours) -> np.ndarray:
        """The probability of a fault for each hour of another unit."""
        return 1 / (1 + np.exp(-(rule_features(hours.table) @ np.array(self.weights) + self.intercept)))


def prepared(unit: Unit, config: DeviceConfig) -> Hours:
    """The hours of a unit, made without looking at its labels."""
    table = hours_of(unit, config)
    is_fault = None
    if unit.is_fault is not None:
        labels = pl.DataFrame({"hour_at": unit.frame["at"].dt.truncate("1h"), "is_fault": unit.is_fault})
        by_hour = labels.group_by("hour_at").agg(pl.col("is_fault").mean() > 0.5)
        is_fault = table.join(by_hour, on="hour_at", how="left", maintain_order="left")["is_fault"].to_numpy()
    signals = _with_day_means(hourly_signals(unit))
    return Hours(unit, table, is_fault, table["day_on"].to_physical().to_numpy(), signals)


def untaught(hours: Hours, config: DeviceConfig) -> np.ndarray:
    """A probability-like score from 0 to 1 with no label at all.

    The rules of the physics where the unit has the signals for them, otherwise its departure from its habits.
    """
    if is_air_handler(hours.unit):
        return 1 - np.exp(-rule_score(hours.table, config))
    habit = hours.table["habit"].fill_null(0.0).to_numpy()
    by_day = pl.DataFrame({"day": hours.days, "habit": habit}).select(pl.col("habit").mean().over("day"))
    mixed = config.day_weight * by_day.to_series().to_numpy() + (1 - config.day_weight) * habit
    # Two deviations on the average are the usual; what is beyond counts.
    return 1 - np.exp(-np.maximum(mixed - 1, 0) / 2)


def teach(sources: Sequence[Hours], config: DeviceConfig) -> Transfer | None:
    """Logistic regression of the label on the severities of labelled units, each day weighing the same.

    Severities are free of units and of the building, so that they hold elsewhere. A breach never speaks
    against a fault: weights below 0 are set to 0. None without labels of both kinds.
    """
    taught = [one for one in sources if one.is_fault is not None]
    if not taught:
        return None
    y = np.concatenate([one.is_fault for one in taught]).astype(int)
    if y.min() == y.max():
        return None
    from sklearn.linear_model import LogisticRegression

    x = np.concatenate([rule_features(one.table) for one in taught])
    model = LogisticRegression(C=0.1, class_weight="balanced", max_iter=500).fit(x, y)
    weights = np.maximum(model.coef_[0], 0)
    return Transfer(tuple(float(weight) for weight in weights), float(model.intercept_[0]))


def transferred(hours: Hours, teacher: Transfer | None, config: DeviceConfig) -> np.ndarray:
    """The mean of what the physics says and of what other units taught; the former alone without one."""
    alone = untaught(hours, config)
    if teacher is None or not is_air_handler(hours.unit):
        return alone
    return (alone + teacher.probability(hours)) / 2


def days_left_out(is_fault: np.ndarray, days: np.ndarray, folds: int, seed: int) -> Iterator[tuple]:
    """Rows to learn from and rows to score, whole days together, classes in each part where days allow it."""
    from sklearn.model_selection import StratifiedGroupKFold

    parts = min(folds, len(np.unique(days)))
    splitter = StratifiedGroupKFold(parts, shuffle=True, random_state=seed)
    yield from splitter.split(np.zeros((len(days), 1)), is_fault.astype(int), days)


def cross_taught(hours: Hours, config: DeviceConfig) -> np.ndarray:
    """For each hour the probability of a fault, learnt from the labels of other days only.

    Three opinions – physics or habits, a forest on severities, a forest on the signals – are weighed by how
    well each foretold days left out among the days learnt from (pseudo-Bayesian model averaging: weight
    proportional to exp(−days × log loss), Yao et al., Bayesian Analysis 2018).
    """
    alone, y = untaught(hours, config), hours.is_fault.astype(int)
    opinions = [np.column_stack([rule_features(hours.table), alone]), hours.signals]
    scores = np.zeros(len(y))
    for train, test in days_left_out(y, hours.days, config.folds, config.seed):
        if y[train].min() == y[train].max():
            scores[test] = alone[test]
            continue
        inner = np.column_stack([alone[train]] + [np.full(len(train), y[train].mean())] * len(opinions))
        for place, x in enumerate(opinions, start=1):
            for fit, rest in days_left_out(y[train], hours.days[train], 3, config.seed):
                if y[train][fit].min() < y[train][fit].max():
                    inner[rest, place] = _forest(x[train][fit], y[train][fit], x[train][rest], config)
        said = [alone[test]] + [_forest(x[train], y[train], x[test], config) for x in opinions]
        scores[test] = np.column_stack(said) @ _trust(inner, y[train], hours.days[train])
    return scores


def rows_of(hours: Hours, scores: np.ndarray) -> np.ndarray:
    """A score a reading from a score an hour."""
    by_hour = hours.table.select("hour_at").with_columns(score=pl.Series(scores))
    rows = hours.unit.frame.select(pl.col("at").dt.truncate("1h").alias("hour_at"))
    return rows.join(by_hour, on="hour_at", how="left", maintain_order="left")["score"].to_numpy()


def _forest(x: np.ndarray, y: np.ndarray, other: np.ndarray, config: DeviceConfig) -> np.ndarray:
    from sklearn.ensemble import RandomForestClassifier

    forest = RandomForestClassifier(
        config.trees, min_samples_leaf=5, class_weight="balanced", random_state=config.seed
    )
    return forest.fit(x, y).predict_proba(other)[:, 1]


def _trust(said: np.ndarray, y: np.ndarray, days: np.ndarray) -> np.ndarray:
    """The weight of each opinion, adding up to 1."""
    p = np.clip(said, _EDGE, 1 - _EDGE)
    loss = -np.where(y[:, None] > 0, np.log(p), np.log(1 - p)).mean(axis=0)
    evidence = -len(np.unique(days)) * loss
    weight = np.exp(evidence - evidence.max())
    return weight / weight.sum()


def _with_day_means(table: pl.DataFrame) -> np.ndarray:
    """Hourly signals beside their mean over the day, missing ones at the signal's median."""
    signals = pl.exclude("hour_at", "_day")
    whole = table.with_columns(signals.fill_null(signals.median()).fill_null(0.0)).with_columns(
        _day=pl.col("hour_at").dt.date()
    )
    by_day = whole.select(signals.mean().over("_day").name.suffix(" of day"))
    return np.column_stack([whole.select(signals).to_numpy(), by_day.to_numpy()])
