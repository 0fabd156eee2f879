"""Which milestones are alike: what is known at a business date, and the class of each at each level."""

from datetime import date, timedelta

import polars as pl

_SIZES = ["small", "medium", "large"]


def known_at(
    milestones: pl.DataFrame, as_of_on: date, observed_days: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What experience and what questions there are at `as_of_on`: (known, unfinished), with `delay_days`.

    known: milestones with a plan that finished in the last `observed_days` (delay_days = finish − plan,
    is_finished), or are started and open (delay_days = as_of − plan so far, not is_finished: censored, the
    delay will be greater). entry_days: their age, on the same scale, when observation of them began.
    unfinished: open milestones with a plan, started or not, delay_days = as_of − plan so far.
    Dates after `as_of_on` count as not known, so the same frame serves a back-test. Cancelled milestones and
    those finished on an unknown date teach nothing about delay and need no forecast.
    """
    as_of, since = pl.lit(as_of_on), pl.lit(as_of_on - timedelta(days=observed_days))
    plan, finished_on = pl.col("planned_finish_on"), pl.col("finished_on")
    planned = milestones.filter(
        plan.is_not_null(),
        pl.col("state_code").ne_missing("cancelled"),
        finished_on.is_not_null() | pl.col("state_code").ne_missing("finished"),
    ).with_columns(is_finished=(finished_on <= as_of).fill_null(False))
    last_seen_on = pl.when("is_finished").then(finished_on).otherwise(as_of)
    # A day earlier than the start, so that what starts and finishes on one day was at risk on it.
    entered_on = pl.max_horizontal(pl.col("started_on").dt.offset_by("-1d"), since)
    planned = planned.with_columns(
        delay_days=(last_seen_on - plan).dt.total_days(),
        entry_days=(pl.min_horizontal(entered_on, last_seen_on.dt.offset_by("-1d")) - plan).dt.total_days(),
    )
    is_known = (pl.col("is_finished") & (finished_on > since)) | (
        ~pl.col("is_finished") & (pl.col("started_on") <= as_of)
    )
    return planned.filter(is_known), planned.filter(~pl.col("is_finished"))


def with_sizes(known: pl.DataFrame, unfinished: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Both frames with `size_code`: the third of the budgets known within the same phase and currency.

    Thirds rather than amounts, so that companies and currencies need no thresholds of their own. A milestone
    without a budget, or in a phase and currency without experience, is of size `unknown`.
    """
    group = ["phase_code", "currency_code"]
    budget = pl.col("budget_amount")
    cuts = known.group_by(group).agg(
        lower=budget.quantile(1 / 3, "linear"), upper=budget.quantile(2 / 3, "linear")
    )
    size = (
        pl.when(budget <= pl.col("lower"))
        .then(pl.lit(_SIZES[0]))
        .when(budget <= pl.col("upper"))
        .then(pl.lit(_SIZES[1]))
        .when(budget > pl.col("upper"))
        .then(pl.lit(_SIZES[2]))
        .otherwise(pl.lit("unknown"))
    )

    def sized(frame: pl.DataFrame) -> pl.DataFrame:
        joined = frame.join(cuts, on=group, how="left", nulls_equal=True, maintain_order="left")
        return joined.with_columns(size_code=size).drop("lower", "upper")

    return sized(known), sized(unfinished)


def number_classes(
    known: pl.DataFrame, unfinished: pl.DataFrame, columns: tuple[str, ...]
) -> tuple[pl.DataFrame, pl.DataFrame, int]:
    """Both frames with `class_name` and `class_no` (0 … n−1 by name; NULL: no experience), and n.

    A class name spells its columns out (`phase_code=Design; size_code=large`); the class of all is `all`.
    """
    parts = [pl.format("{}={}", pl.lit(c), pl.col(c).fill_null("unknown")) for c in columns]
    name = pl.concat_str(parts, separator="; ") if parts else pl.lit("all")
    known = known.with_columns(class_name=name)
    numbers = (
        known.select(pl.col("class_name").unique().sort()).with_row_index("class_no")
        .with_columns(pl.col("class_no").cast(pl.Int64))
    )  # fmt: skip
    return (
        known.join(numbers, on="class_name", how="left", maintain_order="left"),
        unfinished.with_columns(class_name=name).join(
            numbers, on="class_name", how="left", maintain_order="left"
        ),
        numbers.height,
    )
