"""Regularised logistic curves and boosted trees, blended and calibrated on rows they were not fitted on.

Neither wins everywhere: on few rows the logistic one does, on many with steps and interactions the trees. How
much each counts, how strongly the logistic one is held back and how the outcome is calibrated is read from
cross-fitted forecasts, never from the rows fitted (stacked generalisation, Wolpert 1992; Platt 1999).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
import polars as pl

from ml.churn.columns import Columns, learn_columns

Split = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class BlendConfig:
    """How the members are fitted.

    strengths: what is tried for the logistic member (scikit-learn's C). tree_weights: shares of the trees
    that are tried. tree_count, tree_rate, tree_leaves, leaf_rows: of the boosted trees; with fewer than
    tree_rows training rows they are left out. curves: knots of each number's curve. core: columns that a
    second, plain logistic member sees alone, which few rows mislead less; core_weights: its shares tried.
    """

    strengths: tuple[float, ...] = (0.1, 1.0)
    tree_weights: tuple[float, ...] = (0.0, 0.25, 0.5, 0.75)
    tree_count: int = 150
    tree_rate: float = 0.06
    tree_leaves: int = 6
    leaf_rows: int = 30
    tree_rows: int = 500
    curves: int = 5
    core: tuple[str, ...] = ()
    core_weights: tuple[float, ...] = (0.0, 0.5)
    seed: int = 0


@dataclass(frozen=True)
class Blend:
    """The fitted members, how they are mixed (in log-odds) and the calibration after it."""

    core: "Linear | None"
    wide: "Linear"
    trees: Any
    mix: "Mix"

    def log_odds(self, table: pl.DataFrame) -> np.ndarray:
        """Calibrated log-odds, one a row."""
        mix, mixed = self.mix, np.zeros(table.height)
        if mix.core and self.core is not None:
            mixed = mixed + mix.core * self.core.log_odds(table)
        if mix.core < 1:
            mixed = mixed + (1 - mix.core) * (1 - mix.trees) * self.wide.log_odds(table)
        if mix.trees and mix.core < 1:
            trees = self.trees.decision_function(self.wide.columns.for_trees(table))
            mixed = mixed + (1 - mix.core) * mix.trees * trees
        return mix.slope * mixed + mix.intercept

    def probability(self, table: pl.DataFrame) -> np.ndarray:
        """Calibrated probability of the event, one a row."""
        return sigmoid(self.log_odds(table)) if table.height else np.zeros(0)


@dataclass(frozen=True)
class Linear:
    """A logistic regression and how it reads a table."""

    columns: Columns
    model: Any

    def log_odds(self, table: pl.DataFrame) -> np.ndarray:
        """Uncalibrated log-odds, one a row."""
        return self.model.decision_function(self.columns.for_linear(table))


@dataclass(frozen=True)
class Mix:
    """How strongly the wide logistic member is held back, the members' shares, slope and intercept after."""

    strength: float
    core: float
    trees: float
    slope: float = 1.0
    intercept: float = 0.0


@dataclass(frozen=True)
class _Said:
    """What the members said of rows left out: log-odds; of the wide one a row a strength."""

    rows: np.ndarray
    core: np.ndarray
    wide: np.ndarray
    trees: np.ndarray


def sigmoid(log_odds: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(−x)), without overflow."""
    return 0.5 * (1 + np.tanh(0.5 * np.asarray(log_odds)))


def fit_blend(
    table: pl.DataFrame,
    is_event: np.ndarray,
    splits: Sequence[Split],
    config: BlendConfig,
    weights: np.ndarray | None = None,
) -> Blend:
    """Members fitted on all rows, mixed and calibrated by what they said of rows left out.

    splits: (train rows, left-out rows) by number; a split with one class in training is skipped, and without
    any the strongest restraint, no trees and no recalibration are taken. weights: of the rows, such as one
    over the rows of the same customer. Raises ValueError where all or none are events.
    """
    if not 0 < is_event.sum() < len(is_event):
        raise ValueError("all rows or none are events: there is nothing to tell apart")
    weights = np.ones(len(is_event)) if weights is None else weights
    said = [_said(table, is_event, weights, split, config) for split in splits]
    said = [part for part in said if part is not None]
    # Nothing to choose by: a middle strength, both logistic members alike, no trees, no recalibration.
    middle = sorted(config.strengths)[(len(config.strengths) - 1) // 2]
    mix = Mix(middle, float(np.median(config.core_weights)) if config.core else 0.0, 0.0)
    if said:
        mix = _mixed(_together(said), is_event, weights, config)
    columns = learn_columns(table, curves=config.curves)
    blend = Blend(
        _core(table, is_event, weights, config) if mix.core else None,
        Linear(columns, _logistic(columns.for_linear(table), is_event, weights, mix.strength)),
        _boosted(columns.for_trees(table), is_event, weights, config) if mix.trees else None,
        mix,
    )
    return replace(blend, mix=_levelled(blend, table, is_event, weights))


def _levelled(blend: Blend, table: pl.DataFrame, is_event: np.ndarray, weights: np.ndarray) -> Mix:
    """The mix with the intercept at which the rows fitted are as likely, on average, as they were events.

    Of what left-out rows teach only the slope is kept: members fitted on an earlier, smaller part miss the
    level that a growing business has since reached, and correcting for that would be done twice.
    """
    from scipy.optimize import brentq

    plain = blend.log_odds(table) - blend.mix.intercept
    rate = float(np.average(is_event, weights=weights))

    def excess(intercept: float) -> float:
        return float(np.average(sigmoid(plain + intercept), weights=weights)) - rate

    return replace(blend.mix, intercept=float(brentq(excess, -40, 40, xtol=1e-10)))


def _said(
    table: pl.DataFrame, is_event: np.ndarray, weights: np.ndarray, split: Split, config: BlendConfig
) -> _Said | None:
    train, left_out = split
    y, w = is_event[train], weights[train]
    if not 0 < y.sum() < len(y) or not len(left_out):
        return None
    seen, new = table[train], table[left_out]
    columns = learn_columns(seen, curves=config.curves)
    x, x_new = columns.for_linear(seen), columns.for_linear(new)
    wide = [_logistic(x, y, w, strength).decision_function(x_new) for strength in config.strengths]
    core = trees = np.full(len(left_out), np.nan)
    if config.core:
        core = _core(seen, y, w, config).log_odds(new)
    if len(train) >= config.tree_rows and any(config.tree_weights):
        trees = _boosted(columns.for_trees(seen), y, w, config).decision_function(columns.for_trees(new))
    return _Said(left_out, core, np.vstack(wide), trees)


def _together(said: Sequence[_Said]) -> _Said:
    return _Said(
        np.concatenate([part.rows for part in said]),
        np.concatenate([part.core for part in said]),
        np.hstack([part.wide for part in said]),
        np.concatenate([part.trees for part in said]),
    )


def _mixed(said: _Said, is_event: np.ndarray, weights: np.ndarray, config: BlendConfig) -> Mix:
    """The mix with the least log loss on rows left out, each calibrated there."""
    y, w = is_event[said.rows], weights[said.rows]
    core_weights = config.core_weights if config.core else (0.0,)
    tree_weights = config.tree_weights if np.isfinite(said.trees).all() else (0.0,)
    core, trees = np.nan_to_num(said.core), np.nan_to_num(said.trees)
    tried = []
    for (number, strength), core_weight, tree_weight in product(
        enumerate(config.strengths), core_weights, tree_weights
    ):
        rest = (1 - tree_weight) * said.wide[number] + tree_weight * trees
        mixed = core_weight * core + (1 - core_weight) * rest
        slope, intercept = platt(mixed, y, w)
        loss = round(_log_loss(slope * mixed + intercept, y, w), 9)
        tried.append((loss, Mix(strength, core_weight, tree_weight, slope, intercept)))
    return min(tried, key=lambda pair: pair[0])[1]


def platt(log_odds: np.ndarray, y: np.ndarray, w: np.ndarray, *, trust: float = 20.0) -> tuple[float, float]:
    """Slope and intercept that calibrate log-odds; drawn to 1 and 0 as if by `trust` rows (Platt 1999)."""
    from scipy.optimize import minimize

    z = np.clip(log_odds, -30, 30)

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        slope, intercept = parameters
        score = slope * z + intercept
        residual = w * (sigmoid(score) - y)
        value = np.sum(w * (np.logaddexp(0, score) - y * score))
        value += trust * ((slope - 1) ** 2 + intercept**2) / 2
        gradient = np.array(
            [np.sum(residual * z) + trust * (slope - 1), np.sum(residual) + trust * intercept]
        )
        return float(value), gradient

    found = minimize(loss, np.array([1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=[(0.05, 3), (-5, 5)])
    return float(found.x[0]), float(found.x[1])


def _log_loss(log_odds: np.ndarray, y: np.ndarray, w: np.ndarray) -> float:
    return float(np.average(np.logaddexp(0, log_odds) - y * log_odds, weights=w))


def _core(table: pl.DataFrame, y: np.ndarray, w: np.ndarray, config: BlendConfig) -> Linear:
    columns = learn_columns(table.select(config.core), curves=0)
    return Linear(columns, _logistic(columns.for_linear(table), y, w, 1.0))


def _logistic(x: np.ndarray, y: np.ndarray, w: np.ndarray, strength: float) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=strength, max_iter=3000).fit(x, y, sample_weight=w)


def _boosted(x: np.ndarray, y: np.ndarray, w: np.ndarray, config: BlendConfig) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        learning_rate=config.tree_rate,
        max_iter=config.tree_count,
        max_leaf_nodes=config.tree_leaves,
        min_samples_leaf=config.leaf_rows,
        l2_regularization=5.0,
        early_stopping=False,
        random_state=config.seed,
    ).fit(x, y, sample_weight=None if (w == w[:1]).all() else w)  # cuts by weighted quantiles are slow
