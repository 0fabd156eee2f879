"""Care plans of one customer: contact, cause, compensation, approval, and what was measured 90 days later."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import polars as pl

from actions.items import Item
from actions.kinds import PlanCare
from actions.kinds.approvals import approval_of
from actions.kinds.base import effective
from actions.my_day import customer_of
from cockpit.services import items as words_of
from cockpit.services import numbers
from cockpit.services.items import Names
from cockpit.services.words import code_label, say

#: Days before the opening and after the close over which mart_action_item takes the mean of the ratings, and
#: after which the health is looked at again.
MEASURE_DAYS = 90
Row = Mapping[str, Any]
Line = tuple[str, str] | str


@dataclass(frozen=True)
class CarePlan:
    """An alert that asks for care, with the plan that stands (None: nobody has recorded one yet)."""

    item: Item
    plan: PlanCare | None
    approval_code: str
    closed_on: dt.date | None

    @property
    def measured_on(self) -> dt.date | None:
        """The day on which health and rating count as measured again; None while it is open."""
        return self.closed_on + dt.timedelta(days=MEASURE_DAYS) if self.closed_on else None


@dataclass(frozen=True)
class Measured:
    """Rating and health before a plan and after it; None where nothing is known yet.

    `health_on` is the business date of the publication that says the health after.
    """

    rating_before: float | None = None
    rating_after: float | None = None
    rating_count: int = 0
    health_before: float | None = None
    health_after: float | None = None
    health_on: dt.date | None = None


def plans_of(items: Iterable[Item], outcomes: pl.DataFrame, customer_id: str) -> list[CarePlan]:
    """The care plans of a customer, open ones first, each the newest first.

    `outcomes` are the published rows of closed items (`closed_on` there is a day of the company's time zone).
    """
    days = dict(zip(outcomes["item_id"], outcomes["closed_on"], strict=True))
    found = [
        CarePlan(item, _plan(item), approval_of(item.steps), _closed_on(item, days))
        for item in items
        if "care_plan" in item.opening.needs and customer_of(item) == customer_id
    ]
    newest = sorted(found, key=lambda each: (each.item.opened_at, each.item.item_id), reverse=True)
    return sorted(newest, key=lambda each: not each.item.is_open)


def _plan(item: Item) -> PlanCare | None:
    plans = [step.payload for step in effective(item.steps) if isinstance(step.payload, PlanCare)]
    return plans[-1] if plans else None


def _closed_on(item: Item, days: Mapping[str, dt.date]) -> dt.date | None:
    if item.is_open or item.closed_at is None:
        return None
    return days.get(item.item_id) or item.closed_at.date()


def measured(plan: CarePlan, outcome: Row | None, health_after: tuple[dt.date, float] | None) -> Measured:
    """What was measured around a plan: ratings by the mart, health by the evidence and by a later day."""
    before = plan.item.opening.evidence.get("health_score")
    on, after = health_after or (None, None)
    return Measured(
        rating_before=outcome["rating_before_mean"] if outcome else None,
        rating_after=outcome["rating_after_mean"] if outcome else None,
        rating_count=outcome["rating_after_count"] or 0 if outcome else 0,
        health_before=float(before) if before is not None else None,
        health_after=after,
        health_on=on,
    )


# -- words ---------------------------------------------------------------------------------------------------


def table(plans: Sequence[CarePlan], names: Names) -> pl.DataFrame:
    """The plans as rows, in the order given."""
    rows = [
        (
            each.item.opening.opened_on,
            code_label("item", each.item.state_code, names.language),
            names.owner(each.item),
            words_of.due(each.item),
            each.plan.contacted_on if each.plan else None,
            code_label("complaint", each.plan.cause_code, names.language) if each.plan else None,
            float(each.plan.compensation_amount) if each.plan else None,
            approval(each, names.language),
            each.closed_on,
        )
        for each in plans
    ]
    schema = {
        "care_opened_on": pl.Date,
        "state_code": pl.String,
        "owner_id": pl.String,
        "due_on": pl.Date,
        "care_contacted_on": pl.Date,
        "care_cause": pl.String,
        "care_compensation_amount": pl.Float64,
        "care_approval": pl.String,
        "closed_on": pl.Date,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def label(plan: CarePlan, language: str) -> str:
    """One plan among several: when it opened and how it stands."""
    state = code_label("item", plan.item.state_code, language)
    return f"{numbers.date(plan.item.opening.opened_on)} · {state}"


def approval(plan: CarePlan, language: str) -> str:
    """How the compensation stands with the second person."""
    return say(f"care_approval_{plan.approval_code}", language)


def finding(plans: Sequence[CarePlan], as_of_on: dt.date, language: str) -> str:
    """How many are open, and how many of them are past their day."""
    still = [each for each in plans if each.item.is_open]
    late = sum(words_of.due(each.item) < as_of_on for each in still)
    return say("care_note", language, open=len(still), late=late, closed=len(plans) - len(still))


def lines(plan: CarePlan, as_of_on: dt.date, names: Names) -> list[Line]:
    """One plan as facts: what called for it, whose it is, contact, cause, compensation within the policy."""
    language, item = names.language, plan.item
    due = words_of.due_words(item, as_of_on, language) if item.is_open else numbers.date(plan.closed_on)
    found: list[Line] = [
        (say("col_item_told", language), words_of.told(item, language)),
        (say("col_state_code", language), code_label("item", item.state_code, language)),
        (say("col_owner_id", language), names.owner(item)),
        (
            say("col_due_on" if item.is_open else "col_closed_on", language),
            f"{numbers.date(words_of.due(item))} · {due}" if item.is_open else due,
        ),
    ]
    if plan.plan is None:
        return [*found, (say("care_contact", language), say("care_none_yet", language))]
    given = plan.plan
    return [
        *found,
        (say("col_care_contacted_on", language), numbers.date(given.contacted_on)),
        (
            say("col_care_cause", language),
            f"{code_label('complaint', given.cause_code, language)} · {given.cause}",
        ),
        (say("col_care_compensation_amount", language), _compensation(given, language)),
        (say("col_care_approval", language), approval(plan, language)),
    ]


def _compensation(plan: PlanCare, language: str) -> str:
    given = numbers.money(plan.compensation_amount, plan.currency_code, language)
    if plan.limit_amount is None:
        return say("care_no_policy", language, amount=given) if plan.compensation_amount else given
    key = "care_above_policy" if plan.needs_approval() else "care_within_policy"
    limit = numbers.money(plan.limit_amount, plan.currency_code, language)
    return say(key, language, amount=given, limit=limit)


def measured_lines(plan: CarePlan, found: Measured, as_of_on: dt.date, language: str) -> list[Line]:
    """Rating and health before and after; while the days are not over, when they will be."""
    due_on = plan.measured_on
    if due_on is None:
        return []
    is_over = due_on <= as_of_on
    heading = say("care_measured" if is_over else "care_measured_later", language, date=numbers.date(due_on))
    rating = _change(found.rating_before, found.rating_after, language)
    if found.rating_after is not None:
        rating = f"{rating} · {say('n_is', language, n=numbers.count(found.rating_count, language))}"
    health = _change(found.health_before, found.health_after, language)
    if found.health_on is not None:
        health = f"{health} · {say('care_health_on', language, date=numbers.date(found.health_on))}"
    return [
        heading,
        (say("care_rating", language), rating),
        (say("care_health", language), health),
    ]


def _change(before: float | None, after: float | None, language: str) -> str:
    both = f"{numbers.decimal(before, 2)} → {numbers.decimal(after, 2)}"
    if before is None or after is None:
        return both
    change = numbers.difference(Decimal(str(after)) - Decimal(str(before)), 2)
    return say("care_change", language, both=both, change=change)
