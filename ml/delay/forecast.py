"""When will each unfinished milestone finish, judged by what happened to like ones: the outside view.

Three steps, after Flyvbjerg: choose the reference class, establish the distribution of its outcomes, place
the case in it. The class is the finest that is big enough; its distribution is a Kaplan–Meier curve, so that
open milestones count with what is known of them; the case is placed by what is known of it: it was not
finished at the end of the business date, so its delay is greater than the days it has run over (or not yet
run out).

A curve is read as far as enough milestones of its class were open; quantiles beyond are read off the next
wider class, given that they come after that delay. Past what the class of all can tell, milestones are taken
to finish at the steady rate at which late ones have finished so far. `method_code` says which it was.
"""

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from ml.delay.classes import known_at, number_classes, with_sizes
from ml.delay.config import (
    DRIVER_SCHEMA,
    INPUT_SCHEMA,
    METHODS,
    MODEL_METHOD,
    OUTPUT_SCHEMA,
    QUANTILES,
    DelayConfig,
)
from ml.delay.survival import Curves, product_limit
from ml.frames import with_schema

if TYPE_CHECKING:
    from ml.delay.model import DelayModel


def forecast(
    milestones: pl.DataFrame,
    as_of_on: date,
    *,
    publication_name: str,
    run_id: str,
    config: DelayConfig | None = None,
    model: "DelayModel | None" = None,
    items: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """The delay and finish quantiles of every unfinished, not cancelled milestone with a planned finish.

    milestones: columns of INPUT_SCHEMA (those of `fct_milestone`), one row a milestone. model: of `train`;
    its rows are of method `model` and carry drivers. items: the same milestones as ITEM_SCHEMA, with site,
    name and supplier (`items.milestone_items`); made of `milestones` unless given. Without a model, and for
    milestones that `items` does not hold, the reference classes answer.
    Gives OUTPUT_SCHEMA, one row a milestone, by milestone_id: whole days, P10 ≤ P50 ≤ P80 ≤ P90, each finish
    after `as_of_on`. `reference_count` is how many milestones of `reference_class` were seen to be open at
    the age that this one has now: those on which the row stands. Nothing after `as_of_on` is used.
    Raises MissingColumnsError.
    """
    config = config or DelayConfig()
    known, unfinished = known_at(
        with_schema(milestones, INPUT_SCHEMA, "milestones"), as_of_on, config.observed_days
    )
    known, unfinished = with_sizes(known, unfinished.sort("milestone_id"))
    rows = place(known, unfinished, config) if known.height else _without_experience(unfinished)
    rows = rows.with_columns(pl.lit(None, dtype).alias(name) for name, dtype in DRIVER_SCHEMA.items())
    if model is not None and rows.height:
        rows = _with_model(rows, milestones if items is None else items, as_of_on, model)
    finish = {
        name.replace("delay_", "finish_").replace("_days", "_on"): (
            pl.col("planned_finish_on") + pl.duration(days=pl.col(name))
        )
        for name in _delay_names()
    }
    return rows.with_columns(
        **finish,
        as_of_on=pl.lit(as_of_on),
        publication_name=pl.lit(publication_name),
        _run_id=pl.lit(run_id),
    ).select(pl.col(name).cast(dtype) for name, dtype in OUTPUT_SCHEMA.items())


def _with_model(rows: pl.DataFrame, items: pl.DataFrame, as_of_on: date, model: "DelayModel") -> pl.DataFrame:
    """The model's quantiles, chance of being late and drivers in place of the classes', where it can."""
    from ml.delay.drivers import drivers
    from ml.delay.features import asked_at, features
    from ml.delay.items import as_items, milestone_items

    items = as_items(items) if "item_id" in items.columns else milestone_items(items)
    wanted = rows.select(item_id="milestone_id")
    asked = asked_at(items, pl.lit(as_of_on)).join(wanted, on="item_id", how="semi", maintain_order="left")
    if not asked.height:
        return rows
    made = features(items, asked, model.config)
    delays = model.predict_from(made, asked)
    # A quantile is a day still to come, whatever the rounding.
    least = (asked["as_of_on"] - asked["planned_finish_on"]).dt.total_days().to_numpy() + 1
    quantiles = np.maximum(np.stack([delays.quantile(q) for q in QUANTILES], axis=1), least[:, None])
    told = asked.select(milestone_id="item_id").with_columns(
        *(pl.Series(name, quantiles[:, i]).cast(pl.Int64) for i, name in enumerate(_delay_names())),
        late_probability_share=pl.Series(np.round(delays.late_share(), 4)),
        method_code=pl.lit(MODEL_METHOD),
    )
    told = pl.concat([told, drivers(model, made, asked["segment_code"])], how="horizontal")
    return rows.update(told, on="milestone_id", how="left")


def _delay_names() -> list[str]:
    return [f"delay_p{round(100 * q)}_days" for q in QUANTILES]


def _without_experience(unfinished: pl.DataFrame) -> pl.DataFrame:
    """A company's first day: every milestone is named, none has a figure."""
    return unfinished.with_columns(
        *(pl.lit(None, pl.Int64).alias(name) for name in _delay_names()),
        method_code=pl.lit(METHODS[-1]),
        reference_class=pl.lit("all"),
        reference_count=pl.lit(0, pl.Int64),
        late_probability_share=pl.lit(None, pl.Float64),
    )


def place(known: pl.DataFrame, unfinished: pl.DataFrame, config: DelayConfig) -> pl.DataFrame:
    """Each milestone's quantiles on the curve of its class, with how they were made.

    known, unfinished: of `known_at` and `with_sizes`; an unfinished one's delay_days is its age, to be
    exceeded. Adds the delay columns, method_code, reference_class, reference_count and
    late_probability_share to `unfinished`.
    """
    age = unfinished["delay_days"].to_numpy().astype(float)
    levels = [_level(known, unfinished, columns, config.minimum_at_risk) for columns in config.levels]
    chosen = _choose(levels, age, config.minimum_class_size)
    delay, borrowed, floor, rest = _walk_down(levels, chosen, age)
    delay, is_extended = _extend(delay, floor, rest, _rate_of_late(known), config.longest_extension_days)
    weakness = np.select([np.isnan(delay), is_extended, borrowed], [3, 2, 1], 0).max(axis=1, initial=0)
    days = {name: pl.Series(delay[:, i]).fill_nan(None) for i, name in enumerate(_delay_names())}
    names = np.stack([level.class_names for level in levels])
    counts = np.stack([level.count_at_risk(age) for level in levels])
    late = np.stack([level.late_share(age) for level in levels])
    at = np.arange(len(age))
    return unfinished.with_columns(
        **days,
        method_code=pl.Series(np.array(METHODS)[weakness]),
        reference_class=pl.Series(names[chosen, at]),
        reference_count=pl.Series(counts[chosen, at]),
        late_probability_share=pl.Series(np.round(late[chosen, at], 4)),
    )


class _Level:
    """One level of classes: its curves, and the class of each unfinished milestone (−1: no experience)."""

    def __init__(self, curves: Curves, class_no: np.ndarray, class_names: np.ndarray) -> None:
        self.curves, self.class_no, self.class_names = curves, class_no, class_names

    def late_share(self, age: np.ndarray) -> np.ndarray:
        """The share of the class that finishes after its date, of those later than `age`."""
        class_no = np.maximum(self.class_no, 0)
        share = np.exp(self.curves.at(class_no, np.zeros(len(age))) - self.curves.at(class_no, age))
        return np.where(age >= 0, 1.0, share)

    def count_at_risk(self, age: np.ndarray) -> np.ndarray:
        counts = self.curves.count_at_risk(np.maximum(self.class_no, 0), age)
        return np.where(self.class_no < 0, 0, counts)


def _level(
    known: pl.DataFrame, unfinished: pl.DataFrame, columns: tuple[str, ...], minimum_at_risk: int
) -> _Level:
    numbered, asked, class_count = number_classes(known, unfinished, columns)
    return _Level(
        product_limit(numbered, class_count, minimum_at_risk),
        asked["class_no"].fill_null(-1).to_numpy(),
        asked["class_name"].to_numpy().astype(object),
    )


def _choose(levels: list[_Level], age: np.ndarray, minimum: int) -> np.ndarray:
    """Step one: for each milestone the finest level whose class is big enough, else the last."""
    enough = np.stack([level.count_at_risk(age) >= minimum for level in levels])
    enough[-1] = True
    return enough.argmax(axis=0)


def _walk_down(
    levels: list[_Level], chosen: np.ndarray, age: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Quantiles of delay given delay > age, from the chosen level and, past its end, from wider ones.

    Gives four arrays, milestone × quantile: the delay (NaN where no curve comes down so far), whether a wider
    class was asked, the delay that the curves have led to, and the log survival still to be lost from there.
    """
    shape = (len(age), len(QUANTILES))
    floor = np.repeat(age[:, None], shape[1], axis=1)
    rest = np.tile(np.log1p(-np.array(QUANTILES)), (shape[0], 1))
    delay, borrowed = np.full(shape, np.nan), np.zeros(shape, bool)
    for number, level in enumerate(levels):
        class_no = np.repeat(level.class_no[:, None], shape[1], axis=1)
        is_asked = np.isnan(delay) & (chosen <= number)[:, None] & (class_no >= 0)
        c, f, r = class_no[is_asked], floor[is_asked], rest[is_asked]
        now, end = level.curves.at(c, f), level.curves.end[c]
        reached = np.where(f < end, level.curves.reach(c, now + r), np.nan)
        goes_on = np.isnan(reached) & (f < end)
        delay[is_asked] = reached
        rest[is_asked] = np.where(goes_on, r - (level.curves.at(c, end) - now), r)
        floor[is_asked] = np.where(goes_on, end, f)
        borrowed[is_asked] |= np.broadcast_to((chosen < number)[:, None], shape)[is_asked]
    return delay, borrowed, floor, rest


def _rate_of_late(known: pl.DataFrame) -> float:
    """Finishes a day among milestones past their plan, over all their days observed.

    As long as none has finished late, all finishes over all days observed; 0.0 if none has finished at all.
    """
    entry, last, is_finished = pl.col("entry_days"), pl.col("delay_days"), pl.col("is_finished")
    late_finishes, late_days, finishes, days = known.select(
        late_finishes=(is_finished & (last > 0)).sum(),
        late_days=(last - entry.clip(lower_bound=0)).clip(lower_bound=0).sum(),
        finishes=is_finished.sum(),
        days=(last - entry).sum(),
    ).row(0)
    if late_finishes:
        return late_finishes / late_days
    return finishes / days if finishes else 0.0


def _extend(
    delay: np.ndarray, floor: np.ndarray, rest: np.ndarray, rate: float, longest: int
) -> tuple[np.ndarray, np.ndarray]:
    """Fills quantiles that no curve reaches, at a constant rate of finishing from `floor` on."""
    is_missing = np.isnan(delay)
    if rate <= 0:
        return delay, np.zeros_like(is_missing)
    further = np.clip(np.ceil(-rest / rate), 1, longest)
    return np.where(is_missing, floor + further, delay), is_missing
