"""What a model learns from: work as it stood on earlier days, with what has become known of it since."""

from datetime import date, timedelta

import numpy as np
import polars as pl

from ml.delay.config import ITEM_SCHEMA, ModelConfig

#: An item's snapshots: ITEM_SCHEMA and these.
SNAPSHOT_COLUMNS = ("as_of_on", "age_days", "delay_days", "is_final", "is_start")


def snapshots(items: pl.DataFrame, as_of_on: date, config: ModelConfig) -> pl.DataFrame:
    """Every item on the day it began, and again every `snapshot_step_days` while it was open or yet to begin.

    Adds as_of_on (of the snapshot), age_days (days past its date then, mostly negative), delay_days (days
    late, or reached by `as_of_on` where it has not finished by then: is_final false) and is_start. By
    as_of_on and item_id. Work yet to begin is seen from the day on which its parent's first item began.
    Nothing after `as_of_on` is read. Later looks are drawn down to as many as there are starts: what waits
    longest is seen most often, and would be all that the model learns.
    """
    as_of = pl.lit(as_of_on)
    items = items.select(*ITEM_SCHEMA).with_columns(
        pl.when(pl.col(name) <= as_of).then(name).alias(name) for name in ("started_on", "finished_on")
    )
    known_on = pl.min_horizontal("started_on", pl.col("started_on").min().over("parent_id"))
    items = items.with_columns(
        known_on=pl.when(pl.col("parent_id").is_null()).then("started_on").otherwise(known_on)
    )
    items = items.filter(pl.col("known_on") <= as_of)
    at_start = items.filter(pl.col("started_on").is_not_null()).with_columns(
        as_of_on="started_on", is_start=pl.lit(True)
    )
    steps = _steps(as_of_on, config)
    later = (
        items.join(pl.DataFrame({"as_of_on": steps}, schema={"as_of_on": pl.Date}), how="cross")
        .filter(
            pl.col("as_of_on") >= pl.col("known_on"),
            pl.col("as_of_on").ne_missing(pl.col("started_on")),
            (pl.col("as_of_on") < pl.col("finished_on")).fill_null(True),
        )
        .with_columns(is_start=pl.lit(False))
    )
    plan = pl.col("planned_finish_on")
    last_seen_on = pl.col("finished_on").fill_null(as_of)
    later = thinned(later.sort("as_of_on", "item_id"), max(at_start.height, config.minimum_rows), config.seed)
    return (
        pl.concat([at_start, later])
        .filter(pl.col("finished_on").fill_null(as_of + pl.duration(days=1)) >= pl.col("as_of_on"))
        .with_columns(
            age_days=age_days(),
            delay_days=(last_seen_on - plan).dt.total_days(),
            is_final=pl.col("finished_on").is_not_null(),
        )
        .drop("known_on")
        .sort("as_of_on", "item_id")
    )


def age_days() -> pl.Expr:
    """How many days past its date a row of as_of_on is known not to have finished (before it: negative).

    What begins on a day may finish on it: it is known to be open only until the day before.
    """
    begins = (pl.col("started_on") == pl.col("as_of_on")).fill_null(False)
    return (pl.col("as_of_on") - pl.col("planned_finish_on")).dt.total_days() - begins.cast(pl.Int64)


def _steps(as_of_on: date, config: ModelConfig) -> list[date]:
    """The days of later looks, from the business date back, itself left out: nothing has come of it yet."""
    count = config.observed_days // config.snapshot_step_days
    return [as_of_on - timedelta(days=config.snapshot_step_days * step) for step in range(1, count + 1)]


def thinned(rows: pl.DataFrame, maximum: int, seed: int) -> pl.DataFrame:
    """At most `maximum` rows in their order: all of it if it fits, else an even draw."""
    if rows.height <= maximum:
        return rows
    chosen = np.sort(np.random.default_rng(seed).choice(rows.height, maximum, replace=False))
    return rows[chosen]
