"""The dimensions of a customer: value, change within a year, and its place among its peers as a mark."""

from __future__ import annotations

import html
from collections.abc import Sequence

import streamlit as st

from cockpit.components.tiles import passport_address
from cockpit.services.customer import Dimension

_ARROWS = {True: ("good", "↑"), False: ("bad", "↓")}


def dimension_list(dimensions: Sequence[Dimension]) -> None:
    """One row a dimension; better and worse are said by arrow and colour."""
    st.html(f'<div class="dims">{"".join(_row(each) for each in dimensions)}</div>')


def _row(each: Dimension) -> str:
    kind, arrow = _ARROWS.get(each.is_better, ("", ""))
    mark = "" if each.peer is None else f'<u style="left:{each.peer * 100:.1f}%"></u>'
    address = passport_address("customer_dimension_peer_share")
    peers = html.escape(each.peer_text, quote=True)
    return (
        f"<div><b>{html.escape(each.name)}</b><span>{html.escape(each.value)}</span>"
        f'<span class="{kind}">{arrow} {html.escape(each.trend)}</span>'
        f'<a href="{address}" target="_self" title="{peers}"><i>{mark}</i></a>'
        f"<small>{html.escape(each.peer_text)}</small><small>{html.escape(each.rows)}</small></div>"
    )
