"""What all series teach together: a pooled autoregression, and what it takes to put a blend right.

Sources: Montero-Manso and Hyndman, «Principles and algorithms for forecasting groups of time series», IJF
2021 (one autoregression for all); Montero-Manso and others, «FFORMA», IJF 2020 (learning from a series'
features how its forecasts should be combined).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ml.demand.classes import naive_scale

_WINDOWS = 60
_CLIP = 8.0
_RIDGE = 10.0
_FLOOR_SHARE = 0.02
_ERROR_CLIP = 20.0
_FEATURE_CLIP = 200.0
_FEWEST_ROWS = 2000
_LEAVES = {"max_leaf_nodes": 8, "learning_rate": 0.05, "max_iter": 150, "l2_regularization": 10.0}


def pooled_autoregression(values: Sequence[np.ndarray], horizon: int, season: int) -> np.ndarray:
    """Series × horizon from one linear regression on lags over all series; NaN where one is too short.

    Each window is set to the mean of its last season and scaled by the series' own changes, in logarithms
    where all values are positive. Every horizon has its own coefficients.
    """
    lags = max(3, round(1.5 * season))
    logged = [_to_scale(series) for series in values]
    found = np.full((len(values), horizon), np.nan)
    usable = [place for place, (series, _) in enumerate(logged) if len(series) >= lags]
    scales = {place: _change(logged[place][0], season) for place in usable}
    pieces = [_windows(logged[place][0] / scales[place], lags, horizon, season) for place in usable]
    pieces = [piece for piece in pieces if piece is not None]
    if not pieces:
        return found
    x, y, weight = (np.concatenate(column) for column in zip(*pieces, strict=True))
    weighted = (x * weight[:, None]).T
    coefficients = np.linalg.solve(weighted @ x + _RIDGE * np.eye(lags), weighted @ y)
    for place in usable:
        series, is_logged = logged[place]
        end = series[-lags:] / scales[place]
        centre = end[-season:].mean()
        ahead = (np.clip(end - centre, -_CLIP, _CLIP) @ coefficients + centre) * scales[place]
        found[place] = np.exp(np.minimum(ahead, series.max() + 3)) if is_logged else ahead
    return found


def _to_scale(values: np.ndarray) -> tuple[np.ndarray, bool]:
    if len(values) and values.min() >= 0 and values.max() > 0:
        return np.log(np.maximum(values, _FLOOR_SHARE * values[values > 0].mean())), True
    return values, False


def _change(values: np.ndarray, season: int) -> float:
    steps = np.abs(np.diff(values)).mean()
    return max(naive_scale(values, season), float(steps), 1e-4)


def _windows(
    values: np.ndarray, lags: int, horizon: int, season: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    count = min(len(values) - lags - horizon + 1, _WINDOWS)
    if count < 1:
        return None
    whole = np.lib.stride_tricks.sliding_window_view(values, lags + horizon)[-count:]
    centre = whole[:, lags - min(season, lags) : lags].mean(axis=1, keepdims=True)
    whole = np.clip(whole - centre, -_CLIP, _CLIP)
    return whole[:, :lags], whole[:, lags:], np.full(count, 1 / count)


@dataclass(frozen=True)
class OriginTable:
    """Series × horizon at one origin, ready to be learnt from: features, base forecast, scale.

    features: (series · horizon) × features. base: the mean of the members. scale: by series.
    """

    features: np.ndarray
    base: np.ndarray
    scale: np.ndarray


def origin_table(
    values: Sequence[np.ndarray], members: Sequence[np.ndarray], horizon: int, season: int
) -> OriginTable:
    """Features known at the end of `values`: level, trend, noise, and where the members differ.

    All are in units of the series' own scale, so that what a tree learns from one holds for another.
    """
    scale = np.array([naive_scale(series, season) for series in values])
    stacked = np.stack(members, axis=2)
    base = stacked.mean(axis=2)
    states = np.array([_state(series, s, season) for series, s in zip(values, scale, strict=True)])
    level = np.array([_mean(series, season, 0) for series in values])
    naive = np.array([np.resize(series[-season:], horizon) for series in values])
    per_series = [np.repeat(states[:, [column]], horizon, axis=1) for column in range(states.shape[1])]
    steps = np.tile(np.arange(1, horizon + 1, dtype=float) / season, (len(values), 1))
    apart = [(stacked[:, :, place] - base) / scale[:, None] for place in range(stacked.shape[2])]
    columns = [
        *per_series,
        steps,
        *apart,
        (naive - base) / scale[:, None],
        (base - level[:, None]) / scale[:, None],
    ]
    features = np.stack(columns, axis=2).reshape(-1, len(columns))
    return OriginTable(np.clip(features, -_FEATURE_CLIP, _FEATURE_CLIP), base, scale)


def _mean(values: np.ndarray, length: int, back: int) -> float:
    part = values[max(0, len(values) - back - length) : len(values) - back]
    return float(part.mean()) if len(part) else float(values.mean())


def _state(values: np.ndarray, scale: float, season: int) -> list[float]:
    block = max(season, 4)
    now, before, long_before = (_mean(values, block, k * block) for k in range(3))
    return [
        (now - before) / scale,
        (before - long_before) / scale,
        float(np.abs(np.diff(values)).mean()) / scale,
        float(np.log1p(abs(now) / scale)),
        (values[-1] - now) / scale,
        (_mean(values, max(1, block // 4), 0) - now) / scale,
        (_mean(values, max(2, block // 2), 0) - now) / scale,
    ]


@dataclass(frozen=True)
class Booster:
    """What is added to the base forecast, and how far off it usually is; both in units of the series' scale.

    share: how much of the correction held on series it was not learnt from, 0 (none) to 1.
    """

    correction: Any = None
    size: Any = None
    share: float = 0.0

    def corrected(self, table: OriginTable) -> np.ndarray:
        """Series × horizon: the base forecast, put right."""
        if self.correction is None or not self.share:
            return table.base
        added = self.correction.predict(table.features).reshape(table.base.shape)
        return table.base + self.share * added * table.scale[:, None]

    def spread(self, table: OriginTable) -> np.ndarray:
        """Series × horizon: the expected size of the error, in the unit of the series."""
        if self.size is None:
            level = np.abs(table.base) / np.maximum(np.abs(table.base).mean(axis=1, keepdims=True), 1e-12)
            return table.scale[:, None] * np.clip(level, 0.25, 4.0)
        root = np.maximum(self.size.predict(table.features), 0.05)
        return (root**2).reshape(table.base.shape) * table.scale[:, None]


@dataclass(frozen=True)
class Learnt:
    """A booster, and out-of-fold forecasts for the origins it learnt from."""

    booster: Booster
    corrected: list[np.ndarray] = field(default_factory=list)
    spread: list[np.ndarray] = field(default_factory=list)


def learn(
    tables: Sequence[OriginTable],
    actuals: Sequence[np.ndarray],
    ids: Sequence[np.ndarray],
    seed: int = 0,
) -> Learnt:
    """Learn corrections from past origins; each series' own out-of-fold forecasts say how much to trust them.

    tables, actuals (series × horizon), ids (the series' numbers): one of each by origin. With too few rows
    nothing is corrected and the spread follows the root of the horizon.
    """
    x = np.concatenate([table.features for table in tables])
    y = np.concatenate([_errors(table, actual) for table, actual in zip(tables, actuals, strict=True)])
    horizon = tables[0].base.shape[1]
    sides = np.random.default_rng(seed).integers(
        0, 2, 1 + max(int(numbers.max(initial=0)) for numbers in ids)
    )
    # A series is on one side at every origin: it is never learnt from and judged at once.
    fold = np.concatenate([np.repeat(sides[numbers], horizon) for numbers in ids])
    if len(y) < _FEWEST_ROWS:
        plain = Booster()
        return Learnt(plain, [table.base for table in tables], [plain.spread(table) for table in tables])
    unseen = np.zeros(len(y))
    for part in (0, 1):
        unseen[fold == part] = _fit(x[fold != part], y[fold != part], "absolute_error", seed).predict(
            x[fold == part]
        )
    shares = np.linspace(0, 1, 11)
    share = float(shares[np.argmin([np.abs(y - s * unseen).mean() for s in shares])])
    left = np.sqrt(np.abs(y - share * unseen))
    size = np.zeros(len(y))
    for part in (0, 1):
        size[fold == part] = _fit(x[fold != part], left[fold != part], "squared_error", seed).predict(
            x[fold == part]
        )
    booster = Booster(
        _fit(x, y, "absolute_error", seed) if share else None, _fit(x, left, "squared_error", seed), share
    )
    return Learnt(
        booster,
        [
            table.base + share * part.reshape(table.base.shape) * table.scale[:, None]
            for table, part in zip(tables, _split(unseen, tables), strict=True)
        ],
        [
            np.maximum(part, 0.05).reshape(table.base.shape) ** 2 * table.scale[:, None]
            for table, part in zip(tables, _split(size, tables), strict=True)
        ],
    )


def _errors(table: OriginTable, actual: np.ndarray) -> np.ndarray:
    return np.clip((actual - table.base) / table.scale[:, None], -_ERROR_CLIP, _ERROR_CLIP).reshape(-1)


def _split(column: np.ndarray, tables: Sequence[OriginTable]) -> list[np.ndarray]:
    return np.split(column, np.cumsum([table.base.size for table in tables])[:-1])


def _fit(x: np.ndarray, y: np.ndarray, loss: str, seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingRegressor

    leaf = int(np.clip(len(y) // 150, 40, 400))
    return HistGradientBoostingRegressor(
        loss=loss, min_samples_leaf=leaf, early_stopping=False, random_state=seed, **_LEAVES
    ).fit(x, y)
