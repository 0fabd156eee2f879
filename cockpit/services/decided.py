"""The overlay: what people decided since the publication, laid over what it says until it says so itself."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from actions.kinds import ReplanMilestone
from actions.store import Action

_DECIDED = {
    "milestone_id": pl.String,
    "decided_finish_on": pl.Date,
    "decided_by": pl.String,
    "decided_at": pl.Datetime("us"),
    "decided_reason": pl.String,
}


def overlay(milestones: pl.DataFrame, newest: Mapping[str, Action]) -> pl.DataFrame:
    """The milestones with the planner's newest dates, and `is_pending` where the publication lacks them yet.

    A re-plan holds as long as the published row was changed earlier than it; the next night brings it in.
    """
    rows = [
        (each.subject_id, each.payload.new_on, each.done_by, each.done_at, each.reason)
        for each in newest.values()
        if isinstance(each.payload, ReplanMilestone)
    ]
    decided = pl.DataFrame(rows, schema=_DECIDED, orient="row")
    is_newer = pl.col("decided_at").is_not_null() & (
        pl.col("forecast_changed_at").is_null() | (pl.col("forecast_changed_at") < pl.col("decided_at"))
    )

    def chosen(published: str, decision: str) -> pl.Expr:
        return (
            pl.when(pl.col("is_pending")).then(pl.col(decision)).otherwise(pl.col(published)).alias(published)
        )

    return (
        milestones.join(decided, on="milestone_id", how="left", maintain_order="left")
        .with_columns(is_pending=is_newer)
        .with_columns(
            chosen("forecast_finish_on", "decided_finish_on"),
            chosen("forecast_changed_by", "decided_by"),
            chosen("forecast_changed_at", "decided_at"),
            chosen("forecast_reason", "decided_reason"),
            pl.when(pl.col("is_pending"))
            .then(pl.lit("cockpit"))
            .otherwise(pl.col("forecast_origin_code"))
            .alias("forecast_origin_code"),
        )
        .drop("decided_finish_on", "decided_by", "decided_at", "decided_reason")
    )
