"""A customer's tier: the letter, its name in both vocabularies, what it entitles to."""

from __future__ import annotations

import html

import streamlit as st


def tier_badge(code: str, name: str, policy: str) -> None:
    """The badge with name and policy beside it."""
    st.html(
        f'<div class="tier"><b>{html.escape(code)}</b><div><span>{html.escape(name)}</span>'
        f"<small>{html.escape(policy)}</small></div></div>"
    )
