"""Panels with every flaw that tables have."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from ml.demand.classes import demand_class, naive_scale
from ml.demand.panel import (
    PanelError,
    from_wide,
    panel_series,
    period_number,
    period_start,
    split_last,
    with_period,
)


def panel(values: list[float | None], **other: object) -> pl.DataFrame:
    return pl.DataFrame(
        {"unique_id": ["a"] * len(values), "t": range(len(values)), "y": values} | other, strict=False
    )


def test_flaws_are_named_and_mended() -> None:
    rows = pl.concat(
        [panel([1.0, None, 3.0, float("inf"), 5.0, -1.0]), panel([4.0]).with_columns(t=pl.lit(9, pl.Int64))]
    )
    (series,) = panel_series(pl.concat([rows, panel([2.0])]), last=6)
    assert series.problems == ("future", "not_finite", "duplicate", "gap", "negative")
    assert series.values.tolist() == [3, 3, 3, 4, 5, -1]
    assert series.last == 5
    assert series.until(3).values.tolist() == [3, 3, 3, 4]


def test_gaps_are_zero_where_zeros_are_usual() -> None:
    (series,) = panel_series(panel([0, 2, 0, None, 0, 3]))
    assert series.values.tolist() == [0, 2, 0, 0, 0, 3]


def test_a_series_without_a_value_stays_by_name() -> None:
    (series,) = panel_series(panel([None, float("nan")]))
    assert (series.unique_id, len(series.values)) == ("a", 0)


@pytest.mark.parametrize(
    ("days", "step"),
    [
        ([date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31)], "month"),
        ([date(2024, 1, 1), date(2024, 1, 8), date(2024, 1, 15)], "week"),
        ([date(2024, 1, 1), date(2024, 1, 2), date(2024, 1, 3)], "day"),
        ([date(2024, 1, 1), date(2024, 4, 1), date(2024, 7, 1)], "quarter"),
        ([date(2022, 1, 1), date(2023, 1, 1), date(2024, 1, 1)], "year"),
    ],
)
def test_dates_become_consecutive_numbers(days: list[date], step: str) -> None:
    rows, found = with_period(pl.DataFrame({"unique_id": ["a"] * 3, "ds": days, "y": [1, 2, 3]}))
    assert found == step
    assert np.diff(rows["t"].to_numpy()).tolist() == [1, 1]
    start = period_start(int(rows["t"][1]), step)
    assert pl.select(period_number(pl.lit(start), step)).item() == rows["t"][1]


def test_text_dates_and_missing_columns() -> None:
    rows, _ = with_period(pl.DataFrame({"unique_id": ["a"], "ds": ["2024-03-01"], "y": [1]}))
    assert rows["t"].item() == 2024 * 12 + 2
    with pytest.raises(PanelError, match="lacks y, t or ds"):
        with_period(pl.DataFrame({"unique_id": ["a"]}))
    with pytest.raises(PanelError, match="no date"):
        with_period(pl.DataFrame({"unique_id": ["a"], "ds": ["soon"], "y": [1]}))


def test_wide_tables_and_held_out_periods() -> None:
    wide = pl.DataFrame({"Part": [7, 8], "Jan": [1, None], "Feb": [2, 5], "Mar": [None, 6]})
    rows = split_last(from_wide(wide, "Part"), 1)
    assert rows.rows() == [
        ("7", 0, 1, "train"), ("7", 1, 2, "train"), ("8", 1, 5, "train"), ("8", 2, 6, "test"),
    ]  # fmt: skip
    with pytest.raises(PanelError, match="can't hold out 3 of 3"):
        split_last(from_wide(wide, "Part"), 3)
    with pytest.raises(PanelError, match="no column Teil"):
        from_wide(wide, "Teil")


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ([], "empty"),
        ([1, 2, 3], "short"),
        ([0] * 9, "constant"),
        ([5, 6, 5, 6, 5, 6, 5], "smooth"),
        ([1, 9, 1, 20, 1, 1, 30], "erratic"),
        ([0, 0, 2, 0, 0, 2, 0, 0], "intermittent"),
        ([0, 0, 1, 0, 0, 30, 0, 0, 2], "lumpy"),
    ],
)
def test_classes(values: list[float], name: str) -> None:
    assert demand_class(np.array(values, dtype=float)) == name


def test_scale_is_never_zero() -> None:
    assert naive_scale(np.full(30, 5.0), 12) > 0
    assert naive_scale(np.zeros(0), 12) > 0
    assert naive_scale(np.arange(30.0), 12) == 12
