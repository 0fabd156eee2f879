"""Is a difference between two methods more than chance? Resampling of whole groups, both methods alike."""

from collections.abc import Callable

import numpy as np

Scores = np.ndarray


def difference_interval(
    groups: np.ndarray,
    measure: Callable[[np.ndarray], float | None],
    *,
    draws: int = 500,
    share: float = 0.9,
    seed: int = 0,
) -> tuple[float, float]:
    """The interval that holds `share` of `measure` over resamples of whole groups, drawn with replacement.

    groups: the group of each row (an origin, a customer, a series): rows of one group depend on each other,
    so they are drawn together. measure: from row numbers to a number, such as the difference of two methods'
    loss on those rows; None (one class only in a draw) leaves the draw out. NaN, NaN when no draw has one.
    Method: cluster bootstrap, percentile interval (Field and Welsh, JRSS B 2007).
    """
    rng = np.random.default_rng(seed)
    _, number = np.unique(groups, return_inverse=True)
    order = np.argsort(number, kind="stable")
    starts = np.searchsorted(number[order], np.arange(number.max() + 2 if len(number) else 1))
    members = [order[starts[i] : starts[i + 1]] for i in range(len(starts) - 1)]
    values = []
    for _ in range(draws if members else 0):
        drawn = rng.integers(0, len(members), len(members))
        value = measure(np.concatenate([members[i] for i in drawn]))
        if value is not None and np.isfinite(value):
            values.append(value)
    if not values:
        return float("nan"), float("nan")
    low, high = np.quantile(values, [(1 - share) / 2, (1 + share) / 2])
    return float(low), float(high)
