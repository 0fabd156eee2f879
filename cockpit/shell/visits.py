"""When this reader was here last, kept in two cookies; and what changed since, compared once."""

from __future__ import annotations

import streamlit as st

from cockpit.components.preferences import remember
from cockpit.repositories import changes as records
from cockpit.repositories.published import OutdatedPublicationError, Reader
from cockpit.services.changes import Change, State, changes
from cockpit.services.visits import Visit, base_of, kept_after
from cockpit.shell.archive import readable, reader_of
from cockpit.shell.session import View, cookie
from lake.publication import Publication

SEEN_COOKIE = "gantry_seen"
BEFORE_COOKIE = "gantry_before"
_KEPT = "_kept_visit"


def last_visit(view: View) -> tuple[Publication | None, bool]:
    """The state to compare with, and whether it is the reader's own last visit."""
    shown, newest = view.reader.publication, view.newest
    assert newest is not None, "pages are shown only where something is published"
    return base_of(shown, readable(reader_of(view, newest)), _kept())


def keep_visit(view: View, base: Publication | None) -> None:
    """Keep this visit of the newest state for the next one; drawn last, since it shows nothing."""
    if view.newest is not None and not view.is_past:
        after = kept_after(view.newest, base, _kept())
        remember({SEEN_COOKIE: after.seen, BEFORE_COOKIE: after.before}, "visit")


def _kept() -> Visit:
    """What the cookies said when the session began: this visit does not become the last one by a rerun."""
    return st.session_state.setdefault(_KEPT, Visit(cookie(SEEN_COOKIE), cookie(BEFORE_COOKIE)))


def changed_since(view: View, base: Publication) -> list[Change] | None:
    """What changed from `base` to what is shown; None when another version made the older one."""
    shown = view.reader.publication
    try:
        return _changes(str(view.settings.paths.root), base.name, shown.name, view.language, view, base)
    except OutdatedPublicationError as error:
        if error.publication == shown.name:
            raise
        return None


@st.cache_data(show_spinner=False, max_entries=20)
def _changes(
    lake: str, before: str, after: str, language: str, _view: View, _base: Publication
) -> list[Change]:
    old = reader_of(_view, _base)
    return changes(_state(old), _state(_view.reader), language)


def _state(reader: Reader) -> State:
    return State(
        records.milestones(reader),
        records.items(reader),
        records.suppliers(reader),
        records.customers(reader),
        records.supplier_target(reader),
    )
