"""The steps that book what words against forecasts were worth, on tables as a night has them."""

import datetime as dt
import json
from types import SimpleNamespace

import duckdb
import pytest

from actions.kinds import forecast_subject
from pipelines.defs.forecasts import STEPS, _made
from pipelines.defs.training import CARD_SCHEMA, ROW_SCHEMA
from tests.support.published_forecasts import BACKTEST, CARD

AS_OF = dt.date(2025, 6, 2)
NAMES = ("ml_override_backtest", "ml_override_card")


@pytest.fixture
def night():
    """A build with one override, and the archive of two nights: the first told no naive yet."""
    with duckdb.connect() as con:
        con.execute(
            "attach ':memory:' as lake; create schema lake.history; create schema marts; create schema ml"
        )
        con.execute(
            "create table marts.fct_action_event (action_id varchar, sequence_no bigint, kind_code varchar,"
            " subject_type_code varchar, subject_id varchar, payload varchar, reason_code varchar,"
            " done_by varchar, done_at timestamp, undoes_action_id varchar)"
        )
        con.execute(
            "create table marts.fct_order_line as from"
            " (values ('P', 'C', date '2025-05-09', 'sale', 140, false),"
            " ('P', 'C', date '2025-06-01', 'sale', 1, false))"
            " t(product_id, customer_id, ordered_on, kind_code, quantity, is_cancelled)"
        )
        con.execute("create table marts.dim_customer as select 'C' as customer_id, 'east' as region_code")
        con.execute(
            "create table lake.history.ml_demand_forecast as select 'P' as product_id,"
            " date '2025-05-01' as period_on, date '2025-03-31' as as_of_on, 80.0 as quantity_p10,"
            " 100.0 as quantity_p50, 120.0 as quantity_p90, 'night-2025-03-31' as publication_name"
        )
        yield SimpleNamespace(con=con, run=SimpleNamespace(run_id="r1", as_of_on=AS_OF))


def made(night, name: str):
    step = next(each for each in STEPS if each.table == name)
    rows = _made(step, night, night.con, "night-2025-06-02")
    night.con.register("made", rows.to_arrow())
    night.con.execute(f"create or replace table ml.{name} as from made")
    return rows


def test_an_archive_that_told_no_naive_yet_books_nothing(night):
    assert [made(night, name).height for name in NAMES] == [0, 0]


def test_a_month_is_booked_by_the_night_after_it_and_told_on_the_card(night):
    night.con.execute("alter table lake.history.ml_demand_forecast add column quantity_naive double")
    night.con.execute("update lake.history.ml_demand_forecast set quantity_naive = 120")
    payload = {
        "product_id": "P",
        "region_code": None,
        "period_on": "2025-05-01",
        "model_quantity": "100",
        "quantity": "130",
        "factor": None,
        "expires_on": "2025-12-31",
        "limit_share": "1",
    }
    night.con.execute(
        "insert into marts.fct_action_event values"
        " ('a', 1, 'override_forecast', 'forecast', ?, ?, 'customer', 'Li Na', '2025-03-30 09:00', null)",
        [forecast_subject("P", None, dt.date(2025, 5, 1)), json.dumps(payload)],
    )
    (row,) = made(night, NAMES[0]).to_dicts()
    assert (row["quantity_naive"], row["quantity_model"], row["quantity_override"]) == (120, 100, 130)
    assert (row["quantity_actual"], row["lag_days"], row["publication_name"]) == (140, 30, "night-2025-06-02")
    told = made(night, NAMES[1]).filter(group_code="person", step_code="override").row(0, named=True)
    assert (told["done_by"], told["cell_count"]) == ("Li Na", 1)
    assert told["value_added_share"] == pytest.approx((40 - 10) / 140, abs=1e-6)
    assert told["low_share"] is None  # of one outcome there is no interval


def test_the_cockpits_fixture_has_the_columns_that_nights_write():
    assert (CARD, BACKTEST) == (CARD_SCHEMA, ROW_SCHEMA)
