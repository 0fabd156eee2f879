"""The pure read side: accepted decisions as rows of a contract, for the door to load like any source."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import polars as pl

from actions.kinds import ReplanMilestone
from actions.store import Action, ActionStore

# Columns of the contract projects__date_changes, in its order.
DATE_CHANGES = pl.Schema(
    {
        "date_change_id": pl.String,
        "milestone_id": pl.String,
        "field_code": pl.String,
        "old_on": pl.Date,
        "new_on": pl.Date,
        "reason_code": pl.String,
        "reason": pl.String,
        "changed_by": pl.String,
        "changed_at": pl.Datetime("us"),
        "origin_code": pl.String,
        "version": pl.Int64,
    }
)


def date_changes(actions: list[Action]) -> pl.DataFrame:
    """One row a re-plan or its undo, in the order they were stored; times are naive UTC.

    An undo that gives the milestone back to its source has no `new_on`.
    """
    rows = [_date_change(each) for each in actions if isinstance(each.payload, ReplanMilestone)]
    return pl.DataFrame(rows, schema=DATE_CHANGES, orient="row")


def write_date_changes(store: ActionStore, path: Path) -> int:
    """Write all re-plans to `path` as Parquet by atomic rename and return their number.

    Same actions give the same bytes, so the door sees an unchanged file. With no action nothing is written.
    """
    frame = date_changes(store.all(ReplanMilestone.kind_code))
    if frame.is_empty():
        return 0
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    frame.write_parquet(name, compression="zstd")
    Path(name).chmod(0o644)
    Path(name).replace(path)
    return frame.height


def _date_change(action: Action) -> tuple[object, ...]:
    payload = action.payload
    assert isinstance(payload, ReplanMilestone)
    return (
        action.action_id,
        action.subject_id,
        "forecast_finish_on",
        payload.old_on,
        payload.new_on,
        action.reason_code,
        action.reason,
        action.done_by,
        action.done_at,
        "cockpit",
        action.version,
    )
