"""What to hold of a product: by its receipts' lead times and its forecast's distribution."""

from datetime import date, timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from ml.demand.config import INPUT_SCHEMA
from ml.demand.lead_times import LEAD_SCHEMA, PRODUCT_SCHEMA, RECEIPT_SCHEMA, lead_times
from ml.demand.policy import FORECAST_READS, FORETOLD_SCHEMA, POLICY_SCHEMA, stock_policies
from ml.demand.stock import normal_policy, service_z

#: The last day of a month: the forecast's first month lies wholly ahead.
AS_OF = date(2025, 5, 31)
JUNE, JULY = date(2025, 6, 1), date(2025, 7, 1)


def receipts(**days: list[float | None]) -> pl.DataFrame:
    rows = [(f"{product}{n}", product, each) for product, lots in days.items() for n, each in enumerate(lots)]
    return pl.DataFrame(rows, schema=RECEIPT_SCHEMA, orient="row")


def products(**days: float | None) -> pl.DataFrame:
    return pl.DataFrame(list(days.items()), schema=PRODUCT_SCHEMA, orient="row")


def forecasts(*rows: tuple) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=FORECAST_READS, orient="row")


def sold(product: str, *quantities: float) -> list[tuple]:
    months = pl.date_range(date(2023, 1, 1), date(2025, 5, 1), "1mo", eager=True).to_list()[
        -len(quantities) :
    ]
    return [(product, "c", on, "sale", each, False) for on, each in zip(months, quantities, strict=True)]


def lines(*groups: list[tuple]) -> pl.DataFrame:
    return pl.DataFrame([row for group in groups for row in group], schema=INPUT_SCHEMA, orient="row")


STEADY, LUMPY = sold("p", *([9.0, 10, 11] * 4)), sold("p", *([1.0, 0, 0, 40] * 4))


def policy(rows: pl.DataFrame, history: list[tuple], days: list[float], share: float = 0.95) -> dict:
    leads = lead_times(receipts(p=days), products())
    return stock_policies(rows, lines(history), leads, AS_OF, service_share=share).row(0, named=True)


def test_a_lead_time_is_what_receipts_show_else_what_is_written_else_what_is_usual() -> None:
    found = lead_times(
        receipts(often=[10, 20, 30], once=[7], silent=[None], wrong=[-3.0]),
        products(often=99, written=15, unknown=None),
    )
    assert found.schema == pl.Schema(LEAD_SCHEMA)
    told = {row["product_id"]: row for row in found.iter_rows(named=True)}
    assert {name: row["lead_time_source_code"] for name, row in told.items()} == {
        "often": "receipts", "once": "receipts", "written": "product", "unknown": "company",
    }  # fmt: skip
    often = told["often"]
    assert (often["lead_time_days"], often["lead_time_deviation_days"], often["lead_time_count"]) == (
        20,
        10,
        3,
    )
    assert (often["lead_time_p90_days"], len(often["days"])) == (28, 20)
    assert (told["once"]["lead_time_deviation_days"], told["once"]["days"]) == (0, [7])
    assert (told["written"]["lead_time_days"], told["written"]["lead_time_count"]) == (15, 0)
    assert told["unknown"]["lead_time_days"] == pytest.approx(16.75)
    alone = lead_times(receipts(), products(p=None)).row(0, named=True)
    assert (alone["lead_time_source_code"], alone["lead_time_days"], alone["days"]) == ("none", None, [])


def test_steady_demand_has_the_normal_rules_stock() -> None:
    # P10 and P90 of a normal law with mean 300 and deviation 60; June has 30 days.
    apart = 60 * 1.2815515655446004
    rows = forecasts(("p", JUNE, 300 - apart, 300, 350.5, 300 + apart))
    found = policy(rows, STEADY, [8, 10])
    expected = normal_policy(10, 60 / 30**0.5, 9, 2**0.5, service_z(0.95))
    assert (found["method_code"], found["class_code"]) == ("normal", "smooth")
    assert found["lead_demand_quantity"] == pytest.approx(90, rel=0.01)
    assert found["safety_stock_quantity"] == pytest.approx(expected.safety_stock, rel=0.01)
    assert found["reorder_point_quantity"] == pytest.approx(
        found["lead_demand_quantity"] + found["safety_stock_quantity"], abs=0.002
    )


def test_lumpy_demand_has_the_quantile_of_its_lead_times_demand() -> None:
    rows = forecasts(("p", JUNE, 0, 0, 20, 40))
    found = policy(rows, LUMPY, [30])
    # One whole month ahead: its own distribution, and 95% lies half-way from P90 to twice P90 less P50.
    assert (found["method_code"], found["class_code"]) == ("empirical", "lumpy")
    assert found["reorder_point_quantity"] == pytest.approx(60, abs=0.5)
    # The 80% quantile, 20, would meet 7 of the 12 expected; 36.4 meets 80% of them.
    assert policy(rows, LUMPY, [30], 0.8)["reorder_point_quantity"] == pytest.approx(36.4, abs=0.5)


def test_rare_demand_is_held_for_the_share_of_it_that_shall_be_met() -> None:
    """Nine months in ten ask for nothing: the 80% quantile would meet none of it."""
    rows = forecasts(("p", JUNE, 0, 0, 0, 10))
    found = policy(rows, LUMPY, [30], 0.8)
    assert found["service_share"] == 0.8
    # From 0 at P80 demand rises to 20 at P100, 2 on the mean; what is held leaves (20 − held)² / 200 unmet.
    assert found["reorder_point_quantity"] == pytest.approx(20 - 80**0.5, abs=0.3)


def foretold(came: float, months: int = 20, products: int = 12) -> tuple[list[tuple], pl.DataFrame]:
    """Products of which every other month was foretold to ask for up to 20, and asked for `came`."""
    on = pl.date_range(date(2023, 10, 1), date(2025, 5, 1), "1mo", eager=True).to_list()[-months:]
    names = [f"p{number:02d}" for number in range(products)]
    told = [
        (name, month, 0.0, 0.0, 12.0, 16.0, 1, month - timedelta(days=1)) for name in names for month in on
    ]
    history = [row for name in names for row in sold(name, *([0.0, came, came, 0.0] * (months // 4)))]
    return history, pl.DataFrame(told, schema=FORETOLD_SCHEMA, orient="row")


def test_stock_is_raised_where_forecasts_promised_too_much() -> None:
    rows, leads = forecasts(("p00", JUNE, 0, 0, 12, 16)), lead_times(receipts(), products(p00=30))

    def held(came: float, count: int) -> float:
        history, told = foretold(came)
        found = stock_policies(
            rows, lines(history), leads, AS_OF, service_share=0.8, foretold=told.head(count)
        )
        return found["reorder_point_quantity"].item()

    kept, raised, unheard = held(4, 240), held(25, 240), held(25, 150)
    assert raised > kept + 2
    # Few months foretold say nothing, nor do words from further off, nor of months that are not over.
    assert unheard == kept
    history, told = foretold(25)
    for other in (told.with_columns(period_on=pl.lit(JUNE)), told.with_columns(horizon_months=pl.lit(3))):
        found = stock_policies(rows, lines(history), leads, AS_OF, service_share=0.8, foretold=other)
        assert found["reorder_point_quantity"].item() == kept


def test_a_lead_time_that_swings_is_held_for() -> None:
    rows = forecasts(("p", JUNE, 30, 30, 30, 30))
    sure, unsure = policy(rows, LUMPY, [30]), policy(rows, LUMPY, [10, 50])
    assert (sure["lead_demand_quantity"], sure["safety_stock_quantity"]) == (30, 0)
    assert unsure["lead_time_deviation_days"] == pytest.approx(28.284, abs=0.001)
    # Of twenty lead times between 10 and 50 days, the one in the middle of the last twentieth.
    assert unsure["lead_demand_quantity"] == pytest.approx(30, abs=0.01)
    assert unsure["reorder_point_quantity"] == pytest.approx(48, abs=0.1)


def test_stock_follows_the_months_that_the_lead_time_reaches() -> None:
    rows = forecasts(("p", JUNE, 15, 15, 15, 15), ("p", JULY, 300, 300, 300, 300))
    assert policy(rows, LUMPY, [30])["lead_demand_quantity"] == pytest.approx(15)
    into_july = policy(rows, LUMPY, [45])
    assert into_july["lead_demand_quantity"] == pytest.approx(15 + 300 * 15 / 31, abs=0.01)
    assert into_july["safety_stock_quantity"] == pytest.approx(0, abs=0.01)
    beyond = policy(rows, LUMPY, [61 + 30.5])
    assert beyond["lead_demand_quantity"] == pytest.approx(315 + 157.5, abs=0.01)


def test_the_days_of_the_month_that_are_over_do_not_count() -> None:
    rows = forecasts(("p", JUNE, 30, 30, 30, 30), ("p", JULY, 0, 0, 0, 0))
    leads = lead_times(receipts(p=[41]), products())
    found = stock_policies(rows, lines(LUMPY), leads, date(2025, 6, 20))
    assert found["lead_demand_quantity"].item() == pytest.approx(10)


def test_what_cannot_be_said_is_refused_by_name() -> None:
    rows = forecasts(
        ("young", JUNE, None, None, None, None), ("lost", JUNE, 1, 2, 3, 4), ("new", JUNE, 1, 2, 3, 4)
    )
    leads = lead_times(receipts(), products(lost=None, young=9))
    found = stock_policies(rows, lines(LUMPY), leads, AS_OF)
    assert found.schema == pl.Schema(POLICY_SCHEMA)
    assert dict(found.select("product_id", "method_code").iter_rows()) == {
        "lost": "no_lead_time", "new": "no_lead_time", "young": "no_forecast",
    }  # fmt: skip
    assert found["reorder_point_quantity"].null_count() == 3
    assert stock_policies(rows.head(0), lines(), leads.head(0), AS_OF).is_empty()
    with pytest.raises(ValueError, match="service_share"):
        stock_policies(rows, lines(), leads, AS_OF, service_share=1.0)


def test_the_order_of_rows_changes_nothing() -> None:
    rows = forecasts(*((name, on, 1, 4, 9, 20) for name in "abc" for on in (JUNE, JULY)))
    history = lines(*(sold(name, *([3.0, 0, 8, 1] * 5)) for name in "abc"))
    known = receipts(a=[5, 9, 30], b=[4], c=[60, 1])
    first = stock_policies(rows, history, lead_times(known, products()), AS_OF)
    turned = stock_policies(rows.reverse(), history.reverse(), lead_times(known.reverse(), products()), AS_OF)
    assert_frame_equal(first, turned, check_exact=True)
