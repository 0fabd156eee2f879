"""BG/NBD: whether a customer is still alive and how often it will buy again, from its purchases so far.

Fader, Hardie and Lee, «“Counting your customers” the easy way», Marketing Science 2005: while alive a
customer buys at its own steady rate (gamma over customers) and may leave after any purchase (beta over them).
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class BgNbd:
    """r, alpha: shape and rate of the buying rates; a, b: of the chance to leave after a purchase."""

    r: float
    alpha: float
    a: float
    b: float


def fit_bgnbd(repeats: np.ndarray, last: np.ndarray, age: np.ndarray, *, penalty: float = 0.0) -> BgNbd:
    """Parameters of the greatest likelihood.

    repeats: purchases after the first; last: time from the first to the last one; age: time from the first
    until now, all by customer and in one unit. penalty: draws log parameters to 0, which keeps a few
    customers from giving infinite ones. Raises ValueError without any customer or repeat purchase.
    """
    from scipy.optimize import minimize

    repeats, last, age = (np.asarray(part, dtype=float) for part in (repeats, last, age))
    if not len(repeats) or not repeats.sum():
        raise ValueError("no customer has bought twice: nothing to learn buying rates from")
    rows = np.column_stack([repeats, last, age])
    kinds, weight = np.unique(rows, axis=0, return_counts=True)
    x, t_x, t = kinds.T
    unit = max(float(np.average(t, weights=weight)), 1e-9)

    def loss(logs: np.ndarray) -> float:
        likelihood = _log_likelihood(np.exp(np.clip(logs, -12, 12)), x, t_x / unit, t / unit)
        return -float(np.average(likelihood, weights=weight)) + penalty * float(np.sum(logs**2))

    found = minimize(
        loss,
        np.array([0.0, 0.0, -0.5, 0.5]),
        method="L-BFGS-B",
        bounds=[(-8, 8)] * 4,
        options={"ftol": 1e-12},
    )
    r, alpha, a, b = (float(value) for value in np.exp(found.x))
    return BgNbd(r, alpha * unit, a, b)


def _log_likelihood(parameters: np.ndarray, x: np.ndarray, t_x: np.ndarray, t: np.ndarray) -> np.ndarray:
    from scipy.special import gammaln

    r, alpha, a, b = parameters
    common = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    common = common + gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
    alive = -(r + x) * np.log(alpha + t)
    left = np.log(a) - np.log(b + np.maximum(x, 1) - 1) - (r + x) * np.log(alpha + t_x)
    return common + np.logaddexp(alive, np.where(x > 0, left, -np.inf))


def alive_share(model: BgNbd, repeats: np.ndarray, last: np.ndarray, age: np.ndarray) -> np.ndarray:
    """The probability that a customer has not left; 1 for one that bought once, as the model has it."""
    x = np.asarray(repeats, dtype=float)
    ratio = (model.alpha + np.asarray(age)) / (model.alpha + np.asarray(last))
    odds = np.exp(np.minimum((model.r + x) * np.log(ratio), 700)) * model.a / (model.b + np.maximum(x, 1) - 1)
    return np.where(x > 0, 1 / (1 + odds), 1.0)


def silent_share(
    model: BgNbd, repeats: np.ndarray, last: np.ndarray, age: np.ndarray, ahead: np.ndarray | float
) -> np.ndarray:
    """The probability of no purchase within `ahead`: has left, or is alive and waits so long."""
    x, now = np.asarray(repeats, dtype=float), model.alpha + np.asarray(age, dtype=float)
    waits = np.exp((model.r + x) * (np.log(now) - np.log(now + ahead)))
    return 1 - alive_share(model, x, last, age) * (1 - waits)


def expected_repeats(
    model: BgNbd, repeats: np.ndarray, last: np.ndarray, age: np.ndarray, ahead: float
) -> np.ndarray:
    """How many purchases to expect within `ahead` (equation 10 of the paper)."""
    from scipy.special import hyp2f1

    r, alpha, a, b = model.r, model.alpha, model.a, model.b
    a = a + 1e-6 if abs(a - 1) < 1e-6 else a
    x, t = np.asarray(repeats, dtype=float), np.asarray(age, dtype=float)
    series = hyp2f1(r + x, b + x, a + b + x - 1, ahead / (alpha + t + ahead))
    count = (a + b + x - 1) / (a - 1) * (1 - ((alpha + t) / (alpha + t + ahead)) ** (r + x) * series)
    return np.maximum(count * alive_share(model, x, last, age), 0.0)
