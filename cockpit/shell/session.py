"""Who looks at what: settings, publication, language, theme and name of this run of this session."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Literal, cast
from urllib.parse import unquote

import streamlit as st

from cockpit.components.address import AGAINST, AS_OF, carry
from cockpit.repositories.company import name_of
from cockpit.repositories.people import people
from cockpit.repositories.published import OutdatedPublicationError, Reader
from cockpit.services.people import Person, by_id
from cockpit.services.words import say
from cockpit.theme.tokens import Mode
from lake.publication import (
    LastRun,
    Publication,
    PublicationError,
    current_publication,
    find_publication,
    last_run,
)
from lake.settings import Settings, load_settings

LANGUAGE_COOKIE = "gantry_language"
NAME_COOKIE = "gantry_name"
PERSON_COOKIE = "gantry_person"
PERSON = "person"
_VIEW = "_view"


@dataclass(frozen=True)
class View:
    """What one run of a page stands on; every part of the page reads the same publication.

    `newest` is what a reader without «as of» sees; `unknown_as_of` is an address that names none.
    """

    settings: Settings
    publication: Publication | None
    newest: Publication | None
    unknown_as_of: str
    run: LastRun | None
    language: Literal["zh", "en"]
    mode: Mode
    who: str
    person: Person | None
    company: str

    def say(self, key: str, **values: object) -> str:
        """A text of the cockpit in the viewer's language."""
        return say(key, self.language, **values)

    @property
    def reader(self) -> Reader:
        """Reads this run's publication; pages are only shown when there is one."""
        if self.publication is None:
            raise RuntimeError("no publication: the entry point shows the empty lake instead of a page")
        return Reader(self.settings, self.publication, self.person)

    @property
    def is_past(self) -> bool:
        """Whether an older state than the newest is shown."""
        return self.publication != self.newest


def start_view() -> View:
    """The view of this run, from session, cookies, settings and pointer; called by the entry point."""
    settings = _settings()
    state = st.session_state
    state.setdefault("language", _first_language(settings))
    state.setdefault("who", cookie(NAME_COOKIE) or settings.user or "")
    state.setdefault(PERSON, cookie(PERSON_COOKIE))
    newest = current_publication(settings)
    publication, unknown = _publication(settings, newest)
    carry(AGAINST)
    person = _person(settings, newest, state[PERSON])
    view = View(
        settings=settings,
        publication=publication,
        newest=newest,
        unknown_as_of=unknown,
        run=last_run(settings),
        language=cast(Literal["zh", "en"], state["language"]),
        mode="dark" if st.context.theme.type == "dark" else "light",
        who=person.person_id if person else state["who"],
        person=person,
        company=name_of(settings.company, state["language"]),
    )
    state[_VIEW] = view
    return view


def current_view() -> View:
    """The view that the entry point started."""
    return st.session_state[_VIEW]


def _publication(settings: Settings, newest: Publication | None) -> tuple[Publication | None, str]:
    """The publication that the address asks for, and the address when there is none such: then the newest."""
    asked = carry(AS_OF)
    if newest is None or not asked:
        return newest, ""
    try:
        found = find_publication(settings, asked)
    except PublicationError:
        return newest, asked
    if not (settings.paths.published / found.file_name).exists():
        return newest, asked
    return found, ""


def _person(settings: Settings, newest: Publication | None, person_id: str) -> Person | None:
    """The chosen person as the newest publication knows them; somebody who has left is nobody."""
    if newest is None or not person_id:
        return None
    try:
        return by_id(people(Reader(settings, newest))).get(person_id)
    except OutdatedPublicationError:
        return None  # the page says so itself: it reads the same publication


@st.cache_resource(show_spinner=False)
def _settings_of(environment: tuple[tuple[str, str], ...]) -> Settings:
    return load_settings()


def _settings() -> Settings:
    # Keyed by the environment: tests start several companies in one process.
    return _settings_of(tuple(sorted((k, v) for k, v in os.environ.items() if k.startswith("GANTRY_"))))


def _first_language(settings: Settings) -> str:
    chosen = cookie(LANGUAGE_COOKIE)
    return chosen if chosen in ("zh", "en") else settings.language or "zh"


def cookie(name: str) -> str:
    """A cookie's text, empty without one; a session without a browser gives objects that are no text."""
    value = st.context.cookies.get(name, "")
    return unquote(value) if isinstance(value, str) else ""
