"""Making new dates the plan: one press writes all of them, each against the version that was seen."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from actions.errors import ActionError
from actions.kinds import ReplanMilestone
from actions.reasons import REASON_CODES, reason_label
from cockpit.repositories.decisions import decisions
from cockpit.services import whatif as figures_of
from cockpit.services.steps import Seen
from cockpit.shell.session import View
from cockpit.shell.writing import say_next

Steps = Sequence[tuple[Seen, ReplanMilestone]]


def approve_plan(view: View, key: str, steps: Steps, note: str) -> None:
    """The button with its reason; `key` tells it from others on the page, `note` says what it writes."""
    with st.popover(view.say("verb_approve_plan"), key=f"whatif_approve_menu_{key}"):
        st.caption(note)
        code_key, why_key = f"whatif_code_{key}", f"whatif_why_{key}"
        st.selectbox(
            view.say("reason_code"),
            REASON_CODES,
            index=None,
            placeholder=view.say("choose"),
            format_func=lambda code: reason_label(code, view.language),
            key=code_key,
        )
        st.text_input(view.say("reason"), key=why_key, max_chars=500)
        st.button(
            view.say("verb_approve_plan"),
            key=f"whatif_approve_{key}",
            type="primary",
            disabled=not steps,
            on_click=_approved,
            args=(view, steps, (code_key, why_key)),
        )


def _approved(view: View, steps: Steps, keys: tuple[str, str]) -> None:
    code, why = (st.session_state[key] for key in keys)
    drafts = figures_of.drafts(steps, view.who, code or "", why)
    try:
        stored = decisions(view.settings).record_all(drafts)
    except ActionError as error:
        say_next("error", error.tell(view.language))
        return
    refused = [each for each in stored if isinstance(each, ActionError)]
    if refused:
        told = refused[0].tell(view.language)
        if len(refused) < len(stored):
            told = f"{told} {view.say('whatif_partly', n=len(stored) - len(refused), of=len(stored))}"
        say_next("error", told)
    else:
        say_next("success", view.say("whatif_stored", n=len(stored)))
