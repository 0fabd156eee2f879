"""Search across customers, projects, suppliers, products and orders, from any page."""

from __future__ import annotations

import streamlit as st

from cockpit.repositories.people import search
from cockpit.services.words import as_label, say
from cockpit.shell.session import View

SHOWN = 12
LEAST_LETTERS = 2
#: The page that shows a kind of subject, and the name its address takes.
PLACES = {
    "customer": ("customers", "customer"),
    "project": ("projects", "project"),
    "supplier": ("suppliers", "supplier"),
    "product": ("forecasts", "product"),
    "order": ("customers", "order"),
}


def search_menu(view: View, pages: dict[str, st.Page]) -> None:
    """A button with a field; each hit is a link to its page."""
    with st.popover(view.say("search_all"), key="search_menu", help=view.say("search_help")):
        words = st.text_input(
            view.say("search_all"),
            key="search_words",
            placeholder=view.say("search_everything"),
            label_visibility="collapsed",
        ).strip()
        if len(words) < LEAST_LETTERS:
            st.caption(view.say("search_more_letters", count=LEAST_LETTERS))
            return
        found = search(view.reader, words, SHOWN)
        if found.is_empty():
            st.caption(view.say("search_nothing", words=words))
        for row in found.iter_rows(named=True):
            page, parameter = PLACES[row["kind_code"]]
            kind = say(f"kind_{row['kind_code']}", view.language)
            st.page_link(
                pages[page],
                label=as_label(f"{row['name']} · {kind} {row['subject_id']}"),
                query_params={parameter: row["subject_id"]},
            )
