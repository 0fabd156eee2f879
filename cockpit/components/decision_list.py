"""What to decide first: numbered, with what is at stake and a link to where it is done."""

from __future__ import annotations

import html
from collections.abc import Sequence

import streamlit as st

from cockpit.services.overview import Decision


def decision_list(decisions: Sequence[Decision], files: dict[str, str], first: int = 1) -> None:
    """The list, numbered from `first`; `files` gives each page's script by key."""
    for number, decision in enumerate(decisions, start=first):
        with st.container(key=f"decision_{number}", gap=None):
            st.html(
                f'<div class="dec"><span class="i">{number}</span><div><b>{html.escape(decision.title)}</b>'
                f"<small>{html.escape(decision.reason)}</small></div>"
                f'<div class="m {decision.standing or ""}">{html.escape(decision.measure)}'
                f"<small>{html.escape(decision.note)}</small></div></div>"
            )
            st.page_link(files[decision.page], label=f"{decision.verb} →", query_params=decision.parameters)
