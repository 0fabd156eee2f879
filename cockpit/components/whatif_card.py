"""What if: build scenarios of a project, see them side by side, approve one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import polars as pl
import streamlit as st

from actions.errors import StoreUnavailableError
from actions.store import Action
from cockpit.components.accept_button import NOTHING_TAKEN, accept_button
from cockpit.components.approve_plan import approve_plan
from cockpit.components.cards import card, no_data
from cockpit.components.tables import data_table
from cockpit.components.whatif_compare import compare_table
from cockpit.components.whatif_form import Asked, whatif_form
from cockpit.repositories import batches as records
from cockpit.repositories import milestones as milestone_records
from cockpit.repositories import projects as project_records
from cockpit.repositories.decisions import alternatives_taken
from cockpit.services import whatif as figures_of
from cockpit.services.decided import overlay
from cockpit.services.whatif import Effects, Outcome, Project, Scenario
from cockpit.shell.session import View
from cockpit.shell.writing import may_write, tell, write_bar


def whatif_section(
    view: View, project_id: str, decided: Mapping[str, Action], finish_p80_on: dt.date | None
) -> None:
    """The section: the form on the right, scenarios on the left, the nodes that they move beneath.

    finish_p80_on: what the title says; the finish of the scenarios may be another.
    """
    project = _project(view, project_id)
    batches = records.project_batches(view.reader, project_id)
    left, right = st.columns([2, 1.17])
    with right, card("whatif_form", view.say("ask_whatif_form")):
        if not project.open():
            no_data(view.say("no_open_milestones"), view.say("fill_milestones"))
        else:
            _asked_by_address(view, project, batches)
            asked = whatif_form(view, project, _scenarios(project_id), batches)
            if asked is not None:
                _add(project_id, project, asked)
                st.rerun()
    scenarios = _scenarios(project_id)
    effects, found = _outcomes(view, project_id, project, scenarios)
    with left, card("whatif", view.say("ask_whatif"), view.say("whatif_note") if scenarios else ""):
        tell(view)
        if not scenarios:
            no_data(view.say("no_scenarios"), view.say("no_scenarios_why"))
            return
        for problem in figures_of.problem_words(effects, view.language):
            st.warning(problem)
        now = figures_of.now(effects)
        compare_table(view, project, now, found)
        if told := figures_of.two_finishes(finish_p80_on, now, view.language):
            st.caption(told)
        standing = overlay(milestone_records.open_milestones(view.reader), decided)
        write_bar(view)
        _buttons(view, project_id, found, standing.filter(pl.col("project_id") == project_id), decided)
    with left, card("whatif_nodes", view.say("ask_whatif_nodes")):
        table = figures_of.node_table(project, effects, found)
        if table.is_empty():
            no_data(view.say("no_moved"), view.say("no_moved_why"))
        else:
            data_table(view, table, "whatif_nodes")


def _outcomes(
    view: View, project_id: str, project: Project, scenarios: list[Scenario]
) -> tuple[Effects, list[Outcome]]:
    """What the scenarios bring, computed when they change and not at every press on the page."""
    asked = view.reader.publication.name, project_id, scenarios
    kept = st.session_state.get("_whatif_found")
    if kept is None or kept[0] != asked:
        kept = asked, figures_of.outcomes(project, scenarios)
        st.session_state["_whatif_found"] = kept
    return kept[1]


def _project(view: View, project_id: str) -> Project:
    reader = view.reader
    return Project(
        records.milestones(reader, project_id),
        project_records.links(reader, project_id),
        records.delays(reader, project_id),
        records.purchase_lines(reader, project_id),
        reader.publication.as_of_on,
    )


def _scenarios(project_id: str) -> list[Scenario]:
    return st.session_state.get(f"_whatif_{project_id}", [])


def _keep(project_id: str, scenarios: Sequence[Scenario]) -> None:
    st.session_state[f"_whatif_{project_id}"] = list(scenarios)


def _add(project_id: str, project: Project, asked: Asked) -> None:
    scenarios = _scenarios(project_id)
    if asked.option is not None:
        _keep(project_id, figures_of.with_option(scenarios, project, asked.option, asked.batch))
    elif asked.change is not None:
        _keep(project_id, figures_of.with_change(scenarios, asked.target, asked.change))


def _asked_by_address(view: View, project: Project, batches: pl.DataFrame) -> None:
    """A link from a late batch opens with its best option beside nothing done, once a link."""
    line_id = st.query_params.get("batch", "")
    rows = batches.filter(pl.col("purchase_line_id") == line_id)
    if rows.is_empty() or st.session_state.get("_whatif_batch") == line_id:
        return
    st.session_state["_whatif_batch"] = line_id
    options = records.options(view.reader, line_id)
    if options.height:
        row = rows.row(0, named=True)
        name = row["product_name"] or row["product_id"]
        _add(row["project_id"], project, Asked(option=options.row(0, named=True), batch=name))


def _buttons(
    view: View,
    project_id: str,
    found: Sequence[Outcome],
    standing: pl.DataFrame,
    decided: Mapping[str, Action],
) -> None:
    for each in found:
        letter = each.scenario.scenario_id
        with st.container(
            horizontal=True, vertical_alignment="center", key=f"scenario_{letter}", gap="small"
        ):
            st.html(f"<b>{letter}</b>")
            if may_write(view) and each.finish_p50_on is not None:
                if each.scenario.kind_code == "option":
                    _accept(view, each)
                elif each.scenario.kind_code == "own":
                    _replan(view, each, standing, decided)
            drop = f"whatif_drop_{letter}"
            st.button(view.say("whatif_drop"), key=drop, on_click=_drop, args=(project_id, letter))


def _drop(project_id: str, letter: str) -> None:
    _keep(project_id, [each for each in _scenarios(project_id) if each.scenario_id != letter])


def _accept(view: View, outcome: Outcome) -> None:
    """Take the option of a late batch: the same decision as on the page of suppliers."""
    option = outcome.scenario.option
    assert option is not None
    try:
        taken = alternatives_taken(view.settings)
    except StoreUnavailableError as error:
        st.warning(error.tell(view.language))
        return
    decided = taken.get(option["purchase_line_id"], NOTHING_TAKEN)
    accept_button(view, option, decided, f"whatif_accept_{outcome.scenario.scenario_id}", is_best=True)


def _replan(view: View, outcome: Outcome, standing: pl.DataFrame, decided: Mapping[str, Action]) -> None:
    """Make the scenario the plan: new forecast dates of the milestones that it changes and moves."""
    steps = figures_of.replans(outcome, standing, decided, view.reader.publication.name)
    approve_plan(view, outcome.scenario.scenario_id, steps, view.say("whatif_writes", n=len(steps)))
