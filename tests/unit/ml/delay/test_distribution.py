"""Distributions of delay read, conditioned, tilted and corrected with known answers."""

from statistics import NormalDist

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.delay.calibration import LEVELS, calibrate, uncorrected
from ml.delay.distribution import Delays, grid_of
from ml.delay.forest import redistributed

GRID = np.arange(-10.0, 11.0)


def even(rows: int = 1) -> Delays:
    """Every delay from −9 to 10 as likely as the others."""
    return Delays(GRID, np.tile(np.linspace(0, 1, 21), (rows, 1)), 0.1, 100)


def test_quantiles_and_chances_of_an_even_distribution() -> None:
    delays = even()
    assert [delays.quantile(q).item() for q in (0.1, 0.5, 0.9)] == [-7, 0, 8]
    assert delays.late_share().item() == pytest.approx(0.5)
    assert delays.share_by(np.array([5.0])).item() == pytest.approx(0.75)


@given(
    weights=st.lists(st.integers(0, 50), min_size=20, max_size=20).filter(any),
    share=st.floats(0.02, 0.98).filter(lambda share: share != 0.5),
)
def test_outside_of_a_quantile_lies_just_its_share_half_its_own_day_counted(weights, share) -> None:
    finished = np.concatenate([[0.0], np.cumsum(weights) / sum(weights)])
    delays = Delays(GRID, finished[None], 0.1, 100)
    median, day = delays.quantile(0.5).item(), delays.quantile(share).item()

    def passed(day: float) -> float:
        return delays.share_by(np.array([day - 0.5])).item()

    if share < 0.5:
        assert day <= median
        assert day == median or passed(day - 1) - 1e-5 <= share <= passed(day) + 1e-5
    else:
        assert day >= median
        assert day == median or passed(day) - 1e-5 <= share <= passed(day + 1) + 1e-5


def test_a_band_of_few_days_holds_what_it_promises() -> None:
    # Four days wide or less, where the least days by which a tenth and nine tenths have finished hold 0.92.
    rng = np.random.default_rng(7)
    centres, outcome = rng.uniform(-3, 3, 5000), rng.normal(0, 1.3, 5000)
    days = np.round(centres + outcome)
    spread = np.vectorize(NormalDist(0, 1.3).cdf)(GRID[None] + 0.5 - centres[:, None])
    delays = Delays(GRID, spread, 0.1, 100)
    low, high = delays.quantile(0.1), delays.quantile(0.9)
    assert np.mean((low <= days) & (days <= high)) == pytest.approx(0.8, abs=0.03)
    assert (high - low).max() <= 5


def test_work_past_its_date_can_only_finish_later() -> None:
    delays = even().given_later_than(np.array([6.0]))
    assert delays.share_by(np.array([6.0])).item() == 0
    assert delays.quantile(0.5).item() == 8
    assert delays.late_share().item() == 1


def test_beyond_the_grid_what_is_left_finishes_at_a_steady_rate() -> None:
    half = Delays(GRID, np.linspace(0, 0.5, 21)[None], 0.1, 100)
    assert half.quantile(0.75).item() == 10 + np.ceil(np.log(2) / 0.1)
    assert half.quantile(0.9999999).item() == 110


def test_another_chance_of_being_late_keeps_the_shape_on_either_side() -> None:
    delays = even().with_late_share(np.array([0.2]))
    assert delays.late_share().item() == pytest.approx(0.2)
    assert delays.share_by(np.array([-5.0])).item() == pytest.approx(0.4)
    assert delays.share_by(np.array([5.0])).item() == pytest.approx(0.9)


def test_open_work_counts_as_what_may_become_of_it() -> None:
    survival = np.array([[0.8, 0.6, 0.3]])
    told = redistributed(np.array([1.0]), np.array([False]), survival, np.array([0.0, 1.0, 2.0]))
    assert told.tolist() == [[0.0, 0.0, 0.5]]
    final = redistributed(np.array([1.0]), np.array([True]), survival, np.array([0.0, 1.0, 2.0]))
    assert final.tolist() == [[0.0, 1.0, 1.0]]


def test_levels_that_came_too_often_are_put_right() -> None:
    # Outcomes used up shares twice too small: what was called a half held nearly always.
    shares = np.random.default_rng(0).random(4000) / 2
    found = calibrate(shares, np.ones(4000, bool), pl.Series(["a"] * 4000), 20)
    assert np.interp(0.25, LEVELS, found.everywhere) == pytest.approx(0.5, abs=0.03)
    assert np.interp(0.45, LEVELS, found.by_segment["a"]) == pytest.approx(0.9, abs=0.03)
    assert found.of(pl.Series(["never seen"]))[0].tolist() == found.everywhere.tolist()


def test_calibration_by_right_forecasts_changes_little_even_where_half_is_open() -> None:
    rng = np.random.default_rng(1)
    shares, seen = rng.random(4000), rng.random(4000)
    found = calibrate(np.minimum(shares, seen), shares <= seen, pl.Series([None] * 4000, dtype=pl.String), 20)
    assert np.abs(found.everywhere - LEVELS).max() < 0.06
    assert uncorrected().applied(even(), pl.Series(["a"])).quantile(0.5).item() == 0


@given(
    st.lists(st.floats(0, 1), min_size=3, max_size=12),
    st.floats(-30, 30),
    st.floats(0, 1),
)
def test_distributions_stay_distributions(shares: list[float], age: float, late: float) -> None:
    grid = np.arange(len(shares)) - 2.0
    delays = Delays(grid, np.sort(shares)[None], 0.05, 50)
    for one in (delays.given_later_than(np.array([age])), delays.with_late_share(np.array([late]))):
        assert (np.diff(one.finished, axis=1) >= 0).all()
        assert ((one.finished >= 0) & (one.finished <= 1)).all()
        quantiles = [one.quantile(q).item() for q in (0.1, 0.5, 0.8, 0.9)]
        assert quantiles == sorted(quantiles)
        assert np.isfinite(quantiles).all()


def test_a_grid_holds_the_date_itself() -> None:
    grid = grid_of(np.zeros(50), np.ones(50, bool), 40)
    assert {-1.0, 0.0} <= set(grid.tolist())
    assert {-1.0, 0.0} <= set(grid_of(np.array([5.0]), np.array([False]), 40).tolist())
