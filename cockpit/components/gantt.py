"""Bars of time in Plotly: one bar trace with bases, all shapes assigned once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

import plotly.graph_objects as go

from cockpit.services.gantt import GanttRow
from cockpit.theme.plotly_template import template
from cockpit.theme.tokens import Mode, tokens

ROW_HEIGHT = 37
LABEL_WIDTH = 150
_DAY_MS = 86_400_000
_MAX_LABEL = 18
# Six ticks on fewer days would name a month twice.
_DAYS_BY_MONTH = 170


@dataclass(frozen=True)
class Piece:
    """One rectangle of the trace: from `start_on` to `end_on` in row `y`, `offset` and `height` in rows."""

    y: int
    start_on: dt.date
    end_on: dt.date
    offset: float
    height: float
    colour: str
    name: str


@dataclass(frozen=True)
class Elbow:
    """A link as a thin line: down from where the first ends, across to where the second begins."""

    end_on: dt.date
    begin_on: dt.date
    from_y: float
    to_y: float
    is_critical: bool


@dataclass(frozen=True)
class GanttWords:
    """What the legend and the hover text say."""

    plan: str
    actual: str
    forecast: str
    band: str
    today: str
    planner: str
    critical: str = ""


def gantt_figure(
    rows: Sequence[GanttRow],
    as_of_on: dt.date,
    mode: Mode,
    words: GanttWords,
    language: str,
    links: Sequence[tuple[str, str]] = (),
) -> go.Figure:
    """The Gantt of these rows, the first on top, with the business date as a vertical line.

    `links` are keys of rows, the second waiting for the first; those of rows that aren't shown are left out.
    """
    colour = tokens(mode)
    span = time_span(rows, as_of_on)
    pieces = [piece for y, row in enumerate(rows) for piece in bar_pieces(y, row, as_of_on, colour, words)]
    figure = go.Figure(bar_trace(pieces))
    planner = [(y, row.planner_finish_on) for y, row in enumerate(rows) if row.planner_finish_on]
    if planner:
        figure.add_trace(_planner_marks(planner, colour, words))
    figure.update_layout(
        template=template(mode),
        height=ROW_HEIGHT * len(rows) + 46,
        bargap=0,
        margin={"l": LABEL_WIDTH, "r": 44, "t": 24, "b": 4},
        shapes=[
            *link_shapes(list(enumerate(rows)), links, as_of_on, colour),
            *_shapes(rows, as_of_on, colour),
        ],
        annotations=_labels(rows, colour) + _days(rows, colour),
        xaxis={
            "type": "date",
            "side": "top",
            "range": span,
            "tickformat": tick_format(span, language),
            "nticks": 6,
            "tickangle": 0,
        },
        yaxis={"visible": False, "range": [len(rows) - 0.4, -0.6], "fixedrange": True},
    )
    return figure


def tick_format(span: Sequence[str], language: str) -> str:
    """Months on the axis of time; days where a month would stand there twice."""
    days = (dt.date.fromisoformat(span[1]) - dt.date.fromisoformat(span[0])).days
    if days < _DAYS_BY_MONTH:
        return "%-m月%-d日" if language == "zh" else "%-d %b"
    return "%Y年%-m月" if language == "zh" else "%b %Y"


def bar_pieces(
    y: int, row: GanttRow, as_of_on: dt.date, colour: dict[str, str], words: GanttWords
) -> list[Piece]:
    """Band first, then forecast, actual and plan, so that ink lies on top of the pale."""
    pieces = []
    begun = row.started_on
    now = min(row.finished_on or as_of_on, as_of_on)
    if row.finish_p10_on and row.finish_p90_on and not row.finished_on:
        low = max(row.finish_p10_on, as_of_on)
        pieces.append(Piece(y, low, row.finish_p90_on, -0.44, 0.50, colour["forecast-soft"], words.band))
    if row.finish_p50_on and not row.finished_on:
        since = max(begun, as_of_on) if begun else max(as_of_on, row.planned_start_on or as_of_on)
        pieces.append(
            Piece(y, since, row.finish_p50_on, -0.32, 0.26, faded(colour["forecast"]), words.forecast)
        )
    if begun and begun <= now:
        pieces.append(Piece(y, begun, now, -0.32, 0.26, colour["actual"], words.actual))
    if row.planned_finish_on:
        planned_start = row.planned_start_on or begun or row.planned_finish_on - dt.timedelta(days=1)
        name, tone = (words.critical, colour["ink-2"]) if row.is_critical else (words.plan, colour["plan"])
        pieces.append(Piece(y, planned_start, row.planned_finish_on, 0.04, 0.14, tone, name))
    return [piece for piece in pieces if piece.end_on > piece.start_on]


def faded(hex_colour: str, opacity: float = 0.55) -> str:
    """A token's colour at an opacity, as Plotly wants it."""
    red, green, blue = (int(hex_colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"


def bar_trace(pieces: Sequence[Piece]) -> go.Bar:
    """All rectangles as one trace."""
    return go.Bar(
        orientation="h",
        x=[(piece.end_on - piece.start_on).days * _DAY_MS for piece in pieces],
        base=[piece.start_on.isoformat() for piece in pieces],
        y=[piece.y for piece in pieces],
        offset=[piece.offset for piece in pieces],
        width=[piece.height for piece in pieces],
        marker={"color": [piece.colour for piece in pieces], "cornerradius": 2, "line": {"width": 0}},
        customdata=[(piece.name, piece.start_on.isoformat(), piece.end_on.isoformat()) for piece in pieces],
        hovertemplate="%{customdata[0]}<br>%{customdata[1]} – %{customdata[2]}<extra></extra>",
        showlegend=False,
    )


def _planner_marks(
    planner: Sequence[tuple[int, dt.date]], colour: dict[str, str], words: GanttWords
) -> go.Scatter:
    return go.Scatter(
        x=[on.isoformat() for _, on in planner],
        y=[y - 0.19 for y, _ in planner],
        mode="markers",
        marker={
            "symbol": "diamond",
            "size": 9,
            "color": colour["card"],
            "line": {"color": colour["forecast"], "width": 2},
        },
        hovertemplate=f"{words.planner}<br>%{{x|%Y-%m-%d}}<extra></extra>",
        showlegend=False,
    )


def _shapes(rows: Sequence[GanttRow], as_of_on: dt.date, colour: dict[str, str]) -> list[dict]:
    """The P50 ticks and the business date, in one assignment: add_shape redraws the layout each time."""
    ticks = [
        {
            "type": "line",
            "x0": row.finish_p50_on.isoformat(),
            "x1": row.finish_p50_on.isoformat(),
            "y0": y - 0.46,
            "y1": y + 0.06,
            "line": {"color": colour["forecast"], "width": 2},
        }
        for y, row in enumerate(rows)
        if row.finish_p50_on and not row.finished_on
    ]
    today = {
        "type": "line",
        "x0": as_of_on.isoformat(),
        "x1": as_of_on.isoformat(),
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "line": {"color": colour["accent"], "width": 1.5},
    }
    return [*ticks, today]


def link_shapes(
    placed: Sequence[tuple[int, GanttRow]],
    links: Sequence[tuple[str, str]],
    as_of_on: dt.date,
    colour: dict[str, str],
) -> list[dict]:
    """The elbows of the links as shapes beneath the bars; both ends on the critical path: darker."""
    return [
        {
            "type": "path",
            "path": (
                f"M {link.end_on},{link.from_y} L {link.end_on},{link.to_y} L {link.begin_on},{link.to_y}"
            ),
            "line": {
                "color": colour["ink-2"] if link.is_critical else colour["plan"],
                "width": 1.2 if link.is_critical else 0.8,
            },
            "layer": "below",
        }
        for link in elbows(placed, links, as_of_on)
    ]


def elbows(
    placed: Sequence[tuple[int, GanttRow]], links: Sequence[tuple[str, str]], as_of_on: dt.date
) -> list[Elbow]:
    """The links whose two ends are shown and dated; those against the order of the plan go up."""
    places = {row.key: (y, row) for y, row in placed}
    found = []
    for before, after in links:
        if before not in places or after not in places:
            continue
        (y0, first), (y1, second) = places[before], places[after]
        end, begin = _end_on(first), _begin_on(second, as_of_on)
        if end and begin:
            is_critical = first.is_critical and second.is_critical
            found.append(Elbow(end, begin, y0 - 0.19, y1 - 0.19, is_critical))
    return found


def _end_on(row: GanttRow) -> dt.date | None:
    return row.finished_on or row.finish_p50_on or row.planned_finish_on


def _begin_on(row: GanttRow, as_of_on: dt.date) -> dt.date | None:
    if row.started_on:
        return row.started_on
    return max(row.planned_start_on, as_of_on) if row.planned_start_on and not row.finished_on else None


def _labels(rows: Sequence[GanttRow], colour: dict[str, str]) -> list[dict]:
    """Names at the left edge; Plotly's own tick labels can only stand right-aligned."""
    return [
        {
            "xref": "paper",
            "x": 0,
            "xshift": -LABEL_WIDTH,
            "xanchor": "left",
            "align": "left",
            "y": y - 0.14,
            "text": _label(row, colour),
            "hovertext": f"{row.label} {row.detail}".strip(),
            "showarrow": False,
            "font": {"color": colour["ink"], "size": 13},
        }
        for y, row in enumerate(rows)
    ]


def _days(rows: Sequence[GanttRow], colour: dict[str, str]) -> list[dict]:
    return [
        {
            "x": (
                row.finished_on or row.finish_p90_on or row.finish_p50_on or row.planned_finish_on
            ).isoformat(),
            "y": y - 0.19,
            "text": row.late_text,
            "showarrow": False,
            "xanchor": "left",
            "xshift": 6,
            "font": {"color": colour[row.standing], "size": 11.5, "weight": 600},
        }
        for y, row in enumerate(rows)
        if row.standing and (row.finished_on or row.finish_p50_on or row.planned_finish_on)
    ]


def time_span(rows: Sequence[GanttRow], as_of_on: dt.date) -> list[str]:
    """From the first to the last date of the rows, with room for the days at the end."""
    dates = [
        on
        for row in rows
        for on in (
            row.planned_start_on,
            row.planned_finish_on,
            row.started_on,
            row.finished_on,
            row.finish_p90_on,
            row.planner_finish_on,
        )
        if on
    ] + [as_of_on]
    low, high = min(dates), max(dates)
    margin = max(dt.timedelta(days=7), (high - low) * 0.02)
    return [(low - margin).isoformat(), (high + margin * 3).isoformat()]


def _label(row: GanttRow, colour: dict[str, str]) -> str:
    main = _short(row.label)
    if row.project_id:
        address = f"projects?project={quote(row.project_id, safe='')}"
        main = f'<a href="{address}" target="_self">{main}</a>'
    if not row.detail:
        return main
    return f"{main}<br><span style='font-size:11px;color:{colour['ink-2']}'>{_short(row.detail)}</span>"


def _short(label: str) -> str:
    """A label that leaves room for the bars; a Chinese character is as wide as two Latin ones."""
    width, kept = 0, ""
    for character in label:
        width += 2 if ord(character) > 0x2E7F else 1
        if width > _MAX_LABEL * 1.3:
            return kept.rstrip() + "…"
        kept += character
    return kept.replace("<", "‹")
