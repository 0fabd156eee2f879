"""How long devices as worn as this one lasted: the reference class of the past, with the unfailed ones kept.

Every few days each device is a case: how worn it was, and how many days later it failed, or how long it has
gone without failing since. Leaving the latter out would make every band too short (Kaplan and Meier, JASA 53,
1958).
"""

from dataclasses import dataclass

import numpy as np

#: Shares of a family's cases below the limits of its wear classes: finer where wear is rare.
_BELOW = (0.5, 0.75, 0.88, 0.92, 0.95, 0.97, 0.98, 0.99)
_SHARES = (0.1, 0.5, 0.9)


@dataclass(frozen=True)
class Lifetimes:
    """By family and wear class: probability within the horizon, P10/P50/P90 (NaN: not reached), cases."""

    families: dict[int, int]
    edges: np.ndarray
    probability: np.ndarray
    days: np.ndarray
    cases: np.ndarray

    @property
    def is_known(self) -> bool:
        """Whether enough failures were seen for any band at all."""
        return bool(self.cases.any())

    def of(self, family: np.ndarray, wear: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Probability, days (rows of three) and number of cases for devices of these families and wears."""
        row = np.array([self.families.get(int(one), 0) for one in family], dtype=int)
        place = (wear[:, None] > self.edges[row]).sum(axis=1)
        return self.probability[row, place], self.days[row, place], self.cases[row, place]


def learn(
    family: np.ndarray,
    wear: np.ndarray,
    days: np.ndarray,
    has_failed: np.ndarray,
    *,
    horizon_days: int,
    least_cases: int,
    least_failures: int,
) -> Lifetimes:
    """Lifetimes from cases: family (0 is all together), wear, days until failure or until last seen sound.

    A class with fewer cases or failures than asked for takes in its neighbours; a family with too few
    failures is told by all families. The probability never falls with wear (pooling of adjacent violators).
    """
    names = [0, *sorted({int(one) for one in family} - {0})]
    count = len(_BELOW) + 1
    edges = np.full((len(names), count - 1), np.inf)
    probability = np.zeros((len(names), count))
    bands = np.full((len(names), count, 3), np.nan)
    cases = np.zeros((len(names), count), dtype=np.int64)
    for row, name in enumerate(names):
        chosen = np.ones(len(wear), dtype=bool) if name == 0 else family == name
        if name and (chosen & has_failed).sum() < least_failures:
            chosen = np.ones(len(wear), dtype=bool)
        if not chosen.any():
            continue
        edges[row] = np.quantile(wear[chosen], _BELOW)
        place = (wear[chosen, None] > edges[row]).sum(axis=1)
        for at in range(count):
            like = _class(place, at, has_failed[chosen], least_cases, least_failures)
            if like is not None:
                probability[row, at], bands[row, at] = _curve(
                    days[chosen][like], has_failed[chosen][like], horizon_days
                )
                cases[row, at] = like.sum()
        probability[row] = _rising(probability[row], np.maximum(cases[row], 1))
    return Lifetimes({name: row for row, name in enumerate(names)}, edges, probability, bands, cases)


def _class(
    place: np.ndarray, at: int, has_failed: np.ndarray, least_cases: int, least_failures: int
) -> np.ndarray | None:
    """The cases of a class, widened to both sides until they are enough; None if all are too few."""
    for reach in range(len(_BELOW) + 1):
        like = np.abs(place - at) <= reach
        if like.sum() >= least_cases and (like & has_failed).sum() >= least_failures:
            return like
    return None


def _curve(days: np.ndarray, has_failed: np.ndarray, horizon_days: int) -> tuple[float, np.ndarray]:
    """The Kaplan-Meier estimate: probability within the horizon, and the quantiles it reaches."""
    order = np.argsort(days, kind="stable")
    times, failed = days[order], has_failed[order]
    unique, first = np.unique(times, return_index=True)
    at_risk = len(times) - first
    failures = np.add.reduceat(failed.astype(float), first)
    share = 1 - np.cumprod(1 - failures / at_risk)
    within = share[unique <= horizon_days]
    quantiles = np.full(3, np.nan)
    for number, wanted in enumerate(_SHARES):
        reached = np.flatnonzero(share >= wanted)
        if len(reached):
            quantiles[number] = unique[reached[0]]
    return float(within[-1]) if len(within) else 0.0, quantiles


def _rising(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    from sklearn.isotonic import IsotonicRegression

    return IsotonicRegression().fit_transform(np.arange(len(values)), values, sample_weight=weights)
