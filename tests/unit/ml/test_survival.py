"""The product-limit curves agree with statsmodels, and read as they should at their edges."""

import numpy as np
import polars as pl
import pytest
from statsmodels.duration.survfunc import SurvfuncRight

from ml.delay.survival import Curves, product_limit


def curves(rows: list[tuple[int, int, bool]], classes: int = 1, minimum_at_risk: int = 1) -> Curves:
    known = pl.DataFrame(rows, schema=["class_no", "delay_days", "is_finished"], orient="row")
    return product_limit(known.with_columns(entry_days=pl.lit(-100_000)), classes, minimum_at_risk)


def one(*values: float) -> np.ndarray:
    return np.array(values, dtype=float)


@pytest.mark.parametrize("seed", range(5))
def test_curve_equals_statsmodels_with_censoring_ties_and_early_finishes(seed: int) -> None:
    random = np.random.default_rng(seed)
    delay, is_finished = random.integers(-40, 60, 300), random.random(300) < 0.6
    ours = curves([(0, int(d), bool(f)) for d, f in zip(delay, is_finished, strict=True)])
    # statsmodels wants positive times: the same order, shifted.
    theirs = SurvfuncRight(delay + 1000, is_finished.astype(int))
    at = np.exp(ours.at(np.zeros(len(theirs.surv_times), int), theirs.surv_times - 1000.0))
    assert at == pytest.approx(theirs.surv_prob, abs=1e-9)
    for share in (0.1, 0.5):
        assert ours.reach(np.zeros(1, int), one(np.log(1 - share)))[0] == theirs.quantile(share) - 1000


def test_classes_do_not_touch_each_other() -> None:
    both = curves([(0, 1, True), (0, 3, True), (1, -5, True), (1, 9, False)], classes=2)
    assert np.exp(both.at(np.array([0, 1, 0, 1]), one(1, 1, 3, 100))) == pytest.approx([0.5, 0.5, 0.0, 0.5])
    assert both.count_at_risk(np.array([0, 1, 1]), one(1, -6, 9)).tolist() == [1, 2, 0]


def test_a_level_that_is_never_reached_is_nan() -> None:
    half_open = curves([(0, 2, True), (0, 7, False)])
    assert half_open.reach(np.zeros(2, int), np.log(one(0.5, 0.4)))[0] == 2
    assert np.isnan(half_open.reach(np.zeros(2, int), np.log(one(0.5, 0.4)))[1])


def test_who_enters_late_is_not_at_risk_before() -> None:
    known = pl.DataFrame(
        {"class_no": [0, 0, 0], "entry_days": [-50, 4, 4], "delay_days": [2, 6, 9], "is_finished": [True] * 3}
    )
    late = product_limit(known, 1)
    # At day 2 one was under observation and finished; the two others came later and finish one by one.
    assert late.reach(np.zeros(1, int), late.at(np.zeros(1, int), one(4)) + np.log(one(0.5)))[0] == 6
    assert late.count_at_risk(np.zeros(3, int), one(0, 3, 6)).tolist() == [2, 2, 1]


def test_steps_with_too_few_at_risk_are_left_out() -> None:
    rows = [(0, day, True) for day in range(10)]
    assert curves(rows, minimum_at_risk=4).end[0] == 6
