"""What came of items that are closed: ratings before and after, told as measured and not as caused."""

from __future__ import annotations

import math
from dataclasses import dataclass

import polars as pl

from cockpit.services.items import Names
from cockpit.services.labels import labelled

#: Student's t for a 95% interval by degrees of freedom from 1 on; beyond, the normal distribution is close.
# fmt: off
_T = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
    2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
)
# fmt: on


@dataclass(frozen=True)
class Effect:
    """The mean change of ratings over n closed items with its 95% interval; None where n is too small."""

    item_count: int
    mean: float | None
    low: float | None = None
    high: float | None = None


def effect(outcomes: pl.DataFrame) -> Effect:
    """Over the items that have ratings on both sides; an interval from two items on (Student's t)."""
    both = outcomes.drop_nulls(["rating_before_mean", "rating_after_mean"]).sort("item_id")
    changes = (both["rating_after_mean"] - both["rating_before_mean"]).to_list()
    if len(changes) < 2:
        return Effect(len(changes), changes[0] if changes else None)
    mean = sum(changes) / len(changes)
    spread = math.sqrt(sum((each - mean) ** 2 for each in changes) / (len(changes) - 1))
    factor = _T[len(changes) - 2] if len(changes) - 1 <= len(_T) else 1.96
    reach = factor * spread / math.sqrt(len(changes))
    return Effect(len(changes), round(mean, 4), round(mean - reach, 4), round(mean + reach, 4))


def table(outcomes: pl.DataFrame, names: Names) -> pl.DataFrame:
    """The rows as they are shown: newest first, words in the reader's language."""
    rules = {rule: names.rule(rule) for rule in outcomes["rule_id"].unique()}
    shown = outcomes.select(
        pl.col("closed_on"),
        pl.col("rule_id").replace_strict(rules, default=None, return_dtype=pl.String).alias("item_rule"),
        pl.col(f"told_{names.language}").alias("item_told"),
        pl.col("state_code"),
        pl.col("closed_by"),
        pl.col("cause").alias("item_cause"),
        pl.coalesce("result", "action_taken", "dismissal").alias("item_done"),
        pl.col("rating_before_mean"),
        pl.col("rating_after_mean"),
        pl.col("rating_after_count"),
    )
    return labelled(shown, {"state_code": "item"}, names.language)
