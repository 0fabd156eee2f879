"""The newest decisions for this run, told when the store can't be read."""

from __future__ import annotations

import streamlit as st

from actions.errors import StoreUnavailableError
from actions.kinds import ReplanMilestone, SetMilestone, SetPredecessors
from actions.store import Action
from cockpit.repositories.decisions import decisions
from cockpit.services.nodes import Decided
from cockpit.shell.session import View


def newest_replans(view: View) -> dict[str, Action]:
    """The newest re-plan of each milestone; none, with a warning, when the store is out of reach."""
    try:
        return decisions(view.settings).newest(ReplanMilestone.kind_code)
    except StoreUnavailableError as error:
        st.warning(error.tell(view.language))
        return {}


def newest_settings(view: View) -> Decided:
    """What was set on milestones since; nothing in a past view, and none, with a warning, out of reach."""
    if view.is_past:
        return Decided()
    store = decisions(view.settings)
    try:
        found = Decided(store.newest(SetMilestone.kind_code), store.newest(SetPredecessors.kind_code))
    except StoreUnavailableError as error:
        st.warning(error.tell(view.language))
        return Decided()
    return found.before(view.reader.publication.published_at)
