"""The board: a column a stage, a card a node, the latest on top."""

from __future__ import annotations

import html
from collections.abc import Sequence
from urllib.parse import quote

import streamlit as st

from cockpit.components.tiles import MARKS
from cockpit.services import numbers
from cockpit.services.gantt import GanttRow
from cockpit.services.portfolio import Column
from cockpit.shell.session import View

CARDS_SHOWN = 8


def board(view: View, columns: Sequence[Column]) -> None:
    """The columns side by side; each says how many nodes it has, also those that it does not show."""
    st.html(f'<div class="board" tabindex="0">{"".join(_column(view, column) for column in columns)}</div>')


def _column(view: View, column: Column) -> str:
    cards = "".join(_card(view, row) for row in column.rows[:CARDS_SHOWN])
    rest = len(column.rows) - CARDS_SHOWN
    more = (
        f"<small>{html.escape(view.say('board_more', n=numbers.count(rest, view.language)))}</small>"
        if rest > 0
        else ""
    )
    count = numbers.count(len(column.rows), view.language)
    return f"<section><h3>{html.escape(column.name)} <span>{count}</span></h3>{cards}{more}</section>"


def _card(view: View, row: GanttRow) -> str:
    late = (
        f'<b class="{row.standing}">{MARKS[row.standing]} {html.escape(row.late_text)}</b>'
        if row.standing
        else ""
    )
    finish = row.finished_on or row.finish_p50_on or row.planned_finish_on
    name = html.escape(row.name or row.key)
    project = html.escape(row.label)
    body = f"<b>{name}</b><small>{project}</small><small>{numbers.date(finish)} {late}</small>"
    if not row.project_id:
        return f"<div>{body}</div>"
    return f'<a href="projects?project={quote(row.project_id, safe="")}" target="_self">{body}</a>'
