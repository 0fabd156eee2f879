"""The action store as the cockpit uses it: one store by settings, never cached."""

from __future__ import annotations

import streamlit as st

from actions.store import ActionStore
from lake.settings import Settings


@st.cache_resource(show_spinner=False)
def _store(where: str, _settings: Settings) -> ActionStore:
    return ActionStore.open(_settings)


def decisions(settings: Settings) -> ActionStore:
    """The action store of these settings; shared by all sessions of this server."""
    where = settings.actions_url.get_secret_value() if settings.actions_url else str(settings.paths.actions)
    return _store(where, settings)
