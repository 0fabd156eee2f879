"""The score of the Numenta Anomaly Benchmark: early detections in a window pay, false ones cost.

Lavin and Ahmad, «Evaluating Real-time Anomaly Detection Algorithms – the Numenta Anomaly Benchmark», ICMLA
2015. A window pays once, by its earliest detection, on a sigmoid from its left edge (1) to its right (0); a
detection after a window costs little at first and the whole weight later; a window without one costs its
weight. The sum is set against that of a detector that says nothing (0) and of a perfect one (100).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

#: Of each series so much at its start is not scored, nor more than as much of this many points.
PROBATION_SHARE, PROBATION_OF = 0.15, 5000


@dataclass(frozen=True)
class Profile:
    """What a detected window pays, and what a false detection and a missed window cost."""

    true_positive: float = 1.0
    false_positive: float = 0.11
    false_negative: float = 1.0


STANDARD = Profile()


@dataclass(frozen=True)
class Labelled:
    """One series' windows as positions: `starts[i]` to `ends[i]`, both included, in order."""

    length: int
    starts: Sequence[int]
    ends: Sequence[int]


@dataclass(frozen=True)
class Outcome:
    """score: 0 for silence, 100 for perfection. threshold: the one at which it was reached."""

    score: float
    threshold: float
    detected: int
    windows: int
    false_alarms: int


def probation(length: int) -> int:
    """How many points at the start of a series of that length are not scored."""
    return int(min(PROBATION_SHARE * length, PROBATION_SHARE * PROBATION_OF))


def sigmoid(position: np.ndarray) -> np.ndarray:
    """The worth of a detection: near 1 at -1 (a window's left edge), 0 at its right, -1 far to the right."""
    return np.where(position > 3, -1.0, 2 / (1 + np.exp(5 * np.minimum(position, 3))) - 1)


def point_worths(series: Labelled, profile: Profile = STANDARD) -> tuple[np.ndarray, np.ndarray]:
    """What a detection at each point is worth, and the number of its window (-1 outside of all)."""
    worth = np.full(series.length, -profile.false_positive)
    window = np.full(series.length, -1)
    places = np.arange(series.length)
    best = float(sigmoid(np.array(-1.0)))
    pairs = list(zip(series.starts, series.ends, strict=True))
    for start, end in pairs:
        after = places > end
        worth[after] = profile.false_positive * sigmoid((places[after] - end) / max(end - start, 1))
    for number, (start, end) in enumerate(pairs):
        inside = slice(start, end + 1)
        place = -(end - places[inside] + 1) / (end - start + 1)
        worth[inside] = profile.true_positive * sigmoid(place) / best
        window[inside] = number
    return worth, window


def score(
    scores: Mapping[str, np.ndarray],
    labels: Mapping[str, Labelled],
    profile: Profile = STANDARD,
    threshold: float | None = None,
) -> Outcome:
    """The benchmark's score of a detector over a corpus, at one threshold for all its series.

    scores: by series an anomaly score a point; one at or above the threshold is a detection. Without a
    threshold the best one is taken, as the benchmark does. ValueError where lengths differ.
    """
    level, gain, false = _steps(scores, labels, profile)
    windows = sum(len(one.starts) for one in labels.values())
    silence, perfection = -profile.false_negative * windows, profile.true_positive * windows
    order = np.argsort(-level, kind="stable")
    level, gain, false = level[order], gain[order], false[order]
    totals = silence + np.cumsum(gain)
    last = np.flatnonzero(np.append(level[1:] < level[:-1], True)) if len(level) else np.zeros(0, dtype=int)
    if threshold is None:
        at = last[np.argmax(totals[last])] if len(last) else -1
        # Nothing to be gained by speaking: silence is the best threshold.
        at = at if len(last) and totals[at] >= silence else -1
    else:
        at = int(np.searchsorted(-level, -threshold, side="right")) - 1
    total = totals[at] if at >= 0 else silence
    return Outcome(
        score=float(100 * (total - silence) / (perfection - silence)) if windows else 0.0,
        threshold=float(level[at]) if at >= 0 else float("inf"),
        detected=_detected(scores, labels, float(level[at])) if at >= 0 else 0,
        windows=windows,
        false_alarms=int(false[: at + 1].sum()),
    )


def _steps(
    scores: Mapping[str, np.ndarray], labels: Mapping[str, Labelled], profile: Profile
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Thresholds at which the corpus' total changes, by how much, and whether by a false alarm.

    Within a window only a point that is worth more than all with a higher score changes the total; as worth
    falls with time, that is one earlier than all of them.
    """
    levels, gains, false = [], [], []
    for name in sorted(labels):
        series, values = labels[name], np.asarray(scores[name], dtype=float)
        if len(values) != series.length:
            raise ValueError(f"{name}: {len(values)} scores for {series.length} points")
        worth, window = point_worths(series, profile)
        scored = np.arange(series.length) >= probation(series.length)
        outside = scored & (window < 0)
        levels.append(values[outside])
        gains.append(worth[outside])
        false.append(np.ones(outside.sum(), dtype=bool))
        for number in range(len(series.starts)):
            places = np.flatnonzero(scored & (window == number))
            # By time the running maximum: a point counts where it is above all before it.
            inside = values[places]
            if not len(inside):
                continue
            record = np.append(True, inside[1:] > np.maximum.accumulate(inside)[:-1])
            kept = places[record]
            later = np.append(worth[kept][1:], -profile.false_negative)
            levels.append(values[kept])
            gains.append(worth[kept] - later)
            false.append(np.zeros(len(kept), dtype=bool))
    if not levels:
        return np.zeros(0), np.zeros(0), np.zeros(0, dtype=bool)
    return np.concatenate(levels), np.concatenate(gains), np.concatenate(false)


def _detected(scores: Mapping[str, np.ndarray], labels: Mapping[str, Labelled], threshold: float) -> int:
    """How many windows hold a detection."""
    count = 0
    for name, series in labels.items():
        start = probation(series.length)
        fired = np.flatnonzero(np.asarray(scores[name]) >= threshold)
        fired = fired[fired >= start]
        count += sum(
            bool(((fired >= low) & (fired <= high)).any())
            for low, high in zip(series.starts, series.ends, strict=True)
        )
    return count
