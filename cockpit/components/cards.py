"""Cards: a white sheet with a question as its title; and what stands in one without data."""

from __future__ import annotations

import html
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st


def page_head(title: str, subtitle: str) -> None:
    """The page's finding, and its scope beneath."""
    st.html(f'<h1 class="finding">{html.escape(title)}</h1><div class="sub">{html.escape(subtitle)}</div>')


@contextmanager
def card(key: str, title: str, note: str = "") -> Iterator[None]:
    """A card; what is drawn inside the block stands in it, `note` in small print at its foot."""
    with st.container(key=f"card_{key}"):
        st.html(f'<h2 class="question">{html.escape(title)}</h2>')
        yield
        if note:
            st.html(f'<div class="foot">{html.escape(note)}</div>')


def no_data(title: str, what_fills_it: str) -> None:
    """The friendly empty state: nothing here, and which source would fill it."""
    st.html(
        f'<div class="empty"><div class="empty-title">{html.escape(title)}</div>'
        f"<div>{html.escape(what_fills_it)}</div></div>"
    )
