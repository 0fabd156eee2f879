"""Sites on plain axes of longitude and latitude: no tiles and no outlines from elsewhere."""

from __future__ import annotations

import math

import plotly.graph_objects as go
import polars as pl
import streamlit as st

from cockpit.components.gantt import faded
from cockpit.services import numbers
from cockpit.shell.session import View
from cockpit.theme.plotly_template import CHART_CONFIG, template
from cockpit.theme.tokens import tokens

HEIGHT = 360
CITIES_NAMED = 8
# Cities nearer than this part of the map's height would write over each other.
_APART = 0.055


def site_map(view: View, sites: pl.DataFrame, key: str, alt: str) -> list[str]:
    """Draw the sites, those with late work as squares; the ids of those that were pressed."""
    event = st.plotly_chart(
        map_figure(view, sites),
        theme=None,
        config=CHART_CONFIG,
        key=key,
        alt=alt,
        on_select="rerun",
        selection_mode=("points",),
    )
    return [point["customdata"][0] for point in event.selection.points if point.get("customdata")]


def map_figure(view: View, sites: pl.DataFrame) -> go.Figure:
    """A point a site, as large as its work: pale with none open, a square in bad where some is late."""
    colour = tokens(view.mode)
    is_late, is_open = pl.col("late_count") > 0, pl.col("open_count") > 0
    traces = [
        _points(view, part, mark, line, fill)
        for part, mark, line, fill in (
            (sites.filter(~is_open), "circle", colour["ink-3"], faded(colour["ink-3"], 0.12)),
            (sites.filter(is_open & ~is_late), "circle", colour["ink"], faded(colour["ink"], 0.55)),
            (sites.filter(is_late), "square", colour["bad"], faded(colour["bad"], 0.7)),
        )
        if part.height
    ]
    figure = go.Figure(traces)
    low, high = float(sites["latitude"].min() or 0), float(sites["latitude"].max() or 0)
    span = max(high - low, 1.0)
    figure.update_layout(
        template=template(view.mode),
        height=HEIGHT,
        margin={"l": 40, "r": 8, "t": 8, "b": 26},
        clickmode="event+select",
        annotations=_cities(view, sites, span, colour["ink-2"]),
        xaxis={"ticksuffix": "°", "nticks": 7},
        yaxis={
            "ticksuffix": "°",
            "nticks": 6,
            "range": [low - span * 0.08, high + span * 0.1],
            # A degree of longitude is narrower than one of latitude by the cosine of the latitude.
            "scaleanchor": "x",
            "scaleratio": 1 / max(0.2, math.cos(math.radians((low + high) / 2))),
            "constrain": "domain",
        },
    )
    return figure


def _points(view: View, sites: pl.DataFrame, mark: str, line: str, fill: str) -> go.Scatter:
    rows = sites.sort("year_count", descending=True)
    return go.Scatter(
        x=rows["longitude"].to_list(),
        y=rows["latitude"].to_list(),
        customdata=rows.select("site_id", "name", "open_count", "late_count", "year_count").rows(),
        mode="markers",
        marker={
            "symbol": mark,
            "size": (rows["year_count"].sqrt() * 2.2 + 5).clip(7, 26).to_list(),
            "color": fill,
            "line": {"color": line, "width": 1},
        },
        unselected={"marker": {"opacity": 0.35}},
        hovertemplate="%{customdata[1]}<br>"
        + view.say("map_told", open="%{customdata[2]}", late="%{customdata[3]}", year="%{customdata[4]}")
        + "<extra></extra>",
    )


def _cities(view: View, sites: pl.DataFrame, span: float, colour: str) -> list[dict]:
    """Names of the cities with the most work, left out where they would write over another."""
    cities = (
        sites.drop_nulls("city")
        .group_by("city")
        .agg(pl.col("longitude").mean(), pl.col("latitude").max(), pl.col("year_count").sum())
        .sort("year_count", "city", descending=[True, False])
    )
    named: list[dict] = []
    for row in cities.head(3 * CITIES_NAMED).iter_rows(named=True):
        is_free = all(
            abs(row["latitude"] - other["y"]) > span * _APART
            or abs(row["longitude"] - other["x"]) > span * 0.12
            for other in named
        )
        if is_free and len(named) < CITIES_NAMED:
            text = f"{row['city']} {numbers.count(row['year_count'], view.language)}"
            named.append({"x": row["longitude"], "y": row["latitude"], "text": text})
    style = {"showarrow": False, "yshift": 15, "font": {"size": 11, "color": colour}}
    return [{**name, **style} for name in named]
