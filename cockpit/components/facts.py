"""Facts of one thing: lines of label and value, in sections; and where figures of a card come from."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

import streamlit as st

from cockpit.components.tiles import passport_address
from cockpit.services.figures import Figure
from cockpit.services.words import say

Line = tuple[str, str] | tuple[str, str, str] | str


def facts(lines: Sequence[Line]) -> None:
    """Label and value lines; a third part is a figure's id, whose passport the value opens.

    A bare text starts a section.
    """
    cells = "".join(
        f"<h3>{html.escape(line)}</h3>"
        if isinstance(line, str)
        else f"<dt>{html.escape(line[0])}</dt><dd>{_value(line)}</dd>"
        for line in lines
    )
    st.html(f'<dl class="facts">{cells}</dl>')


def _value(line: tuple[str, ...]) -> str:
    value = html.escape(line[1])
    return f'<a href="{passport_address(line[2])}">{value}</a>' if len(line) > 2 and line[2] else value


def passports(figures: Mapping[str, Figure], figure_ids: Sequence[str], language: str) -> None:
    """A line of small links to the passports of the registered figures that a card draws."""
    links = [
        f'<a href="{passport_address(key)}">{html.escape(figures[key].name)}</a>'
        for key in figure_ids
        if key in figures
    ]
    if links:
        st.html(
            f'<div class="foot from">{html.escape(say("figures_from", language))} {" · ".join(links)}</div>'
        )
