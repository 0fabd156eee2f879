"""A forest that tells distributions: trees find who is alike, their leaves hold how late those were."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from sklearn.ensemble import RandomForestRegressor

#: Delays whose shares the trees are grown to tell apart, by the share that has finished by then.
_TOLD_APART = (0.1, 0.3, 0.5, 0.7, 0.9)


@dataclass(frozen=True)
class ForestConfig:
    """How many trees, of leaves of at least how many rows, from which seed."""

    trees: int
    minimum_leaf: int
    seed: int


@dataclass(frozen=True)
class CurveForest:
    """Trees, and for each of their nodes the mean curve of the training rows that ended there."""

    trees: RandomForestRegressor
    first_node: np.ndarray
    curves: np.ndarray

    def predict(self, features: np.ndarray) -> np.ndarray:
        """The mean curve over trees, a row each."""
        return _ends(self.trees, self.first_node, features) @ self.curves / len(self.trees.estimators_)


def fit_forest(
    features: np.ndarray,
    delay: np.ndarray,
    is_final: np.ndarray,
    survival: np.ndarray,
    grid: np.ndarray,
    config: ForestConfig,
) -> CurveForest:
    """A forest of curves «finished by grid day» from outcomes of which some are only known to be later.

    delay: days late, or reached so far where not final. survival: a first guess of each row's curve «later
    than», such as that of its class. Work still open counts as what may become of it, given how late it is
    already: its share is redistributed to the right (Efron 1967), first by the guess, then once more by the
    forest's own curves. Where the curves lie with no event behind them they stay level.
    """
    told = redistributed(delay, is_final, survival, grid)
    columns = np.unique(
        np.append(np.searchsorted(grid, np.quantile(delay, _TOLD_APART)), np.searchsorted(grid, 0.0))
    )
    grown = RandomForestRegressor(
        config.trees,
        min_samples_leaf=config.minimum_leaf,
        max_features=0.25,
        max_samples=0.7,
        random_state=config.seed,
        n_jobs=1,
    ).fit(features, told[:, np.minimum(columns, len(grid) - 1)])
    first_node = np.cumsum([0] + [tree.tree_.node_count for tree in grown.estimators_])
    ends = _ends(grown, first_node, features)
    count = np.maximum(np.asarray(ends.sum(axis=0)).ravel(), 1)[:, None]
    curves = (ends.T @ told) / count
    own = 1 - ends @ curves / config.trees
    curves = (ends.T @ redistributed(delay, is_final, own, grid)) / count
    return CurveForest(grown, first_node, curves)


def redistributed(
    delay: np.ndarray, is_final: np.ndarray, survival: np.ndarray, grid: np.ndarray
) -> np.ndarray:
    """The chance that each row has finished by each grid day, given what is known of it."""
    at = np.searchsorted(grid, delay, "right") - 1
    now = np.where(at < 0, 1.0, survival[np.arange(len(delay)), np.maximum(at, 0)])
    later = 1 - np.minimum(survival / np.maximum(now, 1e-6)[:, None], 1)
    is_past = grid[None] <= delay[:, None]
    return np.where(is_final[:, None], delay[:, None] <= grid[None], np.where(is_past, 0.0, later)).astype(
        float
    )


def _ends(trees: RandomForestRegressor, first_node: np.ndarray, features: np.ndarray) -> sparse.csr_matrix:
    """Which node of which tree each row ends in: a row a row, a column a node."""
    ends = trees.apply(features) + first_node[:-1]
    starts = np.arange(0, ends.size + 1, ends.shape[1])
    return sparse.csr_matrix(
        (np.ones(ends.size), ends.ravel(), starts), shape=(len(features), first_node[-1])
    )
