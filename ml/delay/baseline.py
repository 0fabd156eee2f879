"""What a planner would get from a library in an afternoon: an untuned booster on what the plan says."""

from datetime import date

import numpy as np
import polars as pl
from sklearn.ensemble import HistGradientBoostingClassifier

#: Fields of a piece of work as it begins. A column with more values than the booster can hold is left out.
_CODES = ("segment_code", "type_code", "region_code", "site_id", "customer_id", "owner_id", "crew_id")
_MORE_CODES = ("supplier_id", "product_id")
_MOST_VALUES = 255


def late_by_booster(items: pl.DataFrame, asked: pl.DataFrame, as_of_on: date) -> np.ndarray:
    """Chance of being late of each row of `asked`: HistGradientBoosting as it comes, on start-time fields.

    items: ITEM_SCHEMA; learned on those begun by `as_of_on` of which it is known then: finished, or past
    their date without having. One kind only: their share. Both frames need a start.
    """
    as_of = pl.lit(as_of_on)
    finish, plan = pl.col("finished_on"), pl.col("planned_finish_on")
    is_finished = (finish <= as_of).fill_null(False)
    known = items.filter(pl.col("started_on") <= as_of, is_finished | (plan < as_of))
    is_late = known.select(~is_finished | (finish > plan)).to_series().to_numpy()
    if not 0 < is_late.sum() < len(is_late):
        return np.full(asked.height, is_late.mean() if len(is_late) else 0.5)
    columns = [name for name in _CODES + _MORE_CODES if 1 < known[name].n_unique() <= _MOST_VALUES]
    fields = _fields(known, known, columns)
    # The booster refuses a column in which nothing is known.
    has_values = ~np.isnan(fields).all(axis=0)
    booster = HistGradientBoostingClassifier(random_state=0).fit(fields[:, has_values], is_late)
    if not asked.height:
        return np.empty(0)
    return booster.predict_proba(_fields(asked, known, columns)[:, has_values])[:, 1]


def _fields(frame: pl.DataFrame, known: pl.DataFrame, columns: list[str]) -> np.ndarray:
    start, plan = pl.col("started_on"), pl.col("planned_finish_on")
    numbers = frame.select(
        (plan - start).dt.total_days().alias("days"),
        *(date.dt.month().alias(f"{name}_month") for name, date in (("start", start), ("plan", plan))),
        *(date.dt.weekday().alias(f"{name}_weekday") for name, date in (("start", start), ("plan", plan))),
        *(date.dt.day().alias(f"{name}_day") for name, date in (("start", start), ("plan", plan))),
        start.to_physical().alias("start"),
        "sequence_no",
        "size",
    ).select(pl.all().cast(pl.Float64).fill_null(float("nan")))
    codes = [
        frame.select(name)
        .join(
            known.select(pl.col(name).drop_nulls().unique().sort()).with_row_index("code"),
            on=name,
            how="left",
            maintain_order="left",
        )["code"]
        .cast(pl.Float64)
        .fill_null(float("nan"))
        .to_numpy()
        for name in columns
    ]
    return np.column_stack([numbers.to_numpy(), *codes])
