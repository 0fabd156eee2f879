"""Assets of the forecasts: thin shells round the pure functions of ml/, reading facts from the build file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import dagster as dg
import duckdb
import polars as pl

from ml.churn import night as churn
from ml.delay.config import INPUT_SCHEMA as MILESTONE_SCHEMA
from ml.delay.forecast import forecast as forecast_delay
from ml.demand.config import INPUT_SCHEMA as ORDER_LINE_SCHEMA
from ml.demand.forecast import forecast as forecast_demand
from ml.devices import night as devices
from ml.schedule.config import LINK_SCHEMA
from ml.schedule.config import MILESTONE_SCHEMA as NETWORK_SCHEMA
from ml.schedule.network import milestone_network
from ml.value import night as value
from pipelines.defs.training import card_table, training_asset
from pipelines.lessons import Lesson
from pipelines.night import Night
from pipelines.preview import table_metadata
from pipelines.timing import timed
from pipelines.trained_models import ModelShelf


@dataclass(frozen=True)
class ForecastStep:
    """A table made between dbt's halves: what it reads by table, the function that makes it, what it answers.

    Tables of schema ml are forecasts, kept in the lake's history; others belong to their build alone. A step
    of a `question` gets its frames by table name and that question's trained model, None where the baseline
    is published; any other gets its frames one by one.
    """

    table: str
    reads: Mapping[str, Mapping[str, object] | tuple[str, ...]]
    make: Callable[..., pl.DataFrame]
    description: str
    schema: str = "ml"
    question: str | None = None


LESSONS = (
    Lesson("churn", churn.READS, churn.learn),
    Lesson("value", value.READS, value.learn),
    Lesson("devices", devices.READS, devices.learn),
)

STEPS = (
    ForecastStep(
        "ml_delay_forecast",
        {"marts.fct_milestone": MILESTONE_SCHEMA},
        forecast_delay,
        "When each unfinished milestone will finish, by reference class. Grain: milestone × business date.",
    ),
    ForecastStep(
        "ml_demand_forecast",
        {"marts.fct_order_line": ORDER_LINE_SCHEMA},
        forecast_demand,
        "How much of each product will be sold, by seasonal naive. Grain: product × month × business date.",
    ),
    ForecastStep(
        "ml_churn_risk",
        churn.READS,
        churn.score,
        "Which customers fall silent against their own rhythm. Grain: customer × business date.",
        question="churn",
    ),
    ForecastStep(
        "ml_value_forecast",
        value.READS,
        value.score,
        "What each customer brings in the coming year. Grain: customer × business date.",
        question="value",
    ),
    ForecastStep(
        "int_milestone_network",
        {"marts.fct_milestone": NETWORK_SCHEMA, "marts.fct_milestone_link": LINK_SCHEMA},
        milestone_network,
        "Early and late dates, floats and the critical path of each project's network. Grain: milestone.",
        "intermediate",
    ),
    ForecastStep(
        "ml_device_risk",
        devices.READS,
        devices.score,
        "Which devices wear out, what is wrong and how long they last. Grain: device × business date.",
        question="devices",
    ),
)


def forecast_assets() -> list[dg.AssetsDefinition]:
    """One asset per forecast, and one per training."""
    return [*(training_asset(lesson) for lesson in LESSONS), *(_asset(step) for step in STEPS)]


def forecast_reads() -> dict[str, list[str]]:
    """The tables that each forecast reads, by the forecast's own table."""
    return {step.table: [_bare(table) for table in step.reads] for step in STEPS}


def forecast_columns() -> dict[str, list[tuple[str, str]]]:
    """The columns, with their tables, that each forecast is made from, by the forecast's own table."""
    return {
        step.table: [(_bare(table), column) for table, columns in step.reads.items() for column in columns]
        for step in STEPS
    }


def _bare(table: str) -> str:
    return table.partition(".")[2]


def _asset(step: ForecastStep) -> dg.AssetsDefinition:
    @dg.asset(
        name=step.table,
        deps=[*map(_bare, step.reads), *([card_table(step.question)] if step.question else [])],
        group_name=step.schema,
        kinds={"python", "polars"},
        owners=["team:data-science"],
        description=step.description,
        required_resource_keys={"night"},
    )
    def make_forecast(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        night: Night = context.resources.night
        night.progress.start(step.table)
        pinned = night.begin_build()
        with timed(night.seconds, "ml"), duckdb.connect(str(night.build)) as con:
            rows = _made(step, night, con, pinned.publication_name)
            con.register("forecast", rows.to_arrow())
            con.execute(f"create or replace table {step.schema}.{step.table} as from forecast")
            metadata = table_metadata(con, f"{step.schema}.{step.table}")
        if step.schema == "ml":
            night.forecasts.append(step.table)
        night.progress.finish(step.table)
        return dg.MaterializeResult(metadata=metadata)

    return make_forecast


def _made(step: ForecastStep, night: Night, con: duckdb.DuckDBPyConnection, publication: str) -> pl.DataFrame:
    frames = {_bare(table): _read(con, table, columns) for table, columns in step.reads.items()}
    named = {"publication_name": publication, "run_id": night.run.run_id}
    if step.question is None:
        return step.make(*frames.values(), night.run.as_of_on, **named)
    model = ModelShelf(night.settings.paths).usable(step.question, night.run.as_of_on)
    return step.make(frames, night.run.as_of_on, **named, model=model)


def _read(
    con: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, object] | tuple[str, ...]
) -> pl.DataFrame:
    return con.execute(f"select {', '.join(columns)} from {table}").pl()
