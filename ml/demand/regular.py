"""Series that sell nearly every period: library members, a pooled autoregression, and a pooled correction.

Past origins are forecast again by the quick members for all series, which teaches the correction; and by the
slow ones for a sample, which sets the weights. So a whole forecast costs less than twice its library members.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ml.demand.blend import blend_weights, blended
from ml.demand.classes import demand_class
from ml.demand.config import PanelConfig
from ml.demand.members import ADDED_THETA, SeriesPool, seasonal_mean, seasonal_naive
from ml.demand.pooled import Learnt, OriginTable, learn, origin_table, pooled_autoregression
from ml.demand.quantiles import ErrorQuantiles, learn_quantiles, rank_quantiles

_QUICK = "dynamic_optimized_theta"
_SLOW = ("auto_ets", "auto_ces")
_PLAIN = (seasonal_naive, seasonal_mean)


@dataclass(frozen=True)
class _Past:
    """One past origin: which series had lived long enough, what they were then, and what came."""

    places: np.ndarray
    values: list[np.ndarray]
    actual: np.ndarray


@dataclass(frozen=True)
class RegularForecast:
    """Series × horizon means, series × horizon × shares quantiles, and the weights that made them."""

    mean: np.ndarray
    quantiles: np.ndarray
    weights: Mapping[str, np.ndarray]
    correction_share: float


def forecast_regular(
    values: Sequence[np.ndarray],
    horizon: int,
    season: int,
    config: PanelConfig,
    pool: SeriesPool,
    known: Mapping[str, np.ndarray],
) -> RegularForecast:
    """Forecast every series; `known` holds library members' forecasts where they exist already."""
    classes = [demand_class(series) for series in values]
    missing = [name for name in (_QUICK, *_SLOW) if name not in known]
    now = {**known, **pool.run(missing, values, horizon, season).by_name} if missing else dict(known)
    quick = [now[_QUICK], pool.run((ADDED_THETA,), values, horizon, season).by_name[ADDED_THETA]]
    table = _table(values, quick, horizon, season)
    pasts = [past for past in _pasts(values, horizon, season, config.past_series) if len(past.values)]
    least = np.array([0.0 if series.min() >= 0 else -np.inf for series in values])
    shares = np.array(config.quantiles)
    if not pasts:
        return _unproven(table, now, classes, shares, least)
    tables = [_table(past.values, _quick(past, horizon, season, pool), horizon, season) for past in pasts]
    learnt = learn(tables, [p.actual for p in pasts], [p.places for p in pasts], config.seed)
    proof = _proof(pasts, tables, learnt, horizon, season, config, pool)
    weights = blend_weights(proof.members, proof.actual, proof.scale, proof.classes)
    corrected = learnt.booster.corrected(table)
    members = _members(corrected, [now[name] for name in _SLOW], values, season)
    mean = np.maximum(blended(members, weights, classes), least[:, None])
    past_mean = blended(proof.members, weights, proof.classes)
    errors = learn_quantiles(proof.actual, past_mean, proof.spread, proof.classes, shares)
    spread = _levelled(learnt.booster.spread(table), table, learnt, tables[0], pasts[0])
    return RegularForecast(mean, errors.around(mean, spread, classes, least), weights, learnt.booster.share)


def _pasts(values: Sequence[np.ndarray], horizon: int, season: int, wanted: int) -> list[_Past]:
    """Origins a horizon back and further, the latest first, until so many forecasts of the past can be made.

    They stand one period apart, so that those of a small panel see every part of a season.
    """
    found: list[_Past] = []
    shortest = max(2 * season + 1, 8)
    for back in range(horizon, horizon + season):
        places = np.array([p for p, series in enumerate(values) if len(series) - back >= shortest], dtype=int)
        if not len(places) or sum(len(past.places) for past in found) >= wanted:
            break
        earlier = [values[p][: len(values[p]) - back] for p in places]
        actual = [values[p][len(values[p]) - back :][:horizon] for p in places]
        found.append(_Past(places, earlier, np.array(actual).reshape(-1, horizon)))
    return found


def _quick(past: _Past, horizon: int, season: int, pool: SeriesPool) -> list[np.ndarray]:
    found = pool.run((_QUICK, ADDED_THETA), past.values, horizon, season).by_name
    return [found[_QUICK], found[ADDED_THETA]]


def _table(values: Sequence[np.ndarray], quick: list[np.ndarray], horizon: int, season: int) -> OriginTable:
    regression = pooled_autoregression(values, horizon, season)
    regression = np.where(np.isfinite(regression), regression, np.mean(quick, axis=0))
    return origin_table(values, [*quick, regression], horizon, season)


@dataclass(frozen=True)
class _Proof:
    """A sample of past forecasts with all members: series × horizon (× members), and what came."""

    members: np.ndarray
    actual: np.ndarray
    spread: np.ndarray
    scale: np.ndarray
    classes: list[str]


def _proof(
    pasts: list[_Past],
    tables: list[OriginTable],
    learnt: Learnt,
    horizon: int,
    season: int,
    config: PanelConfig,
    pool: SeriesPool,
) -> _Proof:
    every = [series for past in pasts for series in past.values]
    sample = np.sort(np.random.default_rng(config.seed).permutation(len(every))[: config.weight_series])
    values = [every[place] for place in sample]
    slow = pool.run(_SLOW, values, horizon, season).by_name
    corrected, spread = (np.concatenate(list(rows))[sample] for rows in (learnt.corrected, learnt.spread))
    return _Proof(
        _members(corrected, [slow[name] for name in _SLOW], values, season),
        np.concatenate([past.actual for past in pasts])[sample],
        spread,
        np.concatenate([table.scale for table in tables])[sample],
        [demand_class(series) for series in values],
    )


def _members(
    corrected: np.ndarray, slow: list[np.ndarray], values: Sequence[np.ndarray], season: int
) -> np.ndarray:
    """Series × horizon × members: the corrected base, the slow ones, and two that only repeat."""
    horizon = corrected.shape[1]
    plain = [np.array([method(series, horizon, season) for series in values]) for method in _PLAIN]
    return np.stack([corrected, *slow, *plain], axis=2)


def _levelled(
    spread: np.ndarray, table: OriginTable, learnt: Learnt, then: OriginTable, past: _Past
) -> np.ndarray:
    """The spread at the level it had at the past origin, over the same series.

    The model of the errors' size says which series and steps are the uncertain ones. That all of them are
    more uncertain than ever it can't know: quantiles hold only if all ratios come from one distribution.
    """
    before = np.median(learnt.spread[0] / then.scale[:, None])
    now = np.median(spread[past.places] / table.scale[past.places][:, None])
    return spread * float(before / max(now, 1e-12))


def _unproven(
    table: OriginTable,
    now: Mapping[str, np.ndarray],
    classes: list[str],
    shares: np.ndarray,
    least: np.ndarray,
) -> RegularForecast:
    """Too young for any back-test: the median of the library's members, and the normal law around it."""
    from scipy.stats import norm

    mean = np.median(np.stack([now[name] for name in (_QUICK, *_SLOW)], axis=2), axis=2)
    mean = np.maximum(mean, least[:, None])
    steps = np.sqrt(np.arange(1, mean.shape[1] + 1))
    spread = table.scale[:, None] * steps[None, :]
    law = np.broadcast_to(norm.ppf(shares), (1, len(shares)))
    errors = ErrorQuantiles(shares, {"all": law}, np.zeros(mean.shape[1], dtype=int))
    return RegularForecast(mean, errors.around(mean, spread, classes, least), {}, 0.0)


def naive_quantiles(values: np.ndarray, horizon: int, shares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Horizon, and horizon × shares: the mean and the quantiles of what little there is of a short series."""
    quantiles = rank_quantiles(values, shares)
    return np.full(horizon, values.mean()), np.repeat(quantiles[None, :], horizon, axis=0)
