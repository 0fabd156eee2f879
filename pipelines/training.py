"""Training apart from nights: on the last good build, so that no night waits for it or fails by it."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import polars as pl

from lake.settings import Settings
from pipelines.build_file import GOOD
from pipelines.lessons import Lesson, taught
from pipelines.trained_models import ModelShelf, TrainingRecord

log = logging.getLogger(__name__)
#: The question whose published bands are recounted: where they stopped holding, it is learnt anew.
_WATCHED = "delay"


class NothingToLearnFromError(RuntimeError):
    """No night has built anything yet."""


@dataclass(frozen=True)
class Training:
    """What came of a training: records by question, those still good, and what went wrong with which."""

    trained: dict[str, TrainingRecord]
    still_good: list[str]
    failed: dict[str, str]


def train_due(
    settings: Settings,
    lessons: Sequence[Lesson],
    *,
    anyway: bool = False,
    tell: Callable[[str], None] = lambda _: None,
) -> Training:
    """Train every question that is due for the business date of the last good build.

    Due: another week, other code, bands that no longer hold; `anyway`: all. `tell` hears each question as it
    begins. A question that fails keeps its last model and keeps none of the others from theirs. Raises
    NothingToLearnFromError before the first night.
    """
    good = settings.paths.build / GOOD
    if not good.exists():
        raise NothingToLearnFromError(str(good))
    shelf = ModelShelf(settings.paths)
    trained, still_good, failed = {}, [], {}
    as_of_on, has_drifted = _state(good)
    for lesson in lessons:
        is_drifting = has_drifted and lesson.question == _WATCHED
        if not (anyway or is_drifting or shelf.is_due(lesson.question, as_of_on)):
            still_good.append(lesson.question)
            continue
        tell(lesson.question)
        try:
            record, model = taught(lesson, _frames(good, lesson), as_of_on)
            shelf.keep(record, model)
        except Exception as error:
            log.exception("training of %s failed", lesson.question)
            failed[lesson.question] = f"{type(error).__name__}: {error}"
            continue
        trained[lesson.question] = record
    return Training(trained, still_good, failed)


def _state(good: Path) -> tuple[date, bool]:
    """The business date of a build, and whether the bands published so far have stopped holding."""
    with duckdb.connect(str(good), read_only=True) as con:
        (as_of_on,) = con.execute("select as_of_on from ops.build_context").fetchone()
        has_record = con.execute(
            "select 1 from duckdb_tables() where schema_name = 'ml' and table_name = 'ml_coverage_card'"
        ).fetchone()
        muted = (
            has_record
            and con.execute(
                "select 1 from ml.ml_coverage_card where segment_kind = 'all' and is_muted"
            ).fetchone()
        )
    return as_of_on, bool(muted)


def _frames(good: Path, lesson: Lesson) -> dict[str, pl.DataFrame]:
    with duckdb.connect(str(good), read_only=True) as con:
        return {
            table.partition(".")[2]: con.execute(f"select {', '.join(columns)} from {table}").pl()
            for table, columns in lesson.reads.items()
        }
