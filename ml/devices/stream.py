"""How surprising each point of one signal is, given only the points before it: made for any signal.

Several views of the signal (its value, its level and spread over short windows, its departure from what that
time of day is wont to bring) are each held against their own past, as deviations from the mean of earlier
views. The mean surprise is weighed against its own tail so far: among signals that jump every day, a jump is
no news. Of a run of alarms only what is more surprising than the alarm before it is told again. Nothing is
fitted ahead of time, and nothing looks ahead. After the evaluation of such detectors by Ahmad, Lavin, Purdy
and Agha, Neurocomputing 262, 2017; self-calibrating thresholds after Bodik et al., EuroSys 2010.
"""

import numpy as np
import polars as pl

from ml.devices.config import StreamConfig

_DAY_S = 86_400


def anomaly_scores(at: np.ndarray, values: np.ndarray, config: StreamConfig | None = None) -> np.ndarray:
    """A score a point, 0 for nothing new and above it the more surprising; of the same length as `values`.

    at: instants in order (datetime64). values: numbers; missing or infinite ones carry the last known value
    on, so that they surprise nobody. Two series equal up to a point have equal scores up to it.
    """
    config = config or StreamConfig()
    known = carried_on(values)
    if not len(known):
        return np.zeros(0)
    surprise = np.mean([_deviation(view, config) for view in _views(at, known, config)], axis=0)
    usual = _tail_so_far(surprise, config)
    return _news(np.sqrt(surprise * surprise / np.maximum(usual, config.least_tail)), config.quiet_points)


def carried_on(values: np.ndarray) -> np.ndarray:
    """The values with missing and infinite ones replaced by the last known, at the start by 0."""
    numbers = np.asarray(values, dtype=float)
    known = pl.Series(np.where(np.isfinite(numbers), numbers, np.nan)).fill_nan(None)
    return known.forward_fill().fill_null(0.0).to_numpy()


def windowed_gaussian(values: np.ndarray, window: int = 6400, step: int = 100) -> np.ndarray:
    """The benchmark's own simple detector: how far in the tail of a normal fitted to the last `window`."""
    from scipy.stats import norm

    known = carried_on(values)
    scores = np.zeros(len(known))
    for start in range(step, len(known), step):
        before = known[max(0, start - window) : start]
        spread = max(float(before.std()), 1e-6)
        scores[start : start + step] = 1 - norm.sf(
            np.abs(known[start : start + step] - before.mean()) / spread
        )
    return scores


def _views(at: np.ndarray, values: np.ndarray, config: StreamConfig) -> list[np.ndarray]:
    series = pl.Series(values)
    short, middle, long = config.short_points, 2 * config.short_points, 4 * config.short_points
    views = [
        series,
        series.rolling_mean(short, min_samples=1),
        series.rolling_mean(long, min_samples=1),
        series.rolling_median(middle, min_samples=1),
        series.rolling_std(long, min_samples=2).fill_null(0.0),
    ]
    departure = _from_time_of_day(at, series, config)
    if departure is not None:
        views += [
            departure,
            departure.rolling_mean(middle, min_samples=1),
            departure.rolling_mean(2 * long, min_samples=1),
        ]
    return [view.to_numpy() for view in views]


def _from_time_of_day(at: np.ndarray, values: pl.Series, config: StreamConfig) -> pl.Series | None:
    """The value less the weighted mean of earlier days' at the same time; None below two days."""
    seconds = np.asarray(at).astype("datetime64[s]").astype(np.int64)
    step = int(np.median(np.diff(seconds))) if len(seconds) > 1 else 0
    if step <= 0 or step > _DAY_S // 2 or seconds[-1] - seconds[0] < 2 * _DAY_S:
        return None
    frame = pl.DataFrame({"slot": (seconds % _DAY_S) // step, "value": values})
    earlier = pl.col("value").ewm_mean(alpha=config.day_weight, adjust=True).shift(1).over("slot")
    level = pl.col("value").ewm_mean(half_life=_DAY_S / step, adjust=True).shift(1)
    return frame.select(pl.col("value") - pl.coalesce(earlier, level, "value")).to_series()


def _deviation(view: np.ndarray, config: StreamConfig) -> np.ndarray:
    """By how many standard deviations of the past each point departs from the past's mean."""
    series = pl.Series(view)
    middle = series.rolling_mean(config.memory_points, min_samples=1).shift(1)
    spread = series.rolling_std(config.memory_points, min_samples=2).shift(1)
    away = (series - middle).abs().fill_null(0.0).to_numpy()
    # What is left of rounding in a signal that stood still is no deviation.
    least = 1e-9 * np.maximum.accumulate(np.abs(view)) + 1e-12
    deviation = np.where(away > least, away / np.maximum(spread.fill_null(0.0).to_numpy(), least), 0.0)
    deviation[: config.silent_points] = 0.0
    return np.minimum(deviation, config.ceiling)


def _tail_so_far(surprise: np.ndarray, config: StreamConfig) -> np.ndarray:
    """The surprise that so far was seldom exceeded, looked up again every few points; at first infinite."""
    usual = np.full(len(surprise), np.inf)
    for start in range(0, len(surprise), config.look_up_points):
        before = surprise[max(0, start - config.memory_points) : start]
        if len(before) >= 2 * config.silent_points:
            usual[start : start + config.look_up_points] = np.quantile(before, config.tail_share)
    return usual


def _news(scores: np.ndarray, quiet_points: int) -> np.ndarray:
    """A score only where it is above all of the `quiet_points` before it."""
    recent = pl.Series(scores).rolling_max(quiet_points, min_samples=1).shift(1).fill_null(np.inf).to_numpy()
    return np.where(scores > recent, scores, 0.0)
