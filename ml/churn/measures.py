"""What a forecast of churn is measured by, and quick forms of it for thousands of resamples."""

from collections.abc import Callable

import numpy as np

from ml.backtest import metrics

Measure = Callable[[np.ndarray, np.ndarray], float | None]


def measures(is_event: np.ndarray, probability: np.ndarray) -> dict[str, float | int | None]:
    """The measures of a churn forecast: ranking, probability, and what share left (prevalence)."""
    return {
        "auc": metrics.auc(is_event, probability),
        "brier": metrics.brier(is_event, probability),
        "pr_auc": metrics.average_precision(is_event, probability),
        "prevalence": float(np.mean(is_event)) if len(is_event) else None,
        "calibration_error": metrics.calibration_error(is_event, probability),
        "lift_10": metrics.lift(is_event, probability),
    }


def quick_auc(y: np.ndarray, p: np.ndarray) -> float | None:
    """AUC by ranks: the same as `metrics.auc`, in a tenth of its time, which thousands of draws need."""
    from scipy.stats import rankdata

    events = y.sum()
    others = len(y) - events
    if not events or not others:
        return None
    return float((rankdata(p)[y > 0].sum() - events * (events + 1) / 2) / (events * others))


def quick_brier(y: np.ndarray, p: np.ndarray) -> float | None:
    """Brier score without the checks: the same as `metrics.brier`."""
    return float(np.mean((y - p) ** 2)) if len(y) else None
