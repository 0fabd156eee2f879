"""The exchange with other systems: the connectors, and the queue of approved actions."""

from __future__ import annotations

import html

import polars as pl
import streamlit as st

from actions.errors import StoreUnavailableError
from actions.records import utc_now
from cockpit.components.cards import no_data
from cockpit.components.tables import data_table
from cockpit.repositories.decisions import outbound_queue
from cockpit.services import exchange
from cockpit.shell.session import View
from cockpit.shell.writing import names


def exchange_cards(view: View, loads: pl.DataFrame) -> None:
    """What came in, by source and contract; below what goes out."""
    frame = exchange.connectors(loads, view.language)
    if frame.is_empty():
        no_data(view.say("no_loads"), view.say("fill_loads"))
    else:
        data_table(view, frame, "connectors_table")
    st.html(f'<h2 class="question">{html.escape(view.say("ask_outbound"))}</h2>')
    _queue(view)


def _queue(view: View) -> None:
    try:
        found = outbound_queue(view.settings)
    except StoreUnavailableError as error:
        st.warning(error.tell(view.language))
        return
    if view.is_past:
        until_at = view.reader.publication.published_at
        found = [each for each in found if each.action.done_at <= until_at]
    # Whether a day has passed is the clock's word: the business date stands still between two nights.
    now = utc_now()
    st.html(f'<p class="verdict">{html.escape(exchange.finding(found, now, view.language))}</p>')
    st.caption(view.say("outbound_note"))
    if found:
        data_table(view, exchange.outbound_table(found, now, names(view)), "outbound_table")
