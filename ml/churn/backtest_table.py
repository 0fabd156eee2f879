"""Churn as a flat table: a row a customer, a column that says who left. Cross-validated beside baselines."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from ml.backtest.bootstrap import difference_interval
from ml.backtest.results import ROW_SCHEMA, BacktestResult, Difference
from ml.churn.blend import BlendConfig, fit_blend
from ml.churn.columns import as_text, learn_columns
from ml.churn.measures import Measure, measures, quick_auc, quick_brier

Fit = Callable[[pl.DataFrame, np.ndarray, pl.DataFrame], np.ndarray]
_POSITIVE = ("1", "1.0", "yes", "y", "true", "t", "churn", "churned", "left", "lost", "是", "流失")


class TableError(ValueError):
    """The table can't be scored as asked; the message says what is wrong and what is there."""


@dataclass(frozen=True)
class TableConfig:
    """How a table is scored.

    folds, inner_folds: of the cross-validation and, within each training part, of blending and calibration.
    """

    folds: int = 5
    inner_folds: int = 4
    seed: int = 0
    blend: BlendConfig = field(default_factory=BlendConfig)


def backtest_table(
    table: pl.DataFrame, id_column: str, target_column: str, config: TableConfig | None = None
) -> BacktestResult:
    """How well each method tells who leaves: stratified folds, each row scored by models that never saw it.

    table: text or typed columns, a row a customer; `target_column` has two values. Rows of the same id stay
    in one fold. Gives methods model, logistic_regression, hist_gradient_boosting (both untuned) and
    constant_rate; measures over all rows scored, and by fold in `rows`. Raises TableError.
    """
    config = config or TableConfig()
    table, is_event, notes = _prepared(table, id_column, target_column)
    ids = as_text(table[id_column])
    features = table.drop(id_column, target_column)
    folds = _folds(is_event, ids, config.folds, config.seed)
    methods: dict[str, Fit] = {
        "model": lambda seen, y, new: _blend(seen, y, new, config),
        "logistic_regression": _logistic,
        "hist_gradient_boosting": _boosting,
        "constant_rate": lambda seen, y, new: np.full(new.height, y.mean()),
    }
    said, seconds = {}, {}
    for name, fit in methods.items():
        started = time.perf_counter()
        said[name] = np.zeros(len(is_event))
        for train, test in folds:
            said[name][test] = fit(features[train], is_event[train], features[test])
        seconds[name] = time.perf_counter() - started
    notes += [f"{name}: {why}, left out" for name, why in learn_columns(features).left_out]
    return BacktestResult(
        task="churn",
        n=len(is_event),
        origins=[f"fold {number}" for number in range(1, len(folds) + 1)],
        seconds=seconds,
        metrics={name: measures(is_event, probability) for name, probability in said.items()},
        rows=_rows(is_event, said, folds),
        differences=_differences(is_event, said, ids.to_numpy(), config.seed),
        notes=notes,
    )


def _prepared(
    table: pl.DataFrame, id_column: str, target_column: str
) -> tuple[pl.DataFrame, np.ndarray, list[str]]:
    for column in (id_column, target_column):
        if column not in table.columns:
            raise TableError(f"no column {column!r}; the table has {', '.join(table.columns)}")
    target = as_text(table[target_column])
    is_known = (target != "missing").to_numpy()
    notes = [] if is_known.all() else [f"{int((~is_known).sum())} rows without {target_column} are left out"]
    counts = target.filter(pl.Series(is_known)).value_counts().sort("count", target.name)
    values = counts[counts.columns[0]].to_list()
    if len(values) != 2:
        shown = ", ".join(map(str, values[:6])) or "nothing"
        raise TableError(f"{target_column} must have two values, stayed and left; it has {shown}")
    positive = next((value for value in values if value.lower() in _POSITIVE), values[0])
    notes.append(f"{target_column} = {positive} counts as left")
    kept = table.filter(pl.Series(is_known))
    is_event = (as_text(kept[target_column]) == positive).to_numpy().astype(float)
    if min(is_event.sum(), len(is_event) - is_event.sum()) < 2:
        raise TableError(f"{target_column}: at least two rows of either value are needed to hold some back")
    return kept, is_event, notes


def _folds(
    is_event: np.ndarray, ids: pl.Series, count: int, seed: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    rarer = int(min(is_event.sum(), len(is_event) - is_event.sum()))
    count = max(2, min(count, rarer))
    if ids.n_unique() == len(ids):
        splitter = StratifiedKFold(count, shuffle=True, random_state=seed)
        return list(splitter.split(is_event, is_event))
    grouped = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
    return list(grouped.split(is_event, is_event, groups=ids.to_numpy()))


def _blend(seen: pl.DataFrame, y: np.ndarray, new: pl.DataFrame, config: TableConfig) -> np.ndarray:
    if not 0 < y.sum() < len(y):
        return np.full(new.height, y.mean())
    inner = _folds(y, pl.Series(range(len(y))), config.inner_folds, config.seed)
    return fit_blend(seen, y, inner, config.blend).probability(new)


def _logistic(seen: pl.DataFrame, y: np.ndarray, new: pl.DataFrame) -> np.ndarray:
    from sklearn.linear_model import LogisticRegression

    if not 0 < y.sum() < len(y):
        return np.full(new.height, y.mean())
    columns = learn_columns(seen, curves=0)
    model = LogisticRegression(max_iter=3000).fit(columns.for_linear(seen), y)
    return model.predict_proba(columns.for_linear(new))[:, 1]


def _boosting(seen: pl.DataFrame, y: np.ndarray, new: pl.DataFrame) -> np.ndarray:
    from sklearn.ensemble import HistGradientBoostingClassifier

    if not 0 < y.sum() < len(y):
        return np.full(new.height, y.mean())
    columns = learn_columns(seen, curves=0)
    model = HistGradientBoostingClassifier(random_state=0).fit(columns.for_trees(seen), y)
    return model.predict_proba(columns.for_trees(new))[:, 1]


def _rows(is_event: np.ndarray, said: dict[str, np.ndarray], folds: list) -> pl.DataFrame:
    parts = [("all", np.arange(len(is_event)))]
    parts += [(f"fold {number}", test) for number, (_, test) in enumerate(folds, 1)]
    return pl.DataFrame(
        [
            (part, "all", "all", method, metric, value, len(rows))
            for part, rows in parts
            for method, probability in said.items()
            for metric, value in measures(is_event[rows], probability[rows]).items()
        ],
        schema=ROW_SCHEMA,
        orient="row",
    )


def _differences(
    is_event: np.ndarray, said: dict[str, np.ndarray], groups: np.ndarray, seed: int
) -> list[Difference]:
    found = []
    for baseline in (name for name in said if name != "model"):
        for metric, measure in (("auc", quick_auc), ("brier", quick_brier)):

            def difference(
                rows: np.ndarray, measure: Measure = measure, baseline: str = baseline
            ) -> float | None:
                ours, theirs = (measure(is_event[rows], said[name][rows]) for name in ("model", baseline))
                return None if ours is None or theirs is None else ours - theirs

            value = difference(np.arange(len(is_event)))
            if value is not None:
                low, high = difference_interval(groups, difference, draws=100, seed=seed)
                found.append(Difference("model", baseline, metric, value, low, high))
    return found
