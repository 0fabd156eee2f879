"""Suppliers: who keeps promises, how it went by month, and the scorecard."""

import polars as pl
import streamlit as st

from cockpit.components.bars import Bar, bar_list
from cockpit.components.cards import card, no_data, page_head
from cockpit.components.charts import share_by_month, show
from cockpit.components.tables import data_table
from cockpit.components.tiles import tile_strip
from cockpit.repositories import overview, suppliers, trust
from cockpit.services import numbers
from cockpit.services import suppliers as figures_of
from cockpit.services.figures import registry, standing
from cockpit.services.state import doubt
from cockpit.shell.session import View, current_view

BARS_SHOWN = 10


def render(view: View) -> None:
    """The page."""
    reader, language = view.reader, view.language
    scorecard = suppliers.scorecard(reader)
    months = suppliers.months(reader)
    figures = registry(overview.figures(reader), language)
    figure = figures.get("otif")
    target = figure.target if figure else None
    page_head(
        figures_of.finding(scorecard, target, language),
        view.say(
            "suppliers_sub",
            company=view.company,
            n=numbers.count(scorecard.height, language),
            lines=numbers.count(scorecard["purchase_line_count"].sum(), language),
        ),
    )
    tile_strip(
        figures_of.tiles(scorecard, months, figures, doubt(trust.checks(reader)), language),
        view.say("doubtful"),
        "tiles_suppliers",
    )
    left, right = st.columns([2, 1.17])
    with left:
        _course(view, scorecard, months, target)
    with right:
        _failures(view, scorecard, target)
    _scorecard(view, scorecard)


def _course(view: View, scorecard: pl.DataFrame, months: pl.DataFrame, target: float | None) -> None:
    with card("course", view.say("ask_course"), view.say("course_note") if months.height else ""):
        if months.is_empty():
            no_data(view.say("no_purchases"), view.say("fill_purchases"))
            return
        chosen = _choose(view, scorecard)
        frame = suppliers.course(view.reader, chosen) if chosen else months
        shares = [
            p / w if w else None
            for p, w in zip(frame["otif_line_count"], frame["due_line_count"], strict=True)
        ]
        figure = share_by_month(
            view, frame["period_on"].to_list(), shares, frame["due_line_count"].to_list(), target
        )
        show(figure, "suppliers_course", view.say("ask_course"))


def _choose(view: View, scorecard: pl.DataFrame) -> str | None:
    names = {
        row["supplier_id"]: row["supplier_name"] or row["supplier_id"]
        for row in scorecard.iter_rows(named=True)
    }
    asked = st.query_params.get("supplier")
    if asked in names and st.session_state.get("_asked_supplier") != asked:
        st.session_state["supplier_choice"] = asked
        st.session_state["_asked_supplier"] = asked
    return st.selectbox(
        view.say("supplier"),
        list(names),
        index=None,
        placeholder=view.say("all_suppliers"),
        format_func=lambda key: names[key],
        key="supplier_choice",
        width=320,
    )


def _failures(view: View, scorecard: pl.DataFrame, target: float | None) -> None:
    failing = (
        scorecard.with_columns(failed=pl.col("due_line_count") - pl.col("otif_line_count"))
        .filter(pl.col("failed") > 0)
        .sort("failed", "supplier_id", descending=[True, False])
    )
    with card("failures", view.say("ask_failures"), view.say("failures_note") if failing.height else ""):
        if failing.is_empty():
            no_data(view.say("no_failures"), view.say("fill_purchases"))
            return
        most = failing["failed"][0]
        bar_list(
            [
                Bar(
                    row["supplier_name"] or row["supplier_id"],
                    row["failed"] / most,
                    numbers.count(row["failed"], view.language),
                    numbers.share(row["otif_share"]),
                    standing(row["otif_share"], target, "higher"),
                )
                for row in failing.head(BARS_SHOWN).iter_rows(named=True)
            ]
        )


def _scorecard(view: View, scorecard: pl.DataFrame) -> None:
    with card("scorecard", view.say("ask_scorecard"), view.say("scorecard_note") if scorecard.height else ""):
        if scorecard.is_empty():
            no_data(view.say("no_suppliers"), view.say("fill_purchases"))
        else:
            data_table(
                view,
                figures_of.table(scorecard),
                "suppliers_table",
                shares=figures_of.SHARES,
                amounts=figures_of.AMOUNTS,
            )


render(current_view())
