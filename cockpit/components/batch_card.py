"""Late batches and what can be done about them: choose one, accept an option, or hurry the supplier."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

import streamlit as st

from actions.errors import ActionError, StoreUnavailableError
from actions.kinds import AcceptAlternative, ExpediteSupplier
from cockpit.components.accept_button import NOTHING_TAKEN, accept_button, is_taken
from cockpit.components.cards import card, no_data
from cockpit.components.tables import data_table
from cockpit.repositories import batches as records
from cockpit.repositories.decisions import Taken, alternatives_taken, decisions
from cockpit.services import batches as words_of
from cockpit.services import numbers
from cockpit.services.steps import Said, Seen, pressed_id, take, take_back
from cockpit.shell.navigation import PAGES
from cockpit.shell.session import View
from cockpit.shell.writing import attempt, may_write, names, tell, write_bar

Row = Mapping[str, Any]
PROJECTS = next(page.file for page in PAGES if page.key == "projects")


def batch_card(view: View, supplier_id: str | None = None) -> None:
    """The card over the late batches of all suppliers or of one."""
    batches = records.late_batches(view.reader, supplier_id)
    with card("batches", view.say("ask_batches"), words_of.note(batches, view.language)):
        if batches.is_empty():
            no_data(view.say("no_batches"), view.say("fill_batches"))
            return
        tell(view)
        pressed = data_table(view, words_of.table(batches), "late_batches", is_selectable=True)
        chosen = batches.row(pressed or 0, named=True)
        with st.container(key="batch_chosen", gap="small"):
            _batch(view, chosen)


def _batch(view: View, batch: Row) -> None:
    language = view.language
    st.html(f'<p class="verdict">{html.escape(words_of.headline(batch, language))}</p>')
    try:
        taken = {} if view.is_past else alternatives_taken(view.settings)
    except StoreUnavailableError as error:
        st.warning(error.tell(language))
        taken = {}
    decided = taken.get(batch["purchase_line_id"], NOTHING_TAKEN)
    options = records.options(view.reader, batch["purchase_line_id"])
    if options.is_empty():
        no_data(view.say("no_options"), view.say("no_options_why"))
    else:
        write_bar(view)
        _decided(view, decided)
        for option in options.iter_rows(named=True):
            with st.container(
                key=f"option_{option['option_rank']}", horizontal=True, vertical_alignment="center"
            ):
                _option(view, option, decided)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.page_link(
            PROJECTS,
            label=f"{view.say('open_what_if')} →",
            query_params={
                "project": batch["project_id"],
                "section": "whatif",
                "batch": batch["purchase_line_id"],
            },
        )
        if may_write(view):
            _expedite(view, batch)


def _option(view: View, option: Row, decided: Taken) -> None:
    language = view.language
    mark = "●" if is_taken(option, decided, language) else str(option["option_rank"])
    st.html(
        f'<div class="dec"><span class="i">{mark}</span>'
        f"<div><b>{html.escape(words_of.option_title(option, language))}</b>"
        f"<small>{html.escape(words_of.option_facts(option, language))}</small></div>"
        f'<div class="m">{html.escape(words_of.option_gain(option, language))}'
        f"<small>{html.escape(words_of.option_price(option, language))}</small></div></div>",
        width="stretch",
    )
    if may_write(view):
        rank = option["option_rank"]
        accept_button(view, option, decided, f"accept_{rank}", is_best=rank == 1)


def _decided(view: View, decided: Taken) -> None:
    """What was taken, by whom, how its approval stands, and the way back."""
    action = decided.action
    if action is None or not isinstance(action.payload, AcceptAlternative):
        return
    told = view.say(
        f"option_{decided.approval_code}",
        option=action.payload.option,
        by=names(view).author(action.done_by),
        at=numbers.moment(action.done_at),
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(f'<div class="banner">{html.escape(told)}</div>', width="stretch")
        # What somebody else has answered is followed by another option, not taken back.
        if may_write(view) and action.version == decided.version:
            st.button(view.say("undo"), key="alternative_undo", on_click=_undo, args=(view, decided))


def _undo(view: View, decided: Taken) -> None:
    action = decided.action
    assert action is not None
    store = decisions(view.settings)
    attempt(view, lambda: take_back(store, action, view.who, view.language), view.say("option_undone"))


def _expedite(view: View, batch: Row) -> None:
    """Ask the supplier to hurry: by when it is wanted, and what they say to that."""
    line_id = batch["purchase_line_id"]
    try:
        history = decisions(view.settings).history(ExpediteSupplier.subject_type, line_id)
    except ActionError as error:
        st.warning(error.tell(view.language))
        return
    version = history[-1].version if history else 0
    with st.popover(view.say("verb_expedite"), key=f"expedite_menu_{version}"):
        for each in history:
            if isinstance(each.payload, ExpediteSupplier):
                wanted, said = numbers.date(each.payload.wanted_on), numbers.date(each.payload.promised_on)
                st.caption(
                    view.say("expedited", wanted=wanted, promised=said, by=names(view).author(each.done_by))
                )
        wanted_key, said_key = f"expedite_wanted_{line_id}_{version}", f"expedite_said_{line_id}_{version}"
        as_of_on = view.reader.publication.as_of_on
        st.date_input(
            view.say("wanted_on"),
            value=max(batch["promised_on"], as_of_on),
            key=wanted_key,
            format="YYYY-MM-DD",
        )
        st.date_input(view.say("said_on"), value=None, key=said_key, format="YYYY-MM-DD")
        seen = Seen(line_id, version, view.reader.publication.name, ExpediteSupplier.subject_type)
        st.button(
            view.say("verb_expedite_save"),
            key="expedite_save",
            type="primary",
            on_click=_expedited,
            args=(view, seen, batch, (wanted_key, said_key)),
        )


def _expedited(view: View, seen: Seen, batch: Row, keys: tuple[str, str]) -> None:
    wanted_on, said_on = (st.session_state[key] for key in keys)
    if wanted_on is None:
        return
    payload = words_of.expediting(batch, wanted_on, said_on, view.reader.publication.as_of_on)
    store = decisions(view.settings)
    action_id = pressed_id("expedite", seen, view.who)
    told = view.say("done_expedite", supplier=batch["supplier_name"] or batch["supplier_id"])
    attempt(view, lambda: take(store, seen, payload, Said(view.who), action_id), told, (seen, payload))
