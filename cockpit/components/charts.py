"""Small charts in Plotly: a share by month against its target, amounts by month, bands under each other."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence

import plotly.graph_objects as go
import streamlit as st

from cockpit.components.gantt import faded
from cockpit.services import numbers
from cockpit.shell.session import View
from cockpit.theme.plotly_template import CHART_CONFIG, template
from cockpit.theme.tokens import tokens

HEIGHT = 230


def show(figure: go.Figure, key: str, alt: str) -> None:
    """A figure at rest: nothing to zoom or save."""
    st.plotly_chart(figure, theme=None, config=CHART_CONFIG, key=key, alt=alt)


def share_by_month(
    view: View,
    months: Sequence[dt.date],
    shares: Sequence[float | None],
    counts: Sequence[int],
    target: float | None,
) -> go.Figure:
    """A share by month as a line with gaps where nothing was due, its target dashed."""
    colour = tokens(view.mode)
    figure = go.Figure(
        go.Scatter(
            x=list(months),
            y=[None if share is None else share * 100 for share in shares],
            customdata=list(counts),
            mode="lines+markers",
            line={"color": colour["ink"], "width": 1.6},
            marker={"size": 4, "color": colour["ink"]},
            hovertemplate="%{x|%Y-%m}<br>%{y:.1f}%<br>n = %{customdata}<extra></extra>",
        )
    )
    shapes = [] if target is None else [_target(target * 100, colour["ink-3"])]
    figure.update_layout(chart_layout(view, shapes), yaxis={"ticksuffix": "%", "rangemode": "normal"})
    return figure


def amount_by_month(view: View, months: Sequence[dt.date], amounts: Sequence[float | None]) -> go.Figure:
    """Amounts by month as bars of ink."""
    colour = tokens(view.mode)
    figure = go.Figure(
        go.Bar(
            x=list(months),
            y=list(amounts),
            marker={"color": colour["ink-2"], "cornerradius": 2},
            hovertemplate="%{x|%Y-%m}<br>%{y:,.0f}<extra></extra>",
        )
    )
    ticks = round_ticks(max((amount or 0 for amount in amounts), default=0))
    figure.update_layout(
        chart_layout(view, []),
        bargap=0.35,
        yaxis={"tickvals": ticks, "ticktext": [numbers.quantity(tick, view.language) for tick in ticks]},
    )
    return figure


def round_ticks(highest: float, wanted: int = 4) -> list[float]:
    """About `wanted` round steps from zero up to the highest, so that 万 and m can stand there."""
    if highest <= 0:
        return [0.0]
    rough = highest / wanted
    magnitude = 10 ** math.floor(math.log10(rough))
    sizes = (factor * magnitude for factor in (1, 2, 2.5, 5, 10))
    step = next(size for size in sizes if highest / size < wanted + 1)
    return [step * i for i in range(math.floor(highest / step) + 1)]


def quantile_ladder(
    view: View,
    labels: Sequence[str],
    quantiles: Sequence[tuple[float, float, float, float]],
    muted: Sequence[bool] = (),
) -> go.Figure:
    """Delay bands under each other: P10–P90 pale, P50 a tick, P80 a thinner one; days on the axis.

    A muted band is grey: it may not be believed.
    """
    colour = tokens(view.mode)
    marks = [
        colour["ink-3"] if is_muted else colour["forecast"] for is_muted in muted or [False] * len(labels)
    ]
    rows = list(range(len(labels)))
    figure = go.Figure(
        go.Bar(
            orientation="h",
            y=rows,
            base=[low for low, *_ in quantiles],
            x=[high - low for low, _, _, high in quantiles],
            width=0.5,
            marker={"color": [faded(mark, 0.25) for mark in marks], "cornerradius": 3},
            customdata=list(quantiles),
            hovertemplate=(
                "P10 %{customdata[0]}, P50 %{customdata[1]}, "
                "P80 %{customdata[2]}, P90 %{customdata[3]}<extra></extra>"
            ),
        )
    )
    ticks = [
        {
            "type": "line",
            "x0": row[position],
            "x1": row[position],
            "y0": y - 0.3,
            "y1": y + 0.3,
            "line": {"color": marks[y], "width": width},
        }
        for y, row in enumerate(quantiles)
        for position, width in ((1, 2.5), (2, 1))
    ]
    zero = {"type": "line", "x0": 0, "x1": 0, "yref": "paper", "y0": 0, "y1": 1}
    layout = chart_layout(view, [*ticks, {**zero, "line": {"color": colour["plan"], "width": 1.5}}])
    layout.pop("xaxis")
    figure.update_layout(
        layout,
        height=34 * len(labels) + 50,
        margin={"l": 8, "r": 16, "t": 28, "b": 8},
        xaxis={"side": "top"},
        yaxis={
            "tickvals": rows,
            "ticktext": list(labels),
            "range": [len(labels) - 0.5, -0.5],
            "showgrid": False,
            "automargin": True,
            "tickfont": {"color": colour["ink"], "size": 12},
        },
    )
    return figure


def chart_layout(view: View, shapes: list[dict]) -> dict:
    """What charts over months have in common: template, height, margins, shapes, the axis of time."""
    # A hand has room for three such labels side by side.
    months = "%y年%-m月" if view.language == "zh" else "%b %Y"
    return {
        "template": template(view.mode),
        "height": HEIGHT,
        "margin": {"l": 44, "r": 12, "t": 10, "b": 26},
        "shapes": shapes,
        "xaxis": {"tickformat": months, "showgrid": False, "nticks": 4, "tickangle": 0},
    }


def _target(value: float, colour: str) -> dict:
    line = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": value, "y1": value}
    return {**line, "line": {"color": colour, "width": 1, "dash": "dot"}}
