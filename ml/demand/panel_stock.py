"""Stock for a panel: the level of each series' lead-time demand, set by what such levels met before."""

from collections.abc import Sequence

import numpy as np

from ml.demand.config import PanelConfig
from ml.demand.members import SeriesPool
from ml.demand.panel import Series
from ml.demand.panel_forecast import PanelForecast, forecast_panel
from ml.demand.stock import claim_for_fill

#: Shares at which a lead time's demand is read: dense where rare demand begins.
STOCK_SHARES: tuple[float, ...] = (
    *(round(0.5 + 0.05 * step, 4) for step in range(9)),
    *(round(0.91 + 0.005 * step, 4) for step in range(16)),
    *(round(0.99 + 0.001 * step, 4) for step in range(10)),
    0.9995,
)
#: An earlier origin leaves each series at least so many periods.
_SHORTEST = 6


def stock_levels(forecast: PanelForecast) -> np.ndarray:
    """Levels × series: the quantiles of a lead time's demand at the forecast's shares, never falling."""
    return np.maximum.accumulate(np.nan_to_num(forecast.lead_quantiles), axis=1).T


def stock_claim(
    series: Sequence[Series], horizon: int, season: int, config: PanelConfig, pool: SeriesPool | None = None
) -> float:
    """What share of demand the forecast must expect to meet for `config.fill_share` of it to be met.

    The panel is forecast again from an earlier origin, a quarter of the longest history back (the horizon at
    most), and its levels are held against what came since. Nothing after the series' ends is known to it;
    with series too short for that, `fill_share` itself.
    """
    longest = max((len(one.values) for one in series), default=0)
    back = int(np.clip(longest // 4, 1, horizon))
    known = [one for one in series if len(one.values) - back >= _SHORTEST]
    if not known:
        return config.fill_share
    earlier = [one.until(one.last - back) for one in known]
    came = np.array([one.values[-back:] for one in known])
    told = forecast_panel(earlier, back, season, config=config, pool=pool)
    return claim_for_fill(came, stock_levels(told), told.shares, config.fill_share)
