"""Today: five things to decide, my day, and what changed since I was here last."""

from __future__ import annotations

import html
from collections.abc import Sequence

import streamlit as st

from actions.items import ACKNOWLEDGED, Item, ItemBook
from actions.my_day import Task, my_day
from cockpit.components.cards import card, no_data, page_head
from cockpit.components.change_list import change_list
from cockpit.components.decision_list import decision_list
from cockpit.components.item_steps import acknowledge_button, hand_over
from cockpit.repositories import forecasts, milestones, overview, suppliers, trust
from cockpit.repositories import items as records
from cockpit.services import items as words_of
from cockpit.services import numbers
from cockpit.services import overview as decisions_of
from cockpit.services.changes import Change
from cockpit.services.decided import overlay
from cockpit.services.items import Names
from cockpit.services.overview import Decision
from cockpit.services.steps import Seen
from cockpit.services.words import as_label
from cockpit.shell.decided import newest_replans
from cockpit.shell.navigation import PAGES
from cockpit.shell.session import View, current_view
from cockpit.shell.visits import changed_since, keep_visit, last_visit
from cockpit.shell.writing import may_write, names, open_book, tell, write_bar
from lake.publication import Publication

DECISIONS = 5
CHANGES_SHOWN = 12
TASKS_SHOWN = 10


def render(view: View) -> None:
    """The page."""
    book = open_book(view)
    known = names(view)
    base, is_own = last_visit(view)
    found = changed_since(view, base) if base else []
    urgent = words_of.to_decide(book.open_items(), DECISIONS)
    others = _other_decisions(view, urgent)
    page_head(_finding(view, len(urgent) + len(others), found), _since(view, base, is_own))
    tell(view)
    write_bar(view)
    left, right = st.columns([2, 1.17])
    with left:
        _decide(view, book, urgent, others, known)
        _day(view, book, known)
    with right:
        _changed(view, base, found)
    keep_visit(view, base)


def _finding(view: View, decisions: int, found: Sequence[Change] | None) -> str:
    return view.say(
        "today_finding",
        decisions=numbers.count(decisions, view.language),
        changes=numbers.count(len(found or ()), view.language),
    )


def _since(view: View, base: Publication | None, is_own: bool) -> str:
    if base is None:
        return view.say("since_nothing", company=view.company)
    key = "since_visit" if is_own else "since_night"
    return view.say(key, company=view.company, date=numbers.day(base.as_of_on, view.language), name=base.name)


# -- five decisions ------------------------------------------------------------------------------------------


def _other_decisions(view: View, urgent: Sequence[Item]) -> list[Decision]:
    """The overview's decisions, for the places that items leave; none about what an item is about already."""
    if len(urgent) >= DECISIONS:
        return []
    reader = view.reader
    found = decisions_of.decisions(
        overlay(milestones.open_milestones(reader), newest_replans(view)),
        suppliers.scorecard(reader),
        forecasts.churn(reader),
        trust.quarantine(reader),
        reader.publication.as_of_on,
        view.language,
    )
    about = {(item.opening.about_type, item.opening.about_id) for item in urgent}
    fresh = [each for each in found if not about & set(each.parameters.items())]
    return fresh[: DECISIONS - len(urgent)]


def _decide(
    view: View, book: ItemBook, urgent: Sequence[Item], others: Sequence[Decision], known: Names
) -> None:
    with card("decide", view.say("ask_five"), view.say("five_note") if urgent else ""):
        if not urgent and not others:
            no_data(view.say("nothing_to_decide"), view.say("nothing_to_decide_why"))
        for number, item in enumerate(urgent, start=1):
            with st.container(key=f"decision_{number}", gap="small"):
                _item(view, item, book.versions[item.chain_id], number, known)
        decision_list(others, {entry.key: entry.file for entry in PAGES}, first=len(urgent) + 1)


def _item(view: View, item: Item, version: int, number: int, known: Names) -> None:
    due = words_of.due_words(item, view.reader.publication.as_of_on, view.language)
    _row(
        number,
        words_of.told(item, view.language),
        f"{known.rule(item.opening.rule_id)} · {known.owner(item)}",
        words_of.amount(item, view.language),
        due,
        words_of.standing(item),
    )
    _buttons(view, item, version, known, f"five_{number}")


def _row(number: int, title: str, reason: str, measure: str, note: str, standing: str) -> None:
    st.html(
        f'<div class="dec"><span class="i">{number}</span><div><b>{html.escape(title)}</b>'
        f'<small>{html.escape(reason)}</small></div><div class="m {standing}">{html.escape(measure)}'
        f"<small>{html.escape(note)}</small></div></div>"
    )


def _buttons(view: View, item: Item, version: int, known: Names, key: str) -> None:
    """Take it on, hand it over, or open it."""
    seen = Seen(item.chain_id, version, view.reader.publication.name)
    with st.container(key=f"do_{key}", horizontal=True, gap="small", vertical_alignment="center"):
        if may_write(view):
            if words_of.can_acknowledge(item):
                acknowledge_button(view, seen, f"{key}_acknowledge", is_small=True)
            hand_over(view, seen, known, f"{key}_hand")
        st.page_link(
            "page/actions.py", label=f"{view.say('verb_open')} →", query_params={"item": item.item_id}
        )


# -- my day --------------------------------------------------------------------------------------------------


def _day(view: View, book: ItemBook, known: Names) -> None:
    with card("my_day", view.say("ask_my_day"), view.say("my_day_note")):
        if view.person is None:
            no_data(view.say("my_day_nobody"), view.say("my_day_choose"))
            return
        tiers = records.tiers(view.reader)
        tasks = my_day(
            book.open_items(),
            person_id=view.person.person_id,
            role_code=view.person.role_code,
            tiers=dict(zip(tiers["customer_id"], tiers["tier_code"], strict=True)),
        )
        ahead = [task for task in tasks if task.item.state_code != ACKNOWLEDGED]
        taken = [task for task in tasks if task.item.state_code == ACKNOWLEDGED]
        if not ahead:
            no_data(view.say("my_day_empty"), view.say("my_day_empty_why"))
        for number, task in enumerate(ahead[:TASKS_SHOWN], start=1):
            with st.container(key=f"mytask_{number}", gap="small"):
                _task(view, task, book.versions[task.item.chain_id], number, known)
        if len(ahead) > TASKS_SHOWN:
            st.caption(view.say("more_wait", n=numbers.count(len(ahead) - TASKS_SHOWN, view.language)))
        _taken(view, taken, known)


def _task(view: View, task: Task, version: int, number: int, known: Names) -> None:
    item = task.item
    reason = task.reason(view.reader.publication.as_of_on, view.language)
    _row(
        number,
        words_of.told(item, view.language),
        f"{known.rule(item.opening.rule_id)} · {reason}",
        "",
        "",
        words_of.standing(item),
    )
    _buttons(view, item, version, known, f"task_{number}")


def _taken(view: View, taken: Sequence[Task], known: Names) -> None:
    """What one has taken on already: still to be closed, but no longer waiting for a first word."""
    if not taken:
        return
    with st.expander(view.say("my_day_taken", n=numbers.count(len(taken), view.language))):
        for task in taken:
            due = words_of.due_words(task.item, view.reader.publication.as_of_on, view.language)
            st.page_link(
                "page/actions.py",
                label=as_label(f"{words_of.told(task.item, view.language)} · {due}"),
                query_params={"item": task.item.item_id},
            )


# -- what changed --------------------------------------------------------------------------------------------


def _changed(view: View, base: Publication | None, found: Sequence[Change] | None) -> None:
    with card("changed", view.say("ask_changed"), view.say("changed_note") if found else ""):
        if base is None:
            no_data(view.say("changed_first"), view.say("changed_first_why"))
        elif found is None:
            no_data(view.say("changed_other_version"), view.say("changed_other_version_why", name=base.name))
        elif not found:
            no_data(
                view.say("changed_nothing"), view.say("changed_nothing_why", date=base.as_of_on.isoformat())
            )
        else:
            _list(view, found)
        if not milestones.counts(view.reader)["milestone_count"][0]:
            st.html(f'<div class="foot">{html.escape(view.say("fill_milestones"))}</div>')


def _list(view: View, found: Sequence[Change]) -> None:
    currency = overview.project_totals(view.reader).row(0, named=True)["currency_code"]
    change_list(found[:CHANGES_SHOWN], currency, view.language)
    if len(found) > CHANGES_SHOWN:
        with st.expander(
            view.say("changes_more", n=numbers.count(len(found) - CHANGES_SHOWN, view.language))
        ):
            change_list(found[CHANGES_SHOWN:200], currency, view.language)


render(current_view())
