"""Figures of one thing under each other: each a link to its passport, with a mark against its target."""

from __future__ import annotations

import html
from collections.abc import Sequence

import streamlit as st

from cockpit.components.tiles import MARKS, passport_address
from cockpit.services.figure_lines import FigureLine
from cockpit.services.words import say


def figure_list(lines: Sequence[FigureLine | str], language: str) -> None:
    """Name, value and note a line; a bare text starts a section. In doubt a figure is grey and says so."""
    doubt = say("doubtful", language)
    cells = "".join(
        f"<h3>{html.escape(line)}</h3>" if isinstance(line, str) else _line(line, doubt) for line in lines
    )
    st.html(f'<div class="figures">{cells}</div>')


def named(name: str, figure_id: str, formula: str = "") -> str:
    """A name that opens the passport of its figure, where it has one; escaped."""
    if not figure_id:
        return f"<span>{html.escape(name)}</span>"
    return (
        f'<a href="{passport_address(figure_id)}" target="_self" title="{html.escape(formula, quote=True)}">'
        f"{html.escape(name)}</a>"
    )


def _line(line: FigureLine, doubt: str) -> str:
    mark = f'<b class="{line.standing}">{MARKS[line.standing]}</b> ' if line.standing else ""
    note = doubt if line.is_doubtful else line.note
    kind = ' class="doubt"' if line.is_doubtful else ""
    return (
        f"<div{kind}>{named(line.name, line.figure_id, line.formula)}"
        f"<b>{'' if line.is_doubtful else mark}{html.escape(line.value)}</b>"
        f"<small>{html.escape(note)}</small></div>"
    )
