"""Thousands of nodes as thin bars of time, project by project: names as text, bars as one trace a colour.

A browser needs a second for a thousand bars, names and links that are elements of their own in Plotly. All
bars of one colour are one outline here, all links of one tone one line, and the names plain text beside the
chart, on rows of the same height.
"""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Sequence

import plotly.graph_objects as go

from cockpit.components.gantt import (
    Elbow,
    GanttWords,
    Piece,
    bar_pieces,
    elbows,
    faded,
    tick_format,
    time_span,
)
from cockpit.services.gantt import GanttRow
from cockpit.theme.plotly_template import template
from cockpit.theme.tokens import Mode, tokens

ROW_HEIGHT = 17
#: The room of the axis above the rows, which the style sheet leaves above the names too.
TOP = 26
_BOTTOM = 4
#: More lines than these would hide the bars.
MAX_LINKS = 600
#: Places in the width of the chart at which rows answer the mouse, and how far around each, in pixels.
_HOVER_PLACES = 10
_HOVER_REACH = 50

Groups = Sequence[tuple[str, Sequence[GanttRow]]]


def dense_figure(
    groups: Groups,
    as_of_on: dt.date,
    mode: Mode,
    words: GanttWords,
    language: str,
    span: tuple[dt.date, dt.date] | None = None,
    links: Sequence[tuple[str, str]] = (),
) -> go.Figure:
    """The rows of each group, a row left for its name; `span` is the window of time shown, else all of it.

    Stands beside `dense_names` of the same groups.
    """
    colour = tokens(mode)
    placed, count = _placed(groups)
    pieces = [(at, row, bar_pieces(at, row, as_of_on, colour, words)) for at, row in placed]
    window = [on.isoformat() for on in span] if span else time_span([row for _, row in placed], as_of_on)
    shown = (dt.date.fromisoformat(window[0]), dt.date.fromisoformat(window[1]))
    traces = [
        *_link_traces(elbows(placed, links, as_of_on)[:MAX_LINKS], colour),
        *_bar_traces([piece for *_, each in pieces for piece in each], colour),
        _days_trace(placed, shown, colour),
        _hover_trace(pieces, shown),
    ]
    today = as_of_on.isoformat()
    figure = go.Figure(traces)
    figure.update_layout(
        template=template(mode),
        height=ROW_HEIGHT * count + TOP + _BOTTOM,
        margin={"l": 4, "r": 30, "t": TOP, "b": _BOTTOM},
        hovermode="closest",
        hoverdistance=_HOVER_REACH,
        shapes=[
            {
                "type": "line",
                "x0": today,
                "x1": today,
                "yref": "paper",
                "y0": 0,
                "y1": 1,
                "line": {"color": colour["accent"], "width": 1.5},
            }
        ],
        xaxis={
            "type": "date",
            "side": "top",
            "range": window,
            "nticks": 7,
            "tickformat": tick_format(window, language),
            "tickangle": 0,
        },
        # Exactly one row of the names a row of bars.
        yaxis={"visible": False, "range": [count - 0.5, -0.5], "fixedrange": True},
    )
    return figure


def dense_names(groups: Groups) -> str:
    """The names of groups and rows as HTML, one line of ROW_HEIGHT each; every text is escaped."""
    lines = []
    for name, rows in groups:
        lines.append(f'<b title="{html.escape(name, quote=True)}">{html.escape(name)}</b>')
        lines += [
            f'<span title="{html.escape(f"{row.label} {row.detail}".strip(), quote=True)}">'
            f"{html.escape(row.label)}</span>"
            for row in rows
        ]
    return f'<div class="node-names">{"".join(lines)}</div>'


def _placed(groups: Groups) -> tuple[list[tuple[int, GanttRow]], int]:
    """Rows with their places, a place before each group for its name; and how many places there are."""
    placed, y = [], 0
    for _, rows in groups:
        placed += [(y + offset, row) for offset, row in enumerate(rows, start=1)]
        y += len(rows) + 1
    return placed, y


def _bar_traces(pieces: Sequence[Piece], colour: dict[str, str]) -> list[go.Scatter]:
    """All bars of a colour as one filled outline, the pale ones first so that ink lies on top."""
    order = [
        colour["forecast-soft"],
        faded(colour["forecast"]),
        colour["actual"],
        colour["plan"],
        colour["ink-2"],
    ]
    traces = []
    for tone in dict.fromkeys(order):
        xs: list[str | None] = []
        ys: list[float | None] = []
        for piece in pieces:
            if piece.colour == tone:
                start, end = piece.start_on.isoformat(), piece.end_on.isoformat()
                low = round(piece.y + piece.offset, 2)
                high = round(low + piece.height, 2)
                xs += [start, end, end, start, start, None]
                ys += [low, low, high, high, low, None]
        if xs:
            traces.append(
                go.Scatter(x=xs, y=ys, mode="none", fill="toself", fillcolor=tone, hoverinfo="skip")
            )
    return traces


def _link_traces(links: Sequence[Elbow], colour: dict[str, str]) -> list[go.Scatter]:
    """All links of a tone as one line with gaps."""
    traces = []
    for is_critical, tone, width in ((False, colour["plan"], 0.8), (True, colour["ink-2"], 1.2)):
        chosen = [link for link in links if link.is_critical == is_critical]
        if chosen:
            xs = [
                on
                for link in chosen
                for on in (link.end_on.isoformat(), link.end_on.isoformat(), link.begin_on.isoformat(), None)
            ]
            ys = [y for link in chosen for y in (link.from_y, link.to_y, link.to_y, None)]
            line = {"color": tone, "width": width}
            traces.append(go.Scatter(x=xs, y=ys, mode="lines", line=line, hoverinfo="skip"))
    return traces


def _days_trace(
    placed: Sequence[tuple[int, GanttRow]], shown: tuple[dt.date, dt.date], colour: dict[str, str]
) -> go.Scatter:
    """Days against plan at the end of each bar, where it is late."""
    late = [
        (y, row, row.finished_on or row.finish_p90_on or row.finish_p50_on or row.planned_finish_on)
        for y, row in placed
        if row.standing in ("watch", "bad")
    ]
    known = [(y, row, on) for y, row, on in late if on and shown[0] <= on <= shown[1]]
    return go.Scatter(
        x=[on.isoformat() for _, _, on in known],
        y=[y - 0.1 for y, _, _ in known],
        mode="text",
        text=[f" {row.late_text}" for _, row, _ in known],
        textposition="middle right",
        textfont={"size": 10.5, "color": [colour[row.standing] for _, row, _ in known]},
        hoverinfo="skip",
    )


def _hover_trace(
    pieces: Sequence[tuple[int, GanttRow, Sequence[Piece]]], shown: tuple[dt.date, dt.date]
) -> go.Scatter:
    """What the mouse finds along a row: nothing is drawn for it.

    All rows answer at the same dates, so that the nearest is the one under the mouse.
    """
    step = max(1, (shown[1] - shown[0]).days // _HOVER_PLACES)
    places = [shown[0] + dt.timedelta(days=days) for days in range(0, step * _HOVER_PLACES + 1, step)]
    xs, ys, texts = [], [], []
    for y, row, parts in pieces:
        if not parts:
            continue
        name = row.label.replace("<", "‹")
        told = "<br>".join([name, *(f"{p.name} {p.start_on} – {p.end_on}" for p in reversed(parts))])
        low = max(shown[0], min(piece.start_on for piece in parts))
        high = min(shown[1], max(piece.end_on for piece in parts))
        if low > high:
            continue
        for on in [each for each in places if low < each < high] or [low]:
            xs.append(on.isoformat())
            ys.append(y - 0.15)
            texts.append(told)
    return go.Scatter(x=xs, y=ys, mode="none", text=texts, hovertemplate="%{text}<extra></extra>")
