"""Intervals of a difference: groups are drawn whole, and the truth is inside as often as it says."""

import numpy as np
import pytest

from ml.backtest.bootstrap import difference_interval


def test_an_interval_holds_the_true_mean_about_as_often_as_claimed():
    held = 0
    for seed in range(100):
        values = np.random.default_rng(seed).normal(1.0, 1.0, 60)
        low, high = difference_interval(
            np.arange(60), lambda rows, values=values: float(values[rows].mean()), draws=200, seed=seed
        )
        held += low <= 1.0 <= high
    assert 80 <= held <= 98


def test_rows_of_one_group_are_drawn_together():
    rng = np.random.default_rng(1)
    per_group = rng.normal(0.0, 1.0, 20)
    values, groups = np.repeat(per_group, 50), np.repeat(np.arange(20), 50)

    def mean(rows):
        return float(values[rows].mean())

    low, high = difference_interval(groups, mean)
    low_alone, high_alone = difference_interval(np.arange(len(values)), mean)
    assert high - low > 3 * (high_alone - low_alone)


def test_draws_without_a_measure_are_left_out_and_none_gives_no_data():
    low, high = difference_interval(np.arange(5), lambda rows: None)
    assert np.isnan(low)
    assert np.isnan(high)
    assert difference_interval(np.arange(5), lambda rows: 2.0) == pytest.approx((2.0, 2.0))


def test_no_rows_give_no_interval():
    assert all(np.isnan(difference_interval(np.array([]), lambda rows: 1.0)))
