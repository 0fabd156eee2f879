"""Assets about trained models: their cards each night, and the training itself in a job of its own."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import dagster as dg
import duckdb
import polars as pl

from ingest.company import Company
from lake.settings import Settings
from lake.tables import has_history
from pipelines.back_test_plot import plot_of
from pipelines.lessons import Lesson
from pipelines.night import Night
from pipelines.timing import timed
from pipelines.trained_models import ModelShelf, TrainingRecord
from pipelines.training import NothingToLearnFromError, train_due

TRAINED, TRAINING_JOB = "trained_models", "training"
#: After the night, well before the first reader.
DAILY_CRON = "0 4 * * *"

#: One row a measure of a method, with the gate beside it: the data of the model card.
CARD_SCHEMA: dict[str, type[pl.DataType]] = {
    "question_code": pl.String,
    "as_of_on": pl.Date,
    "anchor_on": pl.Date,
    "method_code": pl.String,
    "metric_code": pl.String,
    "value": pl.Float64,
    "outcome_count": pl.Int64,
    "is_shipped": pl.Boolean,
    "reason_codes": pl.String,
    "notes": pl.String,
    "publication_name": pl.String,
    "_run_id": pl.String,
}
#: One row a measure of a method at an origin, for a segment and a horizon.
ROW_SCHEMA: dict[str, type[pl.DataType]] = {
    "question_code": pl.String,
    "anchor_on": pl.Date,
    "origin": pl.String,
    "segment_code": pl.String,
    "horizon_code": pl.String,
    "method_code": pl.String,
    "metric_code": pl.String,
    "value": pl.Float64,
    "outcome_count": pl.Int64,
    "publication_name": pl.String,
    "_run_id": pl.String,
}


def card_table(question: str) -> str:
    """The table of a question's model card."""
    return f"ml_{question}_card"


def card_assets(lesson: Lesson) -> dg.AssetsDefinition:
    """The assets of a question's card and back-test, each night as the shelf has them."""
    card, rows = card_table(lesson.question), f"ml_{lesson.question}_backtest"
    shared = {"group_name": "ml", "kinds": {"python"}, "owners": ["team:data-science"]}

    @dg.multi_asset(
        name=f"card_{lesson.question}",
        specs=[
            dg.AssetSpec(
                card,
                deps=["build_context"],
                description=f"How {lesson.question} was told, beside baselines. Grain: method × measure.",
                **shared,
            ),
            dg.AssetSpec(
                rows,
                deps=["build_context"],
                description="The back-test behind the card. Grain: method × measure × origin × segment.",
                **shared,
            ),
        ],
        required_resource_keys={"night"},
    )
    def write_card(context: dg.AssetExecutionContext) -> Iterable[dg.MaterializeResult]:
        night: Night = context.resources.night
        night.progress.start(card)
        stamped = {"publication_name": night.begin_build().publication_name, "_run_id": night.run.run_id}
        record = ModelShelf(night.settings.paths).record(lesson.question)
        if record is not None and record.anchor_on > night.run.as_of_on:
            record = None  # what was trained on a later day knows the future of this one
        night.hold_build()
        with timed(night.seconds, "ml"), duckdb.connect(str(night.build)) as con:
            _write(con, card, _card_rows(record, night, stamped))
            _write(con, rows, _backtest_rows(record, stamped))
        night.made |= {card, rows}
        if record is not None and not _is_archived(night, card, record):
            night.forecasts += [card, rows]
        for table in (card, rows):
            night.progress.finish(table)
        yield dg.MaterializeResult(asset_key=card, metadata=_told(record))
        yield dg.MaterializeResult(asset_key=rows, metadata={"plot": dg.MetadataValue.md(plot_of(record))})

    return write_card


def training_asset(settings: Settings, lessons: Sequence[Lesson]) -> dg.AssetsDefinition:
    """The asset `trained_models`: every question that is due, on the last good build."""

    @dg.asset(
        name=TRAINED,
        deps=sorted({_bare(table) for lesson in lessons for table in lesson.reads}),
        group_name="upkeep",
        kinds={"python", "scikitlearn"},
        owners=["team:data-science"],
        description="Models, trained when due: weekly, or when bands stopped holding. Grain: question.",
    )
    def trained_models() -> dg.MaterializeResult:
        try:
            done = train_due(settings, lessons)
        except NothingToLearnFromError:
            return dg.MaterializeResult(metadata={"reason": "no night has built anything yet"})
        if done.failed:
            raise dg.Failure("; ".join(f"{name}: {why}" for name, why in done.failed.items()))
        shipped = [name for name, record in done.trained.items() if record.ships]
        return dg.MaterializeResult(
            metadata={
                "trained": ", ".join(done.trained) or "–",
                "shipped": ", ".join(shipped) or "–",
                "still_good": ", ".join(done.still_good) or "–",
            }
        )

    return trained_models


def training_job() -> Any:
    """The training alone; it writes model files, never the lake."""
    return dg.define_asset_job(
        TRAINING_JOB,
        selection=dg.AssetSelection.assets(TRAINED),
        description="Trains the questions that are due; the next night scores with what came of it.",
        executor_def=dg.in_process_executor,
    )


def daily_training(company: Company) -> dg.ScheduleDefinition:
    """A look each morning whether a model is due: most days none is. Off for a fixed extract."""
    is_living = company.as_of_on is None
    return dg.ScheduleDefinition(
        name="daily_training",
        job_name=TRAINING_JOB,
        cron_schedule=DAILY_CRON,
        execution_timezone=company.time_zone,
        default_status=dg.DefaultScheduleStatus.RUNNING if is_living else dg.DefaultScheduleStatus.STOPPED,
        description=f"Looks at 04:00 {company.time_zone} whether a model is due.",
    )


def _is_archived(night: Night, card: str, record: TrainingRecord) -> bool:
    """Whether an earlier publication has kept this training already."""
    return bool(
        has_history(night.con, card)
        and night.con.execute(
            f"select 1 from lake.history.{card} where anchor_on = ? and outcome_count = ? limit 1",
            [record.anchor_on, record.n],
        ).fetchone()
    )


def _card_rows(record: TrainingRecord | None, night: Night, stamped: Mapping[str, str]) -> pl.DataFrame:
    rows = [
        {
            "question_code": record.question,
            "as_of_on": night.run.as_of_on,
            "anchor_on": record.anchor_on,
            "method_code": method,
            "metric_code": metric,
            "value": None if value is None else float(value),
            "outcome_count": record.n,
            "is_shipped": record.ships,
            "reason_codes": _unmet(record),
            "notes": "; ".join(record.notes),
            **stamped,
        }
        for method, measures in _measures(record).items()
        for metric, value in measures.items()
    ]
    return pl.DataFrame(rows, schema=CARD_SCHEMA)


def _measures(record: TrainingRecord | None) -> dict[str, dict[str, float | int | None]]:
    """The record's measures by method; a training that had nothing to try still has its verdict."""
    if record is None:
        return {}
    return {"gate": {"is_passed": int(record.ships)}, **record.metrics}


def _unmet(record: TrainingRecord) -> str:
    """The points of the gate that were not met, or were only told in words."""
    return "; ".join(str(reason["code"]) for reason in record.reasons if not reason.get("is_met"))


def _backtest_rows(record: TrainingRecord | None, stamped: Mapping[str, str]) -> pl.DataFrame:
    rows = [
        {
            "question_code": record.question,
            "anchor_on": record.anchor_on,
            "origin": row["origin"],
            "segment_code": row["segment"],
            "horizon_code": row["horizon"],
            "method_code": row["method"],
            "metric_code": row["metric"],
            "value": row["value"],
            "outcome_count": row.get("count"),
            **stamped,
        }
        for row in (record.rows if record else [])
    ]
    return pl.DataFrame(rows, schema=ROW_SCHEMA)


def _write(con: duckdb.DuckDBPyConnection, table: str, rows: pl.DataFrame) -> None:
    con.register("trained", rows.to_arrow())
    con.execute(f"create or replace table ml.{table} as from trained")
    con.unregister("trained")


def _told(record: TrainingRecord | None) -> dict[str, Any]:
    if record is None:
        return {"trained": "never"}
    return {
        "trained": record.anchor_on.isoformat(),
        "ships": record.ships,
        "outcomes": record.n,
        "reasons": _unmet(record) or "–",
    }


def _bare(table: str) -> str:
    return table.partition(".")[2]
