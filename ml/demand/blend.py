"""Weights of a blend, chosen by back-test for each class of series and drawn towards equal ones."""

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np

_STEPS = 10
#: A member further behind the best than this takes no part; equal weights are for equals.
_WORST = 1.25
#: So many series must speak for weights of their own before these count as much as equal ones.
_PRIOR_SERIES = 100
#: Series of one origin share its time: however many they are, they are one sample of what may come.
_MOST_TRUST = 0.5


def blend_weights(
    members: np.ndarray, actual: np.ndarray, scale: np.ndarray, classes: Sequence[str]
) -> dict[str, np.ndarray]:
    """Weights by class (and for `all`), not negative, adding up to 1.

    members: series × horizon × members, forecasts that had not seen `actual` (series × horizon). The weights
    with
    the least mean scaled absolute error, averaged with equal ones of all members not far behind, by how many
    series spoke for them: equal weights are hard to beat with few (Claeskens and others, IJF 2016).
    """
    named = np.array(classes)
    chosen = {"all": _chosen(members, actual, scale)}
    for name in sorted(set(classes)):
        rows = named == name
        chosen[name] = _drawn(
            _chosen(members[rows], actual[rows], scale[rows]), chosen["all"], int(rows.sum())
        )
    return chosen


def blended(members: np.ndarray, weights: Mapping[str, np.ndarray], classes: Sequence[str]) -> np.ndarray:
    """Series × horizon from series × horizon × members; a class without weights has those of `all`."""
    by_series = np.stack([weights.get(name, weights["all"]) for name in classes])
    return (members * by_series[:, None, :]).sum(axis=2)


def _chosen(members: np.ndarray, actual: np.ndarray, scale: np.ndarray) -> np.ndarray:
    count = members.shape[2]
    if not len(members) or count == 1:
        return np.full(count, 1 / count)
    own = np.array([_loss(members[:, :, place], actual, scale) for place in range(count)])
    kept = np.flatnonzero(own <= _WORST * own.min() + 1e-12)
    grid = [np.array(w) / _STEPS for w in product(range(_STEPS + 1), repeat=len(kept)) if sum(w) == _STEPS]
    losses = [_loss(members[:, :, kept] @ w, actual, scale) for w in grid]
    best = _drawn(grid[int(np.argmin(losses))], np.full(len(kept), 1 / len(kept)), len(members))
    weights = np.zeros(count)
    weights[kept] = best
    return weights


def _loss(forecast: np.ndarray, actual: np.ndarray, scale: np.ndarray) -> float:
    return float((np.abs(forecast - actual).mean(axis=1) / scale).mean())


def _drawn(weights: np.ndarray, towards: np.ndarray, count: int) -> np.ndarray:
    trust = min(count / (count + _PRIOR_SERIES), _MOST_TRUST)
    return trust * weights + (1 - trust) * towards
