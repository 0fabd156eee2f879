"""Next month's demand against what is there and on its way, one pair of bars a product."""

from __future__ import annotations

import html
from collections.abc import Sequence

import plotly.graph_objects as go
import polars as pl
import streamlit as st

from cockpit.components.charts import round_ticks
from cockpit.components.gantt import faded
from cockpit.services import numbers
from cockpit.shell.session import View
from cockpit.theme.plotly_template import template
from cockpit.theme.tokens import tokens

ROW_HEIGHT = 54
_MAX_LABEL = 24


def stock_legend(view: View) -> None:
    """What the bars mean."""
    parts = (
        ("actual", "legend_available"),
        ("plan", "legend_on_order"),
        ("forecast", "legend_p50"),
        ("band", "legend_p80"),
        ("safety", "legend_safety"),
    )
    spans = "".join(f'<span><u class="{mark}"></u>{html.escape(view.say(key))}</span>' for mark, key in parts)
    st.html(f'<div class="legend">{spans}</div>')


def stock_figure(view: View, ahead: pl.DataFrame) -> go.Figure:
    """Bars of the first rows of `repositories.supply.demand_ahead`; the gap stands at the right."""
    colour = tokens(view.mode)
    rows = ahead.to_dicts()
    pieces = [piece for y, row in enumerate(rows) for piece in _pieces(y, row, colour, view)]
    most = max((piece[1] + piece[2] for piece in pieces), default=1) or 1
    figure = go.Figure(
        go.Bar(
            orientation="h",
            y=[piece[0] for piece in pieces],
            base=[piece[1] for piece in pieces],
            x=[piece[2] for piece in pieces],
            width=0.2,
            marker={"color": [piece[3] for piece in pieces], "cornerradius": 2},
            hovertext=[piece[4] for piece in pieces],
            hovertemplate="%{hovertext}<extra></extra>",
        )
    )
    figure.update_layout(
        template=template(view.mode),
        height=ROW_HEIGHT * len(rows) + 30,
        margin={"l": 4, "r": 4, "t": 22, "b": 4},
        bargap=0,
        annotations=_labels(rows, colour, view),
        xaxis={"side": "top", "range": [0, most], "nticks": 5, **_ticks(most, view)},
        yaxis={"visible": False, "range": [len(rows) - 0.5, -0.5]},
    )
    return figure


def _pieces(y: int, row: dict, colour: dict[str, str], view: View) -> list[tuple]:
    there = max(0.0, row["quantity_available"] or 0)
    coming = max(0.0, row["quantity_on_order"] or 0)
    p50, p80 = row["quantity_p50"] or 0, row["quantity_p80"] or 0
    safety = row["safety_stock_quantity"] or 0

    def told(key: str, value: float) -> str:
        return f"{row['product_name']}<br>{view.say(key)}: {numbers.quantity(value, view.language)}"

    return [
        (y + 0.02, 0, there, colour["actual"], told("legend_available", there)),
        (y + 0.02, there, coming, colour["plan"], told("legend_on_order", coming)),
        (y + 0.26, 0, p50, faded(colour["forecast"]), told("legend_p50", p50)),
        (y + 0.26, p50, max(0, p80 - p50), colour["forecast-soft"], told("legend_p80", p80)),
        (y + 0.26, p80, safety, faded(colour["plan"], 0.4), told("legend_safety", safety)),
    ]


def _labels(rows: Sequence[dict], colour: dict[str, str], view: View) -> list[dict]:
    found = []
    for y, row in enumerate(rows):
        name, gap = row["product_name"], row["quantity_gap"] or 0
        short = name if len(name) <= _MAX_LABEL else name[: _MAX_LABEL - 1] + "…"
        shown = (
            f"■ {view.say('gap_short', n=numbers.quantity(gap, view.language))}"
            if gap > 0
            else f"● {view.say('gap_none')}"
        )
        place = {"y": y - 0.26, "yref": "y", "xref": "paper", "showarrow": False}
        found += [
            {
                **place,
                "x": 0,
                "xanchor": "left",
                "text": html.escape(short),
                "font": {"color": colour["ink-2"]},
            },
            {
                **place,
                "x": 1,
                "xanchor": "right",
                "text": f"<b>{html.escape(shown)}</b>",
                "font": {"color": colour["bad" if gap > 0 else "good"], "size": 12},
            },
        ]
    return found


def _ticks(most: float, view: View) -> dict:
    ticks = round_ticks(most)
    return {"tickvals": ticks, "ticktext": [numbers.quantity(tick, view.language) for tick in ticks]}
