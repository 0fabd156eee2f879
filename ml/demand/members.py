"""The members of the blend that learn from one series alone, each with its fallback."""

import os
import warnings
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from types import TracebackType

import numpy as np

#: The library's members, and Theta with the season added instead of multiplied.
LIBRARY = ("auto_ets", "dynamic_optimized_theta", "auto_ces")
ADDED_THETA = "theta_additive"
_CHUNK = 16
#: A forecast further from the series than this many of its ranges has run away.
_FAR = 3.0


@dataclass(frozen=True)
class MemberForecasts:
    """Forecasts by member, series × horizon, and how many series fell back to seasonal naive."""

    by_name: Mapping[str, np.ndarray]
    fallbacks: Mapping[str, int]


class SeriesPool:
    """Fits many series, in as many processes as asked; the results do not depend on how many."""

    def __init__(self, workers: int = 1) -> None:
        self._workers = workers
        self._executor: Executor | None = None

    def __enter__(self) -> "SeriesPool":
        if self._workers > 1:
            # A fork of a process with threads (polars, Dagster) may hang; fresh processes cannot.
            self._executor = ProcessPoolExecutor(self._workers, mp_context=get_context("spawn"))
            list(self._executor.map(_warm, range(self._workers)))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._executor:
            self._executor.shutdown()
            self._executor = None

    def run(
        self, names: Sequence[str], values: Sequence[np.ndarray], horizon: int, season: int
    ) -> MemberForecasts:
        """The mean forecasts of each member for each series."""
        jobs = [
            (tuple(names), values[start : start + _CHUNK], horizon, season)
            for start in range(0, len(values), _CHUNK)
        ]
        parts = list(self._executor.map(_fit_chunk, jobs) if self._executor else map(_fit_chunk, jobs))
        found = [row for part in parts for row in part]
        return MemberForecasts(
            {
                name: np.array([row[place][0] for row in found]).reshape(-1, horizon)
                for place, name in enumerate(names)
            },
            {name: sum(row[place][1] for row in found) for place, name in enumerate(names)},
        )


def _warm(_: int) -> None:
    """Load and compile in this process: that takes seconds, which are no series' cost."""
    wave = 10 + np.sin(np.arange(30))
    for name in (*LIBRARY, ADDED_THETA):
        _fit(name, wave, 2, 4)


def _fit_chunk(
    job: tuple[tuple[str, ...], Sequence[np.ndarray], int, int],
) -> list[list[tuple[np.ndarray, bool]]]:
    names, values, horizon, season = job
    return [[_fit(name, series, horizon, season) for name in names] for series in values]


def _fit(name: str, values: np.ndarray, horizon: int, season: int) -> tuple[np.ndarray, bool]:
    """The forecast, and whether the member failed and seasonal naive stands for it."""
    # Compiled members write into what they are given, and a column of a frame is read-only.
    values = np.array(values, dtype=float)
    season = season if len(values) > 2 * season else 1
    values = np.array(values, dtype=float)  # the library writes into what it is given
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            mean = np.asarray(_model(name, values, season).forecast(values, horizon)["mean"], dtype=float)
    except Exception:  # noqa: BLE001  (the library raises bare Exception where nothing could be fitted)
        return seasonal_naive(values, horizon, season), True
    low, high = values.min(), values.max()
    reach = _FAR * max(high - low, abs(high), 1e-9)
    if not np.isfinite(mean).all() or (mean < low - reach).any() or (mean > high + reach).any():
        return seasonal_naive(values, horizon, season), True
    return mean, False


def _model(name: str, values: np.ndarray, season: int) -> object:
    # Compiling complex smoothing takes half a minute; kept on disk, it is done once a machine.
    os.environ.setdefault("NIXTLA_NUMBA_CACHE", "1")
    from statsforecast import models

    if name == "auto_ets":
        return models.AutoETS(season_length=season)
    if name == "auto_ces":
        return models.AutoCES(season_length=season)
    kind = "additive" if name == ADDED_THETA or values.min() <= 0 else "multiplicative"
    return models.DynamicOptimizedTheta(season_length=season, decomposition_type=kind)


def seasonal_naive(values: np.ndarray, horizon: int, season: int) -> np.ndarray:
    """The last season again; where there is less than one, the last value."""
    if not len(values):
        return np.zeros(horizon)
    last = values[-season:] if len(values) >= season else values[-1:]
    return np.resize(last, horizon).astype(float)


def seasonal_mean(values: np.ndarray, horizon: int, season: int, seasons: int = 3) -> np.ndarray:
    """The mean of the same period of the last seasons; of the last season where there is but one."""
    whole = min(seasons, len(values) // season)
    if whole < 1:
        return seasonal_naive(values, horizon, season)
    return np.resize(values[-whole * season :].reshape(whole, season).mean(axis=0), horizon).astype(float)
