"""The asset `ml_drift_card`: how far what each model is asked about has moved since its training."""

from collections.abc import Iterable, Mapping, Sequence

import dagster as dg
import duckdb
import polars as pl

from ml.drift import DRIFT_SCHEMA, drift
from pipelines.defs.training import card_table
from pipelines.lessons import Lesson
from pipelines.night import Night
from pipelines.preview import table_metadata
from pipelines.timing import timed
from pipelines.trained_models import ModelShelf
from pipelines.watching import DRIFT, DRIFT_TABLE, asset_check, drift_check


def drift_asset(lessons: Sequence[Lesson]) -> dg.AssetsDefinition:
    """The drift of every question that is watched, with its check; a question never trained has no rows."""
    watched = [lesson for lesson in lessons if lesson.look is not None]
    read = sorted({_bare(table) for lesson in watched for table in lesson.reads})

    @dg.asset(
        name=DRIFT_TABLE,
        deps=[*read, *(card_table(lesson.question) for lesson in watched)],
        group_name="ml",
        kinds={"python", "polars"},
        owners=["team:data-science"],
        description="How far features moved since training. Grain: question × feature × business date.",
        check_specs=[
            dg.AssetCheckSpec(DRIFT, asset=DRIFT_TABLE, description="No feature's PSI passes its limit.")
        ],
        required_resource_keys={"night"},
    )
    def ml_drift_card(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        night: Night = context.resources.night
        night.progress.start(DRIFT_TABLE)
        pinned = night.begin_build()
        night.hold_build()
        with timed(night.seconds, "ml"), duckdb.connect(str(night.build)) as con:
            card = drift_card(con, night, watched).with_columns(
                publication_name=pl.lit(pinned.publication_name), _run_id=pl.lit(night.run.run_id)
            )
            con.register("moved", card.to_arrow())
            con.execute(f"create or replace table ml.{DRIFT_TABLE} as from moved")
            metadata = table_metadata(con, f"ml.{DRIFT_TABLE}")
        night.made.add(DRIFT_TABLE)
        night.forecasts.append(DRIFT_TABLE)
        result = drift_check(card)
        night.checks.append(result)
        night.progress.finish(DRIFT_TABLE)
        return dg.MaterializeResult(metadata=metadata, check_results=[asset_check(result)])

    return ml_drift_card


def drift_card(con: duckdb.DuckDBPyConnection, night: Night, lessons: Iterable[Lesson]) -> pl.DataFrame:
    """DRIFT_SCHEMA of each lesson whose newest training is of this business date's past."""
    shelf = ModelShelf(night.settings.paths)
    parts = [pl.DataFrame(schema=DRIFT_SCHEMA)]
    for lesson in lessons:
        record = shelf.record(lesson.question)
        if lesson.look is None or record is None or record.anchor_on > night.run.as_of_on:
            continue
        numbers = lesson.look(_frames(con, lesson), night.run.as_of_on)
        parts.append(
            drift(
                lesson.question,
                record.profile,
                numbers,
                anchor_on=record.anchor_on,
                as_of_on=night.run.as_of_on,
            )
        )
    return pl.concat(parts)


def _frames(con: duckdb.DuckDBPyConnection, lesson: Lesson) -> Mapping[str, pl.DataFrame]:
    return {
        _bare(table): con.execute(f"select {', '.join(columns)} from {table}").pl()
        for table, columns in lesson.reads.items()
    }


def _bare(table: str) -> str:
    return table.partition(".")[2]
