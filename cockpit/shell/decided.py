"""The newest decisions for this run, told when the store can't be read."""

from __future__ import annotations

import streamlit as st

from actions.errors import StoreUnavailableError
from actions.kinds import ReplanMilestone
from actions.store import Action
from cockpit.repositories.decisions import decisions
from cockpit.shell.session import View


def newest_replans(view: View) -> dict[str, Action]:
    """The newest re-plan of each milestone; none, with a warning, when the store is out of reach."""
    try:
        return decisions(view.settings).newest(ReplanMilestone.kind_code)
    except StoreUnavailableError as error:
        st.warning(error.tell(view.language))
        return {}
