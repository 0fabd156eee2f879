"""Care plans of a customer as they are read: what was given within the policy, what came 90 days later."""

import datetime as dt
from decimal import Decimal

import polars as pl
import pytest

from actions.items import ItemBook
from actions.kinds import Approve, CloseItem
from actions.store import ActionStore
from cockpit.services import care
from cockpit.services.as_of import first_from
from cockpit.services.items import Names
from lake.publication import Publication
from tests.support.published_actions import care as plan
from tests.support.published_actions import open_items, opening, write
from tests.support.published_partners import AS_OF

NAMES = Names("en", {}, {})
CARE = "care_plan_low_ratings|C2"
OUTCOMES = {
    "item_id": pl.String,
    "closed_on": pl.Date,
    "rating_before_mean": pl.Float64,
    "rating_after_mean": pl.Float64,
    "rating_after_count": pl.Int64,
}


@pytest.fixture
def store(tmp_path) -> ActionStore:
    return open_items(tmp_path)


def plans(store, *rows):
    outcomes = pl.DataFrame(rows, schema=OUTCOMES, orient="row")
    return care.plans_of(ItemBook.of_actions(store.events()).all_items(), outcomes, "C2")


def told(lines) -> dict[str, str]:
    return dict(line for line in lines if isinstance(line, tuple))


def night(day: dt.date, at: int = 3, name: str = "") -> Publication:
    name = name or f"night-{day}"
    published_at = dt.datetime.combine(day, dt.time(at))
    return Publication(name, 1, day, "night", "ok", published_at, "r", f"{name}.duckdb")


def test_only_what_asks_for_care_of_this_customer_is_a_plan(store):
    found = plans(store)
    assert [each.item.item_id for each in found] == ["open-2"]
    assert found[0].plan is None
    assert told(care.lines(found[0], AS_OF, NAMES))["Contact"] == "no contact recorded yet"
    assert care.finding(found, AS_OF, "en") == "1 open, 0 of them past their day; 0 closed"


def test_a_compensation_says_how_it_stands_with_the_policy_and_a_second_person(store):
    write(store, "within", CARE, plan(900, 1_000), 1, "P02")
    lines = told(care.lines(plans(store)[0], AS_OF, NAMES))
    assert lines["Compensation"] == "CNY 900 (policy allows CNY 1 k)"
    assert lines["Approval"] == "within the policy, none needed"
    assert lines["Cause"].endswith("the crane came late")
    write(store, "above", CARE, plan(9_000, 5_000), 2, "P02")
    lines = told(care.lines(plans(store)[0], AS_OF, NAMES))
    assert lines["Compensation"] == "CNY 9 k, above the CNY 5 k that the policy allows"
    assert lines["Approval"] == "waits for another person"
    write(store, "yes", CARE, Approve(answers_action_id="above"), 3, "P01")
    assert told(care.lines(plans(store)[0], AS_OF, NAMES))["Approval"] == "approved"
    write(store, "free", CARE, plan(1, None), 4, "P02")
    assert told(care.lines(plans(store)[0], AS_OF, NAMES))["Compensation"].startswith("CNY 1 (the policy")


def test_health_and_rating_are_measured_again_90_days_after_the_close(store):
    write(store, "plan", CARE, plan(900, 1_000), 1, "P02")
    write(store, "close", CARE, CloseItem(cause="crane", action="second crane"), 2, "P02")
    closed_on = dt.date(2025, 6, 1)
    outcome = ("open-2", closed_on, 1.5, 4.0, 3)
    (found,) = plans(store, outcome)
    assert found.measured_on == dt.date(2025, 8, 30)
    row = dict(zip(OUTCOMES, outcome, strict=True))
    later = dt.date(2025, 8, 31)
    measure = care.measured(found, row, (later, 71.0))
    heading, rating, health = care.measured_lines(found, measure, AS_OF, "en")
    assert heading == "Measured again 90 days after the close (2025-08-30)"
    assert rating == ("Rating", "1.50 → 4.00 (+2.50) · n = 3")
    assert health == ("Health", "– → 71.00 · published for 2025-08-31")
    early = care.measured_lines(found, care.measured(found, row, None), dt.date(2025, 7, 1), "en")
    assert early[0].startswith("To be measured again on 2025-08-30")
    assert early[2] == ("Health", "– → –")


def test_the_health_before_is_what_the_rule_saw(store):
    again = opening("care_plan_low_ratings", "customer", "C2", "region_manager", "P02", 9, 4)
    again = again.model_copy(update={"evidence": {"health_score": Decimal("40.5")}, "about_id": "C2"})
    write(store, "own", "care_plan_low_ratings|C9", again, 0, "rules")
    found = next(each for each in plans(store) if each.item.item_id == "own")
    assert care.measured(found, None, (AS_OF, 55.0)).health_before == 40.5


def test_the_later_state_is_the_first_published_day_that_is_not_before(store):
    days = [night(dt.date(2025, 9, day)) for day in (30, 29, 10)]
    second = night(dt.date(2025, 9, 29), at=9, name="night-2025-09-29.2")
    known = [*days, second]
    assert first_from(known, dt.date(2025, 9, 11)) is second
    assert first_from(known, dt.date(2025, 9, 10)) is days[2]
    assert first_from(known, dt.date(2025, 10, 1)) is None


def test_open_plans_stand_first_and_the_table_has_a_row_each(store):
    write(store, "plan", CARE, plan(900, 1_000), 1, "P02")
    write(store, "close", CARE, CloseItem(cause="crane", action="crane"), 2, "P02")
    again = opening("care_plan_low_ratings", "customer", "C2", "region_manager", "P02", 9, 4)
    write(store, "again", CARE, again, 3, "rules")
    found = plans(store, ("open-2", AS_OF, None, None, 0))
    assert [each.item.item_id for each in found] == ["again", "open-2"]
    rows = care.table(found, NAMES)
    assert rows["closed_on"].to_list() == [None, AS_OF]
    assert rows["care_compensation_amount"].to_list() == [None, 900.0]
