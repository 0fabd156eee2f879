"""Curves of a project over its months: the plan, what was earned and what it cost; days of a site."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence

import plotly.graph_objects as go
import polars as pl

from cockpit.components.charts import round_ticks
from cockpit.services import numbers
from cockpit.shell.session import View
from cockpit.theme.plotly_template import template
from cockpit.theme.tokens import tokens

HEIGHT = 280
_DASHES = {"planned": "solid", "earned": "solid", "actual": "dash"}
_LABEL_PX = 14


def s_curve(view: View, months: pl.DataFrame) -> go.Figure:
    """Planned, earned and actual to each month's end, with the budget and the business date as lines.

    `months` is mart_project_month; the plan goes on to its end, what was earned and spent stops today.
    """
    colour = tokens(view.mode)
    tones = {"planned": colour["ink-3"], "earned": colour["actual"], "actual": colour["ink-2"]}
    columns = {"planned": "curve_amount", "earned": "earned_amount", "actual": "actual_amount"}
    # A month that is still to come has no status day yet: it ends with the month.
    months = months.with_columns(pl.coalesce("status_on", pl.col("month_on").dt.month_end()))
    on = months["status_on"].to_list()
    traces = [
        go.Scatter(
            x=on,
            y=months[column].to_list(),
            mode="lines+markers",
            line={"color": tones[name], "width": 2.2 if name == "earned" else 1.6, "dash": _DASHES[name]},
            marker={"size": 5, "color": tones[name]},
            customdata=[numbers.quantity(value, view.language) for value in months[column].to_list()],
            hovertemplate=f"%{{x|%Y-%m-%d}}<br>{view.say(f'curve_{name}')}: %{{customdata}}<extra></extra>",
        )
        for name, column in columns.items()
    ]
    budget = months["budget_at_completion_amount"].drop_nulls()
    highest = max((value or 0 for column in columns.values() for value in months[column]), default=0)
    ticks = round_ticks(max(highest, budget[-1] if len(budget) else 0))
    figure = go.Figure(traces)
    figure.update_layout(
        template=template(view.mode),
        height=HEIGHT,
        margin={"l": 52, "r": 60, "t": 12, "b": 26},
        shapes=[_today(view.reader.publication.as_of_on, on, colour["accent"])],
        annotations=[
            _end(months, columns[name], view.say(f"curve_{name}"), tones[name], shift)
            for name, shift in _shifts(months, columns, ticks[-1] or highest).items()
        ],
        xaxis={
            "tickvals": on[:: math.ceil(len(on) / 4)],
            "ticktext": [
                numbers.month(month, view.language) for month in months["month_on"][:: math.ceil(len(on) / 4)]
            ],
            "showgrid": False,
            "tickangle": 0,
        },
        yaxis={"tickvals": ticks, "ticktext": [numbers.quantity(tick, view.language) for tick in ticks]},
    )
    return figure


def _shifts(months: pl.DataFrame, columns: dict[str, str], highest: float) -> dict[str, int]:
    """How far each curve's name is moved up, in pixels, so that none writes over another."""
    ends = {
        name: months.drop_nulls(column)[column][-1] / (highest or 1) * HEIGHT * 0.8
        for name, column in columns.items()
        if months[column].drop_nulls().len()
    }
    found: dict[str, int] = {}
    lowest = None
    for name, height in sorted(ends.items(), key=lambda each: each[1]):
        place = height if lowest is None else max(height, lowest + _LABEL_PX)
        found[name] = round(place - height)
        lowest = place
    return found


def _end(months: pl.DataFrame, column: str, name: str, tone: str, shift: int) -> dict:
    """The name of a curve at its last point: no legend to look up."""
    last = months.drop_nulls(column).row(-1, named=True)
    return {
        "x": last["status_on"].isoformat(),
        "y": last[column],
        "text": name,
        "showarrow": False,
        "xanchor": "left",
        "xshift": 7,
        "yshift": shift,
        "font": {"color": tone, "size": 11.5},
    }


def _today(as_of_on: dt.date, on: Sequence[dt.date], tone: str) -> dict:
    """The business date, invisible where it lies beyond the curve's end."""
    is_within = bool(on) and min(on) <= as_of_on <= max(on)
    today = as_of_on.isoformat()
    line = {"type": "line", "x0": today, "x1": today, "yref": "paper", "y0": 0, "y1": 1}
    return {**line, "visible": is_within, "line": {"color": tone, "width": 1.5}}


def climate_by_day(view: View, days: pl.DataFrame) -> go.Figure:
    """Temperature and humidity of a site by day, one above the other on the same days."""
    colour = tokens(view.mode)
    on = days["day_on"].to_list()
    traces = [
        go.Scatter(
            x=on,
            y=days[column].to_list(),
            yaxis=axis,
            mode="lines",
            line={"color": colour["ink"], "width": 1.5},
            hovertemplate=f"%{{x|%Y-%m-%d}}<br>%{{y:.1f}} {unit}<extra></extra>",
        )
        for column, axis, unit in (("temperature_c", "y", "°C"), ("humidity_pct", "y2", "%"))
    ]
    figure = go.Figure(traces)
    figure.update_layout(
        template=template(view.mode),
        height=HEIGHT,
        margin={"l": 44, "r": 12, "t": 10, "b": 26},
        xaxis={
            "tickformat": "%-m月%-d日" if view.language == "zh" else "%-d %b",
            "showgrid": False,
            "nticks": 6,
            "anchor": "y2",
        },
        yaxis={"domain": [0.56, 1], "ticksuffix": " °C", "nticks": 4},
        yaxis2={
            **template(view.mode).layout.yaxis.to_plotly_json(),
            "domain": [0, 0.44],
            "ticksuffix": " %",
            "nticks": 4,
        },
    )
    return figure


def histogram(
    view: View, starts: Sequence[int], counts: Sequence[int], width: int, marks: dict[str, float | None]
) -> go.Figure:
    """How many fell into each span of `width` days, with marks such as P50 as vertical lines."""
    colour = tokens(view.mode)
    figure = go.Figure(
        go.Bar(
            x=[start + width / 2 for start in starts],
            y=list(counts),
            width=[width * 0.86] * len(starts),
            marker={"color": colour["ink-2"], "cornerradius": 2},
            customdata=[(start, start + width - 1) for start in starts],
            hovertemplate="%{customdata[0]}–%{customdata[1]}: %{y:,}<extra></extra>",
        )
    )
    known = {name: value for name, value in marks.items() if value is not None}
    line = {
        "type": "line",
        "yref": "paper",
        "y0": 0,
        "y1": 0.94,
        "line": {"color": colour["accent"], "width": 1.5},
    }
    figure.update_layout(
        template=template(view.mode),
        height=230,
        margin={"l": 44, "r": 12, "t": 30, "b": 26},
        bargap=0,
        shapes=[{**line, "x0": value, "x1": value} for value in known.values()],
        annotations=[
            {
                "x": value,
                "yref": "paper",
                "y": 1.04,
                # Marks near each other would write over each other: every other name stands higher.
                "yshift": 12 * (place % 2),
                "text": f"{name} {value:,.0f}",
                "showarrow": False,
                "font": {"color": colour["accent"], "size": 11},
            }
            for place, (name, value) in enumerate(sorted(known.items(), key=lambda mark: mark[1]))
        ],
        xaxis={"showgrid": False, "nticks": 8, "ticksuffix": ""},
    )
    return figure
