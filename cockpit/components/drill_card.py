"""A table that goes down a level when a row is pressed, with the way back above it."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import streamlit as st

from cockpit.components.tables import data_table
from cockpit.services.drill import AMOUNTS, LEVELS, SHARES, Place, name_of, table
from cockpit.shell.session import View


def drill_body(view: View, members_of: Callable[[Place], pl.DataFrame], total: str) -> None:
    """The way from the whole to here, and the members here; the place lives in the address."""
    place = Place.of(st.query_params)
    members = members_of(place)
    _way(view, place, total)
    pressed = data_table(
        view,
        table(members, place.level, view.language),
        f"drill_{place.level}_table",
        shares=SHARES,
        amounts=AMOUNTS,
        is_selectable=place.level != LEVELS[-1],
    )
    if pressed is not None:
        _go(place.into(members["member"][pressed]))
        st.rerun()


def _way(view: View, place: Place, total: str) -> None:
    with st.container(key="drill_way", horizontal=True, gap="small", vertical_alignment="center"):
        st.button(view.say("drill_all"), key="drill_all", type="tertiary", on_click=_go, args=(Place(),))
        for level, member in place.chosen.items():
            st.button(
                f"› {name_of(level, member, view.language)}",
                key=f"drill_to_{level}",
                type="tertiary",
                on_click=_go,
                args=(place.up_to(level),),
            )
        st.caption(total)


def _go(place: Place) -> None:
    for level in LEVELS[:-1]:
        if level in place.chosen:
            st.query_params[level] = place.chosen[level]
        elif level in st.query_params:
            del st.query_params[level]
