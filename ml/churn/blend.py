"""A regularised logistic curve and boosted trees, blended and calibrated on rows that they were not fitted on.

Neither wins everywhere: on few rows the logistic one does, on many with steps and interactions the trees. How
much each counts, how strongly the logistic one is held back and how the outcome is calibrated is read from
cross-fitted forecasts, never from the rows fitted (stacked generalisation, Wolpert 1992; Platt 1999).
"""

from collections.abc import Sequence
from dataclasses import dataclass
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
    tree_rows training rows they are left out. curves: knots of each number's curve.
    """

    strengths: tuple[float, ...] = (0.1, 1.0)
    tree_weights: tuple[float, ...] = (0.0, 0.25, 0.5, 0.75)
    tree_count: int = 150
    tree_rate: float = 0.06
    tree_leaves: int = 6
    leaf_rows: int = 30
    tree_rows: int = 500
    curves: int = 5
    seed: int = 0


@dataclass(frozen=True)
class Blend:
    """Two fitted members, how they are mixed (in log-odds) and the calibration after it."""

    columns: Columns
    linear: Any
    trees: Any
    tree_weight: float
    slope: float
    intercept: float

    def log_odds(self, table: pl.DataFrame) -> np.ndarray:
        """Calibrated log-odds, one a row."""
        linear = self.linear.decision_function(self.columns.for_linear(table))
        if not self.tree_weight:
            return self.slope * linear + self.intercept
        trees = self.trees.decision_function(self.columns.for_trees(table))
        return self.slope * ((1 - self.tree_weight) * linear + self.tree_weight * trees) + self.intercept

    def probability(self, table: pl.DataFrame) -> np.ndarray:
        """Calibrated probability of the event, one a row."""
        return sigmoid(self.log_odds(table)) if table.height else np.zeros(0)


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
    strength, tree_weight, slope, intercept = min(config.strengths), 0.0, 1.0, 0.0
    if said:
        rows = np.concatenate([part[0] for part in said])
        linear, trees = np.hstack([part[1] for part in said]), np.concatenate([part[2] for part in said])
        strength, tree_weight, slope, intercept = _mixed(
            linear, trees, is_event[rows], weights[rows], config
        )
    columns = learn_columns(table, curves=config.curves)
    linear_model = _linear(columns.for_linear(table), is_event, weights, strength)
    tree_model = _trees(columns.for_trees(table), is_event, weights, config) if tree_weight else None
    return Blend(columns, linear_model, tree_model, tree_weight, slope, intercept)


def _said(
    table: pl.DataFrame, is_event: np.ndarray, weights: np.ndarray, split: Split, config: BlendConfig
) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Left-out rows, log-odds by strength of the logistic member (a row a strength), log-odds of the trees."""
    train, left_out = split
    y, w = is_event[train], weights[train]
    if not 0 < y.sum() < len(y) or not len(left_out):
        return None
    seen, new = table[train], table[left_out]
    columns = learn_columns(seen, curves=config.curves)
    x, x_new = columns.for_linear(seen), columns.for_linear(new)
    linear = np.vstack(
        [_linear(x, y, w, strength).decision_function(x_new) for strength in config.strengths]
    )
    if len(train) < config.tree_rows or not any(config.tree_weights):
        return left_out, linear, np.full(len(left_out), np.nan)
    trees = _trees(columns.for_trees(seen), y, w, config)
    return left_out, linear, trees.decision_function(columns.for_trees(new))


def _mixed(
    linear: np.ndarray, trees: np.ndarray, y: np.ndarray, w: np.ndarray, config: BlendConfig
) -> tuple[float, float, float, float]:
    """Strength, weight of the trees, slope and intercept with the least log loss on left-out rows."""
    best: tuple[float, tuple[float, float, float, float]] | None = None
    for number, strength in enumerate(config.strengths):
        for tree_weight in config.tree_weights if np.isfinite(trees).all() else (0.0,):
            mixed = linear[number] if not tree_weight else (1 - tree_weight) * linear[number] + tree_weight * trees
            slope, intercept = platt(mixed, y, w)
            loss = _log_loss(slope * mixed + intercept, y, w)
            if best is None or loss < best[0] - 1e-9:
                best = (loss, (strength, tree_weight, slope, intercept))
    assert best is not None
    return best[1]


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


def _linear(x: np.ndarray, y: np.ndarray, w: np.ndarray, strength: float) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=strength, max_iter=3000).fit(x, y, sample_weight=w)


def _trees(x: np.ndarray, y: np.ndarray, w: np.ndarray, config: BlendConfig) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(
        learning_rate=config.tree_rate,
        max_iter=config.tree_count,
        max_leaf_nodes=config.tree_leaves,
        min_samples_leaf=config.leaf_rows,
        l2_regularization=5.0,
        early_stopping=False,
        random_state=config.seed,
    ).fit(x, y, sample_weight=w)
