"""How well a panel is forecast: the held-out part scored for the model and its baselines in one run."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from ml.backtest.metrics import pinball, rmse, wape
from ml.backtest.results import ROW_SCHEMA, BacktestResult, Difference
from ml.demand.classes import SPARSE, demand_class, naive_scale
from ml.demand.config import PanelConfig
from ml.demand.intermittent import CLASSICAL
from ml.demand.members import LIBRARY, SeriesPool, seasonal_naive
from ml.demand.panel import PanelError, Series, panel_series
from ml.demand.panel_forecast import PanelForecast, forecast_panel
from ml.demand.panel_stock import STOCK_SHARES, stock_claim, stock_levels
from ml.demand.stock import fill_for_stock, fill_rate, level_for_claim, level_for_fill, stock_for_fill

Clock = Callable[[], float]
_DEVIATIONS = np.linspace(0, 8, 65)
_SPARSE_METHODS = ("ses", "croston", "croston_sba", "tsb")


def backtest_panel(
    panel: pl.DataFrame, horizon: int, season: int, *, clock: Clock, config: PanelConfig | None = None
) -> BacktestResult:
    """Forecast the test part from the train part and score it.

    panel: unique_id, t, y, part (`train` or `test`). Only the first `horizon` periods after a series' train
    part are scored, and only series with a train part. clock: seconds, for `seconds` by method (the model's
    hold its library members'). Gives `model`, `seasonal_naive`, the library's members and their median, and
    where most series are intermittent `ses`, `croston`, `croston_sba`, `tsb`, `zero` and the stock of
    `normal_rule`.
    """
    config = config or PanelConfig()
    series, actual, notes = _split(panel, horizon)
    values = [one.values for one in series]
    is_sparse = np.mean([demand_class(one) in SPARSE for one in values]) > 0.5
    if is_sparse:
        config = replace(config, quantiles=tuple(sorted({*config.quantiles, *STOCK_SHARES})))
    with SeriesPool(config.workers) as pool:
        members, seconds = _library(values, horizon, season, pool, clock)
        started = clock()
        forecast = forecast_panel(series, horizon, season, config=config, pool=pool, known=members)
        seconds = {"model": clock() - started + sum(seconds.values()), **seconds}
        stock = _stock(series, actual, season, config, forecast, pool) if is_sparse else {}
    means = {"model": forecast.mean, **_naive(values, horizon, season, seconds, clock), **members}
    means["library_median"] = np.median(np.stack([members[name] for name in LIBRARY], axis=2), axis=2)
    seconds["library_median"] = sum(seconds[name] for name in LIBRARY)
    if is_sparse:
        means |= _classical(values, horizon, seconds, clock)
    scale = np.array([_mase_scale(one, season) for one in values])
    metrics = {name: _point(actual, mean, scale, is_sparse) for name, mean in means.items()}
    metrics["model"] |= _bands(actual, forecast)
    metrics["seasonal_naive"] |= _bands(actual, _naive_bands(values, forecast, horizon, season))
    if is_sparse:
        metrics["model"] |= stock.pop("model")
        metrics |= stock
    return BacktestResult(
        "demand",
        int(np.isfinite(actual).sum()),
        ["test"],
        seconds,
        metrics,
        _rows(forecast, actual, means, scale),
        _differences(actual, means, scale),
        (*notes, *forecast.notes),
    )


def _split(panel: pl.DataFrame, horizon: int) -> tuple[list[Series], np.ndarray, list[str]]:
    if "part" not in panel.columns or set(panel["part"].drop_nulls().unique()) - {"train", "test"}:
        raise PanelError("part must be train or test in every row")
    train = panel_series(panel.filter(pl.col("part") == "train"))
    test = {
        (unique_id, t): y
        for unique_id, t, y in panel.filter(pl.col("part") == "test")
        .select(pl.col("unique_id").cast(pl.String), "t", pl.col("y").cast(pl.Float64, strict=False))
        .drop_nulls()
        .iter_rows()
    }
    first = min((t for _, t in test), default=0)
    series, rows = [], []
    for one in train:
        row = [test.get((one.unique_id, one.last + step), np.nan) for step in range(1, horizon + 1)]
        if len(one.values) and np.isfinite(row).any():
            series.append(one)
            rows.append(row)
    if not series:
        raise PanelError("no series has both a train and a test part; hold out a part with --test-last")
    left_out = len({unique_id for unique_id, _ in test} | {one.unique_id for one in train}) - len(series)
    notes = (
        [f"not scored: {left_out} series without a train or a test part (test from t = {first})"]
        if left_out
        else []
    )
    return series, np.array(rows), notes


def _library(
    values: Sequence[np.ndarray], horizon: int, season: int, pool: SeriesPool, clock: Clock
) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    found, seconds = {}, {}
    for name in LIBRARY:
        started = clock()
        found[name] = pool.run((name,), values, horizon, season).by_name[name]
        seconds[name] = clock() - started
    return found, seconds


def _naive(
    values: Sequence[np.ndarray], horizon: int, season: int, seconds: dict[str, float], clock: Clock
) -> dict[str, np.ndarray]:
    started = clock()
    found = np.array([seasonal_naive(one, horizon, season) for one in values])
    seconds["seasonal_naive"] = clock() - started
    return {"seasonal_naive": found}


def _classical(
    values: Sequence[np.ndarray], horizon: int, seconds: dict[str, float], clock: Clock
) -> dict[str, np.ndarray]:
    found = {"zero": np.zeros((len(values), horizon))}
    for name in _SPARSE_METHODS:
        started = clock()
        found[name] = np.repeat(np.array([[CLASSICAL[name](one)] for one in values]), horizon, axis=1)
        seconds[name] = clock() - started
    return found


def _mase_scale(values: np.ndarray, season: int) -> float:
    lag = season if len(values) > season else 1
    return float(np.abs(values[lag:] - values[:-lag]).mean()) if len(values) > lag else 0.0


def _point(
    actual: np.ndarray, mean: np.ndarray, scale: np.ndarray, is_sparse: bool
) -> dict[str, float | None]:
    """MASE and sMAPE as the mean over series; the others over all values. No sMAPE where zeros are usual."""
    known = np.isfinite(actual)
    a, f = actual[known], mean[known]
    off = np.where(known, mean - actual, np.nan)
    scored = scale > 0
    by_series = np.nanmean(np.abs(off[scored]), axis=1) / scale[scored]
    total = a.sum()
    measures = {
        "mase": float(by_series.mean()) if scored.any() else None,
        "smape": None if is_sparse else _mean_smape(actual, mean),
        "rmse": rmse(a, f),
        "wape": wape(a, f),
        "bias": float((f - a).sum() / total) if total else None,
        "abs_bias": float(abs((f - a).sum() / total)) if total else None,
    }
    return {**measures, "series_bias": float(np.abs(np.nanmean(off, axis=1)).mean())}


def _mean_smape(actual: np.ndarray, mean: np.ndarray) -> float:
    total = np.abs(actual) + np.abs(mean)
    error = np.where(total > 0, 200 * np.abs(actual - mean) / np.where(total > 0, total, 1), 0.0)
    return float(np.nanmean(np.where(np.isfinite(actual), error, np.nan), axis=1).mean())


def _bands(actual: np.ndarray, forecast: PanelForecast) -> dict[str, float | None]:
    known = np.isfinite(actual)
    at = {share: _at(forecast, share)[known] for share in (0.1, 0.5, 0.9)}
    a = actual[known]
    return {
        **{f"pinball_{round(100 * share)}": pinball(a, q, share) for share, q in at.items()},
        "coverage_80": float(((at[0.1] <= a) & (a <= at[0.9])).mean()),
        "width_80": float((at[0.9] - at[0.1]).mean()),
    }


def _at(forecast: PanelForecast, share: float) -> np.ndarray:
    return forecast.quantiles[:, :, int(np.argmin(np.abs(forecast.shares - share)))]


def _naive_bands(
    values: Sequence[np.ndarray], forecast: PanelForecast, horizon: int, season: int
) -> PanelForecast:
    """Seasonal naive with the quantiles of each series' own past errors of that rule."""
    bands = []
    for one in values:
        lag = season if len(one) > season else 1
        errors = one[lag:] - one[:-lag] if len(one) > lag else np.zeros(1)
        centre = seasonal_naive(one, horizon, season)
        bands.append(centre[:, None] + np.quantile(errors, forecast.shares)[None, :])
    return replace(forecast, quantiles=np.array(bands))


def _stock(
    series: Sequence[Series],
    actual: np.ndarray,
    season: int,
    config: PanelConfig,
    made: PanelForecast,
    pool: SeriesPool,
) -> dict[str, dict[str, float | None]]:
    """Fill rate and mean stock of both policies, for one period's demand a series.

    The model's is set beforehand: the first quantile whose expected fill, by its own distribution, is what
    `stock_claim` asks for. The normal rule (mean and deviation of the series' past) is set with hindsight, at
    the least number of deviations that met `fill_share`, or the greatest tried; its fill at the model's stock
    stands beside it. `stock_at_fill` is what each would have needed for exactly that share, none if it could
    not be reached. `fill_claim` is the share that the model's distribution was asked to expect.
    """
    levels, rule = stock_levels(made), _normal_levels(series)
    claim = stock_claim(series, actual.shape[1], season, config, pool)
    chosen = level_for_claim(levels, made.shares, claim)
    found = {
        name: {
            "fill_rate": fill_rate(actual, held[at]),
            "stock": float(held[at].mean()),
            "stock_at_fill": stock_for_fill(actual, held, config.fill_share),
        }
        for name, held, at in (
            ("model", levels, chosen),
            ("normal_rule", rule, level_for_fill(actual, rule, config.fill_share)),
        )
    }
    found["model"]["fill_claim"] = claim
    found["normal_rule"]["fill_at_model_stock"] = fill_for_stock(actual, rule, found["model"]["stock"])
    return found


def _normal_levels(series: Sequence[Series]) -> np.ndarray:
    mean = np.array([one.values.mean() for one in series])
    deviation = np.array([one.values.std(ddof=1) if len(one.values) > 1 else 0.0 for one in series])
    return np.array([mean + z * deviation for z in _DEVIATIONS])


def _rows(
    forecast: PanelForecast, actual: np.ndarray, means: Mapping[str, np.ndarray], scale: np.ndarray
) -> pl.DataFrame:
    """MASE by class of series and by step ahead."""
    rows = []
    named = np.array(forecast.demand_class)
    segments = {name: named == name for name in sorted(set(forecast.demand_class))}
    steps = [str(step) for step in range(1, actual.shape[1] + 1)]
    with np.errstate(all="ignore"):
        for method, mean in means.items():
            error = np.where(scale[:, None] > 0, np.abs(mean - actual) / scale[:, None], np.nan)
            for segment, inside in segments.items():
                rows.append(_row(segment, "all", method, error[inside]))
            rows += [_row("all", step, method, error[:, place]) for place, step in enumerate(steps)]
    return pl.DataFrame(rows, schema=ROW_SCHEMA, orient="row")


def _row(segment: str, step: str, method: str, error: np.ndarray) -> tuple[object, ...]:
    known = error[np.isfinite(error)]
    return "test", segment, step, method, "mase", float(known.mean()) if len(known) else None, len(known)


def _differences(actual: np.ndarray, means: Mapping[str, np.ndarray], scale: np.ndarray) -> list[Difference]:
    """Model against the library's median: MASE, resampled by series."""
    scored = scale > 0
    if not scored.any():
        return []
    loss = {
        name: np.nanmean(np.abs(means[name] - actual)[scored], axis=1) / scale[scored]
        for name in ("model", "library_median", "seasonal_naive")
    }
    rng = np.random.default_rng(0)
    draws = rng.integers(0, int(scored.sum()), (500, int(scored.sum())))
    found = []
    for baseline in ("library_median", "seasonal_naive"):
        apart = loss["model"] - loss[baseline]
        low, high = np.quantile(apart[draws].mean(axis=1), [0.05, 0.95])
        found.append(Difference("model", baseline, "mase", float(apart.mean()), float(low), float(high)))
    return found


__all__ = ["Clock", "backtest_panel", "naive_scale"]
