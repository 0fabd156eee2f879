"""Projects: the portfolio by filter as Gantt or board, and one project when the address names it."""

from collections.abc import Mapping, Sequence

import polars as pl
import streamlit as st

from actions.store import Action
from cockpit.components.address import addressed
from cockpit.components.board import board
from cockpit.components.cards import card, no_data, page_head
from cockpit.components.compare_cards import other_day, projects_card
from cockpit.components.gantt_card import dense_body, gantt_body, phone_cards
from cockpit.components.opening import open_on_press, opened
from cockpit.components.replan_card import CHOICE, replan_card
from cockpit.components.tables import data_table
from cockpit.components.tiles import tile_strip
from cockpit.page.project import project_page
from cockpit.repositories import milestones, overview, trust
from cockpit.repositories import projects as records
from cockpit.services import numbers, portfolio
from cockpit.services import projects as figures_of
from cockpit.services.decided import overlay
from cockpit.services.figures import registry
from cockpit.services.state import doubt
from cockpit.services.words import code_label
from cockpit.shell.decided import newest_replans
from cockpit.shell.session import View, current_view

BARS_SHOWN = 14


def render(view: View) -> None:
    """The page."""
    decided = newest_replans(view)
    asked = opened("project")
    if asked and project_page(view, asked, decided):
        return
    _portfolio(view, decided)


def _portfolio(view: View, decided: Mapping[str, Action]) -> None:
    reader, language = view.reader, view.language
    counts = milestones.counts(reader).row(0, named=True)
    open_milestones = overlay(milestones.open_milestones(reader), decided)
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
    other = other_day(view)
    if other is not None:
        projects_card(view, other)
    region, words, sight, chosen = _filter(view, open_milestones, finished)
    is_wide = sight != "worst"
    if is_wide:
        _nodes(view, chosen, sight)
    left, right = st.columns([2, 1.17])
    with left:
        if not is_wide:
            _nodes(view, chosen, sight)
        _projects(view, words, region)
    with right:
        _choose_from_table(chosen)
        replan_card(view, open_milestones)
    _table(view, chosen)


def _filter(
    view: View, open_milestones: pl.DataFrame, finished: pl.DataFrame
) -> tuple[str | None, str, str, pl.DataFrame]:
    """Region, words and sight, kept in the address as scope and phase are; the nodes that all leave."""

    def codes(column: str) -> list[str]:
        return sorted({*open_milestones[column].drop_nulls(), *finished[column].drop_nulls()})

    first_scope = "late" if open_milestones["is_overdue"].any() else "open"
    with st.container(key="filters", horizontal=True, vertical_alignment="top"):
        scope = st.segmented_control(
            view.say("scope"),
            figures_of.SCOPES,
            required=True,
            format_func=lambda code: view.say(f"scope_{code}"),
            **addressed("projects_scope", "scope", first_scope, figures_of.SCOPES),
        )
        phase = _choice(view, "phase", codes("phase_code"))
        region = _choice(view, "region", codes("region_code"))
        words = st.text_input(
            view.say("search"),
            placeholder=view.say("search_milestones"),
            width=240,
            **addressed("projects_search", "find", ""),
        )
        sight = _sight(view, "view", "sight", portfolio.SIGHTS)
    chosen = figures_of.filtered(open_milestones, finished, scope or first_scope, phase, words)
    return region, words, sight, portfolio.of_region(chosen, region)


def _choice(view: View, kind: str, codes: list[str]) -> str | None:
    return st.selectbox(
        view.say(kind),
        codes,
        # Without a first choice of its own the list can be emptied again.
        index=None,
        placeholder=view.say("all"),
        format_func=lambda code: code_label(kind, code, view.language),
        width=170,
        **addressed(f"projects_{kind}", kind, None, codes),
    )


def _nodes(view: View, chosen: pl.DataFrame, sight: str) -> None:
    """The same nodes as bars of time or as a board."""
    with card("gantt", view.say("ask_milestones"), view.say("gantt_days_note") if chosen.height else ""):
        if chosen.is_empty():
            _nothing(view)
        elif sight == "board":
            board(view, portfolio.board(chosen, view.language))
            phone_cards(view, portfolio.rows_of(chosen), "projects_board")
        elif sight == "all":
            _all_nodes(view, chosen)
        else:
            gantt_body(view, portfolio.rows_of(chosen, BARS_SHOWN), "projects_gantt")
        _told(view, chosen, sight)


def _sight(view: View, name: str, words: str, options: Sequence[str]) -> str:
    """How the nodes are shown, kept in the address."""
    return st.segmented_control(
        view.say(f"portfolio_{words}"),
        options,
        required=True,
        format_func=lambda code: view.say(f"{words}_{code}"),
        **addressed(f"projects_{name}", name, options[0], options),
    )


def _all_nodes(view: View, chosen: pl.DataFrame) -> None:
    span = _sight(view, "span", "span", portfolio.SPANS)
    window = portfolio.window(span, view.reader.publication.as_of_on)
    links = records.open_links(view.reader)
    dense_body(view, portfolio.groups(chosen, view.language), "projects_nodes", window, links.rows())


def _told(view: View, chosen: pl.DataFrame, sight: str) -> None:
    """How many nodes there are, and how many of them the picture shows."""
    most = {"worst": BARS_SHOWN, "all": portfolio.MAX_BARS}.get(sight, chosen.height)
    if chosen.height:
        shown = numbers.count(min(most, chosen.height), view.language)
        st.caption(view.say("nodes_shown", shown=shown, n=numbers.count(chosen.height, view.language)))


def _choose_from_table(chosen: pl.DataFrame) -> None:
    """A row pressed in the table below becomes the milestone of the form, once per press."""
    state = st.session_state.get("projects_table")
    rows = state.selection.rows if state else []
    if rows and rows[0] < chosen.height and "is_pending" in chosen.columns:
        pressed = chosen["milestone_id"][rows[0]]
        if st.session_state.get("_pressed_milestone") != pressed:
            st.session_state["_pressed_milestone"] = pressed
            st.session_state[CHOICE] = pressed


def _projects(view: View, words: str, region: str | None) -> None:
    found = portfolio.project_list(records.projects(view.reader), words, region)
    with card("portfolio", view.say("ask_portfolio"), view.say("press_project") if found.height else ""):
        if found.is_empty():
            _nothing(view)
            return
        pressed = data_table(
            view,
            portfolio.project_table(found, view.language),
            "projects_list",
            shares=("earned_share",),
            amounts=("contract_amount",),
            is_selectable=True,
        )
        open_on_press("project", found["project_id"].to_list(), pressed)


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
