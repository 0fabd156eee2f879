"""Earlier states of customers with what became of them: what a model of churn learns from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from ml.churn.config import ChurnConfig
from ml.churn.daily import daily
from ml.churn.features import FEATURES, features_on
from ml.churn.frames import ChurnFrames
from ml.churn.states import rhythm, states_on, with_open_project


@dataclass(frozen=True)
class History:
    """A company's facts, summed by customer and day once for all origins."""

    frames: ChurnFrames
    days: pl.DataFrame
    rhythm: pl.DataFrame


def history_of(frames: ChurnFrames) -> History:
    """Sums that every origin shares; nothing in them looks ahead."""
    activity = frames.activity.drop_nulls("active_on")
    return History(frames, daily(frames), rhythm(activity))


def cases_on(
    history: History, origins: Sequence[date], config: ChurnConfig, silence_days: int | None = None
) -> pl.DataFrame:
    """A row a customer and origin that is still to be decided, with its outcome if all later days are known.

    silence_days: churned is who orders nothing in so many days after the origin; without it, who passes
    max(floor_days, gap_factor × own median gap) since its last order, no project open then or at the origin;
    those past it already are decided and no cases.
    Gives the columns of `states_on`, remaining_days, due_on (the day the outcome is known) and is_churned.
    """
    states = states_on(history.rhythm, list(origins), config)
    if silence_days is not None:
        states = states.with_columns(remaining_days=pl.lit(silence_days, pl.Int64))
    else:
        remaining = pl.col("silence_limit_days") - pl.col("silence_days") + 1
        states = states.with_columns(remaining_days=remaining).filter(pl.col("remaining_days") >= 1)
    states = states.with_columns(due_on=pl.col("origin_on") + pl.duration(days="remaining_days"))
    if silence_days is not None:
        has_ordered = (pl.col("next_order_on") <= pl.col("due_on")).fill_null(False)
        return states.with_columns(is_churned=~has_ordered)
    projects = history.frames.projects
    states = with_open_project(states, projects, "origin_on").filter(~pl.col("has_open_project"))
    states = with_open_project(states.drop("has_open_project"), projects, "due_on")
    has_ordered = (pl.col("next_order_on") < pl.col("due_on")).fill_null(False)
    return states.with_columns(is_churned=~has_ordered & ~pl.col("has_open_project")).drop("has_open_project")


def with_features(history: History, cases: pl.DataFrame, config: ChurnConfig) -> pl.DataFrame:
    """The cases with FEATURES as known on each one's origin, by origin and customer."""
    parts = [cases.head(0).with_columns(pl.lit(None, pl.Float64).alias(name) for name in FEATURES)]
    ordered = cases.sort("origin_on", "customer_id", "remaining_days")
    for (origin,), group in ordered.group_by("origin_on", maintain_order=True):
        found = features_on(history.days, history.frames, group, origin, config)
        parts.append(pl.concat([group, found.drop("customer_id")], how="horizontal"))
    return pl.concat(parts)


def time_splits(cases: pl.DataFrame, parts: int = 3) -> list[tuple[np.ndarray, np.ndarray]]:
    """Out-of-time splits: at each cut, learn from what was decided by then and say what began from then on.

    None where the history is too short for that: customers split at random would be told apart by what holds
    on their common days only, and choose too rich a model.
    """
    origins = cases["origin_on"].unique().sort()
    rows = np.arange(cases.height)
    begun, due = cases["origin_on"].to_numpy(), cases["due_on"].to_numpy()
    if not len(origins):
        return []
    cuts = [origins[int(len(origins) * (number + 1) / (parts + 1))] for number in range(parts)]
    splits = []
    for cut, end in zip(cuts, [*cuts[1:], None], strict=True):
        train = rows[due <= np.datetime64(cut)]
        is_new = begun >= np.datetime64(cut)
        test = rows[is_new if end is None else is_new & (begun < np.datetime64(end))]
        if len(train) >= 100 and len(test) >= 50:
            splits.append((train, test))
    return splits
