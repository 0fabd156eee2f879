"""One node of a project: who owns it, when it warns and what it waits for, with every change made to it."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl
import streamlit as st

from actions.errors import ActionError, InvalidActionError
from actions.kinds import Payload, Predecessor, ReplanMilestone, SetMilestone, SetPredecessors
from actions.kinds.milestones import LINK_TYPES, MAX_LAG_DAYS, MAX_THRESHOLD_DAYS
from actions.records import Action
from actions.store import ActionStore
from cockpit.components.cards import card
from cockpit.repositories.decisions import decisions
from cockpit.services import nodes as nodes_of
from cockpit.services import numbers
from cockpit.services.items import Names
from cockpit.services.nodes import Links, Settings
from cockpit.services.steps import Form, Said, Seen, take, take_back
from cockpit.shell.session import View
from cockpit.shell.writing import attempt, may_write, names, say_next

CHOICE = "node_choice"
_FORMS = "_node_forms"
_PRESSED = "_pressed_node"


@dataclass(frozen=True)
class _Opened:
    """An open form with the values that it was opened on."""

    form: Form
    values: Any = field(default=None)


@dataclass(frozen=True)
class _Node:
    """The chosen node, and what its forms need."""

    view: View
    row: dict[str, Any]
    titles: dict[str, str]
    links: Links
    names: Names

    @property
    def key(self) -> str:
        """Its id."""
        return self.row["milestone_id"]


def node_card(view: View, nodes: pl.DataFrame, links: Links, pressed: int | None) -> None:
    """The chosen node of a project's table: its settings to edit, and their history."""
    rows = {row["milestone_id"]: row for row in nodes.iter_rows(named=True)}
    with card("node", view.say("ask_node"), view.say("node_note")):
        _follow(nodes, pressed, rows)
        chosen = st.selectbox(
            view.say("milestone"), list(rows), key=CHOICE, format_func=lambda key: _title(rows[key])
        )
        titles = {key: _title(row) for key, row in rows.items()}
        node = _Node(view, rows[chosen], titles, links, names(view))
        store = decisions(view.settings)
        try:
            histories = _histories(view, store, node.key)
        except ActionError as error:
            st.error(error.tell(view.language))
            return
        if may_write(view):
            _settings(node, store, histories[0])
            _predecessors(node, store, histories[1])
        else:
            st.caption(view.say("past_read_only") if view.is_past else view.say("who_first"))
        _history(node, store, histories)


def _histories(view: View, store: ActionStore, key: str) -> list[list[Action]]:
    """The actions on settings, predecessors and date; in a past view those that were there already."""
    until_at = view.reader.publication.published_at
    kinds = (SetMilestone, SetPredecessors, ReplanMilestone)
    return [
        [
            each
            for each in store.history(kind.subject_type, key)
            if not view.is_past or each.done_at <= until_at
        ]
        for kind in kinds
    ]


def _title(row: dict[str, Any]) -> str:
    return f"{row['name']} · {row['milestone_id']}" if row["name"] else row["milestone_id"]


def _follow(nodes: pl.DataFrame, pressed: int | None, rows: dict[str, Any]) -> None:
    """A row pressed in the table becomes the node of the card, once per press."""
    state = st.session_state
    if pressed is not None and pressed < nodes.height:
        key = nodes["milestone_id"][pressed]
        if state.get(_PRESSED) != key:
            state[_PRESSED] = state[CHOICE] = key
    if state.get(CHOICE) not in rows:
        state[CHOICE] = next(iter(rows))


def _opened(subject_type: str, node: _Node, history: Sequence[Action], values: Any) -> _Opened:
    """The form of a subject as it was opened; another node has another form."""
    forms: dict[str, _Opened] = st.session_state.setdefault(_FORMS, {})
    held = forms.get(subject_type)
    if held is None or held.form.seen.subject_id != node.key:
        version = history[-1].version if history else 0
        seen = Seen(node.key, version, node.view.reader.publication.name, subject_type)
        held = forms[subject_type] = _Opened(Form(seen, subject_type), values)
    return held


def _drop(subject_type: str) -> None:
    st.session_state.get(_FORMS, {}).pop(subject_type, None)


def _send(node: _Node, store: ActionStore, held: _Opened, make: Callable[[], Payload], reason: str) -> None:
    """Store what the form says; the page is drawn again, since all of it must show it."""
    view, form = node.view, held.form

    def write() -> Action:
        return take(store, form.seen, make(), Said(view.who, reason=reason.strip()), form.action_id)

    if attempt(view, write, view.say("node_saved", node=_title(node.row), by=view.who)):
        _drop(form.verb)
    st.rerun()


def _renew(node: _Node, held: _Opened, history: Sequence[Action]) -> None:
    """When somebody was quicker: a word about it, and a button that takes the new value into the form."""
    if history and history[-1].version != held.form.seen.version:
        st.warning(node.view.say("node_moved_on"))
        st.button(
            node.view.say("take_new_value"),
            key=f"node_reopen_{held.form.verb}",
            on_click=_drop,
            args=(held.form.verb,),
        )


def _settings(node: _Node, store: ActionStore, history: Sequence[Action]) -> None:
    view, row = node.view, node.row
    held = _opened(SetMilestone.subject_type, node, history, Settings(row["owner_id"], row["threshold_days"]))
    seen: Settings = held.values
    key = held.form.action_id
    people = list(dict.fromkeys([*filter(None, [seen.owner_id]), *node.names.people]))
    with st.form(f"node_settings_{key}", border=False):
        left, right = st.columns(2)
        owner = left.selectbox(
            view.say("col_owner_id"),
            people,
            index=people.index(seen.owner_id) if seen.owner_id else None,
            placeholder=view.say("choose"),
            format_func=lambda person: _person(node, person),
            key=f"node_owner_{key}",
        )
        days = right.number_input(
            view.say("col_threshold_days"),
            min_value=0,
            max_value=MAX_THRESHOLD_DAYS,
            value=seen.threshold_days,
            step=1,
            key=f"node_days_{key}",
        )
        reason = st.text_input(view.say("node_why"), key=f"node_why_{key}", max_chars=500)
        is_sent = st.form_submit_button(
            view.say("node_save_settings"), width="stretch", key=f"node_save_{key}"
        )
    _renew(node, held, history)
    if is_sent:
        chosen = Settings(owner, None if days is None else int(days))
        _send(node, store, held, lambda: nodes_of.settings_payload(seen, chosen, history), reason)


def _person(node: _Node, person_id: str) -> str:
    known = node.names.people.get(person_id)
    return known.label(node.view.language) if known else person_id


def _predecessors(node: _Node, store: ActionStore, history: Sequence[Action]) -> None:
    view = node.view
    held = _opened(SetPredecessors.subject_type, node, history, node.links.get(node.key, ()))
    seen: tuple[Predecessor, ...] = held.values
    key = held.form.action_id
    known = {each.predecessor_id: each for each in seen}
    others = [each for each in dict.fromkeys([*known, *node.titles]) if each != node.key]
    chosen = st.multiselect(
        view.say("node_predecessors"),
        others,
        default=list(known),
        format_func=lambda each: node.titles.get(each, each),
        placeholder=view.say("node_waits_for_nothing"),
        key=f"node_before_{key}",
    )
    links = [_link(node, each, known.get(each) or Predecessor(predecessor_id=each), key) for each in chosen]
    reason = st.text_input(view.say("node_why"), key=f"node_before_why_{key}", max_chars=500)
    is_sent = st.button(view.say("node_save_links"), width="stretch", key=f"node_before_save_{key}")
    _renew(node, held, history)
    if not is_sent:
        return

    def payload() -> Payload:
        return nodes_of.predecessors_payload(node.key, seen, links, node.links, node.titles)

    try:
        payload()
    except InvalidActionError as refusal:
        # The network refuses it, and the form stays as it is.
        say_next("error", refusal.tell(view.language))
        st.rerun()
    _send(node, store, held, payload, reason)


def _link(node: _Node, predecessor_id: str, standing: Predecessor, key: str) -> Predecessor:
    """Type and lag of one predecessor."""
    view, title = node.view, node.titles.get(predecessor_id, predecessor_id)
    left, right = st.columns(2)
    kind = left.selectbox(
        view.say("node_link_type", node=title),
        LINK_TYPES,
        index=LINK_TYPES.index(standing.type_code),
        format_func=lambda code: view.say(f"link_type_{code}"),
        key=f"node_type_{predecessor_id}_{key}",
    )
    lag = right.number_input(
        view.say("node_link_lag"),
        min_value=-MAX_LAG_DAYS,
        max_value=MAX_LAG_DAYS,
        value=standing.lag_days,
        step=1,
        key=f"node_lag_{predecessor_id}_{key}",
    )
    return Predecessor(predecessor_id=predecessor_id, type_code=kind, lag_days=int(lag or 0))


def _history(node: _Node, store: ActionStore, histories: Sequence[Sequence[Action]]) -> None:
    view = node.view
    found = nodes_of.edits(histories, node.names)
    if not found:
        st.caption(view.say("node_no_history"))
        return
    st.html(f'<div class="foot">{html.escape(view.say("history"))}</div>')
    st.html(f'<div class="trail">{"".join(_line(edit, node.names) for edit in found)}</div>')
    # A new date is taken back where it was set.
    own = [edit for edit in found if not isinstance(edit.action.payload, ReplanMilestone)]
    if own and may_write(view):
        newest = own[0].action
        st.button(
            view.say("undo_undo") if newest.undoes_action_id else view.say("undo"),
            key=f"node_undo_{newest.action_id}",
            width="stretch",
            on_click=_undo,
            args=(node, store, newest),
        )


def _line(edit: nodes_of.Edit, known: Names) -> str:
    action = edit.action
    told = html.escape(" · ".join(edit.told))
    if action.undoes_action_id:
        told = f"{html.escape(known.undone)} {told}"
    why = f"<small>{html.escape(action.reason)}</small>" if action.reason else ""
    who = f"{html.escape(known.author(action.done_by))} · {numbers.moment(action.done_at)}"
    return f"<div><b>{told}</b>{why}<small>{who}</small></div>"


def _undo(node: _Node, store: ActionStore, newest: Action) -> None:
    view = node.view
    if attempt(view, lambda: take_back(store, newest, view.who, view.language), view.say("done_undo")):
        _drop(newest.subject_type)
