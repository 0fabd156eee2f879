"""Projects: which milestones are late, how late they will be, and re-planning one."""

import polars as pl
import streamlit as st

from cockpit.components.cards import card, no_data, page_head
from cockpit.components.gantt_card import gantt_body
from cockpit.components.replan_card import CHOICE, replan_card
from cockpit.components.tables import data_table
from cockpit.components.tiles import tile_strip
from cockpit.repositories import milestones, overview, trust
from cockpit.services import numbers
from cockpit.services import projects as figures_of
from cockpit.services.decided import overlay
from cockpit.services.figures import registry
from cockpit.services.gantt import milestone_row
from cockpit.services.state import doubt
from cockpit.services.words import code_label
from cockpit.shell.decided import newest_replans
from cockpit.shell.session import View, current_view

BARS_SHOWN = 14


def render(view: View) -> None:
    """The page."""
    reader, language = view.reader, view.language
    counts = milestones.counts(reader).row(0, named=True)
    open_milestones = overlay(milestones.open_milestones(reader), newest_replans(view))
    finished = milestones.finished_milestones(reader)
    totals = overview.project_totals(reader).row(0, named=True)
    page_head(
        figures_of.finding(counts, open_milestones, language),
        view.say(
            "overview_sub",
            company=view.company,
            projects=numbers.count(totals["open_count"], language),
            amount=numbers.money(totals["contract_amount"], totals["currency_code"], language),
        ),
    )
    tile_strip(
        figures_of.tiles(
            counts,
            overview.months(reader),
            open_milestones,
            registry(overview.figures(reader), language),
            doubt(trust.checks(reader)),
            language,
        ),
        view.say("doubtful"),
        "tiles_projects",
    )
    chosen = _filter(view, open_milestones, finished)
    left, right = st.columns([2, 1.17])
    with left:
        _gantt(view, chosen)
    with right:
        _choose_from_table(chosen)
        replan_card(view, open_milestones)
    _table(view, chosen)


def _filter(view: View, open_milestones: pl.DataFrame, finished: pl.DataFrame) -> pl.DataFrame:
    codes = sorted({*open_milestones["phase_code"].drop_nulls(), *finished["phase_code"].drop_nulls()})
    with st.container(key="filters", horizontal=True, vertical_alignment="top"):
        scope = st.segmented_control(
            view.say("scope"),
            figures_of.SCOPES,
            default="late" if open_milestones["is_overdue"].any() else "open",
            required=True,
            format_func=lambda code: view.say(f"scope_{code}"),
            key="projects_scope",
        )
        phase = st.selectbox(
            view.say("phase"),
            codes,
            index=None,
            placeholder=view.say("all"),
            format_func=lambda code: code_label("phase", code, view.language),
            key="projects_phase",
            width=200,
        )
        words = st.text_input(
            view.say("search"), key="projects_search", placeholder=view.say("search_milestones"), width=280
        )
    return figures_of.filtered(open_milestones, finished, scope or "open", phase, words)


def _gantt(view: View, chosen: pl.DataFrame) -> None:
    rows = [milestone_row(row) for row in chosen.head(BARS_SHOWN).iter_rows(named=True)]
    shown = view.say(
        "gantt_note",
        shown=numbers.count(len(rows), view.language),
        n=numbers.count(chosen.height, view.language),
    )
    with card("gantt", view.say("ask_milestones"), shown if rows else ""):
        if rows:
            gantt_body(view, rows, "projects_gantt")
        else:
            _nothing(view)


def _choose_from_table(chosen: pl.DataFrame) -> None:
    """A row pressed in the table below becomes the milestone of the form, once per press."""
    state = st.session_state.get("projects_table")
    rows = state.selection.rows if state else []
    if rows and rows[0] < chosen.height and "is_pending" in chosen.columns:
        pressed = chosen["milestone_id"][rows[0]]
        if st.session_state.get("_pressed_milestone") != pressed:
            st.session_state["_pressed_milestone"] = pressed
            st.session_state[CHOICE] = pressed


def _table(view: View, chosen: pl.DataFrame) -> None:
    with card("milestones", view.say("ask_all_milestones"), view.say("press_row") if chosen.height else ""):
        if chosen.is_empty():
            _nothing(view)
        else:
            data_table(view, figures_of.table(chosen, view.language), "projects_table", is_selectable=True)


def _nothing(view: View) -> None:
    if milestones.counts(view.reader)["milestone_count"][0]:
        no_data(view.say("no_choice"), view.say("no_choice_do"))
    else:
        no_data(view.say("no_milestones"), view.say("fill_milestones"))


render(current_view())
