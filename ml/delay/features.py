"""What is known of a piece of work on a day: records of whom it meets again, its plan, what came before."""

import numpy as np
import polars as pl

from ml.delay.config import ITEM_SCHEMA, RECURRING, ModelConfig
from ml.delay.history import NEVER, History, Record, day_numbers, shared_codes

#: How a word of a name is told from what stands round it; digits alone say nothing that comes again.
_WORD = r"\p{L}[\p{L}\p{N}&]+"


def features(items: pl.DataFrame, asked: pl.DataFrame, config: ModelConfig) -> pl.DataFrame:
    """One row a row of `asked` in its order: item_id, as_of_on and numbers named `<group>__<what>`.

    items: ITEM_SCHEMA, all work there is. asked: the same columns and `as_of_on`, the day from which each row
    is seen; dates after it are not read, nor is anything that came to be known later.
    """
    history = History(items, config.prior_count)
    asked = _known_then(asked)
    days = day_numbers(asked["as_of_on"])
    everywhere, segment = _everywhere(history, asked, days, config)
    made = dict(everywhere)
    for column in RECURRING:
        if history.items[column].null_count() < history.items.height:
            made |= _recurring(history, asked, days, column, config)
    if history.items["label"].null_count() < history.items.height:
        made |= _words(history, asked, days, config)
    made |= _plan(asked, days, segment)
    made |= _batch(history, asked, days, config)
    numbers = {name: pl.Series(values, dtype=pl.Float64) for name, values in made.items()}
    return asked.select("item_id", "as_of_on", *(values.alias(name) for name, values in numbers.items()))


def _known_then(asked: pl.DataFrame) -> pl.DataFrame:
    """The rows without what was not known on their day: a start, a finish or a supplier of later."""
    as_of = pl.col("as_of_on")
    return asked.with_columns(
        pl.when(pl.col("started_on") <= as_of).then("started_on").alias("started_on"),
        pl.when(pl.col("supplier_known_on").fill_null(as_of) <= as_of)
        .then("supplier_id")
        .alias("supplier_id"),
    )


def _everywhere(
    history: History, asked: pl.DataFrame, days: np.ndarray, config: ModelConfig
) -> tuple[dict[str, np.ndarray], Record]:
    """The record of all work and that of the segment."""
    nowhere = np.zeros(len(history.start), np.int64), np.zeros(len(days), np.int64)
    everything = history.record(*nowhere, days)
    overall = everything.late_share(0.5, 2)
    keys, wanted = shared_codes(
        history.items["segment_code"].fill_null(""), asked["segment_code"].fill_null("")
    )
    segment = history.record(keys, wanted, days)
    recent = history.record(keys, wanted, days - config.recent_days)
    of_late = {
        f"{name}__share_{window}": _share_since(record, history.record(*asked_of, days - window), overall)
        for name, record, asked_of in (("all", everything, nowhere), ("segment", segment, (keys, wanted)))
        for window in (config.recent_days // 4, config.recent_days)
    }
    made = of_late | {
        "all__late_share": overall,
        "segment__late_share": segment.late_share(overall, config.prior_count),
        "segment__delay": _signed_log(segment.mean_delay),
        "segment__recent": segment.surprise(config.prior_count, recent),
        "segment__sequence": asked["sequence_no"].fill_null(-1).to_numpy(),
    }
    return made, segment


def _recurring(
    history: History, asked: pl.DataFrame, days: np.ndarray, column: str, config: ModelConfig
) -> dict[str, np.ndarray]:
    """The record of one that is met again, whole, of late, and in work of the same segment."""
    group, prior = column.removesuffix("_id").removesuffix("_code"), config.prior_count / 2
    keys, wanted = shared_codes(history.items[column], asked[column])
    record = history.record(keys, wanted, days)
    before = history.record(keys, wanted, days - config.recent_days)
    known = record.known_count
    both = [frame.select(_pair(column)).to_series() for frame in (history.items, asked)]
    pair_keys, pair_wanted = shared_codes(*both)
    pair = history.record(pair_keys, pair_wanted, days)
    made = {
        f"{group}__late": record.surprise(prior),
        f"{group}__recent": record.surprise(prior, before),
        f"{group}__delay": _signed_log(record.mean_delay) * known / (known + prior),
        f"{group}__known": np.log1p(known),
        f"{group}__overdue": record.overdue_count / (record.open_count + 2),
        f"{group}__phase": pair.surprise(prior),
        f"load__{group}": np.log1p(record.open_count),
    }
    if column == "parent_id":
        made["parent__last"] = _signed_log(history.last_delay(keys, wanted, days))
    return made


def _share_since(record: Record, before: Record, prior: np.ndarray) -> np.ndarray:
    """Share of late ones among those known since `before`: regimes come and go."""
    late, known = record.late_count - before.late_count, record.known_count - before.known_count
    return (late + 4 * prior) / (known + 4)


def _pair(column: str) -> pl.Expr:
    return pl.format("{}|{}", pl.col(column), pl.col("segment_code").fill_null("")).alias(column)


def _words(
    history: History, asked: pl.DataFrame, days: np.ndarray, config: ModelConfig
) -> dict[str, np.ndarray]:
    """Records of the words of a name: boilers are late wherever they are built, under whatever name."""
    known, wanted = (_exploded(frame) for frame in (history.items, asked))
    keys, asked_keys = shared_codes(known["word"], wanted["word"])
    rows, at = known["row"].to_numpy(), wanted["row"].to_numpy()
    record = history.record_of_rows(rows, keys, asked_keys, days[at])
    pairs = shared_codes(known["pair"], wanted["pair"])
    pair = history.record_of_rows(rows, pairs[0], pairs[1], days[at])
    count = np.maximum(np.bincount(at, minlength=len(days)), 1)
    late = record.surprise(config.prior_count)
    known_count = record.known_count
    delay = _signed_log(record.mean_delay) * known_count / (known_count + config.prior_count)
    high, low = np.zeros(len(days)), np.zeros(len(days))
    np.maximum.at(high, at, late)
    np.minimum.at(low, at, late)

    def mean(values: np.ndarray) -> np.ndarray:
        return np.bincount(at, values, minlength=len(days)) / count

    return {
        "label__words": mean(late),
        "label__words_high": high,
        "label__words_low": low,
        "label__words_phase": mean(pair.surprise(config.prior_count)),
        "label__words_delay": mean(delay),
    }


def _exploded(frame: pl.DataFrame) -> pl.DataFrame:
    """A row a word: the row's number, the word, and the word within the segment."""
    words = pl.col("label").fill_null("").str.to_lowercase().str.extract_all(_WORD).list.unique()
    rows = frame.select(row=pl.int_range(pl.len()), word=words.list.sort(), segment="segment_code")
    return (
        rows.explode("word", empty_as_null=True)
        .drop_nulls("word")
        .with_columns(pair=pl.format("{}|{}", "word", pl.col("segment").fill_null("")))
    )


def _plan(asked: pl.DataFrame, days: np.ndarray, segment: Record) -> dict[str, np.ndarray]:
    """The plan against the calendar and against what is usual, and how far the work has come."""
    plan, start, planned_start = (
        day_numbers(asked[name]) for name in ("planned_finish_on", "started_on", "planned_start_on")
    )
    begins = np.where(start < NEVER, start, np.where(planned_start < NEVER, planned_start, days))
    planned_days = (plan - begins).astype(float)
    has_begun = start < NEVER
    slip = np.where(has_begun, start, days) - planned_start
    dates = pl.col("planned_finish_on"), pl.col("started_on")
    calendar = asked.select(
        *(date.dt.month().fill_null(0).alias(f"{i}m") for i, date in enumerate(dates)),
        *(date.dt.day().fill_null(0).alias(f"{i}d") for i, date in enumerate(dates)),
        *(date.dt.weekday().fill_null(0).alias(f"{i}w") for i, date in enumerate(dates)),
    )
    return {
        "plan__days": planned_days,
        "plan__usual": (planned_days + 30) / (np.maximum(segment.mean_planned_days, 0) + 30),
        "plan__month": calendar["0m"].to_numpy(),
        "plan__day": calendar["0d"].to_numpy(),
        "plan__weekday": calendar["0w"].to_numpy(),
        "plan__start_month": calendar["1m"].to_numpy(),
        "plan__start_day": calendar["1d"].to_numpy(),
        "plan__size": np.log1p(np.maximum(asked["size"].fill_null(0).fill_nan(0).to_numpy(), 0)),
        "plan__quantity": np.log1p(np.maximum(asked["sequence_no"].fill_null(0).fill_nan(0).to_numpy(), 0)),
        "age__to_plan": (plan - days).astype(float),
        "age__since_start": np.where(has_begun, days - start, -1).astype(float),
        "age__start_slip": np.where(
            planned_start < NEVER, np.where(has_begun, slip, np.maximum(slip, 0)), 0.0
        ),
    }


def _batch(
    history: History, asked: pl.DataFrame, days: np.ndarray, config: ModelConfig
) -> dict[str, np.ndarray]:
    """Work that was planned for the same day, or begun on the same day: batches share their fate."""
    made = {}
    for name, column in (("plan", "planned_finish_on"), ("start", "started_on")):
        keys, wanted = shared_codes(history.items[column], asked[column])
        record = history.record(keys, wanted, days)
        made[f"batch__{name}_late"] = record.surprise(config.prior_count / 2)
        made[f"batch__{name}_known"] = np.log1p(record.known_count)
        made[f"batch__{name}_open"] = np.log1p(record.open_count)
        pair_keys, pair_wanted = shared_codes(
            *(
                frame.select(
                    pl.format("{}|{}", pl.col(column).cast(pl.String), pl.col("segment_code").fill_null(""))
                ).to_series()
                for frame in (history.items, asked)
            )
        )
        made[f"batch__{name}_phase"] = np.log1p(history.record(pair_keys, pair_wanted, days).open_count)
    return made


def _signed_log(values: np.ndarray) -> np.ndarray:
    return np.sign(values) * np.log1p(np.abs(values))


def feature_names(frame: pl.DataFrame) -> list[str]:
    """The names of the numbers of `features`, which say their group before the underscores."""
    return [name for name in frame.columns if "__" in name]


def asked_at(items: pl.DataFrame, as_of_on: pl.Expr) -> pl.DataFrame:
    """The items with the day from which each is seen; those without one are left out."""
    return items.select(*ITEM_SCHEMA, as_of_on=as_of_on.cast(pl.Date)).filter(
        pl.col("as_of_on").is_not_null()
    )
