"""Whether what a model is asked about still looks as it did at its training: population stability index.

PSI of a feature = Σ (now − then) · ln(now ÷ then) over the bins of the training snapshot's deciles, with bins
of their own for what is missing and for what lies well below or above all that was seen. Bins are cut between
two values that were seen, never at one: many cases share a value, such as the record of their region, and a
hair's breadth would carry them all over the edge. Below 0.1 nothing moved, from 0.25 on the
population is another one: the rule of thumb of credit scoring (Siddiqi, Credit Risk Scorecards, 2006). With
few rows chance alone moves the index: it must then also pass what chance exceeds once in a thousand times.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

#: A training snapshot: by feature the `edges` of its cells, their `counts`, and how many `rows` they are.
Profile = Mapping[str, Mapping[str, Any]]

#: `ml_drift_card`: one row a question and feature at one business date.
DRIFT_SCHEMA: dict[str, type[pl.DataType]] = {
    "question_code": pl.String,
    "feature_code": pl.String,
    "as_of_on": pl.Date,
    "anchor_on": pl.Date,
    "psi": pl.Float64,
    "psi_limit": pl.Float64,
    "row_count": pl.Int64,
    "reference_count": pl.Int64,
    "is_drifted": pl.Boolean,
    "state_code": pl.String,
}

#: What a row says: `stable`; `drifted`; `too_few` rows then or now to say; `gone`: the feature is not made
#: any more, which is drift too.
STATES = ("stable", "drifted", "too_few", "gone")
_STABLE, _DRIFTED, _TOO_FEW, _GONE = STATES


@dataclass(frozen=True)
class DriftConfig:
    """When a feature has drifted.

    psi_limit: from this index on. minimum_rows: with fewer, then or now, nothing is said. chance: how seldom
    an unchanged population of so many rows would reach what it must pass. pseudo_count: laid into each cell,
    so that an empty one has a finite weight.
    """

    psi_limit: float = 0.25
    minimum_rows: int = 30
    chance: float = 0.001
    pseudo_count: float = 0.5


def profile_of(numbers: pl.DataFrame) -> dict[str, dict[str, Any]]:
    """The snapshot of a frame of numbers, one row a case, one column a feature; plain values, for JSON."""
    made = {}
    for name in numbers.columns:
        edges = _edges(_finite(numbers[name]))
        made[name] = {
            "edges": edges.tolist(),
            "counts": _counts(numbers[name], edges).tolist(),
            "rows": numbers.height,
        }
    return made


def _edges(values: np.ndarray) -> np.ndarray:
    """Where cells are cut: a tenth of the range below all values, between them by deciles, as far above all.

    A value that is the same for all has a tenth of itself on either side.
    """
    if not len(values):
        return np.zeros(0)
    seen = np.unique(values)
    room = 0.1 * (seen[-1] - seen[0]) or 0.1 * abs(seen[0])
    deciles = np.quantile(values, np.linspace(0.1, 0.9, 9), method="lower")
    above = np.minimum(np.searchsorted(seen, deciles, side="right"), len(seen) - 1)
    cuts = ((deciles + seen[above]) / 2)[deciles < seen[-1]]
    edges = np.unique([seen[0] - room, *cuts, seen[-1] + room])
    return np.array([float(f"{edge:.12g}") for edge in edges])


def psi(then: Sequence[int], now: Sequence[int], pseudo_count: float = 0.5) -> float:
    """The index of two counts over the same cells; 0 for equal shares."""
    shares = []
    for counts in (then, now):
        filled = np.asarray(counts, dtype=float) + pseudo_count
        shares.append(filled / filled.sum())
    before, after = shares
    return float(np.sum((after - before) * np.log(after / before)))


def drift(
    question: str,
    profile: Profile,
    numbers: pl.DataFrame,
    *,
    anchor_on: date,
    as_of_on: date,
    config: DriftConfig | None = None,
) -> pl.DataFrame:
    """How far each feature of tonight's cases has moved from the training snapshot (DRIFT_SCHEMA).

    profile: of `profile_of` at `anchor_on`. numbers: the same features of what is scored on `as_of_on`. By
    feature.
    """
    config = config or DriftConfig()
    rows = [
        {"feature_code": name, **_moved(kept, numbers, name, config)}
        for name, kept in sorted(profile.items())
    ]
    stamped = [
        row | {"question_code": question, "as_of_on": as_of_on, "anchor_on": anchor_on} for row in rows
    ]
    return pl.DataFrame(stamped, schema=DRIFT_SCHEMA)


def _moved(
    kept: Mapping[str, Any], numbers: pl.DataFrame, name: str, config: DriftConfig
) -> dict[str, object]:
    row = {"row_count": numbers.height, "reference_count": kept["rows"]}
    if min(numbers.height, kept["rows"]) < config.minimum_rows:
        return row | {"is_drifted": False, "state_code": _TOO_FEW}
    if name not in numbers.columns:
        return row | {"is_drifted": True, "state_code": _GONE}
    counts = _counts(numbers[name], np.array(kept["edges"]))
    index = psi(kept["counts"], counts, config.pseudo_count)
    limit = max(config.psi_limit, _by_chance(len(counts), numbers.height, kept["rows"], config))
    is_drifted = index >= limit
    return row | {
        "psi": round(index, 6),
        "psi_limit": round(limit, 6),
        "is_drifted": is_drifted,
        "state_code": _DRIFTED if is_drifted else _STABLE,
    }


def _by_chance(cells: int, now: int, then: int, config: DriftConfig) -> float:
    """What the index of two draws from one population exceeds so seldom: it is near χ² · (1/now + 1/then)."""
    from scipy.stats import chi2

    return float(chi2.isf(config.chance, cells - 1) * (1 / now + 1 / then))


def _finite(column: pl.Series) -> np.ndarray:
    values = column.cast(pl.Float64).drop_nulls().to_numpy()
    return values[np.isfinite(values)]


def _counts(column: pl.Series, edges: np.ndarray) -> np.ndarray:
    """Rows by cell: below all edges, between each two, above all, and those without a number."""
    values = _finite(column)
    cells = np.searchsorted(edges, values, side="left")
    # A value that is the same for all and 0 leaves no room: what lies on the only edge is neither side's.
    if len(edges) == 1:
        cells = np.where(values == edges[0], 0, np.where(values < edges[0], 1, 2))
        return np.array([*np.bincount(cells, minlength=3), len(column) - len(values)], dtype=int)
    counted = np.bincount(cells, minlength=len(edges) + 1)
    return np.array([*counted, len(column) - len(values)], dtype=int)
