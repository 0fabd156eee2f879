"""The care plans of a customer: what was said and given, what was measured after, and the next step."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import streamlit as st

from actions.items import ItemBook
from cockpit.components.address import addressed
from cockpit.components.cards import card, no_data
from cockpit.components.facts import facts
from cockpit.components.item_steps import item_steps
from cockpit.components.tables import data_table
from cockpit.repositories import items as records
from cockpit.repositories.published import OutdatedPublicationError
from cockpit.services import care
from cockpit.services.as_of import first_from
from cockpit.services.care import CarePlan, Measured
from cockpit.services.items import Names
from cockpit.shell.archive import readable, reader_of
from cockpit.shell.navigation import PAGES
from cockpit.shell.session import View
from cockpit.shell.writing import may_write, names, open_book

ACTIONS = next(entry.file for entry in PAGES if entry.key == "actions")


def care_card(view: View, customer_id: str) -> None:
    """All plans as a table; of the one that is chosen the facts, what was measured, and what can be done."""
    book, known = open_book(view), names(view)
    outcomes = records.customer_outcomes(view.reader, customer_id)
    plans = care.plans_of(book.all_items(), outcomes, customer_id)
    as_of_on = view.reader.publication.as_of_on
    note = care.finding(plans, as_of_on, view.language) if plans else ""
    with card("care", view.say("ask_care"), note):
        if not plans:
            no_data(view.say("no_care"), view.say("no_care_why"))
            return
        data_table(view, care.table(plans, known), "care_table", amounts=("care_compensation_amount",))
        plan = _chosen(view, plans)
        left, right = st.columns([2, 1.17])
        with left:
            facts(care.lines(plan, as_of_on, known))
            _measured(view, plan, outcomes, customer_id)
            st.page_link(
                ACTIONS, label=f"{view.say('care_open')} →", query_params={"item": plan.item.item_id}
            )
        with right:
            _steps(view, plan, book, known)


def _chosen(view: View, plans: Sequence[CarePlan]) -> CarePlan:
    """The plan that is looked at, kept in the address; at first the newest open one."""
    by_id = {each.item.item_id: each for each in plans}
    first = plans[0].item.item_id
    if len(plans) == 1:
        return plans[0]
    chosen = st.selectbox(
        view.say("care_which"),
        list(by_id),
        format_func=lambda item_id: care.label(by_id[item_id], view.language),
        **addressed("care_plan", "plan", first, by_id),
    )
    return by_id[chosen or first]


def _measured(view: View, plan: CarePlan, outcomes: pl.DataFrame, customer_id: str) -> None:
    if plan.closed_on is None:
        st.caption(view.say("care_measured_when", days=care.MEASURE_DAYS))
        return
    rows = outcomes.filter(pl.col("item_id") == plan.item.item_id)
    found = _measure(view, plan, rows, customer_id)
    facts(care.measured_lines(plan, found, view.reader.publication.as_of_on, view.language))
    st.caption(view.say("care_not_causal", days=care.MEASURE_DAYS))


def _measure(view: View, plan: CarePlan, rows: pl.DataFrame, customer_id: str) -> Measured:
    outcome = rows.row(0, named=True) if rows.height else None
    assert plan.measured_on is not None, "only what is closed is measured"
    later = first_from(readable(view.reader), plan.measured_on)
    if later is None:
        return care.measured(plan, outcome, None)
    try:
        score = records.health_score(reader_of(view, later), customer_id)
    except OutdatedPublicationError:
        # Another version made it and knows no such health: nothing was measured there.
        score = None
    return care.measured(plan, outcome, (later.as_of_on, score) if score is not None else None)


def _steps(view: View, plan: CarePlan, book: ItemBook, known: Names) -> None:
    if not plan.item.is_open:
        st.caption(view.say("item_is_closed"))
    elif may_write(view):
        item_steps(view, plan.item, book.versions[plan.item.chain_id], known)
    else:
        st.caption(view.say("past_read_only") if view.is_past else view.say("who_first"))
