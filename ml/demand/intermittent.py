"""Series with many periods without demand: what they will need on the mean, and how it is spread.

A pooled regression on windows of all series (a Poisson booster and a linear one, averaged) learns how much of
a series' past holds; it is kept where it beats the classical methods at an inner origin. The spread is what
really
came where as much was expected and the past was as uneven: no law is assumed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ml.demand.quantiles import rank_quantiles

_ALPHA = 0.1
_FEWEST_ROWS = 300
_BOOSTER = {"max_iter": 100, "learning_rate": 0.05, "max_leaf_nodes": 15}
_LEVELS, _UNEVEN = 20, 3
_FEWEST_OUTCOMES = 60
_SHORTEST_PAST = 6


def ses(values: np.ndarray, alpha: float = _ALPHA) -> float:
    """Simple exponential smoothing, begun at the first value."""
    level = float(values[0])
    for value in values[1:]:
        level += alpha * (value - level)
    return level


def croston(values: np.ndarray, alpha: float = _ALPHA) -> float:
    """Size over interval, both smoothed when there is demand. Source: Croston, ORQ 1972."""
    places = np.flatnonzero(values)
    if not len(places):
        return 0.0
    gaps = np.diff(np.concatenate([[-1], places])).astype(float)
    return ses(values[places], alpha) / ses(gaps, alpha)


def croston_sba(values: np.ndarray, alpha: float = _ALPHA) -> float:
    """Croston without its bias. Source: Syntetos and Boylan, IJF 2005."""
    return (1 - alpha / 2) * croston(values, alpha)


def tsb(values: np.ndarray, alpha: float = _ALPHA) -> float:
    """Size times probability, smoothed in every period. Source: Teunter, Syntetos, Babai, EJOR 2011."""
    sizes = values[values != 0]
    return ses(sizes, alpha) * ses((values != 0).astype(float), alpha) if len(sizes) else 0.0


def imapa(values: np.ndarray, alpha: float = _ALPHA) -> float:
    """Smoothing at levels of aggregation up to the interval. Source: Petropoulos, Kourentzes, JORS 2015."""
    demands = int(np.count_nonzero(values))
    if not demands:
        return 0.0
    longest = max(1, round(len(values) / demands))
    levels = [k for k in range(1, longest + 1) if len(values) // k >= 2]
    found = [ses(values[len(values) % k :].reshape(-1, k).mean(axis=1), min(1.0, alpha * k)) for k in levels]
    return float(np.mean(found)) if found else float(values.mean())


CLASSICAL: dict[str, Callable[[np.ndarray], float]] = {
    "ses": ses,
    "croston": croston,
    "croston_sba": croston_sba,
    "tsb": tsb,
    "imapa": imapa,
}


@dataclass(frozen=True)
class Spread:
    """Quantiles of demand over one or more periods, by what was expected and how uneven it was.

    edges: of the expected mean; uneven_edges: by level; table: levels × unevenness × shares, over the mean.
    """

    shares: np.ndarray
    edges: np.ndarray
    uneven_edges: np.ndarray
    table: np.ndarray

    def at(self, mean: np.ndarray, uneven: np.ndarray) -> np.ndarray:
        """Series × shares."""
        level = np.searchsorted(self.edges, mean)
        cell = (uneven[:, None] > self.uneven_edges[level]).sum(axis=1)
        return np.maximum(self.table[level, cell] * mean[:, None], 0)


@dataclass(frozen=True)
class SparseForecast:
    """By series: a period's mean, quantiles of one period and of a lead time, and the method used."""

    mean: np.ndarray
    quantiles: np.ndarray
    lead_quantiles: np.ndarray
    method: str
    losses: Mapping[str, float]


def forecast_sparse(
    values: Sequence[np.ndarray], horizon: int, shares: np.ndarray, *, lead: int = 1, seed: int = 0
) -> SparseForecast:
    """Forecast every series' mean demand a period over the horizon, the same for each period of it."""
    longest = max(len(series) for series in values)
    ahead = int(np.clip(min(horizon, longest // 4), 1, horizon))
    losses = _inner_losses(values, ahead, seed)
    best = min(losses, key=losses.__getitem__)
    rows = _rows(values, ahead, 0)
    now = np.array([_features(series) for series in values])
    if best == "pooled":
        model = _fit_pooled(rows.features, rows.target, seed)
        mean = _predict(model, now)
        expected = _unseen(rows, seed)
    else:
        mean = np.array([CLASSICAL[best](series) for series in values])
        expected = rows.classical(best)
    return SparseForecast(
        np.maximum(mean, 0),
        _spread(rows, expected, 1, shares).at(mean, now[:, -1]),
        _spread(rows, expected, lead, shares).at(mean, now[:, -1]),
        best,
        losses,
    )


@dataclass(frozen=True)
class _Rows:
    """Windows of the past: features, the mean that came, series' number, and where the window ended."""

    features: np.ndarray
    target: np.ndarray
    number: np.ndarray
    cut: np.ndarray
    values: Sequence[np.ndarray]
    ahead: int

    def classical(self, name: str) -> np.ndarray:
        method = CLASSICAL[name]
        return np.array([method(self.values[n][:c]) for n, c in zip(self.number, self.cut, strict=True)])


def _rows(values: Sequence[np.ndarray], ahead: int, back: int, most: int = 12) -> _Rows:
    """Up to `most` windows a series, whose outcomes are known `back` periods before its end."""
    features, target, number, cuts = [], [], [], []
    for place, series in enumerate(values):
        last = len(series) - back - ahead
        first = min(max(_SHORTEST_PAST, last // 3), last)
        if last < _SHORTEST_PAST:
            continue
        for cut in sorted(set(np.linspace(first, last, most).round().astype(int).tolist())):
            features.append(_features(series[:cut]))
            target.append(series[cut : cut + ahead].mean())
            number.append(place)
            cuts.append(cut)
    return _Rows(
        np.array(features).reshape(len(target), -1),
        np.array(target),
        np.array(number),
        np.array(cuts),
        values,
        ahead,
    )


def _features(values: np.ndarray) -> list[float]:
    """Levels of the series over the last periods and all, how often and how much; last how uneven it is."""
    sizes = values[values != 0]
    mean = float(values.mean())
    since = len(values) - 1 - int(np.flatnonzero(values)[-1]) if len(sizes) else len(values)
    return [
        *(float(values[-length:].mean()) for length in (1, 3, 6, 12, 24)),
        mean,
        float((values[-12:] != 0).mean()),
        float(sizes.mean()) if len(sizes) else 0.0,
        float(since),
        float(values.std() / mean) if mean else 0.0,
    ]


_LEVEL_COLUMNS = 6


def _fit_pooled(x: np.ndarray, y: np.ndarray, seed: int) -> tuple[np.ndarray, object | None]:
    from sklearn.ensemble import HistGradientBoostingRegressor

    levels = np.column_stack([np.ones(len(x)), x[:, :_LEVEL_COLUMNS]])
    coefficients = np.linalg.lstsq(levels, y, rcond=None)[0]
    if len(y) < _FEWEST_ROWS or y.min() < 0 or not y.sum():
        return coefficients, None
    leaf = int(np.clip(len(y) // 100, 20, 200))
    booster = HistGradientBoostingRegressor(
        loss="poisson", min_samples_leaf=leaf, early_stopping=False, random_state=seed, **_BOOSTER
    )
    return coefficients, booster.fit(x, y)


def _predict(model: tuple[np.ndarray, object | None], x: np.ndarray) -> np.ndarray:
    coefficients, booster = model
    linear = np.maximum(np.column_stack([np.ones(len(x)), x[:, :_LEVEL_COLUMNS]]) @ coefficients, 0)
    return linear if booster is None else (linear + booster.predict(x)) / 2


def _unseen(rows: _Rows, seed: int) -> np.ndarray:
    """What the pooled regression expects of each window, from the series it is not of."""
    sides = np.random.default_rng(seed).integers(0, 2, len(rows.values))[rows.number]
    found = np.zeros(len(rows.target))
    for side in (0, 1):
        learnt = sides != side
        if not learnt.any() or learnt.all():
            return _predict(_fit_pooled(rows.features, rows.target, seed), rows.features)
        found[~learnt] = _predict(
            _fit_pooled(rows.features[learnt], rows.target[learnt], seed), rows.features[~learnt]
        )
    return found


def _inner_losses(values: Sequence[np.ndarray], ahead: int, seed: int) -> dict[str, float]:
    """Squared error of each method at the last known origin, the pooled one trained before it."""
    judged = [p for p, series in enumerate(values) if len(series) - ahead >= _SHORTEST_PAST]
    if not judged:
        return {"imapa": float("nan")}
    past = [values[p][:-ahead] for p in judged]
    came = np.array([values[p][-ahead:].mean() for p in judged])
    losses = {
        name: float(np.mean((np.array([method(series) for series in past]) - came) ** 2))
        for name, method in CLASSICAL.items()
    }
    rows = _rows([values[p] for p in judged], ahead, ahead)
    if len(rows.target) >= _FEWEST_ROWS:
        guess = _predict(
            _fit_pooled(rows.features, rows.target, seed), np.array([_features(s) for s in past])
        )
        losses["pooled"] = float(np.mean((guess - came) ** 2))
    return losses


def _spread(rows: _Rows, expected: np.ndarray, periods: int, shares: np.ndarray) -> Spread:
    """Quantiles of the sums of `periods` in the windows' outcomes, over what was expected of one period."""
    length = min(periods, rows.ahead)
    if not len(rows.target):
        return Spread(shares, np.zeros(0), np.zeros((1, 0)), np.ones((1, 1, len(shares))) * periods)
    outcomes = [
        np.convolve(rows.values[n][c : c + rows.ahead], np.ones(length), "valid") * periods / length
        for n, c in zip(rows.number, rows.cut, strict=True)
    ]
    levels = int(np.clip(len(expected) // _FEWEST_OUTCOMES, 1, _LEVELS))
    edges = np.unique(np.quantile(expected, np.arange(1, levels) / levels))
    level = np.searchsorted(edges, expected)
    uneven = rows.features[:, -1]
    thirds = np.zeros((len(edges) + 1, _UNEVEN - 1))
    table = np.zeros((len(edges) + 1, _UNEVEN, len(shares)))
    for place in range(len(edges) + 1):
        inside = np.flatnonzero(level == place)
        if not len(inside):
            continue
        thirds[place] = np.quantile(uneven[inside], np.arange(1, _UNEVEN) / _UNEVEN)
        cell = (uneven[inside, None] > thirds[place]).sum(axis=1)
        for number in range(_UNEVEN):
            chosen = inside[cell == number]
            chosen = chosen if len(chosen) * rows.ahead >= _FEWEST_OUTCOMES else inside
            ratios = np.concatenate([outcomes[i] / max(expected[i], 1e-9) for i in chosen])
            table[place, number] = rank_quantiles(ratios, shares)
    return Spread(shares, edges, thirds, table)
