"""Alert items as people read them: whose they are, since when, what may be done next, what was done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

import polars as pl

from actions.items import ACKNOWLEDGED, DONE, ESCALATED, OPEN, STATES, TRANSITIONS, Item
from actions.kinds import (
    AcknowledgeItem,
    Approve,
    AssignItem,
    ClearItem,
    CloseItem,
    Comment,
    CorrectRow,
    DismissItem,
    EscalateItem,
    IgnoreRow,
    OpenItem,
    Payload,
    PlanCare,
    Reject,
    ReopenItem,
    VerifyItem,
    shown,
)
from actions.kinds.approvals import Proposal, approval_of
from cockpit.services import numbers
from cockpit.services.figures import Standing
from cockpit.services.people import Person
from cockpit.services.words import code_label, say

#: What the inbox may be narrowed to: everything open, one state, or everything closed.
SCOPES = ("open", "unseen", "acknowledged", "done", "closed")
Verb = Literal["assign", "escalate", "care", "close", "verify", "reopen", "dismiss"]
_KINDS: Mapping[Verb, type[Payload]] = {
    "close": CloseItem,
    "verify": VerifyItem,
    "care": PlanCare,
    "assign": AssignItem,
    "escalate": EscalateItem,
    "reopen": ReopenItem,
    "dismiss": DismissItem,
}
#: Steps that have words of their own, `step_<kind>`.
_TOLD = (
    AcknowledgeItem,
    AssignItem,
    CloseItem,
    VerifyItem,
    DismissItem,
    EscalateItem,
    ReopenItem,
    ClearItem,
    Approve,
    Reject,
    Comment,
    CorrectRow,
    IgnoreRow,
)
_STANDINGS: Mapping[str, Standing] = {"high": "bad", "medium": "watch", "low": "good"}
#: Where the cockpit shows a thing that an item is about, and the name its address takes.
PLACES = {
    "milestone": ("projects", "milestone"),
    "project": ("projects", "project"),
    "customer": ("customers", "customer"),
    "supplier": ("suppliers", "supplier"),
}


@dataclass(frozen=True)
class Names:
    """What codes and ids are called, for one reader."""

    language: str
    rules: Mapping[str, Mapping[str, str]]
    people: Mapping[str, Person]

    @property
    def undone(self) -> str:
        """What stands before a step that takes another back."""
        return say("step_undone", self.language)

    def author(self, done_by: str) -> str:
        """Who did a step; what the rules did is said to be theirs."""
        return say("by_rules", self.language) if done_by == "rules" else self.person(done_by)

    def rule(self, rule_id: str) -> str:
        """The rule's name; one that no file names any more keeps its id."""
        if rule_id == "intervene":
            return say("rule_intervene", self.language)
        return self.rules.get(rule_id, {}).get(self.language, rule_id)

    def owner(self, item: Item) -> str:
        """Who shall see to it: a person, or anybody of a role."""
        if item.owner_id:
            return self.person(item.owner_id)
        role = code_label("role", item.opening.owner_role_code, self.language)
        # Roles are written as headings; here one stands within words.
        return say("owner_any", self.language, role=role[:1].lower() + role[1:])

    def person(self, person_id: str) -> str:
        """A person by role and id; one that the list does not know by the id alone."""
        known = self.people.get(person_id)
        return f"{code_label('role', known.role_code, self.language)} {person_id}" if known else person_id


def told(item: Item, language: str) -> str:
    """What is wrong, in the reader's language."""
    words = item.opening.told
    return words.get(language) or next(iter(words.values()), item.opening.rule_id)  # type: ignore[call-overload]


def standing(item: Item) -> Standing:
    """The colour of its severity."""
    return _STANDINGS[item.opening.severity_code]


def amount(item: Item, language: str) -> str:
    """What is at risk."""
    return numbers.money(item.opening.value_at_risk_amount, item.opening.currency_code, language)


def due(item: Item) -> dt.date:
    """The day by which it shall be closed."""
    return item.due_on or item.opening.due_on


def due_words(item: Item, as_of_on: dt.date, language: str) -> str:
    """How long there still is, or for how long it has been late."""
    days = (due(item) - as_of_on).days
    if days == 0:
        return say("due_today", language)
    key, count = ("due_in", days) if days > 0 else ("overdue_by", -days)
    return say(key, language, days=numbers.count(count, language))


def age_days(item: Item, as_of_on: dt.date) -> int:
    """Days since it was found."""
    return max((as_of_on - item.opening.opened_on).days, 0)


def by_risk(items: Iterable[Item]) -> list[Item]:
    """The open ones, the highest value at risk first; then the graver, the sooner due, by id."""
    return sorted((item for item in items if item.is_open), key=_risk)


def to_decide(items: Iterable[Item], most: int) -> list[Item]:
    """Those that nobody has taken on yet, by value at risk."""
    return [item for item in by_risk(items) if item.state_code in (OPEN, ESCALATED)][:most]


def _risk(item: Item) -> tuple[object, ...]:
    value = item.opening.value_at_risk_amount
    grave = ("high", "medium", "low").index(item.opening.severity_code)
    return (value is None, -(value or Decimal(0)), grave, due(item), item.item_id)


# -- the inbox -----------------------------------------------------------------------------------------------


def chosen(
    items: Iterable[Item], *, scope: str, rule_id: str | None, owner: str | None, person: Person | None
) -> list[Item]:
    """The items that the filters leave; `owner` is a person's id, `role:<code>`, or `me`."""
    found = [
        item
        for item in items
        if _in_scope(item, scope)
        and (rule_id is None or item.opening.rule_id == rule_id)
        and (owner is None or _is_owned(item, owner, person))
    ]
    if scope == "closed":
        return sorted(found, key=lambda item: (item.closed_at is None, item.closed_at), reverse=True)
    return sorted(found, key=_risk)


def _in_scope(item: Item, scope: str) -> bool:
    if scope == "closed":
        return not item.is_open
    states = {"unseen": (OPEN, ESCALATED), "acknowledged": (ACKNOWLEDGED,), "done": (DONE,)}
    return item.is_open and item.state_code in states.get(scope, STATES)


def _is_owned(item: Item, owner: str, person: Person | None) -> bool:
    if owner == "me":
        if person is None:
            return False
        return item.owner_id == person.person_id or (
            item.owner_id is None and item.opening.owner_role_code == person.role_code
        )
    return owner_key(item) == owner


def owner_key(item: Item) -> str:
    """The owner as the address names it."""
    return item.owner_id or f"role:{item.opening.owner_role_code}"


def table(items: Sequence[Item], as_of_on: dt.date, names: Names) -> pl.DataFrame:
    """The inbox's rows, in the order given."""
    marks = {"bad": "■", "watch": "▲", "good": "●"}
    rows = [
        (
            f"{marks[standing(item)]} {code_label('severity', item.opening.severity_code, names.language)}",
            told(item, names.language),
            float(value) if (value := item.opening.value_at_risk_amount) is not None else None,
            due(item),
            names.owner(item),
            code_label("item", item.state_code, names.language),
            age_days(item, as_of_on),
            names.rule(item.opening.rule_id),
        )
        for item in items
    ]
    schema = {
        "severity_code": pl.String,
        "item_told": pl.String,
        "value_at_risk_amount": pl.Float64,
        "due_on": pl.Date,
        "owner_id": pl.String,
        "state_code": pl.String,
        "item_age_days": pl.Int64,
        "item_rule": pl.String,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def finding(items: Sequence[Item], as_of_on: dt.date, language: str) -> str:
    """The page's title: how many are open, how many nobody has taken on, how many are past their day."""
    still = [item for item in items if item.is_open]
    if not still:
        return say("actions_none", language, count=numbers.count(len(items), language))
    return say(
        "actions_finding",
        language,
        open=numbers.count(len(still), language),
        unseen=numbers.count(sum(item.state_code in (OPEN, ESCALATED) for item in still), language),
        late=numbers.count(sum(due(item) < as_of_on for item in still), language),
    )


def at_risk(items: Iterable[Item], language: str) -> str:
    """What hangs on the open items together, by currency; one cause counts once."""
    causes: dict[str, tuple[Decimal, str]] = {}
    for item in items:
        value = item.opening.value_at_risk_amount
        if item.is_open and value is not None:
            key = item.opening.cause_key
            causes[key] = max(causes.get(key, (Decimal(0), "")), (value, item.opening.currency_code or ""))
    sums: dict[str, Decimal] = {}
    for value, currency in causes.values():
        sums[currency] = sums.get(currency, Decimal(0)) + value
    return " + ".join(numbers.money(sums[code], code or None, language) for code in sorted(sums))


# -- one item ------------------------------------------------------------------------------------------------


def verbs(item: Item) -> list[Verb]:
    """What may be done with it now, beside taking it on."""
    found = []
    for verb, kind in _KINDS.items():
        if item.is_open and item.state_code in TRANSITIONS[kind][0]:
            found.append(verb)
    if "care_plan" not in item.opening.needs:
        found = [verb for verb in found if verb != "care"]
    elif approval_of(item.steps) == "waiting":
        found = [verb for verb in found if verb != "close"]
    elif approval_of(item.steps) in ("none", "rejected"):
        # Without a plan it can't be closed: the plan comes first.
        found = ["care", *(verb for verb in found if verb not in ("care", "close"))]
    return found


def can_acknowledge(item: Item) -> bool:
    """Whether somebody may take it on."""
    return item.is_open and item.state_code in TRANSITIONS[AcknowledgeItem][0]


def still_missing(item: Item, language: str) -> list[str]:
    """What must be there before it can be closed, in words; without what the closing form itself asks for."""
    approval = approval_of(item.steps)
    found = []
    if "care_plan" in item.opening.needs and approval == "none":
        found.append(say("need_care_plan", language))
    if approval in ("waiting", "rejected"):
        found.append(say("need_approval", language))
    return found


def step_words(payload: Payload, names: Names) -> str:
    """One step of its life in words."""
    language = names.language
    if isinstance(payload, OpenItem):
        return say("step_opened", language)
    if isinstance(payload, Proposal) and not isinstance(payload, PlanCare):
        return f"{say(f'step_{payload.kind_code}', language)} · {payload.value()}"
    return _step(payload, names)


def _step(payload: Payload, names: Names) -> str:
    language = names.language
    kind = payload.kind_code
    told_by: dict[type[Payload], dict[str, Any]] = {
        AssignItem: {"owner": names.person(getattr(payload, "owner_id", ""))},
        CloseItem: {"action": shown(getattr(payload, "action", ""))},
        VerifyItem: {"result": shown(getattr(payload, "result", ""))},
        DismissItem: {"until": shown(getattr(payload, "until_on", None))},
        EscalateItem: {"to": _told_to(payload, names)},
        CorrectRow: {"fixes": payload.value()},
        Comment: {"words": payload.value()},
    }
    if isinstance(payload, PlanCare):
        given = numbers.money(payload.compensation_amount, payload.currency_code, language)
        on = numbers.date(payload.contacted_on)
        return say("step_plan_care", language, on=on, amount=given, cause=payload.cause)
    if isinstance(payload, _TOLD):
        return say(f"step_{kind}", language, **told_by.get(type(payload), {}))
    return f"{kind}: {payload.value()}"


def _told_to(payload: Payload, names: Names) -> str:
    if not isinstance(payload, EscalateItem):
        return ""
    role = code_label("role", payload.to_role_code, names.language)
    return names.person(payload.to_id) if payload.to_id else role
