"""Charts of forecasts: demand and words against it, what steps were worth, whether bands and odds held."""

from __future__ import annotations

import datetime as dt
import html
import math
from collections.abc import Sequence

import plotly.graph_objects as go
import streamlit as st

from cockpit.components.charts import chart_layout
from cockpit.components.gantt import faded
from cockpit.services import numbers
from cockpit.services.bands import Segment
from cockpit.services.forecasts import DemandLines
from cockpit.services.model_cards import Reliability
from cockpit.services.overrides import Worth, points
from cockpit.shell.session import View
from cockpit.theme.plotly_template import template
from cockpit.theme.tokens import tokens

ROW = 34
#: What an 80% band must hold.
AIM = (0.75, 0.85)


def legend(marks: Sequence[tuple[str, str]]) -> None:
    """The marks of a chart with their words: (class of the mark, words)."""
    spans = "".join(f'<span><u class="{mark}"></u>{html.escape(words)}</span>' for mark, words in marks)
    st.html(f'<div class="legend">{spans}</div>')


def demand_figure(view: View, lines: DemandLines, as_of_on: dt.date, *, is_muted: bool) -> go.Figure:
    """Ink for what was ordered, grey for last year's month, violet for P50 in its pale band, marks for words.

    A muted band is grey. The business date is a line; a word that is not agreed has an open mark.
    """
    colour = tokens(view.mode)
    violet = colour["ink-3"] if is_muted else colour["forecast"]
    band = {"mode": "lines", "line": {"width": 0}, "x": lines.ahead}
    traces = [
        go.Scatter(y=lines.p10, hoverinfo="skip", **band),
        go.Scatter(
            y=lines.p90,
            fill="tonexty",
            fillcolor=faded(violet, 0.2),
            customdata=lines.p10,
            hovertemplate="%{x|%Y-%m}<br>P10–P90: %{customdata:,.0f}–%{y:,.0f}<extra></extra>",
            **band,
        ),
        go.Scatter(
            x=lines.naive_months,
            y=lines.naive,
            mode="lines",
            line={"color": colour["plan"], "width": 1.4, "dash": "dot"},
            hovertemplate=f"%{{x|%Y-%m}}<br>{view.say('fva_naive')}: %{{y:,.0f}}<extra></extra>",
        ),
        go.Scatter(
            x=lines.months,
            y=lines.actual,
            mode="lines+markers",
            line={"color": colour["actual"], "width": 1.8},
            marker={"size": 4, "color": colour["actual"]},
            hovertemplate="%{x|%Y-%m}<br>%{y:,.0f}<extra></extra>",
        ),
        go.Scatter(
            x=lines.ahead,
            y=lines.p50,
            mode="lines+markers",
            line={"color": violet, "width": 1.8},
            marker={"size": 4, "color": violet},
            hovertemplate="%{x|%Y-%m}<br>P50: %{y:,.0f}<extra></extra>",
        ),
        go.Scatter(
            x=lines.override_months,
            y=lines.override,
            mode="lines+markers",
            line={"color": colour["accent"], "width": 1.4, "dash": "dash"},
            marker={
                "size": 10,
                "color": colour["accent"],
                "line": {"width": 2, "color": colour["accent"]},
                "symbol": ["diamond" if agreed else "diamond-open" for agreed in lines.is_agreed],
            },
            customdata=lines.override_words,
            hovertemplate="%{x|%Y-%m}<br>%{y:,.0f} · %{customdata}<extra></extra>",
        ),
    ]
    figure = go.Figure(traces)
    today = as_of_on.isoformat()
    line = {"type": "line", "x0": today, "x1": today, "yref": "paper", "y0": 0, "y1": 1}
    shapes = [{**line, "line": {"color": colour["accent"], "width": 1.5}}]
    figure.update_layout(chart_layout(view, shapes), height=300, yaxis={"rangemode": "tozero"})
    return figure


def worth_figure(view: View, worths: Sequence[Worth]) -> go.Figure:
    """Value added as dots with their intervals about zero, in percentage points; right of zero it helped."""
    colour = tokens(view.mode)
    rows = list(range(len(worths)))
    known = [w.value is not None for w in worths]
    middle = [(w.value or 0) * 100 for w in worths]
    above = [
        ((w.high if w.high is not None else w.value or 0) * 100) - m
        for w, m in zip(worths, middle, strict=True)
    ]
    below = [
        m - ((w.low if w.low is not None else w.value or 0) * 100)
        for w, m in zip(worths, middle, strict=True)
    ]
    told = [
        f"{w.label}<br>{points(w.value)} ({points(w.low)} … {points(w.high)})<br>n = {w.count}"
        for w in worths
    ]
    figure = go.Figure(
        go.Scatter(
            x=[m if k else None for m, k in zip(middle, known, strict=True)],
            y=rows,
            mode="markers",
            marker={"size": 9, "color": [_worth_colour(colour, w) for w in worths]},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": above,
                "arrayminus": below,
                "color": colour["ink-3"],
                "thickness": 1.4,
                "width": 4,
            },
            customdata=told,
            hovertemplate="%{customdata}<extra></extra>",
        )
    )
    zero = {"type": "line", "x0": 0, "x1": 0, "yref": "paper", "y0": 0, "y1": 1}
    labels = [f"{w.label} (n={numbers.count(w.count, view.language)})" for w in worths]
    figure.update_layout(
        _rows_layout(view, labels, [{**zero, "line": {"color": colour["plan"], "width": 1.5}}])
    )
    return figure


def _worth_colour(colour: dict[str, str], each: Worth) -> str:
    """Good or bad only where the interval lies wholly on one side."""
    if each.low is not None and each.low > 0:
        return colour["good"]
    return colour["bad"] if each.high is not None and each.high < 0 else colour["ink-2"]


def coverage_figure(view: View, segments: Sequence[Segment]) -> go.Figure:
    """How often the band held by segment, over the strip of what it must hold; a muted one is red."""
    colour = tokens(view.mode)
    told = [
        f"{each.label}<br>{numbers.share(each.share)} · n = {each.count}<br>{each.reason}"
        for each in segments
    ]
    figure = go.Figure(
        go.Scatter(
            x=[each.share * 100 for each in segments],
            y=list(range(len(segments))),
            mode="markers",
            marker={
                "size": 10,
                "color": [colour["bad"] if each.is_muted else colour["ink"] for each in segments],
                "symbol": ["square" if each.is_muted else "circle" for each in segments],
            },
            customdata=told,
            hovertemplate="%{customdata}<extra></extra>",
        )
    )
    strip = {
        "type": "rect",
        "x0": AIM[0] * 100,
        "x1": AIM[1] * 100,
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "fillcolor": faded(colour["plan"], 0.3),
        "line": {"width": 0},
        "layer": "below",
    }
    labels = [f"{each.label} (n={numbers.count(each.count, view.language)})" for each in segments]
    layout = _rows_layout(view, labels, [strip])
    layout["xaxis"] |= {
        "range": [min([50, *(each.share * 100 - 5 for each in segments)]), 102],
        "ticksuffix": "%",
    }
    figure.update_layout(layout)
    return figure


def reliability_figure(view: View, plots: Sequence[tuple[str, Reliability]]) -> go.Figure:
    """What was told against what became of it, in tenths of the customers; on the line it was right.

    plots: label and points, the published method first. Bars are 90% Wilson intervals of the published one.
    """
    colour = tokens(view.mode)
    colours = (colour["forecast"], colour["plan"], colour["ink-3"])
    traces = [
        go.Scatter(
            x=[0, 100],
            y=[0, 100],
            mode="lines",
            line={"color": colour["line-2"], "width": 1.2, "dash": "dot"},
            hoverinfo="skip",
        )
    ]
    for place, (label, plot) in enumerate(plots):
        bounds = [_wilson(seen, count) for seen, count in zip(plot.seen, plot.counts, strict=True)]
        error = {
            "type": "data",
            "symmetric": False,
            "array": [(high - seen) * 100 for seen, (_, high) in zip(plot.seen, bounds, strict=True)],
            "arrayminus": [(seen - low) * 100 for seen, (low, _) in zip(plot.seen, bounds, strict=True)],
            "color": faded(colours[place], 0.5),
            "thickness": 1,
            "width": 3,
        }
        traces.append(
            go.Scatter(
                x=[100 * each for each in plot.told],
                y=[100 * each for each in plot.seen],
                mode="lines+markers",
                line={"color": colours[place], "width": 1.6 if place == 0 else 1},
                marker={"size": 7 if place == 0 else 5, "color": colours[place]},
                error_y=error if place == 0 else None,
                customdata=[f"{label}<br>n = {count}" for count in plot.counts],
                hovertemplate="%{customdata}<br>%{x:.0f}% → %{y:.0f}%<extra></extra>",
            )
        )
    figure = go.Figure(traces)
    layout = chart_layout(view, [])
    layout["margin"] = {"l": 50, "r": 12, "t": 10, "b": 44}
    layout["xaxis"] = {
        "title": {"text": view.say("axis_told"), "standoff": 6},
        "ticksuffix": "%",
        "range": [-3, 103],
    }
    layout["yaxis"] = {
        "title": {"text": view.say("axis_seen"), "standoff": 6},
        "ticksuffix": "%",
        "range": [-3, 103],
    }
    figure.update_layout(layout, height=320)
    return figure


def _wilson(share: float, count: int, z: float = 1.645) -> tuple[float, float]:
    """Wilson's score interval of a share (JASA 1927), 90%."""
    centre = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    return max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half))


def _rows_layout(view: View, labels: Sequence[str], shapes: list[dict]) -> dict:
    """Labels at the left, one row each, the scale on top."""
    colour = tokens(view.mode)
    return {
        "template": template(view.mode),
        "height": ROW * len(labels) + 44,
        "margin": {"l": 8, "r": 16, "t": 28, "b": 8},
        "shapes": shapes,
        "xaxis": {"side": "top", "zeroline": False},
        "yaxis": {
            "tickvals": list(range(len(labels))),
            "ticktext": list(labels),
            "range": [len(labels) - 0.5, -0.5],
            "showgrid": False,
            "zeroline": False,
            "automargin": True,
            "tickfont": {"color": colour["ink"], "size": 12},
        },
    }
