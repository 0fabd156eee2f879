"""The order of a person's day: tier, due day, value; the same at every call."""

import datetime as dt
import random
from dataclasses import replace
from decimal import Decimal

from actions.items import Item
from actions.kinds import OpenItem
from actions.my_day import my_day

DAY = dt.date(2025, 9, 30)
TIERS = {"CS": "S", "CA": "A", "CB": "B"}


def item(number, customer, due=3, amount=100, owner="P1", role="sales") -> Item:
    opening = OpenItem(
        rule_id="r",
        rule_version=1,
        about_type="milestone",
        about_id=number,
        occurrence_key=number,
        cause_key=number,
        told={"zh": "晚", "en": "late"},
        severity_code="high",
        owner_role_code=role,
        owner_id=owner,
        opened_on=DAY,
        due_on=DAY + dt.timedelta(days=due),
        value_at_risk_amount=Decimal(amount),
        currency_code="CNY",
        evidence={"customer_id": customer},
    )
    return Item(
        number, f"r|{number}", opening, dt.datetime(2025, 9, 30), owner_id=owner, due_on=opening.due_on
    )


def order(items, person="P1", role="sales"):
    return [task.item.item_id for task in my_day(items, person_id=person, role_code=role, tiers=TIERS)]


def test_of_equal_tasks_s_comes_before_a_before_b_however_they_come():
    items = [item(f"{tier}{n}", f"C{tier}") for tier in "BAS" for n in range(3)] + [item("x", None)]
    expected = [f"{tier}{n}" for tier in "SAB" for n in range(3)] + ["x"]
    for seed in range(5):
        shuffled = random.Random(seed).sample(items, len(items))
        assert order(shuffled) == expected


def test_within_a_tier_the_sooner_then_the_dearer():
    assert order([item("c", "CS", 4, 900), item("b", "CS", 3, 1), item("a", "CS", 3, 2)]) == ["a", "b", "c"]


def test_it_holds_what_is_mine_or_nobodys_of_my_role_and_open():
    items = [item("mine", "CS"), item("other", "CS", owner="P2"), item("role", "CS", owner=None)]
    items += [
        item("else", "CS", owner=None, role="quality"),
        replace(item("done", "CS"), state_code="verified"),
    ]
    assert order(items) == ["mine", "role"]


def test_the_reason_is_told_in_both_languages():
    (task,) = my_day([item("a", "CS", -2, 12_345)], person_id="P1", role_code=None, tiers=TIERS)
    assert task.reason(DAY, "en") == "tier S · 2 days overdue · 12,345 CNY at risk"
    assert task.reason(DAY, "zh") == "S 级客户 · 已过期 2 天 · 涉及 12,345 CNY"
