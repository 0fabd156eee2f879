"""Columns read from their values alone, and a blend that knows what it knows."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.churn.blend import BlendConfig, fit_blend, platt, sigmoid
from ml.churn.columns import learn_columns


def test_each_kind_of_column_is_told_from_its_values() -> None:
    rows = 200
    table = pl.DataFrame(
        {
            "amount": ["1,234.5" if row % 2 else str(row) for row in range(rows)],
            "blank": [" " if row % 50 == 0 else str(row / 7) for row in range(rows)],
            "flag": ["Yes" if row % 3 else "No" for row in range(rows)],
            "kind": [f"k{row % 4}" for row in range(rows)],
            "name": [f"customer {row}" for row in range(rows)],
            "empty": [None] * rows,
            "same": ["x"] * rows,
            "day": [f"2024-01-{row % 28 + 1:02d}" for row in range(rows)],
        }
    )
    columns = learn_columns(table)
    assert {number.name for number in columns.numbers} == {"amount", "blank", "day"}
    assert {category.name for category in columns.categories} == {"flag", "kind"}
    assert dict(columns.left_out) == {"name": "identifier", "empty": "empty", "same": "constant"}
    assert np.isfinite(columns.for_linear(table)).all()
    blank = next(number for number in columns.numbers if number.name == "blank")
    assert blank.has_missing


def test_what_was_never_seen_is_read_without_harm() -> None:
    seen = pl.DataFrame({"n": [str(value) for value in range(40)], "c": ["a", "b"] * 20})
    columns = learn_columns(seen)
    new = pl.DataFrame({"n": ["inf", None, "1e300", "text"], "c": ["z", None, "a", "b"]})
    assert np.isfinite(columns.for_linear(new)).all()
    assert columns.for_trees(new).shape == (4, 2)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(st.none(), st.text(max_size=6), st.floats().map(str)), min_size=1, max_size=30))
def test_any_text_can_be_read(values: list[str | None]) -> None:
    table = pl.DataFrame({"x": values}, schema={"x": pl.String})
    columns = learn_columns(table)
    assert np.isfinite(columns.for_linear(table)).all()


def _made(rows: int = 400, seed: int = 0) -> tuple[pl.DataFrame, np.ndarray]:
    rng = np.random.default_rng(seed)
    x, z = rng.normal(size=rows), rng.normal(size=rows)
    event = rng.random(rows) < sigmoid(1.5 * x - 1)
    return pl.DataFrame({"x": x, "z": z}), event.astype(float)


def test_a_blend_finds_what_was_planted_and_is_the_same_each_time() -> None:
    table, event = _made()
    half = np.arange(200)
    splits = [(half, half + 200), (half + 200, half)]
    config = BlendConfig(tree_rows=100, tree_count=20)
    first, second = (fit_blend(table, event, splits, config).probability(table) for _ in range(2))
    assert np.array_equal(first, second)
    assert abs(first.mean() - event.mean()) < 0.03
    assert np.corrcoef(first, table["x"])[0, 1] > 0.8


def test_one_class_is_refused() -> None:
    table, event = _made(20)
    with pytest.raises(ValueError, match="nothing to tell apart"):
        fit_blend(table, np.zeros_like(event), [], BlendConfig())


def test_platt_finds_slope_and_shift() -> None:
    rng = np.random.default_rng(1)
    truth = rng.normal(size=20_000)
    y = (rng.random(20_000) < sigmoid(truth)).astype(float)
    slope, intercept = platt(2 * truth + 1, y, np.ones(20_000))
    assert slope == pytest.approx(0.5, abs=0.03)
    assert intercept == pytest.approx(-0.5, abs=0.06)
