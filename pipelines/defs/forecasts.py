"""Assets of the forecasts: thin shells round the pure functions of ml/, reading facts from the build file."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import dagster as dg
import duckdb
import polars as pl

from actions import value_booking
from lake.checks import CheckResult
from ml.churn import night as churn
from ml.delay import night as delay
from ml.delay.record import ARCHIVE_SCHEMA, BAND_COLUMNS
from ml.demand import night as demand
from ml.demand import stock_night as stock
from ml.devices import night as devices
from ml.schedule import night as schedule
from ml.schedule.config import LINK_SCHEMA
from ml.schedule.config import MILESTONE_SCHEMA as NETWORK_SCHEMA
from ml.schedule.network import milestone_network
from ml.value import night as value
from pipelines.archives import Archive, last_year, read_archive, this_month, unbooked
from pipelines.defs.drift import drift_asset
from pipelines.defs.training import card_assets, card_table
from pipelines.lessons import Lesson
from pipelines.night import Night
from pipelines.preview import table_metadata
from pipelines.timing import timed
from pipelines.trained_models import ModelShelf
from pipelines.value_booking import book_overrides
from pipelines.watching import COVERAGE, asset_check, coverage_check


@dataclass(frozen=True)
class ForecastStep:
    """A table made between dbt's halves: what it reads by table, the function that makes it, what it answers.

    Tables of schema ml are forecasts, kept in the lake's history; others belong to their build alone. A step
    of a `question` gets its frames by table name and that question's trained model, None where the baseline
    is published; one that is `by_name` gets them by table name too; any other gets its frames one by one,
    those of `history` last: what earlier publications said, as far as it can still matter. `watch`
    judges the table: an asset check that only warns.
    """

    table: str
    reads: Mapping[str, Mapping[str, object] | tuple[str, ...]]
    make: Callable[..., pl.DataFrame]
    description: str
    schema: str = "ml"
    question: str | None = None
    by_name: bool = False
    watch: Callable[[pl.DataFrame], CheckResult] | None = None
    history: Mapping[str, Archive] = field(default_factory=dict)


LESSONS = (
    Lesson("delay", delay.READS, delay.learn, delay.look),
    Lesson("demand", demand.READS, demand.learn, demand.look),
    Lesson("churn", churn.READS, churn.learn, churn.look),
    Lesson("value", value.READS, value.learn, value.look),
    Lesson("devices", devices.READS, devices.learn),
)

STEPS = (
    ForecastStep(
        "ml_delay_forecast",
        delay.READS,
        delay.score,
        "When each unfinished milestone will finish, with its drivers. Grain: milestone × business date.",
        question="delay",
    ),
    ForecastStep(
        "ml_project_forecast",
        delay.PROJECT_READS,
        delay.projects,
        "When each project will finish, through its network. Grain: project × business date.",
    ),
    ForecastStep(
        "ml_batch_risk",
        delay.BATCH_READS,
        delay.batches,
        "What late batches move, by how many days. Grain: batch × milestone × business date.",
    ),
    ForecastStep(
        "ml_alternative_forecast",
        schedule.READS,
        schedule.options,
        "What can be done about late batches, the best first. Grain: purchase line × option × business date.",
        by_name=True,
    ),
    ForecastStep(
        "ml_coverage_card",
        delay.RECORD_READS,
        delay.coverage,
        "How the published bands of delay held, recounted. Grain: segment × business date.",
        watch=coverage_check,
        history={
            "ml_delay_forecast": Archive(ARCHIVE_SCHEMA, first_of="milestone_id", needs=BAND_COLUMNS),
        },
    ),
    ForecastStep(
        "ml_demand_forecast",
        demand.READS,
        demand.score,
        "How much of each product will be sold. Grain: product × month × business date.",
        question="demand",
    ),
    ForecastStep(
        "ml_demand_region_forecast",
        demand.REGION_READS,
        demand.regions,
        "The same by region, adding up. Grain: product × region × month × business date.",
    ),
    ForecastStep(
        "ml_stock_forecast",
        stock.POLICY_READS,
        stock.policies,
        "What each product's lead time will ask for, and what to hold. Grain: product × business date.",
        history={
            "ml_demand_forecast": Archive(
                stock.FORETOLD_SCHEMA,
                since=last_year,
                first_of="product_id, period_on, horizon_months",
                needs=stock.FORETOLD_QUANTITIES,
            )
        },
    ),
    ForecastStep(
        "ml_stock_risk",
        stock.PEAK_READS,
        stock.peaks,
        "Coming peaks against stock, told 30 days before. Grain: product × month × business date.",
        history={"ml_stock_risk": Archive(stock.TOLD_SCHEMA, since=this_month)},
    ),
    ForecastStep(
        "ml_stock_backtest",
        stock.RECORD_READS,
        stock.record,
        "Past peaks that came or were told to come. Grain: product × month × business date.",
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
    ForecastStep(
        "ml_override_backtest",
        {
            "marts.fct_action_event": value_booking.EVENT_COLUMNS,
            "marts.fct_order_line": demand.READS["marts.fct_order_line"],
            "marts.dim_customer": ("customer_id", "region_code"),
        },
        book_overrides,
        "What published demand forecasts and the words against them came to, frozen at their lag and booked"
        " once. Grain: product × region × month × lag.",
        history={
            "ml_demand_forecast": Archive(value_booking.ARCHIVE_SCHEMA, since=unbooked),
            "ml_demand_region_forecast": Archive(value_booking.REGION_ARCHIVE_SCHEMA, since=unbooked),
            "ml_override_backtest": Archive(value_booking.BOOKED_SCHEMA),
        },
    ),
    ForecastStep(
        "ml_override_card",
        {"ml.ml_override_backtest": tuple(value_booking.BOOKED_SCHEMA)},
        value_booking.card,
        "Value added by naive, model, override and agreed, by person, reason and size."
        " Grain: group × step × lag × business date.",
    ),
)


def forecast_assets() -> list[dg.AssetsDefinition]:
    """One asset per forecast, and the cards of the models behind them."""
    return [
        *(card_assets(lesson) for lesson in LESSONS),
        *(_asset(step) for step in STEPS),
        drift_asset(LESSONS),
    ]


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
        check_specs=[dg.AssetCheckSpec(COVERAGE, asset=step.table)] if step.watch else None,
        required_resource_keys={"night"},
    )
    def make_forecast(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        night: Night = context.resources.night
        night.progress.start(step.table)
        pinned = night.begin_build()
        night.hold_build()
        with timed(night.seconds, "ml"), duckdb.connect(str(night.build)) as con:
            rows = _made(step, night, con, pinned.publication_name)
            con.register("forecast", rows.to_arrow())
            con.execute(f"create or replace table {step.schema}.{step.table} as from forecast")
            metadata = table_metadata(con, f"{step.schema}.{step.table}")
        night.made.add(step.table)
        if step.schema == "ml":
            night.forecasts.append(step.table)
        results = [step.watch(rows)] if step.watch else []
        night.checks += results
        night.progress.finish(step.table)
        return dg.MaterializeResult(
            metadata=metadata, check_results=[asset_check(result) for result in results]
        )

    return make_forecast


def _made(step: ForecastStep, night: Night, con: duckdb.DuckDBPyConnection, publication: str) -> pl.DataFrame:
    frames = {_bare(table): _read(con, table, columns) for table, columns in step.reads.items()}
    named = {"publication_name": publication, "run_id": night.run.run_id}
    if step.by_name:
        return step.make(frames, night.run.as_of_on, **named)
    if step.question is None:
        told = [
            read_archive(night.con, table, archive, night.run.as_of_on)
            for table, archive in step.history.items()
        ]
        return step.make(*frames.values(), *told, night.run.as_of_on, **named)
    model = ModelShelf(night.settings.paths).usable(step.question, night.run.as_of_on)
    return step.make(frames, night.run.as_of_on, **named, model=model)


def _read(
    con: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, object] | tuple[str, ...]
) -> pl.DataFrame:
    return con.execute(f"select {', '.join(columns)} from {table}").pl()
