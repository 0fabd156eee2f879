"""The measures meet the check vectors of the project's metric definitions."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from ml.backtest import metrics
from ml.backtest.origins import month_starts, rolling_splits

ACTUAL = [100, 80, 120, 100]
NAIVE = [120, 90, 100, 100]
MODEL = [90, 100, 120, 110]
OVERRIDE = [95, 85, 120, 105]


@pytest.mark.parametrize(("forecast", "expected"), [(NAIVE, 0.125), (MODEL, 0.1), (OVERRIDE, 0.0375)])
def test_wape(forecast: list[int], expected: float) -> None:
    assert metrics.wape(ACTUAL, forecast) == pytest.approx(expected)


def test_forecast_value_added() -> None:
    naive, model, override = (metrics.wape(ACTUAL, f) for f in (NAIVE, MODEL, OVERRIDE))
    assert metrics.forecast_value_added(naive, model) == pytest.approx(0.025)
    assert metrics.forecast_value_added(model, override) == pytest.approx(0.0625)
    assert metrics.forecast_value_added(None, model) is None


def test_bias_and_mase() -> None:
    assert metrics.bias(ACTUAL, MODEL) == pytest.approx(0.05)
    assert metrics.mase(ACTUAL, MODEL, [100, 90, 110, 95, 105]) == pytest.approx(0.727, abs=5e-4)
    assert metrics.mase([13], [15], [1, 2, 3, 5], season=2) == pytest.approx(2 / 2.5)


@pytest.mark.parametrize(
    ("share", "forecast", "expected"),
    [(0.1, [8, 11, 10], 0.4333), (0.5, [10, 13, 14], 1.1667), (0.9, [14, 15, 18], 0.8333)],
)
def test_pinball(share: float, forecast: list[int], expected: float) -> None:
    assert metrics.pinball([10, 12, 20], forecast, share) == pytest.approx(expected, abs=5e-5)


def test_pinball_of_open_cases_is_the_least_that_can_be() -> None:
    # Open at 10 days: P50 = 30 may still be right; P50 = 4 is at least 6 days off.
    assert metrics.pinball_at_least([10, 10], [30, 4], 0.5, [False, False]) == pytest.approx(1.5)
    assert metrics.pinball_at_least([10, 10], [30, 4], 0.5, [True, True]) == pytest.approx(6.5)


def test_coverage_and_width() -> None:
    assert metrics.coverage([10, 12, 20], [8, 11, 10], [14, 15, 18]) == pytest.approx(2 / 3)
    assert metrics.width([8, 11, 10], [14, 15, 18]) == pytest.approx(6.0)


def test_churn_measures() -> None:
    probability, is_churned = [0.9, 0.2, 0.4, 0.7, 0.1], [1, 0, 1, 0, 0]
    assert metrics.brier(is_churned, probability) == pytest.approx(0.182)
    assert metrics.average_precision(is_churned, probability) == pytest.approx(0.8333, abs=5e-5)


def test_lift() -> None:
    probability = np.linspace(1, 0, 100)
    is_churned = np.isin(np.arange(100), [0, 2, 4, 6, 30, 50, 70, 90])
    assert metrics.lift(is_churned, probability) == pytest.approx(5.0)


def test_lift_does_not_depend_on_the_order_of_ties() -> None:
    assert metrics.lift([1] * 10 + [0] * 90, [0.5] * 100) == pytest.approx(1.0)


def test_nothing_to_divide_by_is_no_data() -> None:
    assert metrics.wape([0, 0], [1, 2]) is None
    assert metrics.bias([], []) is None
    assert metrics.mase([1], [1], [5, 5, 5]) is None
    assert metrics.mase([1], [1], [5]) is None
    assert metrics.pinball([], [], 0.5) is None
    assert metrics.coverage([], [], []) is None
    assert metrics.average_precision([0, 0], [0.1, 0.2]) is None
    assert metrics.lift([0], [0.3]) is None


def test_a_missing_value_or_a_lost_row_is_refused() -> None:
    with pytest.raises(ValueError, match="a value is missing"):
        metrics.wape([1, 2], [1, None])
    with pytest.raises(ValueError, match="lengths differ: 2, 1"):
        metrics.wape([1, 2], [1])


def test_month_starts() -> None:
    assert month_starts(date(2024, 1, 1), date(2024, 7, 1), 3) == [
        date(2024, 1, 1),
        date(2024, 4, 1),
        date(2024, 7, 1),
    ]
    assert month_starts(date(2024, 1, 2), date(2024, 2, 1)) == [date(2024, 2, 1)]
    assert month_starts(date(2024, 1, 2), date(2024, 1, 31)) == []


def test_rolling_splits_never_overlap() -> None:
    days = pl.DataFrame({"day": pl.date_range(date(2024, 1, 1), date(2024, 4, 30), eager=True)})
    origins = month_starts(date(2024, 2, 1), date(2024, 4, 1))
    for origin, train, test in rolling_splits(days, "day", origins, "1mo"):
        assert train["day"].max() < origin == test["day"].min()
        assert test["day"].max() == pl.Series([origin]).dt.month_end().item()


def test_auc_is_none_with_one_class_only():
    assert metrics.auc([1, 1], [0.2, 0.9]) is None
    assert metrics.auc([0, 1, 1, 0], [0.1, 0.9, 0.4, 0.4]) == pytest.approx(0.875)


def test_calibration_error_of_equal_bins():
    event = [0] * 8 + [1] * 2 + [1] * 10
    probability = [0.2] * 10 + [0.9] * 10
    assert metrics.calibration_error(event, probability, bins=2) == pytest.approx(0.05)
    assert metrics.calibration_error([], []) is None


def test_a_reliability_plot_has_a_point_a_bin():
    event = [0] * 8 + [1] * 2 + [1] * 10
    points = metrics.reliability(event, [0.2] * 10 + [0.9] * 10, bins=2)
    assert points == [(pytest.approx(0.2), pytest.approx(0.2), 10), (pytest.approx(0.9), 1.0, 10)]
    assert [count for *_, count in metrics.reliability([0, 1], [0.1, 0.9])] == [1, 1]
    assert metrics.reliability([], []) == []


def test_smape_counts_a_right_zero_as_no_error():
    assert metrics.smape([0, 100], [0, 50]) == pytest.approx((0 + 200 * 50 / 150) / 2)


def test_tracking_signal_of_a_forecast_always_two_too_high_is_its_count():
    assert metrics.tracking_signal([1, 2, 3], [3, 4, 5]) == pytest.approx(3.0)
    assert metrics.tracking_signal([1, 2], [1, 2]) is None
