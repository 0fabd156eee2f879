"""Sums by key, and whether two of them agree: for figures that are computed twice."""

from collections.abc import Mapping
from typing import Any

import polars as pl
import pytest

Sums = dict[Any, float]


def sums(frame: pl.DataFrame, key: str, column: str) -> Sums:
    """The sum of a column by key, rows without a key left out."""
    found = frame.drop_nulls(key).group_by(key).agg(pl.col(column).cast(float).sum())
    return dict(found.iter_rows())


def agree(
    found: Mapping[Any, Any], expected: Mapping[Any, Any], within: float = 0.01, what: str = ""
) -> None:
    """Fail where the keys differ, or a value by more than `within`, or only one of two is NULL."""
    assert set(found) == set(expected), what
    for key, value in found.items():
        other = expected[key]
        assert (value is None) == (other is None), (what, key, value, other)
        if value is not None:
            assert float(value) == pytest.approx(float(other), abs=within), (what, key)
