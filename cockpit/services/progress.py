"""Reporting progress from the site: what was seen, the report, and its refusals."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from actions.errors import InvalidActionError, StaleVersionError
from actions.kinds import ReportProgress, shown
from actions.kinds.base import effective
from actions.records import Action, Draft, step_of
from actions.store import ActionStore
from cockpit.services.numbers import moment
from lake.publication import Publication


@dataclass(frozen=True)
class Base:
    """What was seen when the form was opened; a report is only taken against this."""

    milestone_id: str
    version: int
    seen_pct: Decimal | None
    action_id: str


@dataclass(frozen=True)
class Report:
    """What was filled in."""

    new_pct: float | None
    note: str
    who: str
    reason_code: str = ""
    reason: str = ""
    photo_hash: str | None = None


def open_form(milestone_id: str, published_pct: float | None, history: Sequence[Action]) -> Base:
    """A form for the milestone as it stands now; its action id makes a double click one report."""
    version = history[-1].version if history else 0
    return Base(milestone_id, version, current_pct(published_pct, history), uuid.uuid4().hex)


def current_pct(published_pct: float | None, history: Sequence[Action]) -> Decimal | None:
    """How far the milestone is: by the newest report that holds, else by the publication."""
    holding = effective([step_of(each) for each in history])
    reports = [each.payload.new_pct for each in holding if isinstance(each.payload, ReportProgress)]
    if reports:
        return reports[-1]
    return None if published_pct is None else _pct(published_pct)


def save(
    store: ActionStore, base: Base, report: Report, published_pct: float | None, publication: Publication
) -> Action:
    """Store the report.

    `published_pct` is what the publication says now: it may have changed under the open form. Raises what
    ActionStore.record raises.
    """
    if report.new_pct is None:
        raise InvalidActionError("progress_range", value="–")
    history = store.history(ReportProgress.subject_type, base.milestone_id)
    now = current_pct(published_pct, history)
    version = history[-1].version if history else 0
    payload = ReportProgress(
        old_pct=base.seen_pct,
        new_pct=_pct(report.new_pct),
        note=report.note,
        photo_hash=report.photo_hash,
    )
    if version == base.version and now != base.seen_pct:
        raise StaleVersionError(
            expected=base.version,
            current=version,
            yours=payload.value(),
            theirs=f"{shown(now)} %",
            by=publication.name,
            at=moment(publication.published_at),
        )
    return store.record(
        Draft(
            action_id=base.action_id,
            subject_id=base.milestone_id,
            payload=payload,
            expected_version=base.version,
            reason_code=report.reason_code,
            reason=report.reason,
            done_by=report.who,
            publication_name=publication.name,
        )
    )


def overlay(milestones: pl.DataFrame, newest: Mapping[str, Action]) -> pl.DataFrame:
    """The milestones with the progress that was reported last, until the publication says so itself."""
    rows = [
        (each.subject_id, float(each.payload.new_pct))
        for each in newest.values()
        if isinstance(each.payload, ReportProgress)
    ]
    reported = pl.DataFrame(
        rows, schema={"milestone_id": pl.String, "reported_pct": pl.Float64}, orient="row"
    )
    return (
        milestones.join(reported, on="milestone_id", how="left", maintain_order="left")
        .with_columns(progress_pct=pl.coalesce("reported_pct", pl.col("progress_pct").cast(pl.Float64)))
        .drop("reported_pct")
    )


def _pct(value: float) -> Decimal:
    return Decimal(str(round(value, 4))).normalize()
