"""A delay as a distribution: shares finished by each of a few delays, quantiles and chances read off them."""

from dataclasses import dataclass, replace

import numpy as np

#: A share finished by which nothing more is told: logarithms stay finite.
_LEAST = 1e-6
#: Moments so near to each other are the same.
_SAME = 1e-6


@dataclass(frozen=True)
class Delays:
    """One row a piece of work: `finished[i, k]`, the chance that its delay is at most `grid[k]` whole days.

    Between the delays of the grid the chance rises evenly; beyond the last one what is left finishes at
    `tail_rate` a day, up to `longest` days further.
    """

    grid: np.ndarray
    finished: np.ndarray
    tail_rate: float
    longest: int

    def share_by(self, delay: np.ndarray) -> np.ndarray:
        """The chance that each row's delay is at most its `delay`."""
        share = _read(self.grid, self.finished, delay)
        beyond = np.maximum(delay - self.grid[-1], 0)
        left = (1 - self.finished[:, -1]) * np.exp(-self.tail_rate * beyond)
        return np.where(delay > self.grid[-1], 1 - left, share)

    def quantile(self, share: float | np.ndarray) -> np.ndarray:
        """The whole delay that stands for each row's quantile `share`.

        The median is the least day by which half have finished. A day is a piece of time and not a point:
        were the others the least day as well, a band of whole days would hold half of either end's day too
        many. Of theirs that day is taken which leaves outside of it, half of itself counted, just the share
        promised (mid-distribution quantiles: Ma, Genton, Parzen, Annals of the Institute of Statistical
        Mathematics 63, 2011); none passes the median.
        """
        wanted = np.broadcast_to(np.asarray(share, float), len(self.finished))
        median = np.ceil(self._moment(np.full(len(wanted), 0.5)) - _SAME)
        moment = self._moment(wanted)
        early = np.minimum(np.ceil(moment + 0.5 - _SAME), median)
        late = np.maximum(np.floor(moment + 0.5 + _SAME), median)
        return np.select([wanted < 0.5, wanted > 0.5], [early, late], median)

    def _moment(self, wanted: np.ndarray) -> np.ndarray:
        """When each row has finished with chance `wanted`, days taken as time that runs on."""
        row = np.arange(len(self.finished))
        step = (self.finished < wanted[:, None] - 1e-12).sum(axis=1)
        at, before = (
            np.minimum(step, len(self.grid) - 1),
            np.maximum(np.minimum(step, len(self.grid) - 1) - 1, 0),
        )
        high, low = self.finished[row, at], np.where(at > 0, self.finished[row, before], 0.0)
        part = np.clip((wanted - low) / np.maximum(high - low, _LEAST), 0, 1)
        inside = self.grid[before] + part * (self.grid[at] - self.grid[before])
        left = np.maximum(1 - self.finished[:, -1], _LEAST)
        further = np.log(left / np.maximum(1 - wanted, _LEAST)) / self.tail_rate
        beyond = self.grid[-1] + np.clip(further, 0, self.longest)
        return np.where(step < len(self.grid), inside, beyond)

    def late_share(self) -> np.ndarray:
        """The chance of finishing after the date."""
        return 1 - self.share_by(np.zeros(len(self.finished)))

    def given_later_than(self, age: np.ndarray) -> "Delays":
        """What is left to expect of work that is open `age` days after its date (before it: negative)."""
        gone = self.share_by(age)
        left = np.maximum(1 - gone, _LEAST)[:, None]
        finished = np.where(self.grid[None] <= age[:, None], 0, (self.finished - gone[:, None]) / left)
        return replace(self, finished=_rising(finished))

    def with_late_share(self, late: np.ndarray) -> "Delays":
        """The same shape on either side of the date, with another chance of finishing after it."""
        in_time = np.clip(1 - self.late_share(), _LEAST, 1 - _LEAST)[:, None]
        wanted = 1 - np.clip(late, _LEAST, 1 - _LEAST)[:, None]
        early = self.finished / in_time * wanted
        after = 1 - (1 - self.finished) / (1 - in_time) * (1 - wanted)
        return replace(self, finished=_rising(np.where(self.grid[None] <= 0, early, after)))

    def mixed_with(self, other: "Delays", weight: float) -> "Delays":
        """Between this and another distribution on the same grid, `weight` being the other's."""
        return replace(self, finished=(1 - weight) * self.finished + weight * other.finished)

    def relevelled(self, level: np.ndarray, levels: np.ndarray) -> "Delays":
        """Shares that have turned out to be others: row i's share x becomes `levels[i]` read at `level`."""
        return replace(self, finished=_rising(_read(level, levels, self.finished)))

    def rows(self, at: np.ndarray) -> "Delays":
        """Only these rows."""
        return replace(self, finished=self.finished[at])


def _read(points: np.ndarray, values: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Values between points, evenly, a row of values a row wanted; 0 before the first point."""
    rows = np.arange(len(values))
    many = wanted if wanted.ndim == 2 else wanted[:, None]
    at = np.clip(np.searchsorted(points, many, "right") - 1, 0, len(points) - 1)
    after = np.minimum(at + 1, len(points) - 1)
    width = np.where(after > at, points[after] - points[at], 1)
    part = np.clip((many - points[at]) / width, 0, 1)
    low = values[rows[:, None], at]
    read = low + part * (values[rows[:, None], after] - low)
    read = np.where(many < points[0], 0.0, read)
    return read if wanted.ndim == 2 else read[:, 0]


def _rising(finished: np.ndarray) -> np.ndarray:
    return np.clip(np.maximum.accumulate(finished, axis=1), 0, 1)


def grid_of(delay: np.ndarray, is_final: np.ndarray, points: int) -> np.ndarray:
    """Delays at which to hold distributions: quantiles of the known ones, and the date itself."""
    shares = np.linspace(0.005, 0.995, points)
    known = np.floor(np.quantile(delay[is_final], shares)) if is_final.any() else np.array([])
    # A day on either side: where many finish on the day promised, the share must jump there and not before.
    jumps = np.concatenate([known, known - 1]) if len(np.unique(known)) < points / 2 else known
    # Not beyond the last that finished: a level stretch held by what everybody forgot would be read as years
    # in which nothing can finish. What is left then finishes at the steady rate of late work.
    return np.unique(np.concatenate([jumps, [-1.0, 0.0]]))
