"""What each question learns from: the training that a night does when it is due, apart from the scoring.

A lesson reads facts as of its anchor day, trains, tries itself on the past beside its baselines, and says
whether its own numbers may be published. Nothing of it runs in a night whose model is still good.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, is_dataclass
from datetime import date
from typing import Any

import polars as pl

from ml.backtest.results import BacktestResult
from pipelines.trained_models import TrainingRecord, anchor_of, code_hash

Frames = Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class Outcome:
    """What a training gave: a model (None: too little to learn from), its back-test, and its gate."""

    model: object | None
    result: BacktestResult | None
    ships: bool
    reasons: list[dict[str, Any]]


@dataclass(frozen=True)
class Lesson:
    """One question's training: the tables and columns it reads, and what it makes of them.

    learn: from the frames by table name (without schema) and the anchor day to an Outcome; pure.
    """

    question: str
    reads: Mapping[str, Mapping[str, object] | tuple[str, ...]]
    learn: Callable[[Frames, date], Outcome]


def taught(lesson: Lesson, frames: Frames, as_of_on: date) -> tuple[TrainingRecord, object | None]:
    """Train for the week of `as_of_on`: the record to keep, and the model."""
    anchor_on = anchor_of(as_of_on)
    outcome = lesson.learn(frames, anchor_on)
    result = outcome.result
    record = TrainingRecord(
        question=lesson.question,
        anchor_on=anchor_on,
        code_hash=code_hash(lesson.question),
        n=result.n if result else 0,
        origins=[str(origin) for origin in result.origins] if result else [],
        metrics={name: dict(measures) for name, measures in result.metrics.items()} if result else {},
        # How long it took differs from run to run, and equal inputs give equal tables.
        seconds={},
        ships=outcome.ships and outcome.model is not None,
        reasons=outcome.reasons,
        notes=list(result.notes) if result else [],
        rows=result.rows.to_dicts() if result else [],
    )
    return record, outcome.model


def reasons_of(reasons: object) -> list[dict[str, Any]]:
    """The points of a gate as plain values, whatever shape a question gives them."""
    if reasons is None:
        return []
    items = reasons if isinstance(reasons, (list, tuple)) else [reasons]
    return [
        asdict(item)
        if is_dataclass(item)
        else dict(item)
        if isinstance(item, Mapping)
        else {"code": str(item)}
        for item in items
    ]
