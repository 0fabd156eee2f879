"""Money in Plotly: the way from budget to cash as a waterfall, and revenue with what is left of it."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence

import plotly.graph_objects as go

from cockpit.components.charts import chart_layout, round_ticks
from cockpit.components.gantt import faded
from cockpit.services import numbers
from cockpit.services.money import Step
from cockpit.shell.session import View
from cockpit.theme.plotly_template import template
from cockpit.theme.tokens import tokens

ROW_HEIGHT = 34


def waterfall_figure(view: View, steps: Sequence[Step], currency_code: str | None) -> go.Figure:
    """One bar a step, each beginning where the one before ended, with thin lines between them."""
    colour = tokens(view.mode)
    colours = {
        "plan": colour["plan"],
        "actual": colour["actual"],
        "committed": faded(colour["actual"], 0.45),
        "left": faded(colour["actual"], 0.25),
        "collected": faded(colour["actual"], 0.7),
        "overdue": colour["bad"],
        "short": colour["bad"],
    }
    labels = [view.say(f"step_{step.key}") for step in steps]
    ends = [max(step.base, step.base + step.amount) for step in steps]
    starts = [min(step.base, step.base + step.amount) for step in steps]
    figure = go.Figure(
        go.Bar(
            orientation="h",
            y=list(range(len(steps))),
            base=[step.base for step in steps],
            x=[step.amount for step in steps],
            width=0.56,
            marker={"color": [colours[step.kind] for step in steps], "cornerradius": 2},
            customdata=[
                [label, numbers.money(step.amount, currency_code, view.language)]
                for label, step in zip(labels, steps, strict=True)
            ],
            hovertemplate="%{customdata[0]}<br>%{customdata[1]}<extra></extra>",
        )
    )
    most = max([*ends, 0]) or 1
    ticks = round_ticks(most)
    figure.update_layout(
        template=template(view.mode),
        height=ROW_HEIGHT * len(steps) + 30,
        margin={"l": 76, "r": 62, "t": 24, "b": 4},
        shapes=_joins(steps, colour["line-2"]),
        annotations=[
            {
                "x": end,
                "y": y,
                "xanchor": "left",
                "text": f"<b>{numbers.quantity(step.amount, view.language)}</b>",
                "showarrow": False,
                "xshift": 4,
                "font": {"size": 12, "color": colour["bad" if step.kind in ("overdue", "short") else "ink"]},
            }
            for y, (step, end) in enumerate(zip(steps, ends, strict=True))
        ],
        xaxis={
            "side": "top",
            "tickvals": ticks,
            "ticktext": [numbers.quantity(tick, view.language) for tick in ticks],
            "range": [min([*starts, 0]) * 1.05, most],
        },
        yaxis={
            "tickvals": list(range(len(steps))),
            "ticktext": labels,
            "range": [len(steps) - 0.5, -0.5],
            "showgrid": False,
            "ticklabelstandoff": 6,
            "tickfont": {"color": colour["ink-2"], "size": 12},
        },
    )
    return figure


def _joins(steps: Sequence[Step], colour: str) -> list[dict]:
    """Where a bar begins at the amount that the one before left, a thin line says so."""
    found = []
    for y, step in enumerate(steps[1:], start=1):
        before = steps[y - 1]
        levels = {before.base, before.base + before.amount} & {step.base, step.base + step.amount}
        found += [
            {
                "type": "line",
                "x0": level,
                "x1": level,
                "y0": y - 0.72,
                "y1": y - 0.28,
                "line": {"color": colour, "width": 1},
            }
            for level in levels
            if level
        ]
    return found


def profit_figure(
    view: View,
    names: Sequence[str],
    on: Sequence[dt.date],
    revenue: Sequence[float | None],
    margin: Sequence[float | None],
    restated: Sequence[bool],
) -> go.Figure:
    """Revenue pale, gross margin in ink over it; a period restated after its close carries a mark."""
    colour = tokens(view.mode)
    shown = [numbers.quantity(value, view.language) for value in revenue]
    kept = [numbers.quantity(value, view.language) for value in margin]
    told = [
        f"{name}<br>{view.say('col_revenue_amount')}: {r}<br>{view.say('col_gross_margin_amount')}: {m}"
        for name, r, m in zip(names, shown, kept, strict=True)
    ]
    bars = {"x": list(range(len(on))), "customdata": told, "hovertemplate": "%{customdata}<extra></extra>"}
    figure = go.Figure(
        [
            go.Bar(
                y=list(revenue),
                width=0.7,
                marker={"color": faded(colour["actual"], 0.22), "cornerradius": 2},
                **bars,
            ),
            go.Bar(y=list(margin), width=0.36, marker={"color": colour["actual"], "cornerradius": 2}, **bars),
        ]
    )
    ticks = round_ticks(max((value or 0 for value in revenue), default=0))
    layout = {**chart_layout(view, []), "margin": {"l": 62, "r": 12, "t": 14, "b": 26}}
    step = max(1, math.ceil(len(names) / 3))
    layout["xaxis"] = {
        "tickvals": list(range(0, len(names), step)),
        "ticktext": list(names)[::step],
        "showgrid": False,
        "tickangle": 0,
    }
    figure.update_layout(
        layout,
        barmode="overlay",
        annotations=[
            {
                "x": x,
                "y": revenue[x] or 0,
                "text": "▲",
                "showarrow": False,
                "yshift": 9,
                "font": {"size": 10, "color": colour["watch"]},
            }
            for x, is_restated in enumerate(restated)
            if is_restated
        ],
        yaxis={"tickvals": ticks, "ticktext": [numbers.quantity(tick, view.language) for tick in ticks]},
    )
    return figure
