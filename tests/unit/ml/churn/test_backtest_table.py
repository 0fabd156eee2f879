"""Churn on a flat table: scored honestly, and refused in words where it can't be."""

import numpy as np
import polars as pl
import pytest

from ml.churn.backtest_table import TableConfig, TableError, backtest_table
from ml.churn.blend import BlendConfig

QUICK = TableConfig(folds=3, inner_folds=2, blend=BlendConfig(strengths=(1.0,), tree_weights=(0.0,)))


def _table(rows: int = 300) -> pl.DataFrame:
    rng = np.random.default_rng(3)
    use = rng.normal(size=rows)
    left = rng.random(rows) < 1 / (1 + np.exp(1.5 - 2 * use))
    return pl.DataFrame(
        {
            "id": [f"c{row}" for row in range(rows)],
            "use": [" " if row % 40 == 0 else f"{value:.3f}" for row, value in enumerate(use)],
            "plan": ["a" if row % 2 else "b" for row in range(rows)],
            "empty": [None] * rows,
            "gone": ["Yes" if one else "No" for one in left],
        },
        schema_overrides={"empty": pl.String},
    )


def test_a_table_is_scored_beside_its_baselines() -> None:
    result = backtest_table(_table(), "id", "gone", QUICK)
    assert set(result.metrics) == {"model", "logistic_regression", "hist_gradient_boosting", "constant_rate"}
    assert set(result.metrics["model"]) == {
        "auc", "brier", "pr_auc", "prevalence", "calibration_error", "lift_10",
    }  # fmt: skip
    assert result.n == 300
    assert result.metrics["model"]["auc"] > 0.75
    assert result.metrics["model"]["brier"] < result.metrics["constant_rate"]["brier"]
    assert "gone = Yes counts as left" in result.notes
    assert "empty: empty, left out" in result.notes
    again = backtest_table(_table(), "id", "gone", QUICK)
    assert again.metrics == result.metrics


def test_rows_of_one_customer_stay_together() -> None:
    """A customer entered twice with a feature that names it: told apart by chance only."""
    rng = np.random.default_rng(0)
    rows = 120
    table = pl.DataFrame(
        {
            "id": [f"c{row // 2}" for row in range(rows)],
            "x": [float(row // 2) for row in range(rows)],
            "gone": np.repeat(rng.random(rows // 2) < 0.5, 2),
        }
    )
    result = backtest_table(table, "id", "gone", QUICK)
    assert result.metrics["hist_gradient_boosting"]["auc"] < 0.75


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"gone": ["Yes"] * 300}, "two values"),
        ({"gone": [None] * 300}, "two values"),
        ({"gone": ["Yes"] + ["No"] * 299}, "at least two rows"),
    ],
)
def test_a_table_that_cannot_be_scored_is_refused(change: dict[str, list], message: str) -> None:
    table = _table().with_columns(pl.Series(name, values, dtype=pl.String) for name, values in change.items())
    with pytest.raises(TableError, match=message):
        backtest_table(table, "id", "gone", QUICK)


def test_a_column_that_is_not_there_is_named() -> None:
    with pytest.raises(TableError, match="no column 'nope'"):
        backtest_table(_table(), "nope", "gone", QUICK)
