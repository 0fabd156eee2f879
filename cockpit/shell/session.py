"""Who looks at what: settings, publication, language, theme and name of this run of this session."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Literal, cast
from urllib.parse import unquote

import streamlit as st

from cockpit.repositories.company import name_of
from cockpit.repositories.published import Reader
from cockpit.services.words import say
from cockpit.theme.tokens import Mode
from lake.publication import LastRun, Publication, current_publication, last_run
from lake.settings import Settings, load_settings

LANGUAGE_COOKIE = "gantry_language"
NAME_COOKIE = "gantry_name"
_VIEW = "_view"


@dataclass(frozen=True)
class View:
    """What one run of a page stands on; every part of the page reads the same publication."""

    settings: Settings
    publication: Publication | None
    run: LastRun | None
    language: Literal["zh", "en"]
    mode: Mode
    who: str
    company: str

    def say(self, key: str, **values: object) -> str:
        """A text of the cockpit in the viewer's language."""
        return say(key, self.language, **values)

    @property
    def reader(self) -> Reader:
        """Reads this run's publication; pages are only shown when there is one."""
        if self.publication is None:
            raise RuntimeError("no publication: the entry point shows the empty lake instead of a page")
        return Reader(self.settings, self.publication)


def start_view() -> View:
    """The view of this run, from session, cookies, settings and pointer; called by the entry point."""
    settings = _settings()
    state = st.session_state
    state.setdefault("language", _first_language(settings))
    state.setdefault("who", _cookie(NAME_COOKIE) or settings.user or "")
    view = View(
        settings=settings,
        publication=current_publication(settings),
        run=last_run(settings),
        language=cast(Literal["zh", "en"], state["language"]),
        mode="dark" if st.context.theme.type == "dark" else "light",
        who=state["who"],
        company=name_of(settings.company, state["language"]),
    )
    state[_VIEW] = view
    return view


def current_view() -> View:
    """The view that the entry point started."""
    return st.session_state[_VIEW]


@st.cache_resource(show_spinner=False)
def _settings_of(environment: tuple[tuple[str, str], ...]) -> Settings:
    return load_settings()


def _settings() -> Settings:
    # Keyed by the environment: tests start several companies in one process.
    return _settings_of(tuple(sorted((k, v) for k, v in os.environ.items() if k.startswith("GANTRY_"))))


def _first_language(settings: Settings) -> str:
    chosen = _cookie(LANGUAGE_COOKIE)
    return chosen if chosen in ("zh", "en") else settings.language or "zh"


def _cookie(name: str) -> str:
    """A cookie's text, empty without one; a session without a browser gives objects that are no text."""
    value = st.context.cookies.get(name, "")
    return unquote(value) if isinstance(value, str) else ""
