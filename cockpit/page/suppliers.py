"""Suppliers: who keeps promises, how long they take, the scorecard, and one when the address names it."""

import polars as pl
import streamlit as st

from cockpit.components.bars import Bar, bar_list
from cockpit.components.batch_card import batch_card
from cockpit.components.cards import card, no_data, page_head
from cockpit.components.charts import share_by_month, show
from cockpit.components.lead_time_card import lead_time_card
from cockpit.components.opening import open_on_press, opened
from cockpit.components.promise_ladder import promise_ladder
from cockpit.components.tables import data_table
from cockpit.components.tiles import tile_strip
from cockpit.page.supplier import supplier_page
from cockpit.repositories import overview, suppliers, trust
from cockpit.services import numbers
from cockpit.services import suppliers as figures_of
from cockpit.services.figures import registry, standing
from cockpit.services.state import doubt
from cockpit.services.supplier import ladder, padding_note
from cockpit.shell.session import View, current_view

BARS_SHOWN = 10


def render(view: View) -> None:
    """The page."""
    scorecard = suppliers.scorecard(view.reader)
    asked = opened("supplier")
    if asked and supplier_page(view, asked, scorecard):
        return
    _all(view, scorecard)


def _all(view: View, scorecard: pl.DataFrame) -> None:
    reader, language = view.reader, view.language
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
    counts = suppliers.ladder(reader).row(0, named=True)
    with left:
        _course(view, months, target)
        lead_time_card(view)
    with right:
        promise_ladder(view, ladder(counts), padding_note(counts, language), figures)
        _failures(view, scorecard, target)
    batch_card(view)
    _scorecard(view, scorecard)


def _course(view: View, months: pl.DataFrame, target: float | None) -> None:
    with card("course", view.say("ask_course"), view.say("course_note") if months.height else ""):
        if months.is_empty():
            no_data(view.say("no_purchases"), view.say("fill_purchases"))
            return
        shares = [
            p / w if w else None
            for p, w in zip(months["otif_line_count"], months["due_line_count"], strict=True)
        ]
        figure = share_by_month(
            view, months["period_on"].to_list(), shares, months["due_line_count"].to_list(), target
        )
        show(figure, "suppliers_course", view.say("ask_course"))


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
    note = f"{view.say('scorecard_note')} {view.say('press_supplier')}" if scorecard.height else ""
    with card("scorecard", view.say("ask_scorecard"), note):
        if scorecard.is_empty():
            no_data(view.say("no_suppliers"), view.say("fill_purchases"))
            return
        pressed = data_table(
            view,
            figures_of.table(scorecard),
            "suppliers_table",
            shares=figures_of.SHARES,
            amounts=figures_of.AMOUNTS,
            is_selectable=True,
        )
        open_on_press("supplier", scorecard["supplier_id"].to_list(), pressed)


render(current_view())
