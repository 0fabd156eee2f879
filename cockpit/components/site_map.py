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
    """A point a site: its size the open work, a square in the colour of bad where some of it is late."""
    colour = tokens(view.mode)
    is_late = pl.col("late_count") > 0
    traces = []
    for part, mark, fill in (
        (sites.filter(~is_late), "circle", colour["ink-2"]),
        (sites.filter(is_late), "square", colour["bad"]),
    ):
        if part.height:
            traces.append(_points(view, part, mark, fill))
    figure = go.Figure(traces)
    low, high = float(sites["latitude"].min() or 0), float(sites["latitude"].max() or 0)
    span = max(high - low, 1.0)
    figure.update_layout(
        template=template(view.mode),
        height=HEIGHT,
        margin={"l": 40, "r": 8, "t": 8, "b": 26},
        clickmode="event+select",
        annotations=_cities(sites, span, colour["ink-2"]),
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


def _points(view: View, sites: pl.DataFrame, mark: str, fill: str) -> go.Scatter:
    rows = sites.sort("open_count", descending=True)
    return go.Scatter(
        x=rows["longitude"].to_list(),
        y=rows["latitude"].to_list(),
        customdata=rows.select("site_id", "name", "open_count", "late_count").rows(),
        mode="markers",
        marker={
            "symbol": mark,
            "size": (rows["open_count"].sqrt() * 4 + 4).clip(6, 26).to_list(),
            "color": faded(fill, 0.6),
            "line": {"color": fill, "width": 1},
        },
        unselected={"marker": {"opacity": 0.35}},
        hovertemplate="%{customdata[1]}<br>"
        + view.say("map_told", open="%{customdata[2]}", late="%{customdata[3]}")
        + "<extra></extra>",
    )


def _cities(sites: pl.DataFrame, span: float, colour: str) -> list[dict]:
    """Names of the cities with the most open work, left out where they would write over another."""
    cities = (
        sites.drop_nulls("city")
        .group_by("city")
        .agg(pl.col("longitude").mean(), pl.col("latitude").max(), pl.col("open_count").sum())
        .sort("open_count", "city", descending=[True, False])
    )
    named: list[dict] = []
    for row in cities.head(3 * CITIES_NAMED).iter_rows(named=True):
        is_free = all(
            abs(row["latitude"] - other["y"]) > span * _APART
            or abs(row["longitude"] - other["x"]) > span * 0.12
            for other in named
        )
        if is_free and len(named) < CITIES_NAMED:
            text = f"{row['city']} {numbers.count(row['open_count'], 'en')}"
            named.append({"x": row["longitude"], "y": row["latitude"], "text": text})
    style = {"showarrow": False, "yshift": 15, "font": {"size": 11, "color": colour}}
    return [{**name, **style} for name in named]
