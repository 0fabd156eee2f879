"""The forecast of a whole panel: each series by the methods made for its class, with a named fallback."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from ml.demand.classes import SPARSE, demand_class
from ml.demand.config import PanelConfig
from ml.demand.intermittent import forecast_sparse
from ml.demand.members import LIBRARY, SeriesPool
from ml.demand.panel import Series
from ml.demand.regular import forecast_regular, naive_quantiles

#: How a series was forecast.
PANEL_METHODS = (
    "blend",  # library members, pooled autoregression and correction, weighted by back-test
    "pooled",  # intermittent: the pooled regression
    "ses",
    "croston",
    "croston_sba",
    "tsb",
    "imapa",
    "constant",  # the one value it ever had
    "naive_mean",  # too short for anything but its mean and its own quantiles
    "no_values",  # nothing to learn from: refused by name, NaN
)


@dataclass(frozen=True)
class PanelForecast:
    """The future of each series, in the order given.

    mean: series × horizon. quantiles: series × horizon × config.quantiles. lead_quantiles: of the demand of a
    lead time. method, demand_class: by series. notes: fallbacks and flaws of the data, counted and named.
    """

    ids: list[str]
    mean: np.ndarray
    quantiles: np.ndarray
    lead_quantiles: np.ndarray
    method: list[str]
    demand_class: list[str]
    shares: np.ndarray
    weights: Mapping[str, np.ndarray] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def frame(self) -> pl.DataFrame:
        """Long: unique_id, step (1 …), mean, p05 … p99, method_code, class_code."""
        count, horizon = self.mean.shape
        columns = {
            "unique_id": np.repeat(self.ids, horizon),
            "step": np.tile(np.arange(1, horizon + 1), count),
            "mean": self.mean.ravel(),
        }
        for place, share in enumerate(self.shares):
            columns[f"p{round(100 * share):02d}"] = self.quantiles[:, :, place].ravel()
        columns["method_code"] = np.repeat(self.method, horizon)
        columns["class_code"] = np.repeat(self.demand_class, horizon)
        return pl.DataFrame(columns).with_columns(pl.col(pl.Float64).fill_nan(None))


def forecast_panel(
    series: Sequence[Series],
    horizon: int,
    season: int,
    *,
    config: PanelConfig | None = None,
    pool: SeriesPool | None = None,
    known: Mapping[str, np.ndarray] | None = None,
) -> PanelForecast:
    """Forecast each series `horizon` periods beyond its own end.

    known: forecasts of library members for these series (series × horizon), where they were made already. The
    same input gives the same output to the last digit, whatever the number of processes.
    """
    if horizon < 1 or season < 1:
        raise ValueError(f"horizon and season must be at least 1, not {horizon} and {season}")
    config = config or PanelConfig()
    shares = np.array(config.quantiles)
    classes = [demand_class(one.values) for one in series]
    count = len(series)
    state = PanelForecast(
        [one.unique_id for one in series],
        np.full((count, horizon), np.nan),
        np.full((count, horizon, len(shares)), np.nan),
        np.full((count, len(shares)), np.nan),
        ["no_values"] * count,
        classes,
        shares,
    )
    values = [one.values for one in series]
    kinds = [_kind(name, one) for name, one in zip(classes, values, strict=True)]
    by_kind = {
        kind: np.array([place for place, found in enumerate(kinds) if found == kind], dtype=int)
        for kind in ("regular", "sparse", "naive")
    }
    weights = _fill_regular(
        state, values, by_kind["regular"], season, config, pool or SeriesPool(), known or {}
    )
    _fill_sparse(state, values, by_kind["sparse"], config)
    _fill_naive(state, values, by_kind["naive"])
    return PanelForecast(
        state.ids, state.mean, state.quantiles, state.lead_quantiles, state.method, classes, shares, weights,
        _notes(series, state.method),
    )  # fmt: skip


def _kind(name: str, values: np.ndarray) -> str:
    """Whose methods forecast the series. What was never wanted yet is a rare demand, not one of none."""
    if name in SPARSE or (name == "constant" and not values.any()):
        return "sparse"
    return "regular" if name in ("smooth", "erratic") else "naive"


def _fill_regular(
    state: PanelForecast,
    values: list[np.ndarray],
    places: np.ndarray,
    season: int,
    config: PanelConfig,
    pool: SeriesPool,
    known: Mapping[str, np.ndarray],
) -> Mapping[str, np.ndarray]:
    if not len(places):
        return {}
    found = forecast_regular(
        [values[p] for p in places],
        state.mean.shape[1],
        season,
        config,
        pool,
        {name: known[name][places] for name in LIBRARY if name in known},
    )
    state.mean[places], state.quantiles[places] = found.mean, found.quantiles
    # Months of one lead time err alike, so their quantiles add up; were they independent this would be too
    # much.
    lead = min(config.lead_periods, state.mean.shape[1])
    state.lead_quantiles[places] = found.quantiles[:, :lead].sum(axis=1) * config.lead_periods / lead
    for place in places:
        state.method[place] = "blend"
    return found.weights


def _fill_sparse(
    state: PanelForecast, values: list[np.ndarray], places: np.ndarray, config: PanelConfig
) -> None:
    if not len(places):
        return
    found = forecast_sparse(
        [values[p] for p in places],
        state.mean.shape[1],
        state.shares,
        lead=config.lead_periods,
        seed=config.seed,
    )
    state.mean[places] = found.mean[:, None]
    state.quantiles[places] = found.quantiles[:, None, :]
    state.lead_quantiles[places] = found.lead_quantiles
    for place in places:
        state.method[place] = found.method


def _fill_naive(state: PanelForecast, values: list[np.ndarray], places: np.ndarray) -> None:
    horizon = state.mean.shape[1]
    for place in places:
        if not len(values[place]):
            continue
        mean, quantiles = naive_quantiles(values[place], horizon, state.shares)
        state.mean[place], state.quantiles[place], state.lead_quantiles[place] = mean, quantiles, quantiles[0]
        state.method[place] = "constant" if state.demand_class[place] == "constant" else "naive_mean"


def _notes(series: Sequence[Series], methods: list[str]) -> tuple[str, ...]:
    """One line a kind of flaw or fallback, with how many and the first few by name."""
    found: dict[str, list[str]] = {}
    for one, method in zip(series, methods, strict=True):
        for problem in one.problems:
            found.setdefault(problem, []).append(one.unique_id)
        if method in ("constant", "naive_mean", "no_values"):
            found.setdefault(f"fallback {method}", []).append(one.unique_id)
    return tuple(f"{name}: {len(ids)} ({', '.join(ids[:3])})" for name, ids in sorted(found.items()))
