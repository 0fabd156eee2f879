"""What kind of series is it? Methods are chosen by it: what suits a smooth one fails on a lumpy one."""

import numpy as np

#: Smooth, erratic, intermittent, lumpy: the four of Syntetos and Boylan; the others can't be learnt from.
CLASSES = ("smooth", "erratic", "intermittent", "lumpy", "constant", "short", "empty")
SPARSE = ("intermittent", "lumpy")
_INTERVAL_LIMIT, _VARIATION_LIMIT = 1.32, 0.49
_SHORTEST = 6


def demand_class(values: np.ndarray) -> str:
    """One of CLASSES, by the mean interval between demands and the squared variation of their sizes.

    Source: Syntetos, Boylan, Croston, «On the categorization of demand patterns», JORS 2005.
    """
    if not len(values):
        return "empty"
    if len(values) < _SHORTEST:
        return "short"
    if np.ptp(values) == 0:
        return "constant"
    sizes = values[values != 0]
    is_often = len(values) / len(sizes) <= _INTERVAL_LIMIT
    is_steady = len(sizes) < 2 or (sizes.std(ddof=1) / sizes.mean()) ** 2 <= _VARIATION_LIMIT
    if is_often:
        return "smooth" if is_steady else "erratic"
    return "intermittent" if is_steady else "lumpy"


def naive_scale(values: np.ndarray, season: int) -> float:
    """The mean absolute change against a season ago (or the last period), never zero: scales errors."""
    lag = season if len(values) > season else 1
    changes = np.abs(values[lag:] - values[:-lag]).mean() if len(values) > lag else 0.0
    return float(max(changes, 1e-3 * np.abs(values).mean() if len(values) else 0.0, 1e-9))
