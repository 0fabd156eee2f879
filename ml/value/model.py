"""A score of the coming year's worth, and its band from what earlier customers of a like score brought."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

from ml.churn.cases import History, history_of
from ml.churn.columns import Columns, learn_columns
from ml.churn.features import DRIVERS
from ml.churn.frames import ChurnFrames
from ml.value.cases import customers_on, with_outcome, worth_of, years_on
from ml.value.config import METHODS, ValueConfig

_MODEL, _LAST_YEAR, _NO_HISTORY = METHODS
#: Features by reason: those of churn, less what is the same for all, and the two years behind.
REASONS: dict[str, tuple[str, ...]] = {
    **{name: features for name, features in DRIVERS.items() if name != "remaining"},
    "last_year": ("log_last_year", "log_prior_year"),
}
_FEATURES = tuple(name for names in REASONS.values() for name in names)


@dataclass(frozen=True)
class ValueModel:
    """method: model or last_year (whose score is the log of last year's worth).

    scores, ratios: of the cases learnt from, by score: the outcome over the level the score stands for.
    """

    method: str
    scores: np.ndarray
    ratios: np.ndarray
    neighbours: int
    columns: Columns | None = None
    ridge: Any = None
    usual: dict[str, float | None] | None = None

    def score(self, table: pl.DataFrame) -> np.ndarray:
        """The log of the worth to come, one a row; what ranks customers."""
        if self.ridge is None or self.columns is None:
            return table["log_last_year"].to_numpy().astype(float)
        return self.ridge.predict(self.columns.for_linear(table)) if table.height else np.zeros(0)

    def quantiles(self, table: pl.DataFrame, shares: tuple[float, ...] = (0.1, 0.5, 0.9)) -> np.ndarray:
        """The worth to come at each share, a row a customer.

        Of the cases with the nearest scores the outcomes over their level, times the customer's own level:
        so those who bring nothing again are in the band, and it has no shape but the one seen.
        """
        score = self.score(table)
        if not len(self.scores):
            return np.full((len(score), len(shares)), np.nan)
        k = min(self.neighbours, len(self.scores))
        start = np.clip(np.searchsorted(self.scores, score) - k // 2, 0, len(self.scores) - k)
        found = np.array([np.quantile(self.ratios[s : s + k], shares) for s in start])
        return found.reshape(len(score), len(shares)) * _level(score)[:, None]


def _level(score: np.ndarray) -> np.ndarray:
    return np.exp(np.clip(score, 0, 25))


def train(
    frames: ChurnFrames, as_of_on: date, config: ValueConfig | None = None, *, method: str = _MODEL
) -> ValueModel:
    """Learn from earlier dates whose coming year had passed by `as_of_on`.

    method: model, or last_year for the rule. With too few cases the rule without a band.
    """
    config = config or ValueConfig()
    history = history_of(frames)
    return fit(cases_before(history, worth_of(history), as_of_on, config, method), config, method)


def cases_before(
    history: History, worth: pl.DataFrame, as_of_on: date, config: ValueConfig, method: str = _MODEL
) -> pl.DataFrame:
    """Customers at dates whose coming year had passed by `as_of_on`, with its worth (next_year).

    worth: of `worth_of`. Features are there for the model alone: the rule looks at last year only.
    """
    last = as_of_on - timedelta(days=config.horizon_days)
    origins = [last - timedelta(days=config.origin_step_days * step) for step in range(config.origin_count)]
    seen_on = customers_on if method == _MODEL else years_on
    return with_outcome(seen_on(history, worth, origins, config), worth, config)


def fit(cases: pl.DataFrame, config: ValueConfig, method: str) -> ValueModel:
    """Fit on cases with features and outcome."""
    cases = cases.sort("origin_on", "customer_id")
    if cases.height < config.minimum_cases:
        return ValueModel(_NO_HISTORY, np.zeros(0), np.zeros(0), config.neighbours)
    if method == _LAST_YEAR:
        return _remembering(ValueModel(_LAST_YEAR, np.zeros(0), np.zeros(0), config.neighbours), cases)
    from sklearn.linear_model import Ridge

    target = cases["next_year"].clip(0).log1p().to_numpy()
    columns = learn_columns(cases.select(_FEATURES), curves=0)
    ridge = Ridge(alpha=config.restraint, solver="cholesky").fit(columns.for_linear(cases), target)
    usual = {name: cases[name].median() for name in _FEATURES}
    empty = np.zeros(0)
    return _remembering(ValueModel(_MODEL, empty, empty, config.neighbours, columns, ridge, usual), cases)


def _remembering(model: ValueModel, cases: pl.DataFrame) -> ValueModel:
    score = model.score(cases)
    ratio = cases["next_year"].to_numpy() / _level(score)
    order = np.lexsort((ratio, score))
    return ValueModel(
        model.method, score[order], ratio[order], model.neighbours, model.columns, model.ridge, model.usual
    )


def reasons(model: ValueModel, table: pl.DataFrame, count: int = 3) -> list[list[tuple[str, float]]]:
    """By row what lifts or lowers the score most against the usual, in log worth, strongest first."""
    if model.usual is None:
        middle = float(np.median(table["log_last_year"])) if table.height else 0.0
        return [[("last_year", float(value - middle))] for value in table["log_last_year"]]
    own = model.score(table)
    parts = {}
    for name, features in REASONS.items():
        if any(table[feature].null_count() < table.height for feature in features):
            usual = [pl.lit(model.usual[feature], pl.Float64).alias(feature) for feature in features]
            parts[name] = own - model.score(table.with_columns(usual))
    rows = []
    for row in range(table.height):
        pushes = sorted(((abs(part[row]), name, part[row]) for name, part in parts.items()), reverse=True)
        rows.append([(name, float(push)) for size, name, push in pushes[:count] if size > 0.005])
    return rows
