"""The button that takes an option against a late batch, wherever the option is shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from actions.kinds import AcceptAlternative
from actions.policy import PURCHASE_LIMIT
from cockpit.repositories.batches import limit_amount
from cockpit.repositories.decisions import Taken, decisions
from cockpit.services import numbers
from cockpit.services.batches import acceptance
from cockpit.services.steps import Said, Seen, pressed_id, take
from cockpit.shell.session import View
from cockpit.shell.writing import attempt

#: What stands before anybody decided.
NOTHING_TAKEN = Taken(None, "none", 0)


def accept_button(view: View, option: Mapping[str, Any], decided: Taken, key: str, *, is_best: bool) -> None:
    """Above the company's limit it proposes, and another person approves; below it accepts at once."""
    limit = limit_amount(view.reader, PURCHASE_LIMIT)
    payload = acceptance(option, limit, view.language)
    needs = payload.needs_approval()
    shown = numbers.money(limit, option["currency_code"], view.language)
    line_id, publication = option["purchase_line_id"], view.reader.publication.name
    seen = Seen(line_id, decided.version, publication, AcceptAlternative.subject_type)
    st.button(
        view.say("verb_propose" if needs else "verb_accept"),
        key=key,
        type="primary" if is_best and decided.action is None else "secondary",
        disabled=is_taken(option, decided, view.language),
        help=view.say("above_limit", amount=shown) if needs else None,
        on_click=_accept,
        args=(view, seen, payload),
    )


def is_taken(option: Mapping[str, Any], decided: Taken, language: str) -> bool:
    """Whether this very option stands."""
    standing = decided.action.payload if decided.action else None
    if not isinstance(standing, AcceptAlternative):
        return False
    # The words of an option differ by language: its kind and what it brings do not.
    mine = acceptance(option, None, language)
    return (standing.option_code, standing.arrival_on, standing.days_saved, standing.cost_amount) == (
        mine.option_code,
        mine.arrival_on,
        mine.days_saved,
        mine.cost_amount,
    )


def _accept(view: View, seen: Seen, payload: AcceptAlternative) -> None:
    told = view.say("done_propose" if payload.needs_approval() else "done_accept", option=payload.option)
    store = decisions(view.settings)
    action_id = pressed_id(f"accept:{payload.option}", seen, view.who)
    attempt(view, lambda: take(store, seen, payload, Said(view.who), action_id), told, (seen, payload))
