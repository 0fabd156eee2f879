"""Reasons as a short list, the weightiest first."""

from __future__ import annotations

import html
from collections.abc import Sequence

import streamlit as st


def reasons(told: Sequence[str]) -> None:
    """The reasons, numbered; nothing without any."""
    if told:
        items = "".join(f"<li>{html.escape(reason)}</li>" for reason in told)
        st.html(f'<ol class="reasons">{items}</ol>')
