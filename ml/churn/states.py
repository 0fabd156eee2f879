"""What was known of each customer on a day: silence, limit, open projects."""

from datetime import date

import polars as pl

from ml.churn.config import ChurnConfig


def rhythm(activity: pl.DataFrame) -> pl.DataFrame:
    """Each active day of each customer with what it taught: the orders and the median gap up to that day.

    customer_id, active_on, order_count, median_gap_days (NULL on the first day), in this order.
    """
    days = (
        activity.group_by("customer_id", "active_on")
        .agg(pl.col("order_count").sum())
        .sort("customer_id", "active_on")
    )
    gap = pl.col("active_on").diff().dt.total_days().cast(pl.Float64)
    longest = max(1, days.height)
    return days.with_columns(
        pl.col("order_count").cum_sum().over("customer_id"),
        median_gap_days=gap.rolling_median(longest, min_samples=1).over("customer_id"),
    )


def states_on(days: pl.DataFrame, origins: list[date], config: ChurnConfig) -> pl.DataFrame:
    """The state of every customer known on each origin: a row a customer and origin.

    days: of `rhythm`. Adds to its columns: origin_on, last_order_on, silence_days, silence_limit_days,
    next_order_on (the first active day after the origin, NULL if there is none: the outcome, not the state).
    """
    asked = pl.DataFrame({"origin_on": sorted(origins)}, schema={"origin_on": pl.Date})
    asked = days.select(pl.col("customer_id").unique()).join(asked, how="cross").sort("origin_on")
    days = days.sort("active_on")
    following = days.select("customer_id", next_order_on="active_on")
    states = asked.join_asof(
        days.with_columns(last_order_on="active_on"),
        left_on="origin_on",
        right_on="active_on",
        by="customer_id",
        check_sortedness=False,
    ).join_asof(
        following,
        left_on="origin_on",
        right_on="next_order_on",
        by="customer_id",
        strategy="forward",
        allow_exact_matches=False,
        check_sortedness=False,
    )
    limit = (config.gap_factor * pl.col("median_gap_days")).ceil().cast(pl.Int64).fill_null(0)
    return (
        states.drop_nulls("last_order_on")
        .with_columns(
            silence_days=(pl.col("origin_on") - pl.col("last_order_on")).dt.total_days(),
            silence_limit_days=pl.max_horizontal(limit, pl.lit(config.floor_days, pl.Int64)),
        )
        .sort("customer_id", "origin_on")
    )


def with_open_project(states: pl.DataFrame, projects: pl.DataFrame, day_column: str) -> pl.DataFrame:
    """`states` with has_open_project: whether the customer had a project running on the day of `day_column`.

    A project runs from its initiation (or start; from always, if neither is known) to the day before its
    finish. One that is closed without a finish date is taken never to have been open: its end is unknown.
    """
    spans = projects.filter(pl.col("finished_on").is_not_null() | pl.col("is_open")).select(
        "customer_id", "finished_on", began_on=pl.coalesce("initiated_on", "started_on")
    )
    day = pl.col(day_column)
    running = (
        states.select("customer_id", day_column)
        .unique()
        .join(spans, on="customer_id")
        .filter((pl.col("began_on") <= day).fill_null(True), (pl.col("finished_on") > day).fill_null(True))
        .select("customer_id", day_column, has_open_project=True)
        .unique()
    )
    joined = states.join(running, on=["customer_id", day_column], how="left", maintain_order="left")
    return joined.with_columns(pl.col("has_open_project").fill_null(False))
