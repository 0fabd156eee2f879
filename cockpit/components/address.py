"""Choices that live in the address: a link or a reload shows the same, in whatever language it is read.

Streamlit's own binding writes the option's label, which another language does not know; here it is the code.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import streamlit as st

#: The publication that all pages show, and the one they compare it with: without a word the newest, and none.
AS_OF = "as_of"
AGAINST = "against"
#: What goes along from page to page.
CARRIED = (AS_OF, AGAINST)


def carry(name: str) -> str:
    """What the address asks for under a carried name, else what this session asked for last.

    A link of the navigation drops the address's words: they are written back, so that a reload and a copied
    address say the same.
    """
    asked = st.query_params.get(name) or st.session_state.get(name, "")
    keep(name, asked)
    return asked


def keep(name: str, value: str) -> None:
    """Carry this value from the next run on; empty: nothing."""
    st.session_state[name] = value
    # Each write to the address is a message to the browser: only what changes is written.
    if value:
        if st.query_params.get(name) != value:
            st.query_params[name] = value
    elif name in st.query_params:
        del st.query_params[name]


def addressed(
    key: str, name: str, default: str | None, options: Collection[str] | None = None
) -> dict[str, Any]:
    """The arguments `key`, `on_change` and `args` of a widget whose choice is `name` in the address.

    The widget starts with what the address says, with `default` when it says nothing or no such option, and
    follows the address when that changes (a link, the browser's way back). Pass the widget no default.
    """
    asked, seen = st.query_params.get(name, ""), st.session_state.get(_seen(key))
    is_known = bool(asked) and (options is None or asked in options)
    # Every change of the widget is written to the address first: where the two differ, another page or a
    # reload has let go of the widget's state.
    is_behind = is_known and st.session_state.get(key) != asked
    if key not in st.session_state or asked != seen or is_behind:
        st.session_state[key] = asked if is_known else default
        st.session_state[_seen(key)] = asked
    return {"key": key, "on_change": _write, "args": (key, name, default)}


def _write(key: str, name: str, default: str | None) -> None:
    """What was chosen goes into the address; the default leaves no trace there."""
    chosen = st.session_state[key]
    if name in CARRIED:
        st.session_state[name] = chosen or ""
    if chosen and chosen != default:
        st.query_params[name] = chosen
    elif name in st.query_params:
        del st.query_params[name]
    st.session_state[_seen(key)] = st.query_params.get(name, "")


def _seen(key: str) -> str:
    return f"_address_{key}"
