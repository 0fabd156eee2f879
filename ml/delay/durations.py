"""How much longer than planned work took in the past, and what that says of work to come."""

from datetime import date, timedelta

import numpy as np
import polars as pl
from scipy.special import ndtr, ndtri


def durations_before(milestones: pl.DataFrame, as_of_on: date, observed_days: int) -> pl.DataFrame:
    """How much longer than planned finished work took: project_id, phase_code, longer_share, least first.

    longer_share: (actual − planned duration) / planned duration, of milestones planned to take a day at least
    that finished in the last `observed_days`.
    """
    planned = (pl.col("planned_finish_on") - pl.col("planned_start_on")).dt.total_days()
    actual = (pl.col("finished_on") - pl.col("started_on")).dt.total_days()
    since = as_of_on - timedelta(days=observed_days)
    return (
        milestones.filter(
            pl.col("finished_on").is_between(since, as_of_on),
            planned >= 1,
            actual >= 0,
            pl.col("state_code").ne_missing("cancelled"),
        )
        .select("project_id", "phase_code", longer_share=actual / planned - 1)
        .sort("longer_share", "project_id")
    )


def common_share(past: pl.DataFrame, least_cases: int, usual: float) -> float:
    """How alike milestones of a project were in how much longer than planned they took; `usual` of too few.

    past: of `durations_before`.
    """
    known = past.drop_nulls("project_id")
    if known.height < least_cases:
        return usual
    ranks = known["longer_share"].rank().to_numpy() / (known.height + 1)
    return common_share_of(ranks, known["project_id"].to_numpy())


def common_share_of(shares: np.ndarray, parents: np.ndarray) -> float:
    """How much of the spread milestones of a project have in common, 0 to 0.95; 0 with fewer than 10 pairs.

    shares: of each past forecast's chance that its outcome used up (even if forecasts are right). Method: the
    intraclass correlation of their normal scores (one-way analysis of variance).
    """
    scores = ndtri(np.clip(shares, 0.005, 0.995))
    _, number, count = np.unique(parents, return_inverse=True, return_counts=True)
    several = count[number] > 1
    if several.sum() < 20:
        return 0.0
    scores, number = scores[several], np.unique(number[several], return_inverse=True)[1]
    count = np.bincount(number)
    mean = np.bincount(number, scores) / count
    within = ((scores - mean[number]) ** 2).sum() / max(len(scores) - len(count), 1)
    between = (count * (mean - scores.mean()) ** 2).sum() / max(len(count) - 1, 1)
    size = (len(scores) - (count**2).sum() / len(scores)) / max(len(count) - 1, 1)
    total = between + (size - 1) * within
    return float(np.clip((between - within) / total, 0.0, 0.95)) if total > 0 else 0.0


def planned_days() -> pl.Expr:
    """The planned duration, none below zero."""
    return (pl.col("planned_finish_on") - pl.col("planned_start_on")).dt.total_days().clip(lower_bound=0)


def run_share_on(as_of_on: date) -> pl.Expr:
    """How much longer than planned work has run already, as `longer_share` of what is finished."""
    return (pl.lit(as_of_on) - pl.col("started_on")).dt.total_days() / planned_days().clip(lower_bound=1) - 1


def longer_days(
    nodes: pl.DataFrame,
    score: np.ndarray,
    past: pl.DataFrame,
    least_cases: int,
    run_share: np.ndarray | None = None,
) -> np.ndarray:
    """Days beyond the planned duration at normal scores, nodes × draws: as in the past of the phase.

    past: of `durations_before`; a phase with fewer than `least_cases` is like all work. run_share: by how
    much each has run longer already; only what took longer still is like it.
    """
    planned = nodes.select(planned_days()).to_series().to_numpy()
    share = np.zeros(score.shape, np.float32)
    chance = ndtr(score)
    phases = nodes["phase_code"].fill_null("").to_numpy()
    for phase in np.unique(phases):
        like = past.filter(pl.col("phase_code").fill_null("") == phase)["longer_share"]
        if len(like) < least_cases:
            like = past["longer_share"]
        rows = np.flatnonzero(phases == phase)
        known = like.to_numpy()
        if run_share is not None:
            passed = np.searchsorted(known, run_share[rows], "right")[:, None] / len(known)
            chance[rows] = passed + (1 - passed) * chance[rows]
        share[rows] = np.quantile(known, chance[rows])
    return np.round(share * planned[:, None].astype(np.float32))
