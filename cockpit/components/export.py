"""The menu that saves what a table shows."""

from __future__ import annotations

import polars as pl
import streamlit as st

from cockpit.services.export import csv_of, headed, xlsx_of
from cockpit.shell.session import View

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def export_menu(view: View, frame: pl.DataFrame, headings: list[str], key: str) -> None:
    """A small menu: CSV or XLSX of the frame, made when it is pressed."""
    shown = headed(frame, headings)
    name = f"gantry-{key.removesuffix('_table')}-{view.reader.publication.as_of_on:%Y-%m-%d}"
    with (
        st.container(key=f"export_{key}", horizontal=True, horizontal_alignment="right"),
        st.popover(view.say("export"), key=f"export_menu_{key}", help=view.say("export_help")),
    ):
        st.download_button(
            "CSV",
            data=lambda: csv_of(shown),
            file_name=f"{name}.csv",
            mime="text/csv",
            key=f"export_csv_{key}",
            on_click="ignore",
            width="stretch",
        )
        st.download_button(
            "XLSX",
            data=lambda: xlsx_of(shown),
            file_name=f"{name}.xlsx",
            mime=_XLSX,
            key=f"export_xlsx_{key}",
            on_click="ignore",
            width="stretch",
        )
