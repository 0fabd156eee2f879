"""One supplier: score by parts, the ladder of promises, lead times, their course, and the lines behind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
import streamlit as st

from cockpit.components.batch_card import batch_card
from cockpit.components.cards import card, no_data, page_head
from cockpit.components.charts import share_by_month, show
from cockpit.components.figure_list import figure_list
from cockpit.components.lead_time_card import lead_time_card
from cockpit.components.opening import way_back
from cockpit.components.part_bars import part_bars
from cockpit.components.promise_ladder import promise_ladder
from cockpit.components.tables import data_table
from cockpit.components.tiles import tile_strip
from cockpit.repositories import overview, trust
from cockpit.repositories import suppliers as records
from cockpit.services import numbers
from cockpit.services import supplier as figures_of
from cockpit.services.figures import Figure, registry
from cockpit.services.state import doubt
from cockpit.shell.session import View

Row = Mapping[str, Any]


def supplier_page(view: View, supplier_id: str, scorecard: pl.DataFrame) -> bool:
    """The page of a supplier; False, with a word about it, when the publication knows no such supplier."""
    found = scorecard.filter(pl.col("supplier_id") == supplier_id)
    if found.is_empty():
        st.caption(view.say("supplier_unknown", asked=supplier_id))
        return False
    reader, language = view.reader, view.language
    row = found.row(0, named=True)
    months = records.supplier_months(reader, supplier_id)
    figures = registry(overview.figures(reader), language)
    way_back(view, "supplier", "all_suppliers_back")
    page_head(figures_of.finding(row, language), figures_of.subtitle(row, language))
    tile_strip(
        figures_of.tiles(row, months, figures, doubt(trust.checks(reader)), language),
        view.say("doubtful"),
        "tiles_supplier",
    )
    left, right = st.columns([2, 1.17])
    counts = records.ladder(reader, supplier_id).row(0, named=True)
    with left:
        _course(view, months, figures)
        lead_time_card(view, supplier_id)
    with right:
        promise_ladder(view, figures_of.ladder(counts), figures_of.padding_note(counts, language), figures)
        _score(view, row, figures)
    batch_card(view, supplier_id)
    _lines(view, supplier_id)
    return True


def _course(view: View, months: pl.DataFrame, figures: Mapping[str, Figure]) -> None:
    with card("course", view.say("ask_course"), view.say("course_note") if months.height else ""):
        if months.is_empty():
            no_data(view.say("no_purchases"), view.say("fill_purchases"))
            return
        figure = figures.get("otif")
        chart = share_by_month(
            view,
            months["period_on"].to_list(),
            months["otif_share"].to_list(),
            months["due_line_count"].to_list(),
            figure.target if figure else None,
        )
        show(chart, "supplier_course", view.say("ask_course"))


def _score(view: View, row: Row, figures: Mapping[str, Figure]) -> None:
    with card("score", view.say("ask_score"), view.say("health_note") if row["score"] is not None else ""):
        if row["score"] is None:
            no_data(view.say("no_score"), view.say("fill_purchases"))
            return
        parts = figures_of.score_parts(row, records.weights(view.reader), view.language)
        part_bars(parts, numbers.decimal(row["score"], 2), view.say("health_total"))
        figure_list(figures_of.figure_lines(row, figures, view.language), view.language)


def _lines(view: View, supplier_id: str) -> None:
    lines = records.lines(view.reader, supplier_id)
    with card(
        "lines", view.say("ask_supplier_lines"), view.say("supplier_lines_note") if lines.height else ""
    ):
        if lines.is_empty():
            no_data(view.say("no_purchases"), view.say("fill_purchases"))
        else:
            data_table(view, lines, "supplier_lines", amounts=("line_reporting_amount",))
