"""Actions: the inbox of what is open, one item with its history, approvals, and what came of it."""

from __future__ import annotations

import html
from collections.abc import Sequence

import streamlit as st

from actions.items import Item, ItemBook
from cockpit.components.address import addressed
from cockpit.components.approvals_card import approvals_card
from cockpit.components.cards import card, no_data, page_head
from cockpit.components.item_detail import item_detail
from cockpit.components.item_list import phone_items
from cockpit.components.opening import open_on_press, opened, way_back
from cockpit.components.tables import data_table
from cockpit.repositories import items as records
from cockpit.services import items as words_of
from cockpit.services import league, numbers, outcomes
from cockpit.services.items import SCOPES, Names
from cockpit.services.words import code_label
from cockpit.shell.navigation import PAGES
from cockpit.shell.session import View, current_view
from cockpit.shell.writing import names, open_book, tell, write_bar

PHONE_ITEMS = 30


def render(view: View) -> None:
    """The page."""
    book = open_book(view)
    known = names(view)
    asked = opened("item")
    if asked and _item(view, book, asked, known):
        return
    items = book.all_items()
    at_risk = words_of.at_risk(items, view.language)
    page_head(
        words_of.finding(items, view.reader.publication.as_of_on, view.language),
        view.say("actions_sub", company=view.company, amount=at_risk or numbers.NO_DATA),
    )
    tell(view)
    write_bar(view)
    if asked:
        st.caption(view.say("item_unknown", asked=asked))
    left, right = st.columns([2, 1.17])
    with left:
        _inbox(view, items, known)
    with right:
        approvals_card(view, known)
    _league(view, known)
    _outcomes(view, known)


def _item(view: View, book: ItemBook, item_id: str, known: Names) -> bool:
    found = next((item for item in book.all_items() if item.item_id == item_id), None)
    if found is None:
        return False
    way_back(view, "item", "all_items_back")
    as_of_on = view.reader.publication.as_of_on
    due = words_of.due_words(found, as_of_on, view.language) if found.is_open else ""
    amount = words_of.amount(found, view.language)
    state = code_label("item", found.state_code, view.language)
    page_head(
        words_of.told(found, view.language),
        " · ".join(filter(None, [known.owner(found), state, due, amount])),
    )
    tell(view)
    write_bar(view)
    item_detail(view, found, book.versions[found.chain_id], known, {entry.key: entry.file for entry in PAGES})
    return True


def _inbox(view: View, items: Sequence[Item], known: Names) -> None:
    with card("inbox", view.say("ask_inbox"), view.say("press_item") if items else ""):
        if not items:
            no_data(view.say("no_items"), view.say("fill_items"))
            return
        scope, rule_id, owner = _filters(view, items, known)
        found = words_of.chosen(items, scope=scope, rule_id=rule_id, owner=owner, person=view.person)
        if not found:
            no_data(view.say("no_choice"), view.say("no_choice_do"))
            return
        with st.container(key="inbox_table"):
            pressed = data_table(
                view,
                words_of.table(found, view.reader.publication.as_of_on, known),
                "items_table",
                amounts=("value_at_risk_amount",),
                is_selectable=True,
            )
        open_on_press("item", [item.item_id for item in found], pressed)
        phone_items(view, found[:PHONE_ITEMS], known, "inbox_phone")


def _filters(view: View, items: Sequence[Item], known: Names) -> tuple[str, str | None, str | None]:
    """State, rule and owner, all kept in the address."""
    owners = {words_of.owner_key(item): known.owner(item) for item in items}
    offered = [*(["me"] if view.person else []), *sorted(owners, key=lambda key: owners[key])]
    rules = sorted({item.opening.rule_id for item in items}, key=known.rule)
    with st.container(key="filters", horizontal=True, vertical_alignment="top"):
        scope = st.segmented_control(
            view.say("item_scope"),
            SCOPES,
            required=True,
            format_func=lambda code: view.say(f"item_scope_{code}"),
            **addressed("items_scope", "state", SCOPES[0], SCOPES),
        )
        rule_id = st.selectbox(
            view.say("item_rule"),
            rules,
            index=None,
            placeholder=view.say("all"),
            format_func=known.rule,
            width=126,
            **addressed("items_rule", "rule", None, rules),
        )
        owner = st.selectbox(
            view.say("col_owner_id"),
            offered,
            index=None,
            placeholder=view.say("all"),
            format_func=lambda key: view.say("owner_me") if key == "me" else owners.get(key, key),
            width=126,
            **addressed("items_owner", "owner", None, offered),
        )
    return scope or SCOPES[0], rule_id, owner


def _league(view: View, known: Names) -> None:
    """How good each rule is: what people made of its items, and what came of those against like cases."""
    rows = records.league(view.reader)
    with card("league", view.say("ask_league"), view.say("league_note") if rows.height else ""):
        if rows.is_empty():
            no_data(view.say("no_league"), view.say("no_league_why"))
            return
        st.html(f'<p class="verdict">{html.escape(league.finding(rows, known))}</p>')
        data_table(view, league.table(rows, known), "league_table")


def _outcomes(view: View, known: Names) -> None:
    rows = records.outcomes(view.reader)
    with card("outcomes", view.say("ask_outcomes"), view.say("outcomes_note") if rows.height else ""):
        if rows.is_empty():
            no_data(view.say("no_outcomes"), view.say("no_outcomes_why"))
            return
        st.html(f'<p class="verdict">{_effect(view, outcomes.effect(rows))}</p>')
        data_table(view, outcomes.table(rows, known), "outcomes_table")


def _effect(view: View, effect: outcomes.Effect) -> str:
    if effect.mean is None:
        return view.say("effect_none")
    mean = numbers.difference(effect.mean, 2)
    if effect.low is None or effect.high is None:
        return view.say("effect_one", mean=mean, n=effect.item_count)
    return view.say(
        "effect_mean",
        mean=mean,
        low=numbers.difference(effect.low, 2),
        high=numbers.difference(effect.high, 2),
        n=numbers.count(effect.item_count, view.language),
    )


render(current_view())
