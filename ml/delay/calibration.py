"""Bands that hold what they promise: levels corrected by how often they held on work forecast before.

Distributional conformal prediction (Chernozhukov, Wüthrich, Zhu, PNAS 2021) with outcomes that are not all
known: the share that a forecast gave to what came to pass is even if the forecast is right; where it is not,
the product-limit distribution of these shares is the correction.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from ml.delay.distribution import Delays
from ml.delay.survival import product_limit

LEVELS = np.linspace(0.0, 1.0, 41)


@dataclass(frozen=True)
class Calibration:
    """What each level stands for, for all work and by segment; `counts`: on how many outcomes it rests."""

    everywhere: np.ndarray
    by_segment: dict[str, np.ndarray]
    counts: dict[str, int]

    def of(self, segments: pl.Series) -> np.ndarray:
        """The corrected levels of each row's segment; of one never seen, those of all work."""
        codes = segments.fill_null("").to_list()
        if not codes:
            return np.empty((0, len(LEVELS)))
        return np.stack([self.by_segment.get(code, self.everywhere) for code in codes])

    def applied(self, delays: Delays, segments: pl.Series) -> Delays:
        """The distributions with their levels corrected."""
        return delays.relevelled(LEVELS, self.of(segments))


def between(one: Calibration, strength: float) -> Calibration:
    """The correction taken so far: 0 leaves levels as they are, 1 corrects in full."""

    def drawn(levels: np.ndarray) -> np.ndarray:
        return strength * levels + (1 - strength) * LEVELS

    by_segment = {code: drawn(levels) for code, levels in one.by_segment.items()}
    return Calibration(drawn(one.everywhere), by_segment, one.counts)


def uncorrected() -> Calibration:
    """Nothing is known of how earlier forecasts did: levels stay."""
    return Calibration(LEVELS, {}, {})


def calibrate(shares: np.ndarray, is_final: np.ndarray, segments: pl.Series, minimum: int) -> Calibration:
    """The correction from outcomes: `shares` of each forecast's chance used up when it was last seen.

    A segment's correction counts by its known outcomes against `minimum`, the rest being that of all work so
    far as its outcomes are known, else none; that of all
    counts alike. Fewer than two known outcomes correct nothing.
    """
    codes = segments.fill_null("").to_numpy()
    everywhere, count = _corrected(shares, is_final, LEVELS, minimum)
    by_segment, counts = {}, {"all": count}
    for code in np.unique(codes):
        chosen = codes == code
        # Where hardly any outcome is known yet, what held for other work proves little: levels stay.
        known = is_final[chosen].mean()
        otherwise = known * everywhere + (1 - known) * LEVELS
        by_segment[code], counts[code] = _corrected(shares[chosen], is_final[chosen], otherwise, minimum)
    return Calibration(everywhere, by_segment, counts)


def _corrected(
    shares: np.ndarray, is_final: np.ndarray, otherwise: np.ndarray, minimum: int
) -> tuple[np.ndarray, int]:
    count = int(is_final.sum())
    if count < 2:
        return otherwise, count
    known = pl.DataFrame(
        {
            "class_no": np.zeros(len(shares), np.int64),
            "entry_days": -1.0,
            "delay_days": shares,
            "is_finished": is_final,
        }
    )
    curves = product_limit(known, 1)
    found = 1 - np.exp(curves.at(np.zeros(len(LEVELS), np.int64), LEVELS))
    # Past the last known outcome nothing is known: what is left keeps its proportions.
    end = min(float(curves.end[0]), 1.0)
    reached = 1 - np.exp(curves.at(np.zeros(1, np.int64), np.array([end])))[0]
    beyond = reached + (1 - reached) * (LEVELS - end) / max(1 - end, 1e-9)
    found = np.where(end < LEVELS, beyond, found)
    found[0], found[-1] = 0.0, 1.0
    weight = count / (count + minimum)
    return np.maximum.accumulate(weight * found + (1 - weight) * otherwise), count
