"""Stock from the distribution, and the warning of a campus peak 30 days ahead (G4)."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from ml.demand.config import INPUT_SCHEMA
from ml.demand.forecast import forecast
from ml.demand.peak_record import PEAK_SCHEMA, backtest_warnings, judged_months, past_peaks
from ml.demand.stock import (
    claim_for_fill,
    expected_fill,
    fill_for_stock,
    fill_rate,
    level_for_claim,
    level_for_fill,
    normal_policy,
    service_z,
    stock_for_fill,
    stock_policy,
)
from ml.demand.warning import TOLD_SCHEMA, WarningConfig, coming_peaks

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


def test_a_distribution_that_promised_too_much_must_promise_more() -> None:
    """It foretold uniform demand up to 1; what came went up to 1.2, so more must be expected to be met."""
    shares = np.linspace(0.01, 0.99, 99)
    told = np.repeat(shares[:, None], 40, axis=1)
    honest, worse = ((np.arange(40) + 0.5)[:, None] / 40 * reach for reach in (1.0, 1.2))
    assert claim_for_fill(honest, told, shares, 0.9) == pytest.approx(0.9, abs=0.01)
    claim = claim_for_fill(worse, told, shares, 0.9)
    # To meet 0.9 of a demand up to 1.2 takes s = 1.2 · (1 − √0.1), of which told expects 2 s − s².
    held = 1.2 * (1 - 0.1**0.5)
    assert claim == pytest.approx(2 * held - held**2, abs=0.01)
    level = level_for_claim(told, shares, claim)
    assert shares[level] == pytest.approx(held, abs=0.011)
    assert fill_rate(worse, told[level]) == pytest.approx(0.9, abs=0.01)
    # Never less than what is wanted; all that there is where even the last level met less.
    assert claim_for_fill(honest / 2, told, shares, 0.9) == 0.9
    assert claim_for_fill(honest * 9, told, shares, 0.9) == 1.0
    assert claim_for_fill(np.zeros((40, 1)), told, shares, 0.9) == 0.9


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
    return coming_peaks(coming, lines, stock() if held is None else held, as_of_on).filter("is_told")


def test_the_peak_is_told_at_thirty_days_and_not_later() -> None:
    found = warned(PEAK - timedelta(days=30))
    assert found["peak_on"].unique().to_list() == [PEAK]
    short = found.filter("is_short")
    assert short["product_id"].to_list() == ["P-G4-SHORT"]
    assert short["quantity_short"].item() == short["quantity_p80"].item() + 20 - 40 - 0 == 280
    assert (short["ahead_days"].item(), short["order_by_on"].item()) == (30, PEAK - timedelta(days=25))
    assert warned(PEAK - timedelta(days=29)).is_empty()
    assert warned(PEAK - timedelta(days=44)).height == 2
    assert warned(PEAK - timedelta(days=45)).is_empty()


def test_what_is_on_order_counts() -> None:
    assert warned(PEAK - timedelta(days=30), stock(on_order=300))["is_short"].any() is False
    unknown = warned(PEAK - timedelta(days=30), stock().head(0))
    assert unknown["quantity_short"].to_list() == [300, 300]


def told(found: pl.DataFrame) -> pl.DataFrame:
    return found.select("product_id", "period_on", "as_of_on", "is_told")


def later(days: int, before: pl.DataFrame) -> pl.DataFrame:
    """What is told so many days before the peak, when `before` was said earlier."""
    as_of_on = PEAK - timedelta(days=days)
    lines = pl.DataFrame(campus("P-G4-SHORT", as_of_on), schema=INPUT_SCHEMA)
    coming = forecast(lines, as_of_on, publication_name="n", run_id="r")
    return coming_peaks(coming, lines, stock(), as_of_on, told_before=before)


def test_once_told_a_peak_stands_until_it_begins() -> None:
    first = later(35, pl.DataFrame(schema=TOLD_SCHEMA))
    assert (first["is_told"].item(), first["told_on"].item()) == (True, PEAK - timedelta(days=35))
    for days in (29, 9, 0):
        found = later(days, told(first))
        assert (found["ahead_days"].item(), found["is_told"].item()) == (days, True)
        assert found["told_on"].item() == PEAK - timedelta(days=35)
    assert later(-1, told(first)).filter(peak_on=PEAK).is_empty()
    missed = later(29, pl.DataFrame(schema=TOLD_SCHEMA))
    assert (missed["is_told"].item(), missed["told_on"].item()) == (False, None)
    # What a later night has said is no part of what was known on this one.
    assert later(29, told(later(28, told(first)))).row(0, named=True)["is_told"] is False


def test_a_first_order_in_the_running_month_does_not_move_its_peak() -> None:
    as_of_on = date(2026, 7, 3)
    rows = campus("P-G4-SHORT", as_of_on)
    early = rows[-1] | {"ordered_on": date(2026, 7, 2), "quantity": 1.0}
    lines = pl.DataFrame([*rows, early], schema=INPUT_SCHEMA)
    coming = forecast(lines, as_of_on, publication_name="n", run_id="r")
    assert coming_peaks(coming, lines, stock(), as_of_on)["peak_on"].item() == PEAK


def test_the_record_expects_what_the_forecast_published() -> None:
    rng = np.random.default_rng(3)
    rows = [
        row | {"product_id": f"p{n}", "quantity": float(rng.poisson(row["quantity"] + n))}
        for n in range(4)
        for row in campus("p", date(2026, 6, 30))
        if n < 2 or row["ordered_on"] > date(2024, 3 + n, 1)
    ]
    lines = pl.DataFrame(rows, schema=INPUT_SCHEMA)
    for month, count in ((date(2024, 7, 1), 2), (date(2025, 7, 1), 4)):
        found = past_peaks(lines, [month])
        judged_on = month - timedelta(days=30)
        known = lines.filter(pl.col("ordered_on") <= judged_on)
        published = forecast(known, judged_on, publication_name="n", run_id="r").filter(period_on=month)
        both = found.join(published, on="product_id", suffix="_published")
        assert (both.height, found["judged_on"].unique().to_list()) == (count, [judged_on])
        assert both["quantity_p50"].to_list() == both["quantity_p50_published"].to_list()


def test_a_peak_is_warned_missed_or_a_false_alarm() -> None:
    rows = [row for row in campus("p", date(2026, 5, 31)) if row["ordered_on"].year != 2025]
    usual = [row for row in campus("p", date(2025, 12, 31)) if row["ordered_on"].year == 2025]
    moved = [row | {"quantity": 90.0 if row["ordered_on"].month == 9 else 5.0} for row in usual]
    lines = pl.DataFrame([*rows, *moved], schema=INPUT_SCHEMA)
    found = past_peaks(lines, judged_months(date(2025, 12, 31), 24))
    assert found.schema == pl.Schema(PEAK_SCHEMA)
    assert found.select("period_on", "is_peak", "is_told").rows() == [
        (date(2024, 7, 1), True, True),
        (date(2025, 7, 1), False, True),
        (date(2025, 9, 1), True, False),
    ]
    assert past_peaks(lines.head(0), judged_months(date(2025, 12, 31), 24)).is_empty()
    assert judged_months(date(2025, 12, 30), 2) == [date(2025, 10, 1), date(2025, 11, 1)]


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
