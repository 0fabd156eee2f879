"""Rolling origins: the dates at which a forecast is made again, knowing only what was known then."""

from collections.abc import Iterator
from datetime import date

import polars as pl


def month_starts(first_on: date, last_on: date, every_months: int = 1) -> list[date]:
    """The first days of months from `first_on` to `last_on`, both included, every so many months.

    Begins with the first month start on or after `first_on`. Raises ValueError for a step below one month.
    """
    if every_months < 1:
        raise ValueError(f"every_months must be at least 1, not {every_months}")
    begin = pl.Series([first_on]).dt.month_start().item()
    begin = begin if begin == first_on else pl.Series([begin]).dt.offset_by("1mo").item()
    if begin > last_on:
        return []
    return pl.date_range(begin, last_on, f"{every_months}mo", eager=True).to_list()


def rolling_splits(
    frame: pl.DataFrame, time_column: str, origins: list[date], horizon: str
) -> Iterator[tuple[date, pl.DataFrame, pl.DataFrame]]:
    """For each origin: (origin, rows before it, rows from it up to origin + horizon, not included).

    horizon: a polars offset such as `6mo` or `90d`. Train and test never overlap, whatever the order of rows.
    An origin whose horizon has not ended in the data gives what there is: the caller knows its last date.
    """
    time = pl.col(time_column)
    for origin in origins:
        end = pl.lit(origin).dt.offset_by(horizon)
        yield origin, frame.filter(time < origin), frame.filter((time >= origin) & (time < end))
