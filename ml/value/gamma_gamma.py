"""Gamma-Gamma: what a customer's order is worth, from few orders drawn towards what all customers' are.

Fader, Hardie and Lee, «RFM and CLV», Journal of Marketing Research 2005.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class GammaGamma:
    """p: shape of an order's worth; q, v: of its scale over customers."""

    p: float
    q: float
    v: float


def fit_gamma_gamma(count: np.ndarray, mean: np.ndarray) -> GammaGamma:
    """Parameters of the greatest likelihood from each customer's orders and their mean worth, above zero.

    Raises ValueError without any customer. q is held above 1, below which the mean has no expectation.
    """
    from scipy.optimize import minimize
    from scipy.special import gammaln

    x, m = np.asarray(count, dtype=float), np.asarray(mean, dtype=float)
    kept = (x > 0) & (m > 0)
    if not kept.any():
        raise ValueError("no customer has an order of a worth above zero")
    x, unit = x[kept], float(np.median(m[kept]))
    m = m[kept] / unit

    def loss(logs: np.ndarray) -> float:
        p, q, v = np.exp(logs[0]), 1 + np.exp(logs[1]), np.exp(logs[2])
        likelihood = gammaln(p * x + q) - gammaln(p * x) - gammaln(q) + q * np.log(v)
        likelihood = likelihood + (p * x - 1) * np.log(m) + p * x * np.log(x)
        likelihood = likelihood - (p * x + q) * np.log(x * m + v)
        return -float(likelihood.mean()) + 1e-4 * float(np.sum(logs**2))

    found = minimize(loss, np.array([1.0, 1.0, 0.0]), method="L-BFGS-B", bounds=[(-6, 6)] * 3)
    return GammaGamma(
        float(np.exp(found.x[0])), float(1 + np.exp(found.x[1])), float(np.exp(found.x[2]) * unit)
    )


def expected_amount(model: GammaGamma, count: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """What a customer's next order is worth: its own mean, drawn to all customers' the less it ordered."""
    x = np.asarray(count, dtype=float)
    return model.p * (model.v + x * np.asarray(mean, dtype=float)) / (model.p * x + model.q - 1)
