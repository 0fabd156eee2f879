"""Plotly's template, made from the tokens."""

from functools import cache

import plotly.graph_objects as go

from cockpit.theme.tokens import Mode, tokens


@cache
def template(mode: Mode) -> go.layout.Template:
    """Paper, ink and thin lines; no background, so that the card shows through."""
    token = tokens(mode)
    axis = {
        "gridcolor": token["line"],
        "linecolor": token["line"],
        "zerolinecolor": token["line-2"],
        "tickfont": {"color": token["ink-3"], "size": 11},
        "title": {"font": {"color": token["ink-2"], "size": 12}},
        "ticks": "",
        "zeroline": False,
        "fixedrange": True,
    }
    return go.layout.Template(
        layout={
            "font": {"family": token["f"].replace('"', ""), "color": token["ink"], "size": 12},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "colorway": [token["actual"], token["forecast"], token["accent"], token["plan"], token["claim"]],
            "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
            "xaxis": axis,
            "yaxis": axis,
            "hoverlabel": {
                "bgcolor": token["card"],
                "bordercolor": token["line-2"],
                "font": {"color": token["ink"], "family": token["f"].replace('"', "")},
            },
            "showlegend": False,
            "dragmode": False,
        }
    )


# Nothing to zoom, nothing to save: a chart answers its question at rest.
CHART_CONFIG = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False, "showTips": False}
