"""Writing from any page: who may, storing what one press means, and telling what came of it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from actions.errors import ActionError, StaleVersionError, StoreUnavailableError
from actions.items import ItemBook
from actions.kinds import Payload
from actions.records import Action
from cockpit.repositories.decisions import decisions, item_book
from cockpit.repositories.people import people
from cockpit.repositories.rules import rule_names
from cockpit.services.items import Names
from cockpit.services.people import by_id
from cockpit.services.steps import Said, Seen, pressed_id, stale_words, take
from cockpit.shell.session import View

_TOLD = "_told"
_NOTHING = ItemBook({}, {})


def names(view: View) -> Names:
    """What rules and people are called for this reader."""
    return Names(view.language, rule_names(view.settings.company), by_id(people(view.reader)))


def open_book(view: View) -> ItemBook:
    """All items as they stand; in a past view as they stood when it was published.

    Empty, with a warning, when the store is out of reach.
    """
    until_at = view.reader.publication.published_at if view.is_past else None
    try:
        return item_book(view.settings, until_at)
    except StoreUnavailableError as error:
        st.warning(error.tell(view.language))
        return _NOTHING


def write_bar(view: View) -> bool:
    """Whether the reader may write here; where not, says why and what to do."""
    if view.is_past:
        st.info(view.say("past_read_only"))
    elif not view.who:
        st.info(view.say("who_first"))
    return may_write(view)


def may_write(view: View) -> bool:
    """Whether the newest state is shown, and it is known who looks."""
    return not view.is_past and bool(view.who)


def tell(view: View) -> None:
    """What the last press led to, once."""
    kind, words = st.session_state.pop(_TOLD, ("", ""))
    if kind:
        {"success": st.success, "error": st.error}[kind](words)


def say_next(kind: str, words: str) -> None:
    """Tell this at the next run: `success` or `error`."""
    st.session_state[_TOLD] = (kind, words)


def press(view: View, verb: str, seen: Seen, payload: Payload, told: str) -> None:
    """A button's callback: one step that needs no form, stored against what was seen when it was drawn."""
    action_id = pressed_id(verb, seen, view.who)
    store = decisions(view.settings)
    attempt(view, lambda: take(store, seen, payload, Said(view.who), action_id), told, (seen, payload))


def attempt(
    view: View, write: Callable[[], Action], told: str, step: tuple[Seen, Payload] | None = None
) -> bool:
    """Store something and keep what is to be said about it; False when it was refused.

    `step` is what was to be stored, so that a refusal can tell both values in words.
    """
    if view.is_past:
        say_next("error", view.say("past_read_only"))
        return False
    try:
        write()
    except StaleVersionError as error:
        say_next("error", _both_values(view, error, step))
        return False
    except ActionError as error:
        say_next("error", error.tell(view.language))
        return False
    say_next("success", told)
    return True


def _both_values(view: View, error: StaleVersionError, step: tuple[Seen, Payload] | None) -> str:
    if step is None:
        return error.tell(view.language)
    seen, payload = step
    history = decisions(view.settings).history(seen.subject_type, seen.subject_id)
    return stale_words(error, payload, history[-1].payload if history else None, names(view))
