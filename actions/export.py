"""The pure read side: actions as rows of contracts, for the door to load like any source."""

from __future__ import annotations

import json
import os
import tempfile
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from actions.items import Item, fold
from actions.kinds import ReplanMilestone, ReportProgress
from actions.kinds.approvals import Proposal, approval_of
from actions.kinds.base import Step, effective
from actions.kinds.items import OpenItem
from actions.records import Action, step_of
from actions.store import ActionStore

# Columns of the contracts, in their order.
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
PROGRESS_REPORTS = pl.Schema(
    {
        "report_id": pl.String,
        "milestone_id": pl.String,
        "reported_at": pl.Datetime("us"),
        "reported_by": pl.String,
        "progress_pct": pl.Float64,
        "reason": pl.String,
        "note": pl.String,
        "photo_id": pl.String,
        "origin_code": pl.String,
        "version_no": pl.Int64,
    }
)
EVENTS = pl.Schema(
    {
        "action_id": pl.String,
        "sequence_no": pl.Int64,
        "kind_code": pl.String,
        "subject_type_code": pl.String,
        "subject_id": pl.String,
        "version": pl.Int64,
        "about_type_code": pl.String,
        "about_id": pl.String,
        "rule_id": pl.String,
        "item_id": pl.String,
        "state_code": pl.String,
        "is_effective": pl.Boolean,
        "is_closing": pl.Boolean,
        "approval_code": pl.String,
        "payload": pl.String,
        "reason_code": pl.String,
        "reason": pl.String,
        "done_by": pl.String,
        "done_at": pl.Datetime("us"),
        "undoes_action_id": pl.String,
        "figure_id": pl.String,
        "publication_name": pl.String,
    }
)


@dataclass(frozen=True)
class _Standing:
    """What the state of its item makes of one action."""

    item: Item
    state_code: str
    is_closing: bool


def date_changes(actions: Sequence[Action]) -> pl.DataFrame:
    """One row a re-plan or its undo, in the order they were stored; times are naive UTC.

    An undo that gives the milestone back to its source has no `new_on`.
    """
    rows = [_date_change(each) for each in actions if isinstance(each.payload, ReplanMilestone)]
    return pl.DataFrame(rows, schema=DATE_CHANGES, orient="row")


def progress_reports(actions: Sequence[Action]) -> pl.DataFrame:
    """One row a report of progress or its undo, in the order they were stored; times are naive UTC."""
    rows = [
        (
            each.action_id,
            each.subject_id,
            each.done_at,
            each.done_by,
            float(each.payload.new_pct),
            each.reason or None,
            each.payload.note or None,
            each.payload.photo_hash,
            "cockpit",
            each.version,
        )
        for each in actions
        if isinstance(each.payload, ReportProgress)
    ]
    return pl.DataFrame(rows, schema=PROGRESS_REPORTS, orient="row")


def events(actions: Sequence[Action]) -> pl.DataFrame:
    """One row an action, with what the items' and proposals' rules make of it; times are naive UTC.

    So the marts need not tell states apart by rules of their own. A row may change later: an action that is
    taken back no longer holds.
    """
    by_subject: dict[tuple[str, str], list[Step]] = defaultdict(list)
    for each in actions:
        by_subject[each.subject_type, each.subject_id].append(step_of(each))
    holding: set[str] = set()
    standing: dict[str, _Standing] = {}
    approvals: dict[str, str] = {}
    for (subject_type, _), steps in by_subject.items():
        chain = _standing(steps) if subject_type == OpenItem.subject_type else {}
        standing |= chain
        approvals |= _approvals(steps)
        holds = {step.action_id for step in effective(steps)}
        holding |= holds if subject_type != OpenItem.subject_type else holds & set(chain)
    rows = [
        _event(each, standing.get(each.action_id), each.action_id in holding, approvals) for each in actions
    ]
    return pl.DataFrame(rows, schema=EVENTS, orient="row")


#: What is exported: by contract, the kind alone that it holds (None: all) and the function that makes it.
EXPORTS: Mapping[str, tuple[str | None, Callable[[Sequence[Action]], pl.DataFrame]]] = {
    "projects__date_changes": (ReplanMilestone.kind_code, date_changes),
    "projects__progress_reports": (ReportProgress.kind_code, progress_reports),
    "actions__events": (None, events),
}
SCHEMAS: Mapping[str, pl.Schema] = {
    "projects__date_changes": DATE_CHANGES,
    "projects__progress_reports": PROGRESS_REPORTS,
    "actions__events": EVENTS,
}


def write_exports(store: ActionStore, folder: Path) -> dict[str, Path]:
    """Write what has actions as Parquet files by atomic rename; the files by contract.

    Same actions give the same bytes, so the door sees an unchanged file. With no action nothing is written.
    """
    actions = store.events()
    written = {}
    for contract, (kind_code, make) in EXPORTS.items():
        frame = make([each for each in actions if kind_code in (None, each.kind_code)])
        if not frame.is_empty():
            written[contract] = folder / f"{contract.partition('__')[2]}.parquet"
            _write(frame, written[contract])
    return written


def _write(frame: pl.DataFrame, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    frame.write_parquet(name, compression="zstd")
    Path(name).chmod(0o644)
    Path(name).replace(path)


def _standing(steps: Sequence[Step]) -> dict[str, _Standing]:
    """For each step that fitted its item: the item, its state after the step, whether that closed it."""
    found: dict[str, _Standing] = {}
    for item in fold(steps):
        for number, step in enumerate(item.steps, start=1):
            (then,) = fold(item.steps[:number])
            found[step.action_id] = _Standing(item, then.state_code, not then.is_open)
    return found


def _approvals(steps: Sequence[Step]) -> dict[str, str]:
    """How each proposal of a subject stands, or stood when the next one took its place."""
    holding = effective(steps)
    places = [number for number, step in enumerate(holding) if isinstance(step.payload, Proposal)]
    ends = [*places[1:], len(holding)][: len(places)]
    return {
        holding[place].action_id: approval_of(holding[place:end])
        for place, end in zip(places, ends, strict=True)
    }


def _event(
    action: Action, standing: _Standing | None, holds: bool, approvals: Mapping[str, str]
) -> tuple[object, ...]:
    opening = standing.item.opening if standing else None
    payload = action.payload.model_dump(mode="json")
    return (
        action.action_id,
        action.sequence_no,
        action.kind_code,
        action.subject_type,
        action.subject_id,
        action.version,
        opening.about_type if opening else action.subject_type,
        opening.about_id if opening else action.subject_id,
        opening.rule_id if opening else None,
        standing.item.item_id if standing else None,
        standing.state_code if standing else None,
        holds,
        standing.is_closing if standing else False,
        approvals.get(action.action_id),
        json.dumps(payload, ensure_ascii=False, sort_keys=True),
        action.reason_code or None,
        action.reason or None,
        action.done_by,
        action.done_at,
        action.undoes_action_id,
        action.figure_id,
        action.publication_name,
    )


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
