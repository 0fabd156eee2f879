"""Facts of one thing: lines of label and value, in sections."""

from __future__ import annotations

import html
from collections.abc import Sequence

import streamlit as st


def facts(lines: Sequence[tuple[str, str] | str]) -> None:
    """Label and value lines; a bare text starts a section."""
    cells = "".join(
        f"<h3>{html.escape(line)}</h3>"
        if isinstance(line, str)
        else f"<dt>{html.escape(line[0])}</dt><dd>{html.escape(line[1])}</dd>"
        for line in lines
    )
    st.html(f'<dl class="facts">{cells}</dl>')
