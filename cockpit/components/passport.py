"""The passport of a figure on a page: what it is worth, where it comes from, and the SQL that made it."""

from __future__ import annotations

import html
from urllib.parse import quote

import streamlit as st

from cockpit.components.facts import facts
from cockpit.components.tables import data_table
from cockpit.services.passports import Passport
from cockpit.shell.session import View


def passport_body(view: View, passport: Passport, model: str | None, model_sql: str | None) -> None:
    """The passport inside a card; `model_sql` is None where the publication does not hold it."""
    left, right = st.columns([1.3, 1], gap="large")
    with left:
        st.html(_head(passport))
        facts(passport.worth)
        if passport.failed_checks:
            st.html(f'<div class="foot">{"<br>".join(map(html.escape, passport.failed_checks))}</div>')
    with right:
        facts(passport.origin)
        if model:
            _in_dagster(view, model)
    st.caption(view.say("figure_sources"))
    if passport.sources.is_empty():
        st.caption(view.say("figure_no_sources"))
    else:
        data_table(view, passport.sources, "figure_sources")
    with st.expander(view.say("figure_columns")):
        data_table(view, passport.columns, "figure_columns")
    with st.expander(view.say("figure_sql")):
        st.code(passport.sql, language="sql", wrap_lines=True)
    with st.expander(view.say("figure_model_sql", model=model or "")):
        if model_sql:
            st.code(model_sql, language="sql", height=420)
        else:
            st.caption(view.say("figure_no_model_sql"))


def _in_dagster(view: View, model: str) -> None:
    """The way to the asset in the Dagster UI, which listens on this machine as the cockpit does."""
    url = f"http://127.0.0.1:{view.settings.dagster_port}/assets/{quote(model, safe='')}"
    st.page_link(url, label=view.say("open_in_dagster", model=model))


def _head(passport: Passport) -> str:
    escape = html.escape
    kind, mark = ("good", "●") if passport.is_good else ("bad", "■")
    return (
        f'<div class="passport{"" if passport.is_good else " doubt"}"><h3>{escape(passport.name)}</h3>'
        f'<div class="v">{escape(passport.value)}</div>'
        f'<div class="f">{escape(passport.formula)}</div>'
        f'<div class="s"><b class="{kind}">{mark}</b> {escape(passport.state)}</div></div>'
    )
