"""What a night asks about delay: learn when due; each night milestones, projects, batches, the record."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from ml.backtest.results import BacktestResult
from ml.delay.batches import batch_risk, open_batches
from ml.delay.classes import known_at
from ml.delay.config import INPUT_SCHEMA, ITEM_SCHEMA, DelayConfig, ModelConfig
from ml.delay.features import asked_at, feature_names, features
from ml.delay.forecast import forecast
from ml.delay.gate import Verdict, verdict
from ml.delay.items import milestone_items
from ml.delay.model import DelayModel, TooLittleKnownError, train
from ml.delay.record import recount
from ml.delay.rolling import backtest
from ml.delay.simulation import FORECAST_SCHEMA, NODE_SCHEMA, simulate_projects
from ml.schedule.config import LINK_SCHEMA, MILESTONE_SCHEMA

__all__ = [
    "BATCH_READS",
    "PROJECT_READS",
    "READS",
    "RECORD_READS",
    "batches",
    "coverage",
    "learn",
    "look",
    "projects",
    "recounted",
    "score",
]

Frames = Mapping[str, pl.DataFrame]
_MILESTONES = "marts.fct_milestone"
#: What a milestone says of itself under names of its own; the rest comes from projects and purchase lines.
_OWN = ("region_code", "customer_id", "owner_id", "crew_id", "planned_start_on", "sequence_no")

#: Groups of features that a milestone has of its own plan, its age and what began with it.
_OF_ITSELF = ("plan", "age", "batch")

READS = {
    _MILESTONES: tuple(dict.fromkeys((*INPUT_SCHEMA, "project_id", *_OWN))),
    "marts.dim_project": ("project_id", "site_id", "name"),
    "marts.fct_purchase_line": (
        "purchase_line_id",
        "milestone_id",
        "supplier_id",
        "line_amount",
        "ordered_on",
    ),
}
PROJECT_READS = {
    _MILESTONES: tuple(NODE_SCHEMA),
    "marts.fct_milestone_link": tuple(LINK_SCHEMA),
    "ml.ml_delay_forecast": tuple(FORECAST_SCHEMA),
}
BATCH_READS = {
    _MILESTONES: tuple(MILESTONE_SCHEMA),
    "marts.fct_milestone_link": tuple(LINK_SCHEMA),
    "marts.fct_purchase_line": (
        "purchase_line_id",
        "milestone_id",
        "project_id",
        "ordered_on",
        "promised_on",
        "current_promised_on",
        "quantity_open",
        "is_cancelled",
    ),
}
RECORD_READS = {
    _MILESTONES: ("milestone_id", "customer_id", "phase_code", "planned_finish_on", "finished_on"),
    "marts.dim_customer_tier": ("customer_id", "tier_code", "is_current"),
}


def learn(frames: Frames, as_of_on: date) -> tuple[DelayModel | None, BacktestResult, Verdict]:
    """The model as of a day, its back-test before that day, and whether it may speak."""
    known = _items(frames)
    result = backtest(known, as_of_on)
    if not result.metrics:
        return None, result, verdict(result)
    try:
        model = train(known, as_of_on)
    except TooLittleKnownError:
        model = None
    return model, result, verdict(result)


def score(
    frames: Frames, as_of_on: date, *, publication_name: str, run_id: str, model: DelayModel | None
) -> pl.DataFrame:
    """`ml_delay_forecast`: by the model that passed its gate, else by reference class."""
    return forecast(
        frames["fct_milestone"],
        as_of_on,
        publication_name=publication_name,
        run_id=run_id,
        model=model,
        items=_items(frames) if model is not None else None,
    )


def look(frames: Frames, as_of_on: date) -> pl.DataFrame:
    """What the model would be asked about on a day: a row an open milestone, a column a feature of its own.

    The records of owners, regions and types are left out: a few values that many milestones share, which move
    with every finish. Whether the bands still hold for them is told by the outcomes.
    """
    _, unfinished = known_at(frames["fct_milestone"], as_of_on, DelayConfig().observed_days)
    items = _items(frames)
    asked = asked_at(items, pl.lit(as_of_on)).join(
        unfinished.select(item_id="milestone_id"), on="item_id", how="semi", maintain_order="left"
    )
    if asked.is_empty():
        return pl.DataFrame()
    made = features(items, asked, ModelConfig())
    return made.select(name for name in feature_names(made) if name.partition("__")[0] in _OF_ITSELF)


def projects(
    milestones: pl.DataFrame,
    links: pl.DataFrame,
    forecasts: pl.DataFrame,
    as_of_on: date,
    *,
    publication_name: str,
    run_id: str,
) -> pl.DataFrame:
    """`ml_project_forecast`: the finish of projects, whose milestones lean on each other."""
    return simulate_projects(
        milestones, links, forecasts, as_of_on, publication_name=publication_name, run_id=run_id
    )


def batches(
    milestones: pl.DataFrame,
    links: pl.DataFrame,
    lines: pl.DataFrame,
    as_of_on: date,
    *,
    publication_name: str,
    run_id: str,
) -> pl.DataFrame:
    """`ml_batch_risk`: what each late purchase line moves."""
    coming = open_batches(lines, as_of_on)
    return batch_risk(milestones, links, coming, as_of_on, publication_name=publication_name, run_id=run_id)


def coverage(
    milestones: pl.DataFrame,
    tiers: pl.DataFrame,
    archive: pl.DataFrame,
    as_of_on: date,
    *,
    publication_name: str,
    run_id: str,
) -> pl.DataFrame:
    """`ml_coverage_card`: how the bands published so far held, recounted from the archive."""
    return recounted(milestones, tiers, archive, as_of_on).with_columns(
        publication_name=pl.lit(publication_name), _run_id=pl.lit(run_id)
    )


def recounted(
    milestones: pl.DataFrame, tiers: pl.DataFrame, archive: pl.DataFrame, as_of_on: date
) -> pl.DataFrame:
    """How the bands published so far held, by present tier too: of RECORD_READS and the archive."""
    current = tiers.filter("is_current").select("customer_id", "tier_code").unique("customer_id")
    return recount(archive, milestones.join(current, on="customer_id", how="left"), as_of_on)


def _items(frames: Frames) -> pl.DataFrame:
    items = milestone_items(frames["fct_milestone"], frames["dim_project"], frames["fct_purchase_line"])
    return items.select(pl.col(name).cast(dtype) for name, dtype in ITEM_SCHEMA.items())
