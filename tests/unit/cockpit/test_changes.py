"""What changed between two states: exactly what did, by what is at risk; and what today is compared with."""

import datetime as dt
from dataclasses import replace

import polars as pl

from cockpit.services.changes import State, changes
from cockpit.services.visits import Visit, base_of, kept_after
from lake.publication import Publication

DAY = dt.date(2025, 9, 30)


def milestone(name="M1", value=1_000.0, **other):
    base = {
        "milestone_id": name,
        "project_id": "P1",
        "project_name": "North",
        "name": name,
        "is_finished": False,
        "is_overdue": False,
        "days_late": None,
        "finished_on": None,
        "finish_p50_on": DAY,
        "value_amount": value,
    }
    return base | other


def item(name="i1", *, is_open=True, about="M9", value=500.0):
    return {
        "item_id": name,
        "rule_id": "milestone_late",
        "about_type_code": "milestone",
        "about_id": about,
        "told_zh": "晚",
        "told_en": "late",
        "is_open": is_open,
        "state_code": "open",
        "closed_by": "P02",
        "value_amount": value,
    }


def supplier(score, value=100.0):
    return {"supplier_id": "S1", "name": "East", "score": score, "value_amount": value}


def customer(tier="A", *, silent=False, value=9_000.0):
    return {
        "customer_id": "C1",
        "name": "Clinic",
        "tier_code": tier,
        "is_silent": silent,
        "value_amount": value,
    }


def state(milestones=(), items=(), suppliers=(), customers=()):
    def frame(rows, like):
        return pl.DataFrame(list(rows), schema=None if rows else list(like))

    return State(
        pl.DataFrame(list(milestones), infer_schema_length=None) if milestones else frame((), milestone()),
        frame(items, item()),
        frame(suppliers, supplier(1.0)),
        frame(customers, customer()),
        supplier_target=80.0,
    )


def kinds(before, after):
    return [each.kind for each in changes(before, after, "en")]


def test_exactly_what_changed_is_listed_by_value_at_risk():
    before = state([milestone("M1"), milestone("M2", 3_000.0)], (), [supplier(90.0)], [customer()])
    after = state(
        [milestone("M1"), milestone("M2", 3_000.0, is_overdue=True, days_late=1)],
        (),
        [supplier(60.0)],
        [customer(silent=True)],
    )
    assert kinds(before, after) == ["silent", "overdue", "supplier"]
    assert kinds(after, after) == []


def test_a_milestone_says_one_thing_the_weightiest():
    before = state([milestone()])
    moved = DAY + dt.timedelta(days=40)
    assert kinds(before, state([milestone(is_overdue=True, days_late=2, finish_p50_on=moved)])) == ["overdue"]
    done = milestone(is_finished=True, finished_on=DAY, days_late=0)
    assert kinds(before, state([done])) == ["finished"]
    assert kinds(before, state([milestone(finish_p50_on=moved)])) == ["moved"]
    assert kinds(before, state([milestone(finish_p50_on=DAY + dt.timedelta(days=2))])) == []


def test_an_item_speaks_for_its_milestone_and_its_closing_is_told():
    before = state([milestone("M9")], [item("old")])
    after = state([milestone("M9", is_overdue=True, days_late=4)], [item("old", is_open=False), item("new")])
    assert kinds(before, after) == ["opened", "closed"]
    assert changes(before, after, "en")[0].parameters == {"item": "new"}


def test_what_opened_and_closed_in_between_is_over():
    assert kinds(state(), state((), [item(is_open=False)])) == []


def test_a_tier_and_a_band_change_are_told_with_both_values():
    found = changes(state(customers=[customer("A")]), state(customers=[customer("S")]), "en")
    assert [each.told for each in found] == ["tier from A to S"]
    # The registered target is 80, and within a twentieth of it a score is to be watched.
    assert kinds(state(suppliers=[supplier(95.0)]), state(suppliers=[supplier(80.0)])) == []
    assert kinds(state(suppliers=[supplier(95.0)]), state(suppliers=[supplier(79.0)])) == ["supplier"]
    assert kinds(state(suppliers=[supplier(None)]), state(suppliers=[supplier(79.0)])) == []
    (better,) = changes(state(suppliers=[supplier(70.0)]), state(suppliers=[supplier(78.0)]), "en")
    assert better.standing == "good"


def test_without_a_registered_target_no_supplier_has_a_band():
    before, after = (
        replace(state(suppliers=[supplier(score)]), supplier_target=None) for score in (95.0, 9.0)
    )
    assert changes(before, after, "en") == []


def publication(day: int, name: str | None = None, kind: str = "night") -> Publication:
    on = dt.date(2025, 9, day)
    named = name or f"night-{on}"
    return Publication(named, 1, on, kind, "ok", dt.datetime(2025, 9, day, 23), "r", f"{named}.duckdb")


def test_today_is_compared_with_the_last_visit_and_a_reload_takes_nothing_away():
    known = [publication(day) for day in (30, 29, 28, 27)]
    base, is_own = base_of(known[0], known, Visit("night-2025-09-28", ""))
    assert (base.name, is_own) == ("night-2025-09-28", True)
    kept = kept_after(known[0], base, Visit("night-2025-09-28", ""))
    assert base_of(known[0], known, kept)[0].name == "night-2025-09-28"


def test_a_first_visit_and_one_whose_file_is_gone_take_the_night_before():
    known = [publication(30), publication(29, "refresh-1", "refresh"), publication(28)]
    assert base_of(known[0], known, Visit("", ""))[0].name == "night-2025-09-28"
    assert base_of(known[0], known, Visit("night-2025-01-01", ""))[1] is False
    assert base_of(known[0], known[:1], Visit("", "")) == (None, False)
