"""The care plans on a customer's page: recorded there within the policy, closed, and measured again."""

import datetime as dt

import duckdb
import pytest

from actions.kinds import CloseItem
from tests.support.published import publish_company
from tests.support.published_actions import care, open_items, store_of, write

CARE = "care_plan_low_ratings|C2"


def bodies(app) -> str:
    return "\n".join(each.proto.body for each in app.get("html"))


@pytest.fixture
def lake(tmp_path):
    publish_company(tmp_path / "lake")
    open_items(tmp_path / "lake")
    return tmp_path / "lake"


def opened(open_page, language="en", person="P02"):
    app = open_page("customers", language, is_published=False)
    app.query_params["customer"] = "C2"
    app.run()
    app.selectbox(key="person_choice").set_value(person).run()
    assert not app.exception
    return app


def test_a_closed_plan_is_measured_on_the_day_that_was_published_90_days_later(open_page, lake):
    store = store_of(lake)
    write(store, "plan", CARE, care(900, 1_000), 1, "P02")
    write(store, "close", CARE, CloseItem(cause="crane", action="crane"), 2, "P02")
    with duckdb.connect(str(lake / "published" / "night-2025-09-30.duckdb")) as con:
        con.execute(
            "update marts.mart_action_item set item_id = 'open-2', about_id = 'C2',"
            " closed_on = ? where item_id = 'closed-1'",
            [dt.date(2025, 6, 1)],
        )
        con.execute(
            "insert into marts.mart_customer_health"
            " select * replace ('C2' as customer_id, 71 as health_score) from marts.mart_customer_health"
            " where customer_id = 'C1'"
        )
    told = bodies(opened(open_page))
    assert "Measured again 90 days after the close (2025-08-30)" in told
    assert "1.50 → 3.00 (+1.50) · n = 2" in told
    assert "– → 71.00 · published for 2025-09-30" in told


def test_a_customer_without_a_plan_says_what_would_open_one(open_page, lake):
    app = open_page("customers", is_published=False)
    app.query_params["customer"] = "C1"
    app.run()
    assert "Two ratings in a row below three stars open one here." in bodies(app)
