"""One item: what is wrong with what, since when, whose it is, and every step of its life."""

from __future__ import annotations

import html

import streamlit as st

from actions.items import Item
from actions.kinds import OpenItem
from actions.kinds.base import effective
from actions.reasons import REASON_CODES, reason_label
from actions.records import Action, step_of
from cockpit.components.cards import card
from cockpit.components.comments_card import comments, item_comments
from cockpit.components.facts import Line, facts
from cockpit.components.item_steps import item_steps
from cockpit.repositories.decisions import decisions
from cockpit.services import items as words_of
from cockpit.services import numbers
from cockpit.services.comments import Said
from cockpit.services.items import Names
from cockpit.services.steps import take_back
from cockpit.services.words import code_label
from cockpit.shell.session import View
from cockpit.shell.writing import attempt, may_write
from lake.text import catalogue


def item_detail(view: View, item: Item, version: int, names: Names, pages: dict[str, str]) -> None:
    """The item's facts and history at the left, what can be done at the right; `pages` are scripts by key."""
    history, said = _history(view, item), item_comments(view, item)
    left, right = st.columns([2, 1.17])
    with left:
        with card("item", view.say("ask_item")):
            facts(_facts(view, item, names))
            _link(view, item, pages)
        with card("item_history", view.say("ask_item_history")):
            _trail(history, said, names)
        with card("item_comments", view.say("ask_comments")):
            comments(view, item, names, said)
    with right, card("item_steps", view.say("ask_next_step")):
        if not may_write(view):
            st.caption(view.say("past_read_only") if view.is_past else view.say("who_first"))
            return
        item_steps(view, item, version, names)
        if not item.is_open:
            st.caption(view.say("item_is_closed"))
        _undo(view, item, history)


def _history(view: View, item: Item) -> list[Action]:
    """The chain's actions; in a past view those that were there already."""
    until_at = view.reader.publication.published_at
    actions = decisions(view.settings).history("item", item.chain_id)
    return [each for each in actions if not view.is_past or each.done_at <= until_at]


def _facts(view: View, item: Item, names: Names) -> list[Line]:
    language, opening = view.language, item.opening
    lines: list[Line] = [
        (view.say("col_item_rule"), names.rule(opening.rule_id)),
        (view.say("col_state_code"), code_label("item", item.state_code, language)),
        (view.say("col_severity_code"), code_label("severity", opening.severity_code, language)),
        (view.say("col_owner_id"), names.owner(item)),
        (view.say("item_opened_on"), numbers.date(opening.opened_on)),
        (view.say("col_due_on"), f"{numbers.date(words_of.due(item))} · {_due(view, item)}"),
        (view.say("col_value_at_risk_amount"), words_of.amount(item, language)),
        (view.say("item_needs"), _needs(view, item)),
    ]
    if opening.evidence:
        lines.append(view.say("item_evidence", date=numbers.date(opening.opened_on)))
        lines += [(_heading(view, name), _value(value)) for name, value in opening.evidence.items()]
    return lines


def _due(view: View, item: Item) -> str:
    if not item.is_open:
        return code_label("item", item.state_code, view.language)
    return words_of.due_words(item, view.reader.publication.as_of_on, view.language)


def _needs(view: View, item: Item) -> str:
    return " · ".join(view.say(f"need_{need}") for need in item.opening.needs) or numbers.NO_DATA


def _heading(view: View, name: str) -> str:
    for key in (f"evidence_{name}", f"col_{name}"):
        if key in catalogue("cockpit"):
            return view.say(key)
    return name


def _value(value: object) -> str:
    if value is None or value == "":
        return numbers.NO_DATA
    if isinstance(value, float):
        return numbers.decimal(value, 0 if value.is_integer() else 2)
    return str(value)


def _link(view: View, item: Item, pages: dict[str, str]) -> None:
    place = words_of.PLACES.get(item.opening.about_type)
    if place is None:
        return
    page, parameter = place
    label = f"{view.say('open_subject', kind=code_label('about', item.opening.about_type, view.language))} →"
    st.page_link(pages[page], label=label, query_params={parameter: item.opening.about_id})


def _trail(history: list[Action], said: list[Said], names: Names) -> None:
    """Steps and comments together, the newest first."""
    holding = {step.action_id for step in effective([step_of(each) for each in history])}
    holding |= {each.action.action_id for each in said if each.holds}
    everything = sorted(
        [*history, *(each.action for each in said)], key=lambda each: each.done_at, reverse=True
    )
    lines = "".join(_line(each, names, each.action_id in holding) for each in everything)
    st.html(f'<div class="trail">{lines}</div>')


def _line(action: Action, names: Names, holds: bool) -> str:
    language = names.language
    words = html.escape(words_of.step_words(action.payload, names))
    if action.undoes_action_id:
        words = f"{html.escape(names.undone)} {words}"
    elif not holds:
        words = f"<s>{words}</s>"
    code = reason_label(action.reason_code, language) if action.reason_code in REASON_CODES else ""
    cause = getattr(action.payload, "cause", "") if action.kind_code == "close_item" else ""
    why = " · ".join(filter(None, [cause, code, action.reason]))
    by = names.author(action.done_by)
    at = numbers.moment(action.done_at)
    from_what = f" · {action.publication_name}" if action.publication_name else ""
    told = f"<small>{html.escape(why)}</small>" if why else ""
    place = f"<small>{html.escape(by)} · {at}{html.escape(from_what)}</small>"
    return f"<div><b dir='auto'>{words}</b>{told}{place}</div>"


def _undo(view: View, item: Item, history: list[Action]) -> None:
    newest = history[-1]
    openings = [each.action_id for each in history if isinstance(each.payload, OpenItem)]
    if not newest.payload.can_undo or openings[-1:] != [item.item_id]:
        return
    label = view.say("undo_undo") if newest.undoes_action_id else view.say("undo_step")
    st.button(
        label, key=f"item_undo_{newest.version}", width="stretch", on_click=_take_back, args=(view, newest)
    )


def _take_back(view: View, newest: Action) -> None:
    store = decisions(view.settings)
    attempt(view, lambda: take_back(store, newest, view.who, view.language), view.say("done_undo"))
