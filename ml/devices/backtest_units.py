"""How well faults of units would have been found: whole days left out, or a unit whose labels nobody saw."""

import time
from collections.abc import Callable, Sequence

import numpy as np
import polars as pl

from ml.backtest.bootstrap import difference_interval
from ml.backtest.metrics import auc, average_precision
from ml.backtest.results import ROW_SCHEMA, BacktestResult, Difference
from ml.devices.config import DeviceConfig
from ml.devices.hours import is_air_handler
from ml.devices.readings import Unit, in_roles
from ml.devices.roles import ROLES
from ml.devices.units import Hours, cross_taught, days_left_out, prepared, rows_of, teach, transferred

_MODEL, _BOOSTING = "model", "hist_gradient_boosting"
Scores = dict[str, np.ndarray]


def backtest_units(
    units: Sequence[Unit], sources: Sequence[Unit] = (), config: DeviceConfig | None = None
) -> BacktestResult:
    """Scores every labelled reading of `units` by the model and by baselines.

    Without `sources` each unit is learnt from its own labels, whole days left out: faults last for days, so
    that rows of one day on both sides would give the answer away. With `sources` nothing is learnt from the
    labels of `units`, only from those of the sources. Several units are scored apart, each with its own
    segment, and together in `metrics`. A unit with labels of one kind is named and not scored.
    """
    config = config or DeviceConfig()
    notes, seconds, said, kept = [], {}, {}, []
    teachers = [prepared(source, config) for source in sources]
    for unit in units:
        notes += [f"{unit.name}: {signal} ignored, {why}" for signal, why in unit.ignored.items()]
        hours = prepared(unit, config)
        if not hours.has_both:
            notes.append(f"{unit.name}: its labels are all of one kind, so nothing can be scored on it")
            continue
        if not is_air_handler(unit):
            notes.append(f"{unit.name}: no signals of an air-handling unit, judged by its own habits")
        said[unit.name] = _methods(hours, teachers, seconds, config)
        kept.append(unit)
    rows = [
        row
        for unit in kept
        for method, scores in said[unit.name].items()
        for row in _rows(unit, method, scores)
    ]
    return BacktestResult(
        task="devices",
        n=sum(unit.frame.height for unit in kept),
        origins=[unit.name for unit in kept],
        seconds=seconds,
        metrics=_overall(kept, said),
        rows=pl.DataFrame(rows, schema=ROW_SCHEMA, orient="row"),
        differences=_differences(kept, said, config.seed),
        notes=notes,
    )


def _methods(
    hours: Hours, teachers: Sequence[Hours], seconds: dict[str, float], config: DeviceConfig
) -> Scores:
    """Scores of each method for the readings of a unit; adds the time each took."""
    if teachers:
        model: Callable[[], np.ndarray] = lambda: rows_of(  # noqa: E731
            hours, transferred(hours, teach(teachers, config), config)
        )
        boosting: Callable[[], np.ndarray] = lambda: _boosting_elsewhere(hours, teachers, config)  # noqa: E731
    else:
        model = lambda: rows_of(hours, cross_taught(hours, config))  # noqa: E731
        boosting = lambda: _boosting_by_day(hours, config)  # noqa: E731
    makers = {
        _MODEL: model,
        _BOOSTING: boosting,
        "isolation_forest": lambda: _isolation(_matrix(hours.unit), config),
        "pca": lambda: _components(_matrix(hours.unit)),
        "threshold": lambda: _furthest(_matrix(hours.unit)),
    }
    scores = {}
    for method, make in makers.items():
        begin = time.perf_counter()
        scores[method] = make()
        seconds[method] = seconds.get(method, 0.0) + time.perf_counter() - begin
    return scores


def _matrix(unit: Unit) -> np.ndarray:
    """The signals, missing values at the signal's median, robustly scaled."""
    table = unit.frame.drop("at")
    filled = table.with_columns(pl.all().fill_null(pl.all().median()).fill_null(0.0)).to_numpy()
    spread = filled.std(axis=0)
    return (filled - np.median(filled, axis=0)) / np.where(spread > 0, spread, 1)


def _boosting_by_day(hours: Hours, config: DeviceConfig) -> np.ndarray:
    """An untuned booster on the signals as they are, whole days left out."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    unit = hours.unit
    x, y = unit.frame.drop("at").to_numpy(), unit.is_fault.astype(int)
    days = unit.frame["at"].dt.date().to_physical().to_numpy()
    scores = np.zeros(len(y))
    for train, test in days_left_out(y, days, config.folds, config.seed):
        if y[train].min() == y[train].max():
            scores[test] = y[train][0]
            continue
        booster = HistGradientBoostingClassifier(random_state=config.seed).fit(x[train], y[train])
        scores[test] = booster.predict_proba(x[test])[:, 1]
    return scores


def _boosting_elsewhere(hours: Hours, teachers: Sequence[Hours], config: DeviceConfig) -> np.ndarray:
    """An untuned booster on the signals that play a role, learnt on the other units."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    taught = [one for one in teachers if one.unit.is_fault is not None]
    y = (
        np.concatenate([one.unit.is_fault for one in taught]).astype(int)
        if taught
        else np.zeros(0, dtype=int)
    )
    here = in_roles(hours.unit).select(*ROLES).to_numpy()
    if not len(y) or y.min() == y.max():
        return np.zeros(len(here))
    x = np.concatenate([in_roles(one.unit).select(*ROLES).to_numpy() for one in taught])
    told = np.isfinite(x).any(axis=0)
    if not told.any():
        return np.zeros(len(here))
    booster = HistGradientBoostingClassifier(random_state=config.seed).fit(x[:, told], y)
    return booster.predict_proba(here[:, told])[:, 1]


def _isolation(x: np.ndarray, config: DeviceConfig) -> np.ndarray:
    from sklearn.ensemble import IsolationForest

    return (
        -IsolationForest(random_state=config.seed).fit(x).score_samples(x) if x.shape[1] else np.zeros(len(x))
    )


def _components(x: np.ndarray) -> np.ndarray:
    """What principal components that hold nine tenths of the variance leave over."""
    if not x.shape[1]:
        return np.zeros(len(x))
    _, size, axes = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)
    share = np.cumsum(size**2) / max(float((size**2).sum()), 1e-12)
    kept = axes[: int(np.searchsorted(share, 0.9)) + 1]
    centred = x - x.mean(axis=0)
    return ((centred - centred @ kept.T @ kept) ** 2).sum(axis=1)


def _furthest(x: np.ndarray) -> np.ndarray:
    """The deviation of the signal that is furthest from its median."""
    return np.abs(x).max(axis=1) if x.shape[1] else np.zeros(len(x))


def _measures(unit: Unit, scores: np.ndarray) -> dict[str, float | None]:
    y = unit.is_fault.astype(float)
    days = pl.DataFrame({"day": unit.frame["at"].dt.date(), "y": y, "score": scores})
    by_day = days.group_by("day").agg(pl.col("y").mean() > 0.5, pl.col("score").mean()).sort("day")
    level = np.quantile(scores[y == 0], 0.95)
    return {
        "auc": auc(y, scores),
        "auc_day": auc(by_day["y"].cast(pl.Float64).to_numpy(), by_day["score"].to_numpy()),
        "pr_auc": average_precision(y, scores),
        "prevalence": float(y.mean()),
        "detection_at_5": float((scores[y > 0] > level).mean()),
    }


def _rows(unit: Unit, method: str, scores: np.ndarray) -> list[tuple]:
    found = _measures(unit, scores)
    return [
        ("all", unit.name, "all", method, metric, value, unit.frame.height) for metric, value in found.items()
    ]


def _overall(kept: Sequence[Unit], said: dict[str, Scores]) -> dict[str, dict[str, float | None]]:
    """The mean over units, each weighing the same: units differ in length, not in worth."""
    overall: dict[str, dict[str, float | None]] = {}
    for method in said[kept[0].name] if kept else ():
        found = [_measures(unit, said[unit.name][method]) for unit in kept]
        overall[method] = {
            metric: float(np.mean([one[metric] for one in found if one[metric] is not None] or [np.nan]))
            for metric in found[0]
        }
    return overall


def _differences(kept: Sequence[Unit], said: dict[str, Scores], seed: int) -> list[Difference]:
    """Model against the booster in AUC, days drawn whole; of the first unit only where there are several."""
    if len(kept) != 1:
        return []
    unit, scores = kept[0], said[kept[0].name]
    y, days = unit.is_fault.astype(float), unit.frame["at"].dt.date().to_physical().to_numpy()

    def better(rows: np.ndarray) -> float | None:
        ours, theirs = auc(y[rows], scores[_MODEL][rows]), auc(y[rows], scores[_BOOSTING][rows])
        return None if ours is None or theirs is None else ours - theirs

    low, high = difference_interval(days, better, draws=100, seed=seed)
    value = better(np.arange(len(y)))
    return [Difference(_MODEL, _BOOSTING, "auc", value if value is not None else np.nan, low, high)]
