"""A campus peak from 45 to 25 days ahead: one action per short model on day 30, none for a covered one."""

import datetime as dt
from collections.abc import Iterator

import duckdb
import polars as pl
import pytest

from actions.dry_run import dry_run
from actions.evaluation import Evaluation, apply, evaluate
from actions.items import ItemBook
from actions.rule_files import BUILT_IN, read_rule
from actions.store import ActionStore
from ml.demand.config import INPUT_SCHEMA
from ml.demand.forecast import forecast
from ml.demand.lead_times import PRODUCT_SCHEMA, RECEIPT_SCHEMA
from ml.demand.stock_night import FORETOLD_SCHEMA, peaks, policies
from ml.demand.warning import TOLD_SCHEMA
from tests.support.rule_tables import TABLES, insert

PEAK = dt.date(2026, 7, 10)
RULE = read_rule(BUILT_IN / "stock_gap.yml")
ON_HAND = {"P-G4-SHORT": 40.0, "P-G4-COVERED": 800.0}
STAMP = {"publication_name": "night", "run_id": "r"}
DEFAULTS = pl.DataFrame({"name": ["stock_service_share"], "value": [0.95]})


def campus(until: dt.date) -> pl.DataFrame:
    """Three campuses buy a dozen units of either model each month, and 300 each July."""
    rows = [
        (product, f"c{number}", day, "sale", float(peak if month == 7 else 4 + (month + number) % 3), False)
        for product in ON_HAND
        for year in range(2022, 2027)
        for month in range(1, 13)
        for number, peak in ((1, 120), (2, 80), (3, 100))
        if (day := dt.date(year, month, 10 + 4 * (number - 1))) <= until
    ]
    return pl.DataFrame(rows, schema=INPUT_SCHEMA, orient="row")


class Company:
    """Nights of a company with two models, each on the tables that the rule reads, as dbt publishes them."""

    def __init__(self, store_url: str) -> None:
        """Nothing has been told yet."""
        self.now = dt.datetime.combine(PEAK, dt.time())
        self.store = ActionStore(store_url, clock=lambda: self.now)
        self.told = pl.DataFrame(schema=TOLD_SCHEMA)
        self.on_order = dict.fromkeys(ON_HAND, 0.0)
        self.safety_in_warehouses = 0.0

    def risks(self, day: dt.date) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Forecasts and coming peaks of a night, which is remembered by the later ones."""
        lines = campus(day)
        coming = forecast(lines, day, **STAMP)
        products = pl.DataFrame([(name, 25.0) for name in ON_HAND], schema=PRODUCT_SCHEMA, orient="row")
        receipts, untold = pl.DataFrame(schema=RECEIPT_SCHEMA), pl.DataFrame(schema=FORETOLD_SCHEMA)
        held = policies(coming, lines, receipts, products, DEFAULTS, untold, day, **STAMP)
        stock = pl.DataFrame(
            [(name, "W1", there, self.on_order[name]) for name, there in ON_HAND.items()],
            schema=["product_id", "warehouse_id", "quantity_on_hand", "quantity_on_order"],
            orient="row",
        )
        kept = held.select("product_id", "safety_stock_quantity", "lead_time_p90_days")
        found = peaks(coming, lines, stock, kept, self.told, day, **STAMP)
        self.told = pl.concat([self.told, found.select(*TOLD_SCHEMA)])
        return coming, found

    def publish(self, con: duckdb.DuckDBPyConnection, day: dt.date) -> None:
        """The night's tables."""
        con.execute(TABLES)
        coming, found = self.risks(day)
        con.register("coming", coming)
        con.execute(
            "insert into ml.ml_demand_forecast by name"
            " select product_id, period_on, as_of_on, quantity_p80 from coming"
        )
        con.register("found", found.drop("quantity_usual", "told_on", "publication_name", "_run_id"))
        con.execute(
            "insert into marts.mart_stock_warning by name select *, 2100 as unit_cost_amount from found"
        )
        for name, there in ON_HAND.items():
            insert(
                con,
                "marts.mart_stock_position",
                product_id=name,
                as_of_on=day,
                quantity_on_hand=there,
                quantity_on_order=self.on_order[name],
                safety_stock_quantity=self.safety_in_warehouses,
                unit_cost_amount=2100,
                lead_time_days=25,
            )

    def night(self, days_before: int) -> Evaluation:
        """One night's rule, stored."""
        day = PEAK - dt.timedelta(days=days_before)
        with duckdb.connect() as con:
            self.publish(con, day)
            book = ItemBook.of_actions(self.store.events())
            self.now = dt.datetime.combine(day, dt.time(20))
            evaluation = evaluate([RULE], con, day, book, self.now, "CNY")
        assert evaluation.skipped == ()
        assert apply(self.store, evaluation, f"night-{day}").refused == ()
        return evaluation

    def items(self) -> list:
        """What is open."""
        return ItemBook.of_actions(self.store.events()).open_items()


@pytest.fixture
def company(tmp_path) -> Iterator[Company]:
    made = Company(f"sqlite:///{tmp_path / 'a.sqlite'}")
    yield made
    made.store.close()


def test_the_short_model_has_its_action_on_day_thirty_and_on_no_other(company) -> None:
    opened = {}
    for days in range(45, 24, -1):
        found = company.night(days)
        assert found.cleared == ()
        if found.opened:
            opened[days] = [write.payload.about_id for write in found.opened]
            assert company.night(days).writes == (), "a rerun of the night"
    assert opened == {30: ["P-G4-SHORT"]}
    (item,) = company.items()
    evidence = item.opening.evidence
    wanted = float(evidence["quantity_p80"]) + float(evidence["safety_stock_quantity"]) - 40
    assert float(evidence["gap_quantity"]) == max(0, wanted) >= 260
    assert (evidence["starts_on"], evidence["order_by_on"]) == ("2026-07-10", "2026-06-15")
    assert item.opening.opened_on == PEAK - dt.timedelta(days=30)
    assert float(item.opening.value_at_risk_amount) == 2100 * float(evidence["gap_quantity"])


def test_what_is_ordered_then_clears_it(company) -> None:
    company.night(31)
    company.night(30)
    company.on_order["P-G4-SHORT"] = 280.0
    assert [write.chain_id for write in company.night(24).cleared] == ["stock_gap|P-G4-SHORT"]
    assert company.items() == []


def test_an_ordinary_shortage_makes_way_for_the_peaks_warning(company) -> None:
    """Short in every month, it is one open action at a time: of a month, from 60 days before of the peak."""
    company.safety_in_warehouses = 60.0
    (opened,) = company.night(65).opened
    assert opened.payload.occurrence_key == "P-G4-SHORT|2026-06-01"
    assert len(company.night(60).cleared) == 1
    assert company.night(31).writes == ()
    (opened,) = company.night(30).opened
    assert opened.payload.occurrence_key == "P-G4-SHORT|peak|2026-07-01"
    assert company.night(29).writes == ()
    assert len(company.items()) == 1


def test_a_night_that_failed_on_day_thirty_loses_nothing(company) -> None:
    company.night(36)
    (opened,) = company.night(29).opened
    assert opened.payload.occurrence_key == "P-G4-SHORT|peak|2026-07-01"


def test_a_peak_that_was_never_told_is_a_month_like_any_other(company) -> None:
    (opened,) = company.night(20).opened
    assert opened.payload.occurrence_key == "P-G4-SHORT|2026-07-01"


def test_a_dry_run_says_what_the_nights_would_have_opened(company) -> None:
    with duckdb.connect() as first, duckdb.connect() as second, duckdb.connect() as last:
        readings = [(PEAK - dt.timedelta(days=days), con) for days, con in ((31, first), (30, second))]
        for day, con in readings:
            company.publish(con, day)
        today = PEAK - dt.timedelta(days=29)
        company.publish(last, today)
        told = dry_run(RULE, last, today, 90, readings)
    assert (told.day_count, told.skipped) == (3, None)
    assert [(each.on, each.opening.about_id) for each in told.openings] == [(readings[1][0], "P-G4-SHORT")]
