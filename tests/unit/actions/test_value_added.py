"""What overrides were worth: the hand-solved vector, and that nothing booked ever changes."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.kinds import Approve, OverrideForecast, Step
from actions.value_added import (
    Booked,
    Cell,
    Frozen,
    bias,
    book,
    freeze,
    size_of,
    value_added,
    wape,
    warning_for,
)

MAY = dt.date(2025, 5, 1)
CELL = Cell("P", None, MAY)
LAST_DAY = dt.date(2025, 4, 1)


def cells(rows, **who) -> list[Booked]:
    """Booked cells from (actual, naive, model, override), a month each."""
    made = []
    for number, (actual, naive, model, override) in enumerate(rows):
        cell = Cell("P", None, dt.date(2020 + number // 12, 1 + number % 12, 1))
        values = [Decimal(str(each)) for each in (naive, model, override, override)]
        frozen = Frozen(cell, 30, cell.period_on, *values, override_id=f"o{number}", **who)
        made.append(Booked(frozen, Decimal(str(actual)), cell.period_on))
    return made


VECTOR = [(100, 120, 90, 95), (80, 90, 100, 85), (120, 100, 120, 120), (100, 100, 110, 105)]


def test_the_vector():
    booked = cells(VECTOR)
    assert [wape(booked, step) for step in ("naive", "model", "override")] == [
        Decimal("0.125"),
        Decimal("0.1"),
        Decimal("0.0375"),
    ]
    assert bias(booked, "model") == Decimal("0.05")
    told = {each.step: each for each in value_added(booked)}
    assert (told["model"].value, told["override"].value, told["agreed"].value) == (0.025, 0.0625, 0)
    assert told["override"].count == 4
    assert told["override"].low <= 0.0625 <= told["override"].high


def test_nothing_sold_has_no_value_and_one_cell_no_interval():
    (told, *_) = value_added(cells([(0, 1, 2, 3)]))
    assert (told.count, told.value, told.low) == (1, None, None)
    (told, *_) = value_added(cells(VECTOR[:1]))
    assert (told.value, told.low, told.high) == (pytest.approx(0.1), None, None)
    assert value_added([]) == []


def step(number, quantity="150", day=LAST_DAY, by="Li Na", **changes) -> Step:
    payload = OverrideForecast(
        product_id="P",
        region_code=None,
        period_on=MAY,
        model_quantity=Decimal(100),
        quantity=Decimal(quantity),
        expires_on=dt.date(2025, 5, 31),
        limit_share=Decimal(1),
    )
    when = dt.datetime.combine(day, dt.time(9))
    return Step(number, payload.model_copy(update=changes), by, when, reason_code="customer")


FORECASTS = {(CELL, 30): (Decimal(120), Decimal(100)), (CELL, 60): (Decimal(130), Decimal(90))}


def frozen(*steps, known_on=MAY) -> dict[int, Frozen]:
    return {each.lag_days: each for each in freeze(FORECASTS, {CELL: steps}, known_on)}


def test_a_step_is_frozen_at_its_lag():
    early, late = step("a", "110", dt.date(2025, 3, 2)), step("b", "150")
    after = step("c", "999", LAST_DAY + dt.timedelta(days=1))
    found = frozen(early, late, after)
    assert (found[60].override, found[60].override_id) == (110, "a")
    assert (found[30].override, found[30].override_id, found[30].size_code) == (150, "b", "up_to_50")
    assert (found[30].done_by, found[30].reason_code, found[30].age_days) == ("Li Na", "customer", 0)
    assert frozen(early, late, known_on=dt.date(2025, 3, 2)).keys() == {60}


def test_what_was_taken_back_or_had_expired_takes_no_part():
    taken_back = Step("b", step("a").payload, "Li Na", dt.datetime(2025, 4, 1, 10), "a")
    assert frozen(step("a"), taken_back)[30].override_id is None
    assert frozen(step("a", expires_on=dt.date(2025, 3, 31)))[30].override == 100


def test_an_override_above_its_limit_is_agreed_only_when_approved_in_time():
    above = step("a", limit_share=Decimal("0.2"))
    approval = Step("b", Approve(answers_action_id="a"), "Wang Wei", dt.datetime(2025, 4, 1, 12))
    late = replace(approval, done_at=dt.datetime(2025, 4, 2))
    assert [frozen(above)[30].agreed, frozen(above, late)[30].agreed] == [100, 100]
    assert frozen(above, approval)[30].agreed == 150


def test_a_month_is_booked_once_when_it_has_ended_and_its_actual_is_known():
    rows = list(frozen(step("a")).values())
    assert book([], rows, {CELL: Decimal(140)}, dt.date(2025, 5, 31)) == []
    assert book([], rows, {}, dt.date(2025, 6, 1)) == []
    first = book([], rows, {CELL: Decimal(140)}, dt.date(2025, 6, 1))
    assert [each.frozen.lag_days for each in first] == [30, 60]
    assert book(first, rows, {CELL: Decimal(7)}, dt.date(2025, 7, 1)) == []


@given(st.lists(st.tuples(st.integers(1, 400), st.integers(0, 60)), max_size=8))
def test_a_late_edit_changes_nothing_that_is_booked(edits):
    before = frozen(step("a"))
    late = [
        step(f"e{number}", str(quantity), LAST_DAY + dt.timedelta(days=1 + days))
        for number, (quantity, days) in enumerate(sorted(edits, key=lambda each: each[1]))
    ]
    assert frozen(step("a"), *late, known_on=dt.date(2025, 7, 1)) == before


@pytest.mark.parametrize(
    ("share", "code"),
    [("0.1", "up_to_10"), ("-0.1001", "up_to_25"), ("0.5", "up_to_50"), ("3", "over_50"), (None, "over_50")],
)
def test_sizes(share, code):
    assert size_of(None if share is None else Decimal(share)) == code


def kind(rows, by="Li Na", reason="customer", size="up_to_25"):
    return cells(rows, done_by=by, reason_code=reason, size_code=size)


def ask(booked, by="Li Na", reason="customer", size="up_to_25"):
    return warning_for(booked, done_by=by, reason_code=reason, size_code=size)


def test_a_poor_record_is_told_before_the_next_override():
    poor = kind([(100, 100, 100, 120 + n) for n in range(10)])
    told = ask(poor)
    assert told.group == ("Li Na", "customer", "up_to_25")
    assert (told.count, told.value < 0, told.high < 0) == (10, True, True)
    assert ask(poor, by="Wang Wei").group == ("customer",)
    assert ask(poor, by="Wang Wei", reason="weather", size="over_50") is None


def test_a_good_or_a_short_record_warns_nobody():
    assert ask(kind([(100, 120, 120, 100 + n) for n in range(10)])) is None
    assert ask(kind([(100, 100, 100, 150)] * 7)) is None
    mixed = [(100, 100, 110, 100), (100, 100, 100, 110)] * 6
    assert ask(kind(mixed)) is None


def test_by_person_only_cells_with_an_override_count():
    plain = [replace(each, frozen=replace(each.frozen, override_id=None)) for each in cells(VECTOR)]
    assert value_added(plain, ("done_by",)) == []
    assert len(value_added(plain)) == 3
