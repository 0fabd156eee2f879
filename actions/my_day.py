"""What a person has to do, in which order, and why it stands where it stands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from actions.items import Item
from lake.text import text

TIERS = ("S", "A", "B")


@dataclass(frozen=True)
class Task:
    """An open item at its place in someone's day."""

    item: Item
    customer_id: str | None
    tier_code: str | None

    def reason(self, as_of_on: dt.date, language: str | None = None) -> str:
        """Why it stands here: tier, days to its day or past it, what is at risk."""
        due_on = self.item.due_on or self.item.opening.due_on
        days = (due_on - as_of_on).days
        opening = self.item.opening
        amount = opening.value_at_risk_amount
        parts = [
            text("actions.day_tier", language, tier=self.tier_code) if self.tier_code else None,
            text("actions.day_late", language, days=-days)
            if days < 0
            else text("actions.day_due", language, days=days),
            text("actions.day_risk", language, amount=f"{amount:,.0f}", currency=opening.currency_code or "")
            if amount
            else None,
        ]
        return " · ".join(part.strip() for part in parts if part)


def my_day(
    items: Iterable[Item],
    *,
    person_id: str | None,
    role_code: str | None,
    tiers: Mapping[str, str],
) -> list[Task]:
    """The open items of a person, or of their role while nobody is named, in the order to take them.

    By tier of the customer (S, A, B, none), then due day, then value at risk; equal ones by severity and id,
    so that the order is the same at every call.
    """
    tasks = [
        Task(item, customer, tiers.get(customer or ""))
        for item in items
        if item.is_open and _is_for(item, person_id, role_code)
        for customer in (customer_of(item),)
    ]
    return sorted(tasks, key=_place)


def customer_of(item: Item) -> str | None:
    """The customer an item is about, or whose project or order it concerns."""
    if item.opening.about_type == "customer":
        return item.opening.about_id
    found = item.opening.evidence.get("customer_id")
    return str(found) if found else None


def _is_for(item: Item, person_id: str | None, role_code: str | None) -> bool:
    if item.owner_id is not None:
        return item.owner_id == person_id
    return item.opening.owner_role_code == role_code


def _place(task: Task) -> tuple[object, ...]:
    opening = task.item.opening
    tier = TIERS.index(task.tier_code) if task.tier_code in TIERS else len(TIERS)
    severity = ("high", "medium", "low").index(opening.severity_code)
    amount = opening.value_at_risk_amount or Decimal(0)
    return (tier, task.item.due_on or opening.due_on, -amount, severity, task.item.item_id)
