"""What each question learns from: the training that a night does when it is due, apart from the scoring.

A lesson reads facts as of its anchor day, trains, tries itself on the past beside its baselines, and says
whether its own numbers may be published. Nothing of it runs in a night whose model is still good.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, is_dataclass
from datetime import date
from typing import Any, Protocol

import polars as pl

from ml.backtest.results import BacktestResult
from ml.drift import profile_of
from pipelines.trained_models import TrainingRecord, anchor_of, code_hash

Frames = Mapping[str, pl.DataFrame]


class Gate(Protocol):
    """A question's verdict: whether its own numbers are published, and why."""

    ships: bool
    reasons: Iterable[object]


@dataclass(frozen=True)
class Lesson:
    """One question's training: the tables and columns it reads, and what it makes of them.

    learn: from the frames by table name (without schema) and the anchor day to the model (None: too little to
    learn from), its back-test and its gate; pure. look: from the frames and a day to the features of what the
    model would be asked about then, whose drift is watched; None where nothing is.
    """

    question: str
    reads: Mapping[str, Mapping[str, object] | tuple[str, ...]]
    learn: Callable[[Frames, date], tuple[object | None, BacktestResult, Gate]]
    look: Callable[[Frames, date], pl.DataFrame] | None = None


def taught(lesson: Lesson, frames: Frames, as_of_on: date) -> tuple[TrainingRecord, object | None]:
    """Train for the week of `as_of_on`: the record to keep, and the model."""
    anchor_on = anchor_of(as_of_on)
    model, result, gate = lesson.learn(frames, anchor_on)
    record = TrainingRecord(
        question=lesson.question,
        anchor_on=anchor_on,
        code_hash=code_hash(lesson.question),
        n=result.n,
        origins=[str(origin) for origin in result.origins],
        metrics={name: dict(measures) for name, measures in result.metrics.items()},
        # How long it took differs from run to run, and equal inputs give equal tables.
        seconds={},
        ships=gate.ships and model is not None,
        reasons=reasons_of(gate.reasons),
        notes=list(result.notes),
        rows=result.rows.to_dicts(),
        profile=profile_of(lesson.look(frames, anchor_on)) if lesson.look is not None else {},
    )
    return record, model


def reasons_of(reasons: Iterable[object]) -> list[dict[str, Any]]:
    """The points of a gate as plain values: code, what was found, the limit, and whether it was met.

    A question tells them as dataclasses with these names, as tuples in this order, or as bare words, which
    say only what was found.
    """
    return [_reason(each) for each in reasons]


def _reason(reason: object) -> dict[str, Any]:
    if is_dataclass(reason) and not isinstance(reason, type):
        return asdict(reason)
    if isinstance(reason, tuple):
        code, value, limit, is_met = reason
        return {"code": code, "value": value, "limit": limit, "is_met": is_met}
    return {"code": str(reason), "value": None, "limit": None, "is_met": None}
