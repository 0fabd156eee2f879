"""One «as of» for all pages: the publication that the address names, else the newest."""

from __future__ import annotations

import streamlit as st

from cockpit.components.address import AS_OF, keep
from cockpit.repositories.published import Reader
from cockpit.repositories.trust import publications
from cockpit.services.as_of import choices, label
from cockpit.shell.session import View


def as_of_menu(view: View, title: str) -> None:
    """The chip that says the business date; pressed, it offers the other published days."""
    assert view.newest is not None, "shown only where something is published"
    with st.popover(title, key="as_of_menu", help=view.say("as_of_help")):
        offered = choices(publications(Reader(view.settings, view.newest, view.person)))
        names = list(offered)
        shown = view.publication.name if view.is_past and view.publication else None
        st.selectbox(
            view.say("as_of_choose"),
            names,
            index=names.index(shown) if shown in names else None,
            placeholder=view.say("as_of_newest", date=view.newest.as_of_on.isoformat()),
            format_func=lambda name: label(offered[name]),
            key="as_of_choice",
            on_change=_choose,
        )


def _choose() -> None:
    keep(AS_OF, st.session_state["as_of_choice"] or "")
