"""Who looks: chosen from the company's people until there is a sign-in, and said so on every page."""

from __future__ import annotations

import streamlit as st

from cockpit.repositories.people import people
from cockpit.services.people import Person, by_id
from cockpit.shell.session import PERSON, View, current_view


def current_person() -> Person | None:
    """The person who asks in this run; None while nobody was chosen or the company names no people."""
    return current_view().person


def person_choice(view: View) -> None:
    """The list of the company's people; nothing where the company has none."""
    known = by_id(people(view.reader)) if view.publication is not None else {}
    if not known:
        return
    st.selectbox(
        view.say("person_choose"),
        list(known),
        index=list(known).index(view.person.person_id) if view.person else None,
        placeholder=view.say("person_nobody"),
        format_func=lambda key: known[key].label(view.language),
        key="person_choice",
        help=view.say("person_help"),
        on_change=_keep,
    )


def _keep() -> None:
    st.session_state[PERSON] = st.session_state["person_choice"] or ""
