"""Rows in quarantine: which they are, what is wrong with one, and the form that puts it right."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
import streamlit as st

from actions.errors import StoreUnavailableError
from actions.kinds import CorrectRow, IgnoreRow, Payload
from actions.kinds.base import Step, effective
from actions.records import Action, step_of
from cockpit.components.cards import no_data
from cockpit.components.opening import open_on_press, opened, way_back
from cockpit.components.tables import data_table
from cockpit.repositories.decisions import decisions, row_decisions
from cockpit.services import items as words_of
from cockpit.services import numbers
from cockpit.services import quarantine as rows_of
from cockpit.services.quarantine import STATES, FieldOfRow
from cockpit.services.steps import Form, Said, Seen, take, take_back
from cockpit.services.words import code_label
from cockpit.shell.session import View
from cockpit.shell.writing import attempt, may_write, names, tell, write_bar

#: The address's name for the row that is open.
ROW = "row"
_FORM = "quarantine_form"
_VERBS = ("correct", "ignore")


def quarantined_row(view: View, rows: pl.DataFrame) -> bool:
    """The row that the address names, with its fields and the form that puts it right; False without one."""
    found = rows.filter(pl.col("quarantine_id") == opened(ROW))
    if found.is_empty():
        return False
    way_back(view, ROW, "all_rows_back")
    tell(view)
    _row(view, found.row(0, named=True), _decided(view))
    return True


def quarantine_rows(view: View, rows: pl.DataFrame, reason: Mapping[str, Any] | None) -> None:
    """The rows of one reason, or all; a press opens one."""
    decided = _decided(view)
    found = _filtered(view, rows_of.with_states(rows, decided), reason)
    if found.is_empty():
        no_data(view.say("no_choice"), view.say("no_choice_do"))
        return
    st.caption(view.say("press_waiting_row"))
    lines = rows_of.rows_table(found, view.language)
    pressed = data_table(view, lines, "quarantined_rows", is_selectable=True)
    open_on_press(ROW, found["quarantine_id"].to_list(), pressed)


def _decided(view: View) -> dict[str, Step]:
    if view.is_past:
        return {}
    try:
        return row_decisions(view.settings)
    except StoreUnavailableError as error:
        st.warning(error.tell(view.language))
        return {}


def _filtered(view: View, rows: pl.DataFrame, reason: Mapping[str, Any] | None) -> pl.DataFrame:
    counts = dict(rows.group_by("state_code").len().iter_rows())
    state = st.pills(
        view.say("col_state_code"),
        [each for each in STATES if counts.get(each)],
        format_func=lambda code: f"{code_label('quarantine', code, view.language)} · {counts[code]}",
        label_visibility="collapsed",
        key="quarantine_state",
    )
    if reason is None:
        return rows_of.chosen(rows, state=state, table=None, column=None, rule=None)
    rule = code_label("broken", reason["rule_code"], view.language)
    st.caption(view.say("rows_of_reason", table=reason["table_name"], rule=rule))
    return rows_of.chosen(
        rows, state=state, table=reason["table_name"], column=reason["column_name"], rule=reason["rule_code"]
    )


def _row(view: View, row: Mapping[str, Any], decided: Mapping[str, Step]) -> None:
    fields = rows_of.fields_of(row, view.language)
    history = decisions(view.settings).history(CorrectRow.subject_type, row["quarantine_id"])
    state = rows_of.state_of(row, decided.get(row["quarantine_id"]))
    st.html(f'<p class="verdict">{html.escape(_state_words(view, row, state))}</p>')
    left, right = st.columns([2, 1.17])
    protected = view.say("protected_value")
    with left:
        st.caption(view.say("row_by_contract"))
        data_table(view, rows_of.contract_table(fields, view.language, protected), "quarantined_fields")
        st.caption(view.say("row_at_source", place=f"{row['source_file']}:{row['source_row']}"))
        data_table(view, rows_of.source_table(row, protected), "quarantined_source")
    with right:
        if write_bar(view) and may_write(view):
            _decide(view, row, fields, len(history))
        _trail(view, history)


def _state_words(view: View, row: Mapping[str, Any], state: str) -> str:
    why = rows_of.refusal(row, view.language) if state == "refused" else ""
    return view.say(f"row_{state}", why=why)


def _decide(view: View, row: Mapping[str, Any], fields: Sequence[FieldOfRow], version: int) -> None:
    seen = Seen(
        row["quarantine_id"], version, view.reader.publication.name, subject_type=CorrectRow.subject_type
    )
    verb = st.segmented_control(
        view.say("next_step"),
        _VERBS,
        default="correct",
        format_func=lambda each: view.say(f"verb_row_{each}"),
        key=f"quarantine_verb_{row['quarantine_id']}",
    )
    if verb is None:
        return
    form: Form | None = st.session_state.get(_FORM)
    if form is None or (form.seen.subject_id, form.verb) != (seen.subject_id, verb):
        form = Form(seen, verb)
        st.session_state[_FORM] = form
    typed = _chosen_fields(view, row, fields, form) if verb == "correct" else []
    with st.form(f"quarantine_form_{form.action_id}", border=False):
        values = {each.column.name: _input(view, each, form) for each in typed}
        why = st.text_area(
            view.say("reason"), max_chars=500, height=76, key=f"quarantine_why_{form.action_id}"
        )
        is_sent = st.form_submit_button(
            view.say(f"verb_row_{verb}"), type="primary", width="stretch", key=f"quarantine_{form.action_id}"
        )
    if form.seen.version != seen.version:
        st.warning(view.say("item_moved_on"))
        st.button(view.say("take_new_value"), key="quarantine_reopen", on_click=_drop)
    if is_sent:
        old = {each.column.name: each.value for each in fields}
        payload: Payload = IgnoreRow(table_name=row["table_name"])
        if verb == "correct":
            payload = rows_of.correction(row["table_name"], old, values)
        _send(view, form, payload, why)


def _chosen_fields(
    view: View, row: Mapping[str, Any], fields: Sequence[FieldOfRow], form: Form
) -> list[FieldOfRow]:
    """The fields to put right: those that are wrong, and what the reader adds."""
    offered = {each.column.name: each for each in fields if each.is_correctable}
    sealed = [each.column.label[view.language] for each in fields if each.reasons and not each.is_correctable]
    if sealed:
        st.caption(view.say("personal_at_source", fields=", ".join(sealed)))
    names_chosen = st.multiselect(
        view.say("fields_to_correct"),
        list(offered),
        default=[name for name, each in offered.items() if each.reasons],
        format_func=lambda name: offered[name].column.label[view.language],
        key=f"quarantine_fields_{form.action_id}",
    )
    return [offered[name] for name in names_chosen]


def _input(view: View, field: FieldOfRow, form: Form) -> str:
    column, key = field.column, f"quarantine_{field.column.name}_{form.action_id}"
    label = f"{column.label[view.language]} ({column.name})"
    if column.vocabulary:
        known = list(column.vocabulary)
        place = known.index(field.value) if field.value in known else None
        return st.selectbox(label, known, index=place, placeholder=view.say("choose"), key=key) or ""
    return st.text_input(label, value=field.value or "", max_chars=2_000, key=key, help=column.type.lower())


def _send(view: View, form: Form, payload: Payload, why: str) -> None:
    store, seen = decisions(view.settings), form.seen
    said = Said(view.who, reason=why)
    told = view.say(f"done_row_{form.verb}")
    if attempt(view, lambda: take(store, seen, payload, said, form.action_id), told, (seen, payload)):
        _drop()
    st.rerun()


def _drop() -> None:
    st.session_state.pop(_FORM, None)


def _trail(view: View, history: Sequence[Action]) -> None:
    if not history:
        return
    known = names(view)
    holding = {step.action_id for step in effective([step_of(each) for each in history])}
    lines = []
    for each in reversed(history):
        words = html.escape(words_of.step_words(each.payload, known))
        if each.undoes_action_id:
            words = f"{html.escape(known.undone)} {words}"
        elif each.action_id not in holding:
            words = f"<s>{words}</s>"
        by = f"{html.escape(known.author(each.done_by))} · {numbers.moment(each.done_at)}"
        why = f"<small dir='auto'>{html.escape(each.reason)}</small>"
        lines.append(f"<div><b dir='auto'>{words}</b>{why}<small>{by}</small></div>")
    st.html(f'<div class="trail">{"".join(lines)}</div>')
    newest = history[-1]
    if may_write(view):
        st.button(
            view.say("undo_undo") if newest.undoes_action_id else view.say("undo_step"),
            key=f"quarantine_undo_{newest.version}",
            width="stretch",
            on_click=_take_back,
            args=(view, newest),
        )


def _take_back(view: View, newest: Action) -> None:
    store = decisions(view.settings)
    if attempt(view, lambda: take_back(store, newest, view.who, view.language), view.say("done_undo")):
        _drop()
