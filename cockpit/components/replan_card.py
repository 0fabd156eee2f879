"""The re-plan card: choose a milestone, see what stands, save a new date, take it back."""

from __future__ import annotations

import html

import polars as pl
import streamlit as st

from actions.errors import ActionError, StaleVersionError
from actions.kinds import ReplanMilestone, shown
from actions.reasons import REASON_CODES, reason_label
from actions.store import Action, ActionStore
from cockpit.components.cards import card, no_data
from cockpit.components.facts import facts
from cockpit.repositories.decisions import decisions
from cockpit.services import numbers
from cockpit.services.projects import option_label
from cockpit.services.replan import Answer, Base, open_form, save, suggested_on, take_back
from cockpit.shell.session import View

CHOICE = "replan_milestone"
_BASE = "replan_base"
_TOLD = "replan_told"


def replan_card(view: View, milestones: pl.DataFrame) -> None:
    """The card over the open milestones, the worst first; nothing to choose without any."""
    with card("replan", view.say("replan")):
        if milestones.is_empty():
            no_data(view.say("no_open_milestones"), view.say("fill_milestones"))
            return
        row = _chosen(view, milestones)
        store = decisions(view.settings)
        try:
            history = store.history(ReplanMilestone.subject_type, row["milestone_id"])
        except ActionError as error:
            st.error(error.tell(view.language))
            return
        _standing(view, row)
        _tell()
        _form(view, store, row, history)
        _history(view, store, history)


def _chosen(view: View, milestones: pl.DataFrame) -> dict:
    rows = {row["milestone_id"]: row for row in milestones.iter_rows(named=True)}
    asked = st.query_params.get("milestone")
    if asked in rows and st.session_state.get("_asked_milestone") != asked:
        st.session_state[CHOICE] = asked
        st.session_state["_asked_milestone"] = asked
    if st.session_state.get(CHOICE) not in rows:
        st.session_state[CHOICE] = next(iter(rows))
    chosen = st.selectbox(
        view.say("milestone"),
        list(rows),
        key=CHOICE,
        format_func=lambda milestone_id: option_label(rows[milestone_id], view.language),
    )
    return rows[chosen]


def _standing(view: View, row: dict) -> None:
    pending = f" · {view.say('pending')}" if row["is_pending"] else ""
    facts(
        [
            (view.say("col_planned_finish_on"), numbers.date(row["planned_finish_on"])),
            (view.say("col_forecast_finish_on"), numbers.date(row["forecast_finish_on"]) + pending),
            (
                view.say("p50_p80"),
                f"{numbers.date(row['finish_p50_on'])} / {numbers.date(row['finish_p80_on'])}",
            ),
            (view.say("like_milestones"), numbers.count(row["reference_count"], view.language)),
        ]
    )


def _form(view: View, store: ActionStore, row: dict, history: list[Action]) -> None:
    base: Base | None = st.session_state.get(_BASE)
    if base is None or base.milestone_id != row["milestone_id"]:
        base = open_form(row["milestone_id"], row["forecast_finish_on"], history)
        st.session_state[_BASE] = base
    as_of_on = view.reader.publication.as_of_on
    with st.form(f"replan_{base.action_id}", border=False):
        new_on = st.date_input(
            view.say("new_date"),
            value=suggested_on(row, as_of_on),
            key=f"replan_on_{base.action_id}",
            format="YYYY-MM-DD",
        )
        reason_code = st.selectbox(
            view.say("reason_code"),
            REASON_CODES,
            index=None,
            placeholder=view.say("choose"),
            format_func=lambda code: reason_label(code, view.language),
            key=f"replan_code_{base.action_id}",
        )
        reason = st.text_input(view.say("reason"), key=f"replan_why_{base.action_id}", max_chars=500)
        is_sent = st.form_submit_button(
            view.say("save_date"), type="primary", width="stretch", key="replan_save"
        )
    if not view.who:
        st.caption(view.say("name_first"))
    if not is_sent:
        return
    try:
        answer = Answer(new_on, reason_code, reason, view.who)
        action = save(store, base, answer, row["forecast_finish_on"], view.reader.publication)
    except StaleVersionError as error:
        st.error(error.tell(view.language))
        st.button(view.say("take_new_value"), key="replan_reopen", on_click=_reopen)
    except ActionError as error:
        st.error(error.tell(view.language))
    else:
        _done(view.say("saved", date=shown(action.payload.new_on), by=action.done_by))


def _history(view: View, store: ActionStore, history: list[Action]) -> None:
    if not history:
        return
    st.html(f'<div class="foot">{html.escape(view.say("history"))}</div>')
    lines = "".join(_line(view, each) for each in reversed(history))
    st.html(f'<div class="trail">{lines}</div>')
    newest = history[-1]
    label = view.say("undo_undo") if newest.undoes_action_id else view.say("undo")
    if st.button(label, key="replan_undo", width="stretch"):
        try:
            action = take_back(store, newest, view.who, view.language)
        except ActionError as error:
            st.error(error.tell(view.language))
        else:
            _done(view.say("undone", date=shown(action.payload.new_on)))


def _line(view: View, action: Action) -> str:
    payload = action.payload
    assert isinstance(payload, ReplanMilestone)
    label = reason_label(action.reason_code, view.language)
    return (
        f"<div><b>{shown(payload.old_on)} → {shown(payload.new_on)}</b>"
        f"<small>{html.escape(label)} · {html.escape(action.reason)}</small>"
        f"<small>{html.escape(action.done_by)} · {numbers.moment(action.done_at)}</small></div>"
    )


def _done(told: str) -> None:
    """Start afresh: the page above was drawn before the action, and all of it must show it."""
    st.session_state[_TOLD] = told
    _reopen()
    st.rerun()


def _reopen() -> None:
    st.session_state.pop(_BASE, None)


def _tell() -> None:
    told = st.session_state.pop(_TOLD, None)
    if told:
        st.success(told)
