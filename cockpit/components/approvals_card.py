"""What waits for a second person: who proposed what, and yes or no by somebody else."""

from __future__ import annotations

import html

import streamlit as st

from actions.errors import StoreUnavailableError
from actions.kinds import Approve, OverrideForecast, Reject
from actions.kinds.base import same_person
from actions.records import Action
from cockpit.components.cards import card, no_data
from cockpit.repositories.decisions import Waiting, decisions, waiting_proposals
from cockpit.services import numbers
from cockpit.services.items import Names, step_words
from cockpit.services.overrides import region_label
from cockpit.services.steps import Said, Seen, pressed_id, take
from cockpit.shell.session import View
from cockpit.shell.writing import attempt, may_write

SHOWN = 10


def approvals_card(view: View, names: Names, about_type: str | None = None) -> None:
    """The oldest first, of all types of subject or one; one's own can't be answered by oneself."""
    with card("approvals", view.say("ask_approvals"), view.say("approvals_note")):
        try:
            waiting = [] if view.is_past else waiting_proposals(view.settings)
        except StoreUnavailableError as error:
            st.warning(error.tell(view.language))
            return
        if about_type is not None:
            waiting = [each for each in waiting if each.action.subject_type == about_type]
        if not waiting:
            no_data(view.say("no_approvals"), view.say("no_approvals_why"))
        for number, each in enumerate(waiting[:SHOWN], start=1):
            with st.container(key=f"approval_{number}", gap="small"):
                _one(view, each, names)
        if len(waiting) > SHOWN:
            st.caption(view.say("more_wait", n=numbers.count(len(waiting) - SHOWN, view.language)))


def _one(view: View, waiting: Waiting, names: Names) -> None:
    action = waiting.action
    words = html.escape(step_words(action.payload, names))
    by = html.escape(f"{names.author(action.done_by)} · {numbers.moment(action.done_at)}")
    why = f"<small>{html.escape(action.reason)}</small>" if action.reason else ""
    subject = html.escape(_subject(action, names))
    st.html(f'<div class="ask"><b>{words}</b><small>{subject}</small>{why}<small>{by}</small></div>')
    if not may_write(view):
        return
    if same_person(action.done_by, view.who):
        st.caption(view.say("approve_not_own"))
        return
    seen = Seen(action.subject_id, waiting.version, view.reader.publication.name, action.subject_type)
    with st.container(horizontal=True, gap="small"):
        st.button(
            view.say("verb_approve"),
            key=f"approve_{action.action_id}",
            type="primary",
            on_click=_answer,
            args=(view, seen, action, None),
        )
        with st.popover(view.say("verb_reject"), key=f"reject_menu_{action.action_id}"):
            field = f"reject_why_{action.action_id}"
            st.text_input(view.say("reason"), key=field, max_chars=500)
            st.button(
                view.say("verb_reject"),
                key=f"reject_{action.action_id}",
                on_click=_answer,
                args=(view, seen, action, field),
            )


def _subject(action: Action, names: Names) -> str:
    """What it is about: of an item its rule and thing, of a forecast product, region and month."""
    parts = action.subject_id.split("|")
    if action.subject_type == "item":
        parts[0] = names.rule(parts[0])
    elif action.subject_type == OverrideForecast.subject_type:
        parts[1] = region_label(None if parts[1] == "*" else parts[1], names.language)
    return " · ".join(parts)


def _answer(view: View, seen: Seen, action: Action, field: str | None) -> None:
    """Yes without a field, no with the field that says why."""
    verb = "approve" if field is None else "reject"
    made = Approve if field is None else Reject
    payload = made(answers_action_id=action.action_id)
    said = Said(view.who, reason=st.session_state[field] if field else "")
    store = decisions(view.settings)
    attempt(
        view,
        lambda: take(store, seen, payload, said, pressed_id(verb, seen, view.who)),
        view.say(f"done_{verb}"),
        (seen, payload),
    )
