"""How long devices as worn as this one lasted: the reference class of the past, with the unfailed ones kept.

Every few days each device is a case: how worn it was, and how many days later it failed, or how long it has
gone without failing since. Leaving the latter out would make every band too short (Kaplan and Meier, JASA 53,
1958).
"""

from dataclasses import dataclass

import numpy as np

#: Limits of the wear classes, in usual deviations.
_EDGES = np.array([1.5, 2.5, 3.5, 5.0, 7.0, 10.0, 14.0, 20.0])
_SHARES = (0.1, 0.5, 0.9)


@dataclass(frozen=True)
class Lifetimes:
    """By family and wear class: the probability within the horizon, P10/P50/P90 days (NaN: not reached), cases."""

    families: dict[int, int]
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
        place = np.searchsorted(_EDGES, wear)
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

    A class with fewer cases or failures than asked for takes in its neighbours, then the whole family, then
    all families. The probability never falls with wear (pooling of adjacent violators).
    """
    names = [0, *sorted({int(one) for one in family} - {0})]
    place = np.searchsorted(_EDGES, wear)
    count = len(_EDGES) + 1
    probability = np.zeros((len(names), count))
    bands = np.full((len(names), count, 3), np.nan)
    cases = np.zeros((len(names), count), dtype=np.int64)
    for row, name in enumerate(names):
        of_family = np.ones(len(wear), dtype=bool) if name == 0 else family == name
        for at in range(count):
            chosen = _class(of_family, place, at, has_failed, least_cases, least_failures)
            if chosen is None:
                chosen = _class(np.ones(len(wear), dtype=bool), place, at, has_failed, least_cases, least_failures)
            if chosen is None:
                continue
            probability[row, at], bands[row, at] = _curve(days[chosen], has_failed[chosen], horizon_days)
            cases[row, at] = chosen.sum()
        probability[row] = _rising(probability[row], np.maximum(cases[row], 1))
    return Lifetimes({name: row for row, name in enumerate(names)}, probability, bands, cases)


def _class(
    of_family: np.ndarray,
    place: np.ndarray,
    at: int,
    has_failed: np.ndarray,
    least_cases: int,
    least_failures: int,
) -> np.ndarray | None:
    """The cases of a class, widened step by step to both sides until they are enough; None if all are too few."""
    for reach in range(len(_EDGES) + 1):
        chosen = of_family & (np.abs(place - at) <= reach)
        if chosen.sum() >= least_cases and (chosen & has_failed).sum() >= least_failures:
            return chosen
    return None


def _curve(days: np.ndarray, has_failed: np.ndarray, horizon_days: int) -> tuple[float, np.ndarray]:
    """The Kaplan-Meier estimate: probability of a failure within the horizon, and the quantiles it reaches."""
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
