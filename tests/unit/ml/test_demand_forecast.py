"""Seasonal naive on products whose coming months are known."""

from datetime import date
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from ml.demand import INPUT_SCHEMA, OUTPUT_SCHEMA, DemandConfig, forecast
from ml.demand.history import last_complete_month
from ml.frames import MissingColumnsError

QUANTITIES = ["quantity_p10", "quantity_p50", "quantity_p80", "quantity_p90"]


def line(product: str, day: date, quantity: float, **other: object) -> dict:
    row = {
        "product_id": product,
        "customer_id": "c1",
        "ordered_on": day,
        "kind_code": "sale",
        "quantity": quantity,
        "is_cancelled": False,
    }
    return row | other


def months(count: int, last: date = date(2025, 5, 1)) -> list[date]:
    first = pl.select(pl.lit(last).dt.offset_by(f"-{count - 1}mo")).item()
    return pl.date_range(first, last, "1mo", eager=True).to_list()


def run(
    rows: list[dict], as_of_on: date = date(2025, 6, 26), config: DemandConfig | None = None
) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema=INPUT_SCHEMA)
    return forecast(frame, as_of_on, publication_name="night-2025-06-26", run_id="r1", config=config)


def test_the_same_month_a_year_ago_comes_again_without_error() -> None:
    rows = [line("p", day, 10.0 * day.month) for day in months(36)]
    result = run(rows)
    assert result["period_on"].to_list() == [date(2025, month, 1) for month in range(6, 12)]
    assert result["horizon_months"].to_list() == [1, 2, 3, 4, 5, 6]
    for name in QUANTITIES:
        assert result[name].to_list() == [60, 70, 80, 90, 100, 110]
    assert result["quantity_naive"].to_list() == [60, 70, 80, 90, 100, 110]
    assert result["method_code"].unique().to_list() == ["seasonal_naive"]
    assert result.select("history_months", "publication_name", "_run_id", "as_of_on").row(0) == (
        36,
        "night-2025-06-26",
        "r1",
        date(2025, 6, 26),
    )


def test_past_errors_are_the_spread() -> None:
    # A year of 100, then a year that was off by −5 … +6.
    days = months(24)
    rows = [line("p", day, 100) for day in days[:12]]
    rows += [line("p", day, 100 + error) for day, error in zip(days[12:], range(-5, 7), strict=True)]
    first = run(rows).row(0, named=True)
    # June a year ago: 95. Errors' rank 13·p − 1 of −5 … 6: 0.3, 5.5, 9.4, 10.7.
    assert [first[name] for name in QUANTITIES] == pytest.approx([95 - 4.7, 95.5, 95 + 4.4, 95 + 5.7])


def test_short_histories_fall_back_by_name() -> None:
    rows = [line("young", day, q) for day, q in zip(months(5), (2, 4, 6, 8, 10), strict=True)]
    rows += [line("new", day, 7) for day in months(2)]
    rows += [line("brand_new", date(2025, 6, 3), 7)]
    result = run(rows)
    by_product = {row["product_id"]: row for row in result.filter(horizon_months=3).to_dicts()}
    assert {name: row["method_code"] for name, row in by_product.items()} == {
        "brand_new": "too_short",
        "new": "too_short",
        "young": "naive_mean",
    }
    assert [row["history_months"] for row in by_product.values()] == [0, 2, 5]
    assert [by_product["young"][name] for name in QUANTITIES] == pytest.approx([2, 6, 9.6, 10])
    assert [by_product["new"][name] for name in QUANTITIES] == [None] * 4


def test_months_without_a_sale_are_zero_and_quantities_never_negative() -> None:
    days = months(20)
    rows = [line("p", days[0], 90), line("p", days[3], 4)]
    result = run(rows)
    assert (result["history_months"] == 20).all()
    assert result.select(pl.min_horizontal(QUANTITIES).min()).item() == 0


def test_a_month_counts_when_it_has_ended() -> None:
    assert last_complete_month(date(2025, 6, 26)) == date(2025, 5, 1)
    assert last_complete_month(date(2025, 6, 30)) == date(2025, 6, 1)
    assert last_complete_month(date(2024, 2, 28)) == date(2024, 1, 1)
    assert last_complete_month(date(2024, 12, 31)) == date(2024, 12, 1)


def test_the_incomplete_month_and_the_future_are_not_used() -> None:
    rows = [line("p", day, 10) for day in months(6)]
    later = [line("p", date(2025, 6, 2), 999), line("q", date(2025, 7, 1), 999)]
    assert_frame_equal(run(rows), run([*rows, *later]))


def test_an_order_taken_back_was_no_demand() -> None:
    rows = [line("p", day, 10) for day in months(6)]
    mistaken = [line("p", date(2025, 3, 5), 74215), line("p", date(2025, 3, 5), -74215, kind_code="return")]
    assert_frame_equal(run([*rows, *mistaken]), run(rows))


def test_a_return_of_an_earlier_month_takes_nothing_from_demand() -> None:
    rows = [line("p", day, 10) for day in months(6)]
    late = line("p", date(2025, 5, 8), -4, kind_code="return", customer_id="somebody else")
    assert_frame_equal(run([*rows, late]), run(rows))


def test_cancelled_orders_and_unnamed_products_do_not_count() -> None:
    rows = [line("p", day, 10) for day in months(6)]
    other = [line("p", date(2025, 4, 2), 500, is_cancelled=True), line(None, date(2025, 4, 2), 500)]  # type: ignore[arg-type]
    assert_frame_equal(run([*rows, *other]), run(rows))


def test_horizons_are_configured_and_checked() -> None:
    rows = [line("p", day, 10) for day in months(6)]
    assert run(rows, config=DemandConfig(horizons=2)).height == 2
    with pytest.raises(ValueError, match="horizons must be 1 to 12, not 13"):
        DemandConfig(horizons=13)


def test_an_empty_frame_keeps_its_types() -> None:
    assert run([]).schema == pl.Schema(OUTPUT_SCHEMA)


def test_a_missing_column_is_named() -> None:
    with pytest.raises(MissingColumnsError, match="order_lines: missing columns kind_code"):
        forecast(
            pl.DataFrame(schema=INPUT_SCHEMA).drop("kind_code"),
            date(2025, 1, 1),
            publication_name="n",
            run_id="r",
        )


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["p", "q", "r"]),
            st.dates(date(2022, 1, 1), date(2025, 8, 1)),
            st.integers(1, 90),
            st.sampled_from(["sale", "sale", "return"]),
        ),
        max_size=60,
    )
)
def test_bands_are_ordered_not_negative_and_stable(rows: list[tuple]) -> None:
    lines = [line(product, day, quantity, kind_code=kind) for product, day, quantity, kind in rows]
    result = run(lines)
    known = result.filter(pl.col("method_code") != "too_short")
    assert result.filter(method_code="too_short")["quantity_p50"].null_count() == result.height - known.height
    assert (known.select(QUANTITIES).null_count().row(0)) == (0, 0, 0, 0)
    assert (known["quantity_p10"] >= 0).all()
    for low, high in pairwise(QUANTITIES):
        assert (known[low] <= known[high]).all()
    assert_frame_equal(run(lines[::-1]), result)
