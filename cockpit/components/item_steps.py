"""What can be done with an item: take it on by one press, or a form for the step that was chosen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

import polars as pl
import streamlit as st

from actions.items import Item
from actions.kinds import (
    AcknowledgeItem,
    AssignItem,
    CloseItem,
    DismissItem,
    Payload,
    PlanCare,
    ReopenItem,
    VerifyItem,
)
from actions.kinds.service import CARE_CAUSES
from actions.my_day import customer_of
from actions.policy import Allowance, allowed_compensation
from actions.reasons import REASON_CODES, reason_label
from cockpit.repositories import items as records
from cockpit.repositories.decisions import decisions
from cockpit.services import numbers
from cockpit.services.items import Names, Verb, can_acknowledge, still_missing, verbs
from cockpit.services.steps import Form, Said, Seen, escalation, take
from cockpit.services.words import code_label
from cockpit.shell.session import View
from cockpit.shell.writing import attempt, press, say_next

_FORM = "item_form"
MAX_WORDS = 2_000


@dataclass(frozen=True)
class _Place:
    """Where a form stands: for whom, about which item, under which action id."""

    view: View
    item: Item
    names: Names
    form: Form

    def key(self, field: str) -> str:
        """The key of a field; another form has other fields."""
        return f"step_{field}_{self.form.action_id}"


def acknowledge_button(view: View, seen: Seen, key: str, *, is_small: bool = False) -> None:
    """One press takes it on; small, it is one of several in a list."""
    st.button(
        view.say("verb_acknowledge"),
        key=key,
        type="secondary" if is_small else "primary",
        width="content" if is_small else "stretch",
        on_click=press,
        args=(view, "acknowledge", seen, AcknowledgeItem(), view.say("done_acknowledge", by=view.who)),
    )


def hand_over(view: View, seen: Seen, names: Names, key: str) -> None:
    """A menu of people; choosing one and pressing hands the item over."""
    with st.popover(view.say("verb_assign"), key=key):
        chosen = st.selectbox(
            view.say("hand_to"),
            list(names.people),
            index=None,
            placeholder=view.say("choose"),
            format_func=lambda person_id: names.people[person_id].label(view.language),
            key=f"{key}_person_{seen.version}",
        )
        st.button(
            view.say("verb_assign"),
            key=f"{key}_save",
            type="primary",
            disabled=chosen is None,
            on_click=_assign,
            args=(view, seen, chosen, names),
        )


def _assign(view: View, seen: Seen, owner_id: str, names: Names) -> None:
    told = view.say("done_assign", owner=names.person(owner_id))
    press(view, f"assign:{owner_id}", seen, AssignItem(owner_id=owner_id), told)


def item_steps(view: View, item: Item, version: int, names: Names) -> None:
    """Everything that may be done with it now; nothing for one that is closed."""
    seen = Seen(item.chain_id, version, view.reader.publication.name)
    if can_acknowledge(item):
        acknowledge_button(view, seen, f"acknowledge_{version}")
    offered = verbs(item)
    if not offered:
        return
    for missing in still_missing(item, view.language):
        st.caption(view.say("close_first", missing=missing))
    verb = st.pills(
        view.say("next_step"),
        offered,
        format_func=lambda each: view.say(f"verb_{each}"),
        key=f"item_verb_{item.item_id}_{item.state_code}",
    )
    if verb is not None:
        _form(view, item, seen, verb, names)


def _form(view: View, item: Item, seen: Seen, verb: Verb, names: Names) -> None:
    form: Form | None = st.session_state.get(_FORM)
    if form is None or (form.seen.subject_id, form.verb) != (seen.subject_id, verb):
        form = Form(seen, verb)
        st.session_state[_FORM] = form
    if form.seen.version != seen.version:
        st.warning(view.say("item_moved_on"))
    place = _Place(view, item, names, form)
    with st.form(f"item_form_{form.action_id}", border=False):
        filled = _FIELDS[verb](place)
        # Named after the action: a second press of the same button finds no button any more.
        is_sent = st.form_submit_button(
            view.say(f"verb_{verb}"), type="primary", width="stretch", key=f"item_save_{form.action_id}"
        )
    if form.seen.version != seen.version:
        st.button(view.say("take_new_value"), key="item_reopen", on_click=_drop)
    if is_sent:
        _send(place, *filled)


def _send(place: _Place, payload: Payload | str, said: Said) -> None:
    view, seen = place.view, place.form.seen
    if isinstance(payload, str):
        say_next("error", payload)
        st.rerun()
    store = decisions(view.settings)
    told = view.say(f"done_{place.form.verb}")
    if attempt(view, lambda: take(store, seen, payload, said, place.form.action_id), told, (seen, payload)):
        _drop()
    st.rerun()


def _drop() -> None:
    st.session_state.pop(_FORM, None)


# -- the fields of each step: what they make, and what is said about it --------------------------------------

Filled = tuple[Payload | str, Said]


def _words(place: _Place, field: str, *, most: int = MAX_WORDS) -> str:
    label = place.view.say(f"field_{field}")
    return st.text_area(label, key=place.key(field), max_chars=most, height=76).strip()


def _assign_fields(place: _Place) -> Filled:
    view = place.view
    owner = st.selectbox(
        view.say("hand_to"),
        list(place.names.people),
        index=None,
        placeholder=view.say("choose"),
        format_func=lambda person_id: place.names.people[person_id].label(view.language),
        key=place.key("owner"),
    )
    due_on = st.date_input(view.say("field_due"), value=None, key=place.key("due"), format="YYYY-MM-DD")
    if owner is None:
        return view.say("choose_person"), Said(view.who)
    return AssignItem(owner_id=owner, due_on=due_on), Said(view.who)


def _escalate_fields(place: _Place) -> Filled:
    payload = escalation(place.item)
    role = code_label("role", payload.to_role_code, place.view.language)
    to = place.names.person(payload.to_id) if payload.to_id else role
    st.caption(place.view.say("escalate_to", to=to))
    return payload, Said(place.view.who)


def _close_fields(place: _Place) -> Filled:
    needs = place.item.opening.needs
    asked = [field for field in ("cause", "action") if field in needs] or ["action"]
    words = {field: _words(place, field) for field in asked}
    if "verification" in needs:
        st.caption(place.view.say("verify_after"))
    return CloseItem(**words), Said(place.view.who)


def _verify_fields(place: _Place) -> Filled:
    return VerifyItem(result=_words(place, "result")), Said(place.view.who)


def _reopen_fields(place: _Place) -> Filled:
    return ReopenItem(), Said(place.view.who, reason=_words(place, "reopen_reason", most=500))


def _dismiss_fields(place: _Place) -> Filled:
    view = place.view
    code = st.selectbox(
        view.say("reason_code"),
        REASON_CODES,
        index=None,
        placeholder=view.say("choose"),
        format_func=lambda each: reason_label(each, view.language),
        key=place.key("code"),
    )
    reason = _words(place, "dismiss_reason", most=500)
    until_on = st.date_input(
        view.say("field_until"),
        value=None,
        min_value=view.reader.publication.as_of_on,
        key=place.key("until"),
        format="YYYY-MM-DD",
        help=view.say("field_until_help"),
    )
    return DismissItem(until_on=until_on), Said(view.who, code or "", reason)


def _care_fields(place: _Place) -> Filled:
    view, item = place.view, place.item
    contacted_on = st.date_input(
        view.say("field_contacted"),
        value=view.reader.publication.as_of_on,
        key=place.key("contacted"),
        format="YYYY-MM-DD",
    )
    allowed = _allowances(view, item, contacted_on)
    st.caption(_allowed_words(view, allowed))
    code = st.selectbox(
        view.say("field_care_cause"),
        CARE_CAUSES,
        index=None,
        placeholder=view.say("choose"),
        format_func=lambda each: code_label("complaint", each, view.language),
        key=place.key("cause_code"),
    )
    cause = _words(place, "cause")
    amount = st.number_input(
        view.say("field_compensation"), min_value=0.0, value=0.0, step=100.0, key=place.key("amount")
    )
    said = Said(view.who)
    if code is None:
        return view.say("choose_cause"), said
    allowance = allowed.get(code)
    currency = allowance.currency_code if allowance else item.opening.currency_code
    return (
        PlanCare(
            customer_id=customer_of(item) or item.opening.about_id,
            contacted_on=contacted_on,
            cause_code=code,
            cause=cause,
            compensation_amount=Decimal(f"{amount:.2f}"),
            currency_code=currency if amount else None,
            limit_amount=allowance.limit_amount if allowance else None,
        ),
        said,
    )


def _allowances(view: View, item: Item, on: dt.date) -> Mapping[str, Allowance]:
    """What the policy allows for the customer's tier that day, by cause."""
    tiers = records.tiers(view.reader).filter(pl.col("customer_id") == (customer_of(item) or ""))
    rows = records.policies(view.reader).to_dicts()
    if tiers.is_empty():
        return {}
    found = {
        cause: allowed_compensation(rows, tier_code=tiers["tier_code"][0], cause_code=cause, on=on)
        for cause in CARE_CAUSES
    }
    return {cause: each for cause, each in found.items() if each is not None}


def _allowed_words(view: View, allowed: Mapping[str, Allowance]) -> str:
    if not allowed:
        return view.say("policy_none")
    parts = [
        f"{code_label('complaint', cause, view.language)} "
        f"{numbers.money(each.limit_amount, each.currency_code, view.language)}"
        for cause, each in allowed.items()
    ]
    return view.say("policy_allows", limits=" · ".join(parts))


_FIELDS: Mapping[Verb, Callable[[_Place], Filled]] = {
    "assign": _assign_fields,
    "escalate": _escalate_fields,
    "care": _care_fields,
    "close": _close_fields,
    "verify": _verify_fields,
    "reopen": _reopen_fields,
    "dismiss": _dismiss_fields,
}
