"""One value over days or months as a line, with the span of its lowest and highest, and its target."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

import plotly.graph_objects as go

from cockpit.components.charts import chart_layout, round_ticks
from cockpit.components.gantt import faded
from cockpit.services import numbers
from cockpit.shell.session import View
from cockpit.theme.tokens import tokens


@dataclass(frozen=True)
class Series:
    """What to draw: `told` is the hover text of each point; `low` and `high` a pale span behind the line."""

    on: Sequence[dt.date]
    values: Sequence[float | None]
    told: Sequence[str]
    low: Sequence[float | None] = field(default_factory=tuple)
    high: Sequence[float | None] = field(default_factory=tuple)
    target: float | None = None
    suffix: str = ""
    is_daily: bool = False


def series_figure(view: View, series: Series) -> go.Figure:
    """The line in ink with gaps where nothing is known, its target dotted."""
    colour = tokens(view.mode)
    traces: list[go.Scatter] = []
    if len(series.low) and len(series.high):
        edge = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "x": list(series.on)}
        traces += [
            go.Scatter(y=list(series.low), **edge),
            go.Scatter(y=list(series.high), fill="tonexty", fillcolor=faded(colour["plan"], 0.35), **edge),
        ]
    traces.append(
        go.Scatter(
            x=list(series.on),
            y=list(series.values),
            customdata=list(series.told),
            mode="lines+markers",
            line={"color": colour["ink"], "width": 1.6},
            marker={"size": 4 if len(series.on) < 60 else 3, "color": colour["ink"]},
            hovertemplate="%{customdata}<extra></extra>",
        )
    )
    layout = chart_layout(view, [] if series.target is None else [_target(series.target, colour["ink-3"])])
    layout["margin"] = {**layout["margin"], "l": 56}
    if series.is_daily:
        layout["xaxis"]["tickformat"] = "%-m月%-d日" if view.language == "zh" else "%-d %b"
    figure = go.Figure(traces)
    figure.update_layout(
        layout, yaxis={"ticksuffix": series.suffix, "nticks": 5} if series.suffix else _plain(view, series)
    )
    return figure


def _plain(view: View, series: Series) -> dict:
    """Ticks of a number without suffix, in the reader's own units."""
    known = [value for value in (*series.values, *series.low, *series.high) if value is not None]
    if not known or min(known) < 0:
        return {"nticks": 5}
    ticks = round_ticks(max(known))
    shown = [numbers.quantity(tick, view.language) for tick in ticks]
    return {"tickvals": ticks, "ticktext": shown, "rangemode": "tozero"}


def _target(value: float, colour: str) -> dict:
    line = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": value, "y1": value}
    return {**line, "line": {"color": colour, "width": 1, "dash": "dot"}}
