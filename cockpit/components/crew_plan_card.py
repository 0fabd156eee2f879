"""Planning a project anew with the crews as they are: ask, look at old and new dates, accept."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
import streamlit as st

from actions.store import Action
from cockpit.components.approve_plan import approve_plan
from cockpit.components.cards import card, no_data
from cockpit.components.tables import data_table
from cockpit.repositories import batches as records
from cockpit.repositories import milestones as milestone_records
from cockpit.repositories import projects as project_records
from cockpit.services import crew_plan as figures_of
from cockpit.services.decided import overlay
from cockpit.shell.session import View
from cockpit.shell.writing import may_write
from ml.schedule.read import CrewPlan, crew_plan


def crew_plan_card(view: View, project_id: str, decided: Mapping[str, Action]) -> None:
    """The card: a button until it is asked, then the plan with what limits it and the way to accept it."""
    standing = overlay(milestone_records.open_milestones(view.reader), decided).filter(
        pl.col("project_id") == project_id
    )
    with card("crew_plan", view.say("ask_crew_plan"), view.say("crew_plan_note") if standing.height else ""):
        if standing.is_empty():
            no_data(view.say("no_open_milestones"), view.say("fill_milestones"))
            return
        # The dates that stand are part of the question: once a plan is accepted it is asked anew.
        asked = view.reader.publication.name, project_id, tuple(standing["forecast_finish_on"])
        if st.button(view.say("crew_plan_ask"), key="crew_plan_ask"):
            with st.spinner(view.say("crew_plan_searching")):
                st.session_state["_crew_plan"] = asked, _planned(view, project_id, standing)
        kept = st.session_state.get("_crew_plan")
        if kept is None or kept[0] != asked:
            return
        _show(view, project_id, kept[1], standing, decided)


def _planned(view: View, project_id: str, standing: pl.DataFrame) -> CrewPlan:
    """The plan, from the dates that stand now."""
    work = records.crew_work(view.reader, project_id)
    now = standing.select("milestone_id", standing_on="forecast_finish_on")
    work = work.join(now, on="milestone_id", how="left", maintain_order="left").with_columns(
        forecast_finish_on=pl.coalesce("standing_on", "forecast_finish_on")
    )
    links = project_records.links(view.reader, project_id)
    return crew_plan(project_id, work, links, view.reader.publication.as_of_on, figures_of.CONFIG)


def _show(
    view: View, project_id: str, plan: CrewPlan, standing: pl.DataFrame, decided: Mapping[str, Action]
) -> None:
    language = view.language
    milestones = records.milestones(view.reader, project_id)
    names = dict(milestones.select("milestone_id", pl.coalesce("name", "milestone_id")).iter_rows())
    crews = dict(records.crews(view.reader).select("crew_id", "name").iter_rows())
    st.markdown(figures_of.finding(plan, language))
    st.caption(figures_of.feasibility(plan, language))
    st.caption(figures_of.limits(plan, crews, language))
    data_table(view, figures_of.table(plan, names, crews, language), "crew_plan")
    if may_write(view):
        steps = figures_of.replans(plan, standing, decided, view.reader.publication.name)
        approve_plan(view, "crews", steps, view.say("crew_plan_writes", n=len(steps)))
