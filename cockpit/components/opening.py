"""Opening one thing of a page by its address, and the way back to the page."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from cockpit.shell.session import View


def opened(parameter: str) -> str:
    """The id that the address names, empty without one."""
    return st.query_params.get(parameter, "")


def open_on_press(parameter: str, ids: Sequence[str], pressed: int | None) -> None:
    """Open the row that was pressed in a table: its id goes into the address and the page starts anew."""
    if pressed is not None and pressed < len(ids):
        st.query_params[parameter] = ids[pressed]
        st.rerun()


def way_back(view: View, parameter: str, key: str) -> None:
    """A button that takes the id out of the address; what the page was filtered by stays in it."""
    label = f"← {view.say(key)}"
    st.button(label, key=f"back_{parameter}", type="tertiary", on_click=_close, args=(parameter,))


def _close(parameter: str) -> None:
    if parameter in st.query_params:
        del st.query_params[parameter]
