"""The thread of comments beside an item, and the field that adds to it."""

from __future__ import annotations

import html
import uuid

import streamlit as st

from actions.errors import StoreUnavailableError
from actions.items import Item
from actions.kinds import MAX_WORDS, Comment
from cockpit.components.export import export_menu
from cockpit.components.tables import heading
from cockpit.repositories.decisions import decisions
from cockpit.services import comments as comments_of
from cockpit.services import numbers
from cockpit.services.comments import Said
from cockpit.services.items import Names
from cockpit.services.steps import take_back
from cockpit.shell.session import View
from cockpit.shell.writing import attempt, may_write


def item_comments(view: View, item: Item) -> list[Said]:
    """The thread of an item; in a past view as it stood then. Empty where the store is out of reach."""
    try:
        actions = decisions(view.settings).history(Comment.subject_type, comments_of.subject_of(item))
    except StoreUnavailableError as error:
        st.warning(error.tell(view.language))
        return []
    until_at = view.reader.publication.published_at
    return comments_of.thread([each for each in actions if not view.is_past or each.done_at <= until_at])


def comments(view: View, item: Item, names: Names, said: list[Said], *, has_export: bool = True) -> None:
    """The thread, newest last, and a field for who may write."""
    if said:
        st.html(f'<div class="trail thread">{"".join(_line(each, names) for each in said)}</div>')
    else:
        st.caption(view.say("no_comments"))
    if said and has_export:
        frame = comments_of.table(said, names)
        export_menu(view, frame, [heading(view, name) for name in frame.columns], "comments")
    if may_write(view):
        _field(view, item)
        _take_back(view, item, said)


def _line(said: Said, names: Names) -> str:
    words = html.escape(said.words).replace("\n", "<br>")
    words = words if said.holds else f"<s>{words}</s>"
    by = f"{html.escape(names.author(said.action.done_by))} · {numbers.moment(said.action.done_at)}"
    # Each comment by its own direction: one in Hebrew or Arabic runs from the right.
    return f'<div><span dir="auto">{words}</span><small>{by}</small></div>'


def _field(view: View, item: Item) -> None:
    key = f"comment_id_{item.item_id}"
    number = st.session_state.setdefault(key, uuid.uuid4().hex)
    with st.form(f"comment_form_{number}", border=False):
        words = st.text_area(
            view.say("comment"), max_chars=MAX_WORDS, height=76, key=f"comment_words_{number}"
        )
        is_sent = st.form_submit_button(view.say("verb_comment"), width="stretch", key=f"comment_{number}")
    if is_sent:
        store, subject = decisions(view.settings), comments_of.subject_of(item)
        name = view.reader.publication.name
        if attempt(
            view,
            lambda: comments_of.add(store, subject, words, view.who, number, name),
            view.say("done_comment"),
        ):
            st.session_state.pop(key)
        st.rerun()


def _take_back(view: View, item: Item, said: list[Said]) -> None:
    """The newest comment may be taken back by who made it; its words stay, struck through."""
    newest = said[-1] if said else None
    if newest is None or not newest.holds or newest.action.done_by != view.who:
        return
    st.button(
        view.say("comment_take_back"),
        key=f"comment_back_{newest.action.version}_{item.item_id}",
        type="tertiary",
        on_click=_press_back,
        args=(view, newest),
    )


def _press_back(view: View, newest: Said) -> None:
    store = decisions(view.settings)
    attempt(view, lambda: take_back(store, newest.action, view.who, view.language), view.say("done_undo"))
