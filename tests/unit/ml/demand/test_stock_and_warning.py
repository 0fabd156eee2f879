"""Stock from the distribution, and the warning of a campus peak 30 days ahead (G4)."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from ml.demand.config import INPUT_SCHEMA
from ml.demand.forecast import forecast
from ml.demand.stock import (
    expected_fill,
    fill_for_stock,
    fill_rate,
    level_for_fill,
    normal_policy,
    service_z,
    stock_for_fill,
    stock_policy,
)
from ml.demand.warning import WarningConfig, backtest_warnings, needed, peak_warnings

PEAK = date(2026, 7, 10)


def test_the_normal_rule_on_the_agreed_vector() -> None:
    found = normal_policy(20, 6, 9, 2, 1.645)
    assert (round(found.safety_stock, 2), round(found.reorder_point, 2)) == (72.16, 252.16)
    assert service_z(0.95) == pytest.approx(1.645, abs=1e-3)


def test_the_empirical_policy_reads_the_quantile() -> None:
    found = stock_policy(10, np.array([8.0, 12, 30]), np.array([0.5, 0.9, 0.98]), 0.94)
    assert (found.reorder_point, found.safety_stock) == pytest.approx((21, 11))
    assert found.method_code == "empirical"
    assert stock_policy(10, np.array([0.0, 0, 4]), np.array([0.5, 0.9, 0.98]), 0.95).safety_stock == 0


def test_fill_and_the_stock_it_takes() -> None:
    demand = np.array([[0.0, 4, 0, 4], [1, 1, 1, 1]])
    levels = np.array([[0.0, 1], [2, 1], [4, 1]])
    assert fill_rate(demand, levels[1]) == pytest.approx(8 / 12)
    assert stock_for_fill(demand, levels, 10 / 12) == pytest.approx(2.0)
    assert level_for_fill(demand, levels, 0.6) == 1
    assert stock_for_fill(demand, levels[:1], 0.9) is None
    assert fill_rate(np.zeros((2, 2)), levels[0]) is None


def test_expected_fill_of_a_uniform_demand() -> None:
    shares = np.linspace(0.05, 0.95, 19)
    found = expected_fill(np.repeat(shares[:, None], 3, axis=1), shares)
    # E[min(U, s)] / E[U] = 2 s − s²; the last stretch is cut at 0.95.
    assert found[9] == pytest.approx(2 * 0.5 - 0.25, abs=0.01)
    assert found[-1] == pytest.approx(1)
    assert fill_for_stock(np.array([[2.0], [2.0]]), np.array([[0.0, 0], [2, 2]]), 1.0) == 0.5
    assert (expected_fill(np.zeros((2, 2)), np.array([0.5, 0.9])) == 1).all()


def campus(product: str, until: date) -> list[dict]:
    """As the made-up company has it: three campuses, a dozen a month, 300 each July."""
    rows = []
    for year in range(2022, 2027):
        for month in range(1, 13):
            for number, peak in ((1, 120), (2, 80), (3, 100)):
                day = date(year, month, 10 + 4 * (number - 1))
                if day <= until:
                    quantity = peak if month == 7 else 4 + (month + number) % 3
                    rows.append(
                        {
                            "product_id": product,
                            "customer_id": f"c{number}",
                            "ordered_on": day,
                            "kind_code": "sale",
                            "quantity": float(quantity),
                            "is_cancelled": False,
                        }
                    )
    return rows


def stock(short: float = 40, covered: float = 800, on_order: float = 0) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "product_id": ["P-G4-SHORT", "P-G4-COVERED"],
            "quantity_on_hand": [short, covered],
            "quantity_on_order": [float(on_order), 0.0],
            "safety_stock_quantity": [20.0, 20.0],
            "lead_time_days": [25.0, 25.0],
        }
    )


def warned(as_of_on: date, held: pl.DataFrame | None = None) -> pl.DataFrame:
    rows = campus("P-G4-SHORT", as_of_on) + campus("P-G4-COVERED", as_of_on)
    lines = pl.DataFrame(rows, schema=INPUT_SCHEMA)
    coming = forecast(lines, as_of_on, publication_name="n", run_id="r")
    return peak_warnings(coming, lines, stock() if held is None else held, as_of_on)


def test_the_peak_is_told_at_thirty_days_and_not_later() -> None:
    found = warned(PEAK - timedelta(days=30))
    assert found["peak_on"].unique().to_list() == [PEAK]
    short = found.filter("is_short")
    assert short["product_id"].to_list() == ["P-G4-SHORT"]
    assert short["quantity_short"].item() == needed(short["quantity_p80"].item(), 20, 40, 0) == 280
    assert (short["ahead_days"].item(), short["order_by_on"].item()) == (30, PEAK - timedelta(days=25))
    assert warned(PEAK - timedelta(days=29)).is_empty()
    assert warned(PEAK - timedelta(days=44)).height == 2
    assert warned(PEAK - timedelta(days=45)).is_empty()


def test_what_is_on_order_counts() -> None:
    assert warned(PEAK - timedelta(days=30), stock(on_order=300))["is_short"].any() is False
    unknown = warned(PEAK - timedelta(days=30), stock().head(0))
    assert unknown["quantity_short"].to_list() == [300, 300]


def test_the_record_of_warnings() -> None:
    rows = campus("p", date(2026, 5, 31))
    months = [date(year, month, 1) for year in (2024, 2025) for month in (6, 7, 12)]
    record = backtest_warnings(pl.DataFrame(rows, schema=INPUT_SCHEMA), months)
    assert (record.peaks, record.told, record.warned_share, record.false_alarm_share) == (2, 2, 1.0, 0.0)
    gone = [row for row in rows if not (row["ordered_on"].year == 2025 and row["ordered_on"].month == 7)]
    record = backtest_warnings(pl.DataFrame(gone, schema=INPUT_SCHEMA), months)
    assert (record.warned_share, record.false_alarm_share) == (1.0, 0.5)
    assert backtest_warnings(pl.DataFrame(rows, schema=INPUT_SCHEMA), []).warned_share is None
    assert WarningConfig().lead_days == 30
