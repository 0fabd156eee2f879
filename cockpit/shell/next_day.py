"""The button that gives a running make-believe company its next day, and what it is doing."""

from __future__ import annotations

import html

import streamlit as st

from cockpit.services.next_day import NextDay, Stage, is_offered
from cockpit.shell.session import View
from lake.settings import Settings

WATCH_SECONDS = 2


def next_day_button(view: View) -> None:
    """The button, where such a company runs; while its night runs it waits, then the page shows what came."""
    if not is_offered(view.settings):
        return
    work = _work(str(view.settings.paths.root), view.settings)
    if work.stage is Stage.RUNNING:
        st.fragment(_watch, run_every=WATCH_SECONDS)(view, work)
        return
    st.button(view.say("next_day"), key="next_day", help=view.say("next_day_help"), on_click=work.start)


def next_day_failure(view: View) -> None:
    """A banner when the newest start did not end in a publication."""
    if not is_offered(view.settings):
        return
    work = _work(str(view.settings.paths.root), view.settings)
    if work.stage is Stage.FAILED:
        told = html.escape(view.say("next_day_failed", log=work.log, words=work.last_words()))
        st.html(f'<div class="banner bad"><b>■</b> {told}</div>')


def _watch(view: View, work: NextDay) -> None:
    if work.stage is not Stage.RUNNING:
        # The whole page: there is another publication now.
        st.rerun()
    st.button(view.say("next_day_runs"), key="next_day_runs", disabled=True)


@st.cache_resource(show_spinner=False)
def _work(lake: str, _settings: Settings) -> NextDay:
    return NextDay(_settings)
