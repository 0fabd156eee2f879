"""Whether features know the future: made again from data with another future, they must be equal."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta

import numpy as np
import polars as pl

Frames = Mapping[str, pl.DataFrame]


class LeakError(AssertionError):
    """Features of an origin changed when only what came after the origin did; the message names them."""

    def __init__(self, origin: date, columns: list[str], count: int) -> None:
        self.origin, self.columns = origin, columns
        super().__init__(
            f"features as of {origin} use what was not known then: {', '.join(columns)} "
            f"differ in {count} rows once later events are scrambled. Cut their source at the origin."
        )


def check_no_leak(
    make: Callable[[Frames, date], pl.DataFrame],
    frames: Frames,
    known_on: Mapping[str, Mapping[str, list[str]]],
    origin: date,
    *,
    key: str,
    seed: int = 0,
) -> None:
    """Raises LeakError if the features of `origin` depend on events after it.

    make: from frames and the origin to one row a `key` with features. known_on: by frame, each date column
    and the columns that became known on that date; where the date lies after the origin, those columns and
    the date itself are scrambled: dates moved within the future or taken away, values shuffled.
    """
    before = make(frames, origin).sort(key)
    rng = np.random.default_rng(seed)
    changed = {name: _scrambled(frame, known_on.get(name, {}), origin, rng) for name, frame in frames.items()}
    after = make(changed, origin).sort(key)
    if before[key].to_list() != after[key].to_list():
        raise LeakError(
            origin, [f"{key} (which rows there are)"], abs(before.height - after.height) or before.height
        )
    differing = {
        column: int((before[column].ne_missing(after[column])).sum())
        for column in before.columns
        if column != key and not before[column].equals(after[column])
    }
    if differing:
        raise LeakError(origin, sorted(differing), max(differing.values()))


def _scrambled(
    frame: pl.DataFrame, known_on: Mapping[str, list[str]], origin: date, rng: np.random.Generator
) -> pl.DataFrame:
    for date_column, columns in known_on.items():
        is_later = frame.select((pl.col(date_column).cast(pl.Date) > origin).fill_null(False)).to_series()
        later = np.flatnonzero(is_later.to_numpy())
        if not len(later):
            continue
        for column in columns:
            values = frame[column].gather(rng.permutation(later))
            frame = frame.with_columns(frame[column].scatter(later, values).alias(column))
        moved = [origin + timedelta(days=int(days)) for days in rng.integers(1, 1500, len(later))]
        dates = pl.Series(moved, dtype=pl.Date).cast(frame[date_column].dtype)
        gone = pl.Series(rng.random(len(later)) < 0.5)
        dates = pl.select(pl.when(~gone).then(dates)).to_series()
        frame = frame.with_columns(frame[date_column].scatter(later, dates).alias(date_column))
    return frame
