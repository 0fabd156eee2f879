"""How much stock to hold: from the distribution of demand over the lead time, beside the normal-law rule."""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np


@dataclass(frozen=True)
class StockPolicy:
    """What to hold: expected demand over the lead time, stock beyond it, and when to order again."""

    lead_demand: float
    safety_stock: float
    reorder_point: float
    method_code: str


def normal_policy(
    demand: float, deviation: float, lead: float, lead_deviation: float, z: float
) -> StockPolicy:
    """Safety stock z·√(L·σd² + d²·σL²) by the normal law. Source: King, «Crack the code», APICS 2011.

    demand, deviation: a period's. lead, lead_deviation: in periods.
    """
    safety = z * float(np.sqrt(lead * deviation**2 + demand**2 * lead_deviation**2))
    return StockPolicy(demand * lead, safety, demand * lead + safety, "normal")


def stock_policy(
    lead_mean: float, lead_quantiles: np.ndarray, shares: np.ndarray, service_share: float
) -> StockPolicy:
    """The empirical policy: order again at the `service_share` quantile of the lead time's demand.

    Between the quantiles given straight lines; beyond the last the last, as nothing is known there.
    """
    point = float(np.interp(service_share, shares, lead_quantiles))
    return StockPolicy(lead_mean, max(point - lead_mean, 0.0), max(point, lead_mean), "empirical")


def service_z(service_share: float) -> float:
    """The normal law's number of deviations for a service level."""
    return NormalDist().inv_cdf(service_share)


def fill_rate(demand: np.ndarray, stock: np.ndarray) -> float | None:
    """The share of demand met: demand is series × periods, stock what each series begins a period with."""
    total = np.nansum(demand)
    return float(np.nansum(np.minimum(demand, stock[:, None])) / total) if total else None


def stock_for_fill(demand: np.ndarray, stock_at: np.ndarray, fill_share: float) -> float | None:
    """The least mean stock with which a policy met `fill_share` of the demand, over its levels.

    stock_at: levels × series, rising. Straight lines between levels; None where the highest is not enough.
    """
    met = np.array([fill_rate(demand, level) or 0.0 for level in stock_at])
    held = stock_at.mean(axis=1)
    if met.max() < fill_share:
        return None
    above = int(np.argmax(met >= fill_share))
    if above == 0:
        return float(held[0])
    part = (fill_share - met[above - 1]) / (met[above] - met[above - 1])
    return float(held[above - 1] + part * (held[above] - held[above - 1]))


def level_for_fill(demand: np.ndarray, stock_at: np.ndarray, fill_share: float) -> int:
    """The first level (row of `stock_at`) that meets `fill_share` of a past demand; the last if none does."""
    met = np.array([fill_rate(demand, level) or 0.0 for level in stock_at])
    return int(np.argmax(met >= fill_share)) if met.max() >= fill_share else len(stock_at) - 1


def fill_for_stock(demand: np.ndarray, stock_at: np.ndarray, stock: float) -> float:
    """The fill rate that a policy reaches with a mean stock, by straight lines between its levels."""
    met = [fill_rate(demand, level) or 0.0 for level in stock_at]
    return float(np.interp(stock, stock_at.mean(axis=1), met))


def expected_fill(quantiles: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """By level, the share of demand that is met on the mean if each series holds that quantile of its demand.

    quantiles: levels × series at `shares`, never falling; between them straight lines, from zero at 0 to the
    last at 1. E[min(D, S)] is the integral of the quantile function cut at S. The same level for all series
    takes the least stock in pieces for a fill rate: at the optimum each last piece is as likely to be wanted.
    """
    whole = quantiles.sum(axis=1)
    curve = np.concatenate([[0.0], whole])
    below = np.cumsum(np.diff(np.concatenate([[0.0], shares])) * (curve[1:] + curve[:-1]) / 2)
    met = below + (1 - shares) * whole
    return met / met[-1] if met[-1] else np.ones(len(met))


def claim_for_fill(demand: np.ndarray, quantiles: np.ndarray, shares: np.ndarray, fill_share: float) -> float:
    """What share of demand a distribution must expect to meet for `fill_share` to be met, by a record of it.

    demand: series × periods that came. quantiles: levels × series at `shares`, as foreseen at an earlier
    origin. A distribution learnt from few values is too sure of its tail, so stock that is expected to meet
    a share meets less; whoever wants the share itself asks for what would have given it then. Never below
    `fill_share`; 1 where no level would have done. Source: the idea of conformal risk control (Angelopoulos
    et al., ICLR 2024), the loss being the share of demand that is not met.
    """
    met = np.array([fill_rate(demand, level) or 0.0 for level in quantiles])
    if not np.nansum(demand):
        return fill_share
    if met.max() < fill_share:
        return 1.0
    above = int(np.argmax(met >= fill_share))
    claimed = expected_fill(quantiles, shares)
    if above == 0:
        return max(fill_share, float(claimed[0]))
    return max(fill_share, float(np.interp(fill_share, met[: above + 1], claimed[: above + 1])))


def level_for_claim(quantiles: np.ndarray, shares: np.ndarray, claim: float) -> int:
    """The first level (row of `quantiles`) that is expected to meet the share `claim`; else the last."""
    expected = expected_fill(quantiles, shares)
    return int(np.argmax(expected >= claim)) if expected.max() >= claim else len(quantiles) - 1
