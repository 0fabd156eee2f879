"""The word against a forecast: what the model says, what a planner says instead, why, and until when."""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import polars as pl
import streamlit as st

from actions.errors import ActionError
from actions.kinds import OverrideForecast, forecast_subject
from actions.reasons import REASON_CODES, reason_label
from actions.records import Action
from cockpit.components.cards import card, no_data
from cockpit.components.facts import facts
from cockpit.repositories.decisions import decisions
from cockpit.services import numbers
from cockpit.services.items import Names, step_words
from cockpit.services.overrides import MEANS, Standing, draft, preview, state_words, subject, warning
from cockpit.services.steps import Form, Said, Seen, take, take_back
from cockpit.shell.session import View
from cockpit.shell.writing import attempt, say_next, write_bar

MONTH = "override_month"
_FORM = "override_form"


@dataclass(frozen=True)
class Desk:
    """What the form stands on: one product in one region (None: all), its coming months, what was said of it.

    `ahead` has period_on, quantity_naive and quantity_p50; `chains` the actions by subject; `record` the rows
    of `ml_override_card`.
    """

    product_id: str
    region_code: str | None
    ahead: pl.DataFrame
    standing: Mapping[dt.date, Standing]
    chains: Mapping[str, Sequence[Action]]
    record: pl.DataFrame
    limit_share: Decimal


@dataclass(frozen=True)
class _Typed:
    """The fields of an open form as they stand in the session."""

    payload: OverrideForecast | None
    reason_code: str
    reason: str


def override_card(view: View, names: Names, desk: Desk) -> None:
    """The card: choose a month, see what stands, say otherwise, take it back."""
    with card("override", view.say("ask_override"), view.say("override_note")):
        if desk.ahead.is_empty():
            no_data(view.say("no_demand"), view.say("fill_orders"))
            return
        months = desk.ahead["period_on"].to_list()
        if st.session_state.get(MONTH) not in months:
            st.session_state.pop(MONTH, None)  # a new publication may have left the month behind
        month = st.selectbox(
            view.say("month"),
            months,
            format_func=lambda on: numbers.month(on, view.language),
            key=MONTH,
        )
        row = desk.ahead.filter(period_on=month).row(0, named=True)
        chain = desk.chains.get(forecast_subject(desk.product_id, desk.region_code, month), ())
        _standing(view, row, desk.standing.get(month))
        if write_bar(view):
            _form(view, names, desk, row, chain)
        _trail(view, names, chain)


def _standing(view: View, row: dict, said: Standing | None) -> None:
    lines = [
        (view.say("fva_naive"), numbers.quantity(row["quantity_naive"], view.language)),
        (view.say("fva_model"), numbers.quantity(row["quantity_p50"], view.language)),
    ]
    if said is not None:
        value = numbers.quantity(float(said.payload.new_quantity), view.language)
        lines.append((view.say("fva_override"), f"{value} · {state_words(said.state_code, view.language)}"))
    facts(lines)


def _form(view: View, names: Names, desk: Desk, row: dict, chain: Sequence[Action]) -> None:
    seen = Seen(
        forecast_subject(desk.product_id, desk.region_code, row["period_on"]),
        chain[-1].version if chain else 0,
        view.reader.publication.name,
        OverrideForecast.subject_type,
    )
    form: Form | None = st.session_state.get(_FORM)
    if form is None or form.seen.subject_id != seen.subject_id:
        form = st.session_state[_FORM] = Form(seen, "override")
    if form.seen.version != seen.version:
        st.warning(view.say("forecast_moved_on"))
        st.button(view.say("take_new_value"), key="override_reopen", on_click=_drop)
    _fields(view, form, row)
    typed = _typed(desk, form, row)
    if typed.payload is not None:
        st.caption(preview(typed.payload, view.language))
        poor = warning(desk.record, typed.payload, view.who, typed.reason_code, names)
        if poor:
            st.warning(poor)
    st.button(
        view.say("save_override"),
        key=f"override_save_{form.action_id}",
        type="primary",
        width="stretch",
        on_click=_save,
        args=(view, desk, form, row),
    )


def _fields(view: View, form: Form, row: dict) -> None:
    as_of_on = view.reader.publication.as_of_on
    # The same rows for all: a planner learns the places of four fields, not of four forms.
    means = st.segmented_control(
        view.say("override_means"),
        MEANS,
        default="quantity",
        required=True,
        label_visibility="collapsed",
        format_func=lambda code: view.say(f"means_{code}"),
        key=_key(form, "means"),
    )
    st.number_input(
        view.say(f"means_{means}"),
        min_value=0.0,
        value=None,
        step=1.0 if means == "quantity" else 0.05,
        format="%g",
        placeholder=view.say("override_placeholder_" + str(means)),
        key=_key(form, str(means)),
    )
    st.selectbox(
        view.say("reason_code"),
        REASON_CODES,
        index=None,
        placeholder=view.say("choose"),
        format_func=lambda code: reason_label(code, view.language),
        key=_key(form, "code"),
    )
    st.text_input(view.say("reason"), key=_key(form, "why"), max_chars=500)
    st.date_input(
        view.say("col_expires_on"),
        value=max(_month_end(row["period_on"]), as_of_on),
        min_value=as_of_on,
        format="YYYY-MM-DD",
        help=view.say("override_expiry_help"),
        key=_key(form, "until"),
    )


def _typed(desk: Desk, form: Form, row: dict) -> _Typed:
    """What the session holds: a press of the button may bring the last field typed along with it."""
    state = st.session_state
    means = state.get(_key(form, "means")) or "quantity"
    target = (desk.product_id, desk.region_code, row["period_on"])
    until_on = state.get(_key(form, "until")) or _month_end(row["period_on"])
    payload = draft(
        target, row["quantity_p50"], (means, state.get(_key(form, means))), until_on, desk.limit_share
    )
    return _Typed(payload, state.get(_key(form, "code")) or "", state.get(_key(form, "why")) or "")


def _save(view: View, desk: Desk, form: Form, row: dict) -> None:
    typed = _typed(desk, form, row)
    payload = typed.payload
    if payload is None:
        say_next("error", view.say("override_nothing"))
        return
    told = view.say("override_saved_waits" if payload.needs_approval() else "override_saved")
    said = Said(view.who, typed.reason_code, typed.reason)
    store = decisions(view.settings)
    assert subject(payload) == form.seen.subject_id
    write = attempt(
        view, lambda: take(store, form.seen, payload, said, form.action_id), told, (form.seen, payload)
    )
    if write:
        _drop()


def _trail(view: View, names: Names, chain: Sequence[Action]) -> None:
    if not chain:
        return
    st.html(f'<div class="foot">{html.escape(view.say("history"))}</div>')
    lines = "".join(_line(each, names) for each in reversed(chain))
    st.html(f'<div class="trail">{lines}</div>')
    if view.is_past or not view.who:
        return
    newest = chain[-1]
    label = view.say("undo_undo") if newest.undoes_action_id else view.say("undo")
    st.button(label, key="override_undo", width="stretch", on_click=_undo, args=(view, newest))


def _line(action: Action, names: Names) -> str:
    words = html.escape(step_words(action.payload, names))
    words = f"<s>{words}</s>" if action.undoes_action_id else words
    why = " · ".join(
        each
        for each in (reason_label(action.reason_code or None, names.language), action.reason)
        if each != "–"
    )
    by = f"{names.author(action.done_by)} · {numbers.moment(action.done_at)}"
    return f"<div><b>{words}</b><small>{html.escape(why)}</small><small>{html.escape(by)}</small></div>"


def _undo(view: View, newest: Action) -> None:
    store = decisions(view.settings)
    try:
        take_back(store, newest, view.who, view.language)
    except ActionError as error:
        say_next("error", error.tell(view.language))
    else:
        say_next("success", view.say("override_undone"))
        _drop()


def _drop() -> None:
    st.session_state.pop(_FORM, None)


def _key(form: Form, field: str) -> str:
    return f"override_{field}_{form.action_id}"


def _month_end(month: dt.date) -> dt.date:
    return (month.replace(day=1) + dt.timedelta(days=32)).replace(day=1) - dt.timedelta(days=1)
