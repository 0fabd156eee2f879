"""From a long or wide table to gap-free series of numbers, with every flaw of the data named."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

#: Longest usual distance of two periods in days, and what such a step is called.
_STEPS = ((1.5, "day"), (8, "week"), (32, "month"), (95, "quarter"), (float("inf"), "year"))
_SPARSE_SHARE = 0.2


class PanelError(ValueError):
    """A panel that can't be read as series; the message says which column or value and what is expected."""


@dataclass(frozen=True)
class Series:
    """One series without gaps: its values in order, the period number of the last, and what was wrong.

    problems: `gap`, `duplicate`, `not_finite`, `negative`, `future`; a series without any value has none
    left.
    """

    unique_id: str
    values: np.ndarray
    last: int
    problems: tuple[str, ...] = ()

    def until(self, last: int) -> "Series":
        """The series as it was known at period `last`."""
        return Series(
            self.unique_id,
            self.values[: max(0, len(self.values) - max(0, self.last - last))],
            last,
            self.problems,
        )


def with_period(panel: pl.DataFrame) -> tuple[pl.DataFrame, str]:
    """The panel with a whole number `t` for each period, and the step's name; `t` given is kept as it is.

    panel: `unique_id`, `y`, and `t` (whole number) or `ds` (date or text YYYY-MM-DD). Raises PanelError.
    """
    missing = [name for name in ("unique_id", "y") if name not in panel.columns]
    if missing or not {"t", "ds"} & set(panel.columns):
        needs = ", ".join([*missing, *([] if {"t", "ds"} & set(panel.columns) else ["t or ds"])])
        raise PanelError(f"the panel lacks {needs}; it has {', '.join(panel.columns)}")
    if "t" in panel.columns:
        return panel.with_columns(pl.col("t").cast(pl.Int64)), "period"
    ds = (
        pl.col("ds").cast(pl.Date)
        if panel.schema["ds"] != pl.String
        else pl.col("ds").str.to_date(strict=False)
    )
    dated = panel.with_columns(ds=ds).drop_nulls("ds")
    if dated.is_empty() and panel.height:
        raise PanelError("column ds holds no date; write dates as YYYY-MM-DD or give whole numbers in t")
    days = (
        dated.sort("unique_id", "ds")
        .select(pl.col("ds").diff().over("unique_id").dt.total_days())
        .to_series()
    )
    step = _step(days.filter(days > 0).median())
    return dated.with_columns(t=period_number(pl.col("ds"), step)), step


def period_number(day: pl.Expr, step: str) -> pl.Expr:
    """The number of the period that holds a date; consecutive periods have consecutive numbers."""
    days = day.cast(pl.Int32).cast(pl.Int64)
    months = day.dt.year().cast(pl.Int64) * 12 + day.dt.month() - 1
    return {
        "day": days,
        "week": (days + 3).floordiv(7),
        "month": months,
        "quarter": months.floordiv(3),
        "year": months.floordiv(12),
    }[step]


def period_start(number: int, step: str) -> date:
    """The first day of a period; the inverse of `period_number`."""
    if step in ("day", "week"):
        return date.fromordinal(719163 + (number if step == "day" else 7 * number - 3))
    months = number * {"month": 1, "quarter": 3, "year": 12}[step]
    return date(months // 12, months % 12 + 1, 1)


def _step(days: float | None) -> str:
    return "month" if days is None else next(name for longest, name in _STEPS if days <= longest)


def panel_series(panel: pl.DataFrame, last: int | None = None) -> list[Series]:
    """The series of a panel with `unique_id`, `t`, `y`, in order of their ids.

    Values after period `last` are left out (`future`). Two rows of one period are added up (`duplicate`). A
    value that is no finite number counts as missing. Gaps within a series are zero where zeros are usual,
    else they lie on the line between their neighbours. A series may end before others.
    """
    y = pl.col("y").cast(pl.Float64, strict=False)
    rows = (
        panel.filter(pl.col("unique_id").is_not_null(), pl.col("t").is_not_null())
        .select(pl.col("unique_id").cast(pl.String), "t", y=y)
        .with_columns(is_finite=pl.col("y").is_finite().fill_null(True))
        .sort("unique_id", "t", "y")
    )
    return [
        _cleaned(str(key[0]), group, last) for key, group in rows.group_by("unique_id", maintain_order=True)
    ]


def _cleaned(unique_id: str, group: pl.DataFrame, last: int | None) -> Series:
    problems = []
    if last is not None and (group["t"] > last).any():
        problems.append("future")
        group = group.filter(pl.col("t") <= last)
    if not group["is_finite"].all():
        problems.append("not_finite")
    known = group.filter(pl.col("y").is_not_null(), pl.col("is_finite"))
    if known.is_empty():
        return Series(unique_id, np.zeros(0), last or 0, tuple(problems))
    if known["t"].n_unique() < known.height:
        problems.append("duplicate")
    t, y = known["t"].to_numpy(), known["y"].to_numpy()
    periods, place = np.unique(t, return_inverse=True)
    sums = np.bincount(place, weights=y)
    values = np.full(periods[-1] - periods[0] + 1, np.nan)
    values[periods - periods[0]] = sums
    if np.isnan(values).any():
        problems.append("gap")
        values = _filled(values)
    if (values < 0).any():
        problems.append("negative")
    return Series(unique_id, values, int(periods[-1]), tuple(problems))


def _filled(values: np.ndarray) -> np.ndarray:
    known = ~np.isnan(values)
    if known.mean() < 0.5 or (values[known] == 0).mean() > _SPARSE_SHARE:
        return np.where(known, values, 0.0)
    places = np.arange(len(values))
    return np.interp(places, places[known], values[known])


def from_wide(frame: pl.DataFrame, id_column: str) -> pl.DataFrame:
    """A table with one row a series and one column a period as a long panel: unique_id, t, y.

    Periods count from 0 in the order of the columns; blank cells give no row. Raises PanelError.
    """
    if id_column not in frame.columns:
        raise PanelError(f"no column {id_column}; the file has {', '.join(frame.columns[:8])}…")
    periods = [name for name in frame.columns if name != id_column]
    numbers = pl.DataFrame({"period": periods, "t": np.arange(len(periods), dtype=np.int64)})
    return (
        frame.with_columns(pl.col(periods).cast(pl.Float64, strict=False))
        .unpivot(periods, index=id_column, variable_name="period", value_name="y")
        .drop_nulls("y")
        .join(numbers, on="period")
        .select(pl.col(id_column).cast(pl.String).alias("unique_id"), "t", "y")
        .sort("unique_id", "t")
    )


def split_last(panel: pl.DataFrame, count: int) -> pl.DataFrame:
    """The panel with `part`: the last `count` periods of the whole panel are `test`, earlier ones `train`."""
    periods: Sequence[int] = panel["t"].unique().sort().to_list()
    if not 0 < count < len(periods):
        raise PanelError(f"can't hold out {count} of {len(periods)} periods")
    return panel.with_columns(
        part=pl.when(pl.col("t") >= periods[-count]).then(pl.lit("test")).otherwise(pl.lit("train"))
    )
