"""Thousands of nodes as thin bars of time, project by project: one bar trace, one trace of names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import plotly.graph_objects as go

from cockpit.components.gantt import GanttWords, bar_pieces, bar_trace, link_shapes, tick_format, time_span
from cockpit.services.gantt import GanttRow
from cockpit.theme.plotly_template import template
from cockpit.theme.tokens import Mode, tokens

ROW_HEIGHT = 17
#: The part of the width that names take.
NAMES = 0.24
#: More lines than these would hide the bars.
MAX_LINKS = 600
_MAX_NAME = 26


def dense_figure(
    groups: Sequence[tuple[str, Sequence[GanttRow]]],
    as_of_on: dt.date,
    mode: Mode,
    words: GanttWords,
    language: str,
    span: tuple[dt.date, dt.date] | None = None,
    links: Sequence[tuple[str, str]] = (),
) -> go.Figure:
    """The rows of each group under its name; `span` is the window of time shown, else all of it."""
    colour = tokens(mode)
    placed, names, y = [], [], 0
    for name, rows in groups:
        names.append((y, f"<b>{_short(name, _MAX_NAME + 6)}</b>", colour["ink"]))
        for offset, row in enumerate(rows, start=1):
            placed.append((y + offset, row))
            names.append((y + offset, f"  {_short(row.label, _MAX_NAME)}", colour["ink-2"]))
        y += len(rows) + 1
    pieces = [piece for at, row in placed for piece in bar_pieces(at, row, as_of_on, colour, words)]
    rows = [row for _, row in placed]
    shown = [on.isoformat() for on in span] if span else time_span(rows, as_of_on)
    figure = go.Figure([bar_trace(pieces), _name_trace(names), _days_trace(placed, colour)])
    today = as_of_on.isoformat()
    line = {"type": "line", "x0": today, "x1": today, "yref": "paper", "y0": 0, "y1": 1}
    figure.update_layout(
        template=template(mode),
        height=ROW_HEIGHT * y + 34,
        bargap=0,
        margin={"l": 4, "r": 30, "t": 26, "b": 4},
        shapes=[
            *link_shapes(placed, links, as_of_on, colour)[:MAX_LINKS],
            {**line, "line": {"color": colour["accent"], "width": 1.5}},
        ],
        xaxis={
            "type": "date",
            "side": "top",
            "domain": [NAMES, 1],
            "range": shown,
            "nticks": 7,
            "tickformat": tick_format(shown, language),
            "tickangle": 0,
        },
        xaxis2={"domain": [0, NAMES], "range": [0, 1], "visible": False, "fixedrange": True},
        yaxis={"visible": False, "range": [y - 0.4, -0.6], "fixedrange": True},
    )
    return figure


def _name_trace(names: Sequence[tuple[int, str, str]]) -> go.Scatter:
    """All names in one trace: a thousand annotations would take seconds."""
    return go.Scatter(
        x=[0] * len(names),
        y=[y for y, _, _ in names],
        xaxis="x2",
        mode="text",
        text=[text for _, text, _ in names],
        textposition="middle right",
        textfont={"size": 11.5, "color": [tone for _, _, tone in names]},
        hoverinfo="skip",
        cliponaxis=False,
    )


def _days_trace(placed: Sequence[tuple[int, GanttRow]], colour: dict[str, str]) -> go.Scatter:
    """Days against plan at the end of each bar, where it is late."""
    late = [
        (y, row, row.finished_on or row.finish_p90_on or row.finish_p50_on or row.planned_finish_on)
        for y, row in placed
        if row.standing in ("watch", "bad")
    ]
    known = [(y, row, on) for y, row, on in late if on]
    return go.Scatter(
        x=[on.isoformat() for _, _, on in known],
        y=[y for y, _, _ in known],
        mode="text",
        text=[f" {row.late_text}" for _, row, _ in known],
        textposition="middle right",
        textfont={"size": 10.5, "color": [colour[row.standing] for _, row, _ in known]},
        hoverinfo="skip",
    )


def _short(name: str, most: int) -> str:
    """A name that fits; a Chinese character is as wide as two Latin ones."""
    width, kept = 0, ""
    for character in name:
        width += 2 if ord(character) > 0x2E7F else 1
        if width > most:
            return kept.rstrip() + "…"
        kept += character
    return kept.replace("<", "‹")
