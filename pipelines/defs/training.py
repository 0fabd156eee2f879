"""Assets of the trainings: one a question, apart from the scoring, weekly or when its code changed."""

from collections.abc import Iterable, Mapping
from typing import Any

import dagster as dg
import duckdb
import polars as pl

from lake.settings import Settings
from pipelines.back_test_plot import plot_of
from pipelines.lessons import Lesson, taught
from pipelines.night import Night
from pipelines.timing import timed
from pipelines.trained_models import ModelShelf, TrainingRecord

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


def training_asset(lesson: Lesson) -> dg.AssetsDefinition:
    """The asset of a question's card and back-test; it trains only when the shelf says so."""
    card, rows = card_table(lesson.question), f"ml_{lesson.question}_backtest"
    shared = {"group_name": "ml", "kinds": {"python", "scikitlearn"}, "owners": ["team:data-science"]}

    @dg.multi_asset(
        name=f"train_{lesson.question}",
        specs=[
            dg.AssetSpec(
                card,
                deps=[_bare(table) for table in lesson.reads],
                description=f"How {lesson.question} was told, beside baselines. Grain: method × measure.",
                **shared,
            ),
            dg.AssetSpec(
                rows,
                deps=[_bare(table) for table in lesson.reads],
                description="The back-test behind the card. Grain: method × measure × origin × segment.",
                **shared,
            ),
        ],
        required_resource_keys={"night"},
    )
    def train(context: dg.AssetExecutionContext) -> Iterable[dg.MaterializeResult]:
        night: Night = context.resources.night
        night.progress.start(card)
        name = night.begin_build().publication_name
        shelf = ModelShelf(night.settings.paths)
        with timed(night.seconds, "training"):
            record, is_new = _record(night, lesson, shelf)
        stamped = {"publication_name": name, "_run_id": night.run.run_id}
        with duckdb.connect(str(night.build)) as con:
            _write(con, card, _card_rows(record, night, stamped))
            _write(con, rows, _backtest_rows(record, stamped))
        if is_new:
            night.forecasts += [card, rows]
        for table in (card, rows):
            night.progress.finish(table)
        yield dg.MaterializeResult(asset_key=card, metadata=_told(record, is_new))
        yield dg.MaterializeResult(asset_key=rows, metadata={"plot": dg.MetadataValue.md(plot_of(record))})

    return train


def _record(night: Night, lesson: Lesson, shelf: ModelShelf) -> tuple[TrainingRecord | None, bool]:
    """The record that holds tonight, and whether tonight made it."""
    as_of_on = night.run.as_of_on
    if may_train(night.settings) and shelf.is_due(lesson.question, as_of_on):
        record, model = taught(lesson, _frames(night, lesson.reads), as_of_on)
        shelf.keep(record, model)
        return record, True
    record = shelf.record(lesson.question)
    # What was trained on a later day knows the future of this one.
    return (record, False) if record is not None and record.anchor_on <= as_of_on else (None, False)


def may_train(settings: Settings) -> bool:
    """Whether nights of these settings train."""
    return settings.training == "when_due"


def _frames(night: Night, reads: Mapping[str, Any]) -> dict[str, pl.DataFrame]:
    with duckdb.connect(str(night.build), read_only=True) as con:
        return {
            _bare(table): con.execute(f"select {', '.join(columns)} from {table}").pl()
            for table, columns in reads.items()
        }


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


def _told(record: TrainingRecord | None, is_new: bool) -> dict[str, Any]:
    if record is None:
        return {"trained": "never"}
    return {
        "trained": record.anchor_on.isoformat(),
        "is_new": is_new,
        "ships": record.ships,
        "outcomes": record.n,
        "reasons": _unmet(record) or "–",
    }


def _bare(table: str) -> str:
    return table.partition(".")[2]
