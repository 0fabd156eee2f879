"""Data: is every row accounted for, what waits, which checks failed, how old it is, what a figure is."""

import polars as pl
import streamlit as st

from cockpit.components.cards import card, no_data, page_head
from cockpit.components.exchange_card import exchange_cards
from cockpit.components.opening import opened
from cockpit.components.passport import passport_body
from cockpit.components.quarantine_card import ROW, quarantine_rows, quarantined_row
from cockpit.components.tables import data_table
from cockpit.components.tiles import tile_strip
from cockpit.repositories import overview, passports, trust
from cockpit.services import numbers
from cockpit.services import passports as passports_of
from cockpit.services import trust as figures_of
from cockpit.services.figures import registry
from cockpit.shell.session import View, current_view

ROWS_SHOWN = 50


def render(view: View) -> None:
    """The page."""
    reader, language = view.reader, view.language
    loads, quarantine, checks = trust.loads(reader), trust.quarantine(reader), trust.checks(reader)
    page_head(
        figures_of.finding(loads, quarantine, checks, language),
        view.say(
            "trust_sub",
            company=view.company,
            publication=reader.publication.name,
            at=numbers.moment(reader.publication.published_at),
        ),
    )
    tile_strip(figures_of.tiles(loads, quarantine, checks, language), view.say("doubtful"), "tiles_trust")
    _take_what_was_asked()
    section = st.segmented_control(
        view.say("section"),
        figures_of.SECTIONS,
        required=True,
        label_visibility="collapsed",
        format_func=lambda code: view.say(f"section_{code}"),
        key="trust_section",
    )
    with card(section or "rows", view.say(f"ask_{section or 'rows'}"), view.say(f"note_{section or 'rows'}")):
        _SECTIONS[section or "rows"](view)


def _take_what_was_asked() -> None:
    """Open what the address asks for, once a visit: afterwards the reader chooses."""
    figure = st.query_params.get("figure")
    asked = "figures" if figure else st.query_params.get("section")
    if opened(ROW):
        asked = "quarantine"
    is_new_visit = "trust_section" not in st.session_state or st.session_state.get("_asked") != (
        asked,
        figure,
    )
    if is_new_visit and asked in figures_of.SECTIONS:
        st.session_state["trust_section"] = asked
        st.session_state["trust_figure"] = figure
    st.session_state["_asked"] = (asked, figure)
    st.session_state.setdefault("trust_section", "rows")


def _figures(view: View) -> None:
    figures = registry(overview.figures(view.reader), view.language)
    labels = passports_of.choices(figures)
    if not labels:
        no_data(view.say("no_figures"), view.say("no_figures_why"))
        return
    asked = st.query_params.get("figure")
    if asked and asked not in labels:
        st.caption(view.say("figure_unknown", figure=asked))
    if st.session_state.get("trust_figure") not in labels:
        st.session_state["trust_figure"] = next(iter(labels))
    chosen = st.selectbox(
        view.say("figure_choose"), list(labels), format_func=labels.__getitem__, key="trust_figure", width=560
    )
    run = passports.figure_run(view.reader, chosen)
    if run is None:
        no_data(view.say("no_passport"), view.say("no_passport_why"))
        return
    figure = figures[chosen]
    currency = passports.reporting_currency(view.reader)
    sql = passports.model_sql(view.reader, figure.model) if figure.model else None
    passport_body(view, passports_of.passport(figure, run, currency, view.language), figure.model, sql)
    if st.toggle(view.say("figure_rows"), key=f"trust_rows_{chosen}"):
        _rows_behind(view, chosen)


def _rows_behind(view: View, figure_id: str) -> None:
    found = passports.passport(view.reader, figure_id, rows=ROWS_SHOWN, language=view.language)
    if not found.rows:
        st.caption(view.say("figure_no_rows"))
        return
    st.caption(
        view.say(
            "figure_rows_of",
            table=found.figure.table,
            shown=len(found.rows),
            n=numbers.count(found.n, view.language),
        )
    )
    data_table(view, passports_of.rows_table(found.rows), "trust_figure_rows")


def _rows(view: View) -> None:
    loads = trust.loads(view.reader)
    _table(view, figures_of.loads_table(loads, view.language), "trust_rows", "no_loads")


def _quarantine(view: View) -> None:
    quarantine, rows = trust.quarantine(view.reader), trust.quarantined_rows(view.reader)
    if quarantine.is_empty() and rows.is_empty():
        no_data(view.say("no_quarantine"), view.say("no_quarantine_why"))
        return
    if quarantined_row(view, rows):
        return
    pressed = None
    if not quarantine.is_empty():
        frame = figures_of.quarantine_table(quarantine, view.language)
        pressed = data_table(view, frame, "trust_quarantine", is_selectable=True)
    quarantine_rows(view, rows, quarantine.row(pressed, named=True) if pressed is not None else None)


def _exchange(view: View) -> None:
    exchange_cards(view, trust.loads(view.reader))


def _checks(view: View) -> None:
    frame = figures_of.checks_table(trust.checks(view.reader), view.language)
    _table(view, frame, "trust_checks", "no_checks")


def _freshness(view: View) -> None:
    frame = figures_of.freshness_table(trust.freshness(view.reader), view.language)
    _table(view, frame, "trust_freshness", "no_loads")


def _publications(view: View) -> None:
    frame = figures_of.publications_table(trust.publications(view.reader), view.language)
    _table(view, frame, "trust_publications", "no_loads")


def _dictionary(view: View) -> None:
    site = trust.documentation(view.reader)
    if site is None:
        st.caption(view.say("documentation_none"))
    else:
        st.download_button(
            view.say("documentation"),
            site.read_bytes,
            "gantry-docs.html",
            "text/html",
            key="documentation",
            on_click="ignore",
        )
    words = st.text_input(
        view.say("search"), key="dictionary_search", placeholder=view.say("search_dictionary"), width=360
    )
    frame = figures_of.dictionary_table(trust.dictionary(view.reader), words, view.language)
    if frame.is_empty():
        no_data(view.say("no_choice"), view.say("no_choice_do"))
    else:
        data_table(view, frame, "trust_dictionary")


def _table(view: View, frame: pl.DataFrame, key: str, empty: str) -> None:
    if frame.is_empty():
        no_data(view.say(empty), view.say("fill_loads"))
    else:
        data_table(view, frame, key)


_SECTIONS = {
    "figures": _figures,
    "rows": _rows,
    "quarantine": _quarantine,
    "exchange": _exchange,
    "checks": _checks,
    "freshness": _freshness,
    "publications": _publications,
    "dictionary": _dictionary,
}

render(current_view())
