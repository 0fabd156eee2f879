"""Measures of forecasts. A zero denominator gives None («no data»), never 0 or 100.

No MAPE: it is undefined where demand is zero and rewards forecasting too little.
"""

from collections.abc import Sequence

import numpy as np
from sklearn.metrics import average_precision_score, brier_score_loss, mean_pinball_loss, roc_auc_score

Values = Sequence[float] | np.ndarray


def _arrays(*columns: Values) -> list[np.ndarray]:
    arrays = [np.asarray(column, dtype=float) for column in columns]
    if len({array.shape for array in arrays}) != 1:
        raise ValueError(f"lengths differ: {', '.join(str(len(array)) for array in arrays)}")
    if any(np.isnan(array).any() for array in arrays):
        raise ValueError("a value is missing: decide before scoring what a row without a forecast counts for")
    return arrays


def _ratio(numerator: float, denominator: float) -> float | None:
    return float(numerator / denominator) if denominator else None


def wape(actual: Values, forecast: Values) -> float | None:
    """Weighted absolute percentage error, Σ|A−F| / ΣA, as a share. State lag and level beside it."""
    a, f = _arrays(actual, forecast)
    return _ratio(np.abs(a - f).sum(), a.sum())


def bias(actual: Values, forecast: Values) -> float | None:
    """Σ(F−A) / ΣA, as a share: above zero, too much was forecast."""
    a, f = _arrays(actual, forecast)
    return _ratio((f - a).sum(), a.sum())


def mase(actual: Values, forecast: Values, train: Values, season: int = 1) -> float | None:
    """Mean absolute scaled error: MAE over the in-sample MAE of one series' (seasonal) naive one."""
    a, f = _arrays(actual, forecast)
    history = np.asarray(train, dtype=float)
    if len(history) <= season or not len(a):
        return None
    return _ratio(np.abs(a - f).mean(), np.abs(history[season:] - history[:-season]).mean())


def forecast_value_added(wape_before: float | None, wape_after: float | None) -> float | None:
    """The error before a step minus the error after it; above zero, the step helped."""
    return None if wape_before is None or wape_after is None else wape_before - wape_after


def pinball(actual: Values, forecast: Values, share: float) -> float | None:
    """Mean quantile loss of the forecasts of quantile `share` (0–1), in the unit of the actuals."""
    a, f = _arrays(actual, forecast)
    return float(mean_pinball_loss(a, f, alpha=share)) if len(a) else None


def pinball_at_least(
    actual: Values, forecast: Values, share: float, is_final: Sequence[bool]
) -> float | None:
    """The least mean quantile loss that agrees with what is known.

    Where `is_final` is false the actual is only known to be greater than the value given (an open milestone):
    the loss then is at least the one of the nearest actual possible. Leaving such rows out instead rewards
    whoever forecasts too early, as the late ones are the last to be known.
    """
    a, f = _arrays(actual, forecast)
    return pinball(np.where(np.asarray(is_final, dtype=bool), a, np.maximum(a, f)), f, share)


def coverage(actual: Values, lower: Values, upper: Values) -> float | None:
    """The share of actuals within [lower, upper], both included."""
    a, low, high = _arrays(actual, lower, upper)
    return float(((low <= a) & (a <= high)).mean()) if len(a) else None


def width(lower: Values, upper: Values) -> float | None:
    """The mean width of the intervals: coverage without it is cheap."""
    low, high = _arrays(lower, upper)
    return float((high - low).mean()) if len(low) else None


def brier(is_event: Values, probability: Values) -> float | None:
    """Mean squared error of probabilities, 0 (perfect) to 1."""
    y, p = _arrays(is_event, probability)
    return float(brier_score_loss(y, p)) if len(y) else None


def average_precision(is_event: Values, probability: Values) -> float | None:
    """Area under precision over recall; None without any event. Show the prevalence beside it."""
    y, p = _arrays(is_event, probability)
    return float(average_precision_score(y, p)) if y.any() else None


def lift(is_event: Values, probability: Values, top_share: float = 0.1) -> float | None:
    """The event rate among the likeliest `top_share` over the rate among all.

    The top has at least one member; ties at its edge count by their mean, so the order of rows has no say.
    """
    y, p = _arrays(is_event, probability)
    if not y.any():
        return None
    size = max(1, round(top_share * len(y)))
    edge = np.sort(p)[-size]
    above, at_edge = y[p > edge], y[p == edge]
    hits = above.sum() + at_edge.mean() * (size - len(above))
    return float(hits / size / y.mean())


def auc(is_event: Values, probability: Values) -> float | None:
    """Area under the ROC curve, 0.5 is chance; None where all or none are events."""
    y, p = _arrays(is_event, probability)
    return float(roc_auc_score(y, p)) if 0 < y.sum() < len(y) else None


def calibration_error(is_event: Values, probability: Values, bins: int = 10) -> float | None:
    """Mean |mean probability − event rate| over the bins of `reliability`, weighted by count, a share."""
    parts = reliability(is_event, probability, bins)
    total = sum(count for *_, count in parts)
    return sum(count * abs(told - seen) for told, seen, count in parts) / total if total else None


def reliability(is_event: Values, probability: Values, bins: int = 10) -> list[tuple[float, float, int]]:
    """Mean probability, event rate and count of each bin of equal count: a reliability plot's points.

    Rows are cut by rank, so ties at an edge may lie in both bins. Fewer rows than bins: one bin a row.
    """
    y, p = _arrays(is_event, probability)
    if not len(y):
        return []
    parts = np.array_split(np.argsort(p, kind="stable"), min(bins, len(y)))
    return [(float(p[part].mean()), float(y[part].mean()), len(part)) for part in parts]


def smape(actual: Values, forecast: Values) -> float | None:
    """Symmetric MAPE as the M3 competition has it: mean of 200·|A−F| / (|A|+|F|), in percent.

    Both zero counts as no error. Not for intermittent demand, where it is unstable.
    """
    a, f = _arrays(actual, forecast)
    total = np.abs(a) + np.abs(f)
    if not len(a):
        return None
    return float(np.mean(np.divide(200 * np.abs(a - f), total, out=np.zeros_like(total), where=total > 0)))


def rmse(actual: Values, forecast: Values) -> float | None:
    """Root mean squared error, in the unit of the actuals."""
    a, f = _arrays(actual, forecast)
    return float(np.sqrt(np.mean((a - f) ** 2))) if len(a) else None


def mae(actual: Values, forecast: Values) -> float | None:
    """Mean absolute error, in the unit of the actuals."""
    a, f = _arrays(actual, forecast)
    return float(np.abs(a - f).mean()) if len(a) else None


def tracking_signal(actual: Values, forecast: Values) -> float | None:
    """Sum of F−A over the mean absolute error: beyond ±4, as commonly held, a forecast is biased."""
    a, f = _arrays(actual, forecast)
    return _ratio((f - a).sum(), np.abs(f - a).mean()) if len(a) else None
