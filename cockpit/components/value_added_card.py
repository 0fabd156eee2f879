"""Who knew better: what model and overrides added to last year's month, booked when months ended."""

from __future__ import annotations

import polars as pl
import streamlit as st

from cockpit.components.cards import card, no_data
from cockpit.components.charts import show
from cockpit.components.forecast_charts import worth_figure
from cockpit.components.tables import data_table
from cockpit.services.items import Names
from cockpit.services.overrides import GROUPINGS, worth, worth_finding, worth_table
from cockpit.shell.session import View

LAGS = (30, 60)
SHARES = ("wape_before_share", "wape_share", "value_added_share", "low_share", "high_share")


def value_added_card(view: View, names: Names, rows: pl.DataFrame) -> None:
    """rows: `ml_override_card`; by step over all, or overrides by person, reason or size, at a lag."""
    with card("value_added", view.say("ask_value_added"), view.say("value_added_note")):
        if rows.is_empty():
            no_data(view.say("no_value_added"), view.say("no_value_added_why"))
            return
        with st.container(horizontal=True, gap="medium"):
            grouping = st.segmented_control(
                view.say("grouping"),
                GROUPINGS,
                default="step",
                required=True,
                label_visibility="collapsed",
                format_func=lambda code: view.say(f"grouping_{code}"),
                key="value_added_grouping",
            )
            lag = st.segmented_control(
                view.say("lag"),
                LAGS,
                default=LAGS[0],
                required=True,
                label_visibility="collapsed",
                format_func=lambda days: view.say("lag_days", days=days),
                key="value_added_lag",
            )
        lag_days = lag or LAGS[0]
        st.markdown(worth_finding(rows, lag_days, view.language))
        worths = worth(rows, grouping or "step", lag_days, names)
        if not worths:
            no_data(view.say("no_overrides_booked"), view.say("no_overrides_booked_why"))
            return
        show(worth_figure(view, worths), "forecasts_value_added", view.say("ask_value_added"))
        data_table(view, worth_table(worths), "forecasts_value_added_rows", shares=SHARES)
