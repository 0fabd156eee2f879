"""Alert items of the small published lake: closed ones in its mart, open ones in its action store."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

from actions.items import chain_of
from actions.kinds import OpenItem, Payload, PlanCare
from actions.store import ActionStore, Draft
from tests.support.published_partners import AS_OF

#: Rule, thing, project or customer, role, owner, value at risk, days to its day, what closing needs.
ITEMS = (
    ("milestone_late", "milestone", "P1-3", "project_manager", "P03", 5_200_000, -2),
    ("milestone_late", "milestone", "P5-2", "project_manager", None, 1_450_000, 1),
    ("care_plan_low_ratings", "customer", "C2", "region_manager", "P02", 9_800_000, 4),
    ("idle_stock", "product", "A-100", "warehouse", None, 380_000, 12),
    ("late_material", "purchase_line", "PO-17", "procurement", None, None, 0),
)
_TOLD = {
    "milestone_late": ("“现场施工”（{about}）比计划晚 12 天", "'Site work' ({about}) is 12 days late"),
    "care_plan_low_ratings": ("客户 {about} 连续两次低分", "{about} gave two low ratings in a row"),
    "idle_stock": ("{about} 呆滞 200 天", "{about} has not moved for 200 days"),
    "late_material": ("{about} 未到", "{about} is not there yet"),
}
NEEDS = {
    "milestone_late": ("cause", "action", "verification"),
    "care_plan_low_ratings": ("care_plan",),
}


def store_of(lake: Path) -> ActionStore:
    """The action store of a lake."""
    return ActionStore(f"sqlite:///{lake / 'actions.sqlite'}")


def opening(
    rule: str, about_type: str, about: str, role: str, owner: str | None, value: int | None, days: int
) -> OpenItem:
    """An alert as the rules open it."""
    zh, en = _TOLD[rule]
    return OpenItem(
        rule_id=rule,
        rule_version=1,
        about_type=about_type,
        about_id=about,
        occurrence_key=f"{about}|1",
        cause_key=f"{about_type}:{about}",
        told={"zh": zh.format(about=about), "en": en.format(about=about)},
        severity_code="high" if rule in NEEDS else "medium",
        owner_role_code=role,
        owner_id=owner,
        opened_on=AS_OF - dt.timedelta(days=3),
        due_on=AS_OF + dt.timedelta(days=days),
        value_at_risk_amount=None if value is None else Decimal(value),
        currency_code=None if value is None else "CNY",
        escalate_after_hours=48,
        escalate_role_code="project_manager",
        needs=NEEDS.get(rule, ()),
        evidence={"customer_id": "C1", "days_late": 12} if about_type == "milestone" else {},
    )


def open_items(lake: Path) -> ActionStore:
    """The store of a lake with one item of each of ITEMS, as a night leaves it."""
    store = store_of(lake)
    for number, each in enumerate(ITEMS):
        write(store, f"open-{number}", chain_of(each[0], each[2]), opening(*each), 0, "rules")
    return store


def write(
    store: ActionStore, action_id: str, chain: str, payload: Payload, version: int, who: str, reason: str = ""
) -> None:
    """One step of an item, as somebody else takes it."""
    store.record(Draft(action_id, chain, payload, version, "", reason, who, about_type="item"))


def care(amount: int, limit: int | None) -> PlanCare:
    """A care plan for customer C2."""
    return PlanCare(
        customer_id="C2",
        contacted_on=AS_OF,
        cause_code="delay",
        cause="the crane came late",
        compensation_amount=Decimal(amount),
        currency_code="CNY",
        limit_amount=None if limit is None else Decimal(limit),
    )


def rule_league() -> Iterable[dict[str, object]]:
    """A rule with a measured outcome, one with too few cases for an interval, one that nobody has judged."""
    for rule, confirmed, dismissed, unit, effect, ends in (
        ("milestone_late", 18, 6, "days", -8.5, (-12.0, -5.0)),
        ("care_plan_low_ratings", 2, 0, "stars", 1.2, (None, None)),
        ("idle_stock", 0, 0, None, None, (None, None)),
    ):
        judged = confirmed + dismissed
        yield {
            "rule_id": rule,
            "as_of_on": AS_OF,
            "item_count": judged + 3,
            "open_count": 3,
            "confirmed_count": confirmed,
            "dismissed_count": dismissed,
            "judged_count": judged,
            "precision_share": confirmed / judged if judged else None,
            "precision_low_share": 0.55 if judged else None,
            "precision_high_share": 1.0 if judged else None,
            "unit_code": unit,
            "taken_count": confirmed,
            "left_count": 30,
            "matched_count": confirmed,
            "control_count": 25 if unit else 0,
            "before_mean": 4.0 if unit else None,
            "after_mean": 20.0 if unit else None,
            "effect_mean": effect,
            "effect_low": ends[0],
            "effect_high": ends[1],
            "days_saved_mean": -effect if effect and unit == "days" else None,
            "is_causal": False,
        }


def closed_items() -> Iterable[dict[str, object]]:
    """Three that are closed: two with ratings on both sides, one dismissed."""
    for i, (before, after, count) in enumerate(((2.0, 4.0, 3), (1.5, 3.0, 2), (None, None, 0))):
        yield {
            "item_id": f"closed-{i}",
            "rule_id": "care_plan_low_ratings" if before else "idle_stock",
            "rule_version": 1,
            "about_type_code": "customer" if before else "product",
            "about_id": f"C{i + 1}" if before else "B-200",
            "told_zh": f"客户 C{i + 1} 连续两次低分" if before else "B-200 呆滞 200 天",
            "told_en": f"C{i + 1} gave two low ratings in a row" if before else "B-200 has not moved",
            "severity_code": "high",
            "opened_at": dt.datetime(2025, 5, 2, 3),
            "opened_on": dt.date(2025, 5, 2),
            "opened_month_on": dt.date(2025, 5, 1),
            "as_of_on": AS_OF,
            "state_code": "done" if before else "dismissed",
            "is_open": False,
            "is_overdue": False,
            "is_escalated": False,
            "closed_at": dt.datetime(2025, 5, 9, 8) + dt.timedelta(days=i),
            "closed_on": dt.date(2025, 5, 9) + dt.timedelta(days=i),
            "closed_by": "P02",
            "close_hours": 173,
            "cause": "late crew" if before else None,
            "action_taken": "second crew" if before else None,
            "dismissal": None if before else "reserved for P6",
            "event_count": 4,
            "open_item_count": 0,
            "rating_before_mean": before,
            "rating_after_mean": after,
            "rating_after_count": count,
        }
