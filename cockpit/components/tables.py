"""Tables: the columns of a frame with headings in the viewer's language and numbers right-aligned."""

from __future__ import annotations

import polars as pl
import streamlit as st

from cockpit.components.export import export_menu
from cockpit.shell.session import View
from lake.text import catalogue

MAX_HEIGHT = 460
MAX_ROWS_WHOLE = 12
DATE_WIDTH, MOMENT_WIDTH = 104, 140
#: Days that stand for their month.
MONTHS = ("period_on", "month_on")
ROW_HEIGHT = 34


def data_table(
    view: View,
    frame: pl.DataFrame,
    key: str,
    *,
    shares: tuple[str, ...] = (),
    amounts: tuple[str, ...] = (),
    precise: tuple[str, ...] = (),
    is_selectable: bool = False,
) -> int | None:
    """Show a frame, with a menu to save it; headings are the texts `col_<column>`, `shares` in percent.

    `amounts` are whole, `precise` numbers have three decimals.

    Returns the position of the chosen row, None without a choice.
    """
    percent = [pl.col(name) * 100 for name in shares if name in frame.columns]
    whole = [pl.col(name).round(0) for name in amounts if name in frame.columns]
    shown = frame.with_columns(percent + whole)
    settings = {name: _column(view, frame, name, shares, amounts) for name in frame.columns}
    settings |= {
        name: st.column_config.NumberColumn(heading(view, name), format="%.3f", help=_help(view, name))
        for name in precise
        if name in frame.columns
    }
    height = "content" if frame.height <= MAX_ROWS_WHOLE else MAX_HEIGHT
    options = {
        "hide_index": True,
        "height": height,
        "row_height": ROW_HEIGHT,
        "column_config": settings,
        "placeholder": "–",
    }
    headings = [heading(view, name) for name in frame.columns]
    if not is_selectable:
        st.dataframe(shown, key=key, **options)
        export_menu(view, frame, headings, key)
        return None
    event = st.dataframe(shown, key=key, on_select="rerun", selection_mode="single-row", **options)
    export_menu(view, frame, headings, key)
    rows = event.selection.rows
    return rows[0] if rows and rows[0] < frame.height else None


def _column(
    view: View, frame: pl.DataFrame, name: str, shares: tuple[str, ...], amounts: tuple[str, ...]
) -> dict[str, object]:
    label = heading(view, name)
    kind = frame.schema[name]
    if name in shares:
        return st.column_config.NumberColumn(label, format="%.1f%%", help=_help(view, name))
    if name in amounts:
        return st.column_config.NumberColumn(label, format="localized")
    if kind == pl.Date:
        day = "YYYY-MM" if name in MONTHS else "YYYY-MM-DD"
        return st.column_config.DateColumn(label, format=day, width=DATE_WIDTH)
    if isinstance(kind, pl.Datetime):
        return st.column_config.DatetimeColumn(label, format="YYYY-MM-DD HH:mm", width=MOMENT_WIDTH)
    if kind == pl.Boolean:
        return st.column_config.CheckboxColumn(label)
    if kind.is_numeric():
        shown = "localized" if kind.is_integer() else "%.1f"
        return st.column_config.NumberColumn(label, format=shown, help=_help(view, name))
    return st.column_config.TextColumn(label)


def _help(view: View, column: str) -> str | None:
    """What a measure says and which way is better, for those that have such words."""
    return view.say(f"help_{column}") if f"help_{column}" in catalogue("cockpit") else None


def heading(view: View, column: str) -> str:
    """The heading of a column; one without a text keeps its name, so that nothing is hidden."""
    return view.say(f"col_{column}") if f"col_{column}" in catalogue("cockpit") else column
