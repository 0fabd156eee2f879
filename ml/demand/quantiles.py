"""Quantiles from what forecasts of the same kind were wrong by, with the coverage they claim."""

from dataclasses import dataclass

import numpy as np

#: Fewer errors of one class than this are judged together with all others.
_FEWEST = 200
_POOLED = "all"


def rank_quantiles(errors: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """The quantiles at rank (n + 1)·p, which is right for a value still to come; NaN without errors.

    Source: split conformal prediction, Vovk and others; see Angelopoulos and Bates, 2023.
    """
    ordered = np.sort(errors[np.isfinite(errors)])
    if not len(ordered):
        return np.full(len(shares), np.nan)
    return np.interp((len(ordered) + 1) * shares - 1, np.arange(len(ordered)), ordered)


@dataclass(frozen=True)
class ErrorQuantiles:
    """Quantiles of errors over their expected size, by class and part of the horizon.

    by_class: a class (or `all`) → parts × shares. step_part: for each step ahead, its part.
    """

    shares: np.ndarray
    by_class: dict[str, np.ndarray]
    step_part: np.ndarray

    def around(
        self, mean: np.ndarray, spread: np.ndarray, classes: list[str], least: np.ndarray
    ) -> np.ndarray:
        """Series × horizon × shares in order, none below the series' `least`."""
        tables = np.stack(
            [self.by_class.get(name, self.by_class[_POOLED])[self.step_part] for name in classes]
        )
        values = mean[:, :, None] + spread[:, :, None] * tables
        return np.sort(np.maximum(values, least[:, None, None]), axis=2)


def learn_quantiles(
    actual: np.ndarray,
    mean: np.ndarray,
    spread: np.ndarray,
    classes: list[str],
    shares: np.ndarray,
    parts: int = 3,
) -> ErrorQuantiles:
    """From forecasts that had not seen the actuals (series × horizon); no errors, no width."""
    horizon = mean.shape[1]
    step_part = np.minimum(np.arange(horizon) * parts // max(horizon, 1), parts - 1)
    ratio = (actual - mean) / np.maximum(spread, 1e-12)
    by_class = {_POOLED: _by_part(ratio, step_part, shares)}
    named = np.array(classes)
    for name in sorted(set(classes)):
        rows = ratio[named == name]
        if rows.size >= _FEWEST * len(set(step_part)):
            by_class[name] = _by_part(rows, step_part, shares)
    return ErrorQuantiles(shares, by_class, step_part)


def _by_part(ratio: np.ndarray, step_part: np.ndarray, shares: np.ndarray) -> np.ndarray:
    table = np.stack(
        [rank_quantiles(ratio[:, step_part == part].ravel(), shares) for part in range(step_part.max() + 1)]
    )
    return np.nan_to_num(table)
