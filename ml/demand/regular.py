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
from ml.demand.members import ADDED_THETA, SeriesPool
from ml.demand.pooled import Learnt, OriginTable, learn, origin_table, pooled_autoregression
from ml.demand.quantiles import ErrorQuantiles, learn_quantiles, rank_quantiles

_QUICK = "dynamic_optimized_theta"
_SLOW = ("auto_ets", "auto_ces")


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
    pasts = [past for past in _pasts(values, horizon, season, config.past_origins) if len(past.values)]
    least = np.array([0.0 if series.min() >= 0 else -np.inf for series in values])
    shares = np.array(config.quantiles)
    if not pasts:
        return _unproven(table, now, classes, shares, least)
    tables = [_table(past.values, _quick(past, horizon, season, pool), horizon, season) for past in pasts]
    learnt = learn(tables, [p.actual for p in pasts], [p.places for p in pasts], config.seed)
    weights, error_share = _weights(pasts[0], learnt, tables[0], horizon, season, config, pool)
    members = np.stack([learnt.booster.corrected(table), *(now[name] for name in _SLOW)], axis=2)
    mean = np.maximum(blended(members, weights, classes), least[:, None])
    errors = _error_quantiles(pasts, learnt, shares)
    spread = _levelled(learnt.booster.spread(table), table, learnt, tables[0], pasts[0]) * error_share
    return RegularForecast(mean, errors.around(mean, spread, classes, least), weights, learnt.booster.share)


def _pasts(values: Sequence[np.ndarray], horizon: int, season: int, count: int) -> list[_Past]:
    """Origins a horizon back and further, half a horizon apart; the first is the latest."""
    found = []
    shortest = max(2 * season + 1, 8)
    for back in (horizon + number * max(1, horizon // 3) for number in range(count)):
        places = np.array([p for p, series in enumerate(values) if len(series) - back >= shortest], dtype=int)
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


def _weights(
    past: _Past,
    learnt: Learnt,
    table: OriginTable,
    horizon: int,
    season: int,
    config: PanelConfig,
    pool: SeriesPool,
) -> tuple[dict[str, np.ndarray], float]:
    """Weights of corrected base, ETS and CES by class, and the blend's error over the base's."""
    sample = _sample(len(past.values), config)
    values = [past.values[place] for place in sample]
    slow = pool.run(_SLOW, values, horizon, season).by_name
    classes = [demand_class(series) for series in values]
    members = np.stack([learnt.corrected[0][sample], *(slow[name] for name in _SLOW)], axis=2)
    weights = blend_weights(members, past.actual[sample], table.scale[sample], classes)
    scale = table.scale[sample][:, None]
    of_blend = np.abs(blended(members, weights, classes) - past.actual[sample]) / scale
    of_base = np.abs(members[:, :, 0] - past.actual[sample]) / scale
    return weights, float(np.clip(of_blend.mean() / max(of_base.mean(), 1e-12), 0.5, 1.0))


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


def _sample(count: int, config: PanelConfig) -> np.ndarray:
    rng = np.random.default_rng(config.seed)
    return np.sort(rng.permutation(count)[: config.weight_series])


def _error_quantiles(pasts: list[_Past], learnt: Learnt, shares: np.ndarray) -> ErrorQuantiles:
    classes = [demand_class(series) for past in pasts for series in past.values]
    actual, mean, spread = (
        np.concatenate(list(column))
        for column in ([p.actual for p in pasts], learnt.corrected, learnt.spread)
    )
    return learn_quantiles(actual, mean, spread, classes, shares)


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
