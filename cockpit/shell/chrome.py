"""What stands around a page: sidebar, top bar with chips, banners, tabs at the thumb on a phone."""

from __future__ import annotations

import contextlib
import html

import streamlit as st

from cockpit.components.preferences import remember, theme_switch
from cockpit.services.numbers import moment
from cockpit.services.state import Notice
from cockpit.shell.as_of import as_of_menu
from cockpit.shell.navigation import PAGES, groups
from cockpit.shell.next_day import next_day_button
from cockpit.shell.person import person_choice
from cockpit.shell.search import search_menu
from cockpit.shell.session import LANGUAGE_COOKIE, NAME_COOKIE, PERSON_COOKIE, View

_LOGO = '<i class="logo"></i>'


def sidebar(view: View, pages: dict[str, st.Page], current: str) -> None:
    """Brand and pages by group; `current` is the key of the page shown."""
    with st.sidebar:
        st.html(f'<div class="brand">{_LOGO}Gantry</div>')
        for group, entries in groups().items():
            st.html(f'<div class="nav-group">{html.escape(view.say(f"group_{group}"))}</div>')
            for entry in entries:
                _nav_link(view, pages, entry.key, "nav_side_on" if entry.key == current else "")


def phone_tabs(view: View, pages: dict[str, st.Page], current: str) -> None:
    """The same pages as tabs at the thumb; the style sheet shows them on narrow screens only."""
    with st.container(key="phone_tabs", horizontal=True, wrap=False, gap=None):
        for entry in PAGES:
            if entry.is_on_phone:
                _nav_link(view, pages, entry.key, "nav_tab_on" if entry.key == current else "")
        rest = [entry.key for entry in PAGES if not entry.is_on_phone]
        with st.popover(view.say("more_pages"), key=f"more_pages_{'on' if current in rest else 'off'}"):
            for key in rest:
                _nav_link(view, pages, key)


def top_bar(view: View, failed_checks: int, pages: dict[str, st.Page]) -> None:
    """Brand on a phone, publication, as-of, search, language, profile; and that nobody has signed in."""
    with st.container(key="top_bar", horizontal=True, vertical_alignment="center", gap="small"):
        st.html(f'<div class="phone-brand brand">{_LOGO}Gantry</div>', width="content")
        st.html('<div class="spring"></div>')
        if view.publication is not None:
            st.html(_publication_chip(view, failed_checks), width="content")
            as_of_menu(view, view.say("as_of_chip", date=view.publication.as_of_on.isoformat()))
            search_menu(view, pages)
        next_day_button(view)
        unsigned = view.say("no_sign_in")
        hint = html.escape(view.say("no_sign_in_help"), quote=True)
        st.html(f'<span class="chip unsigned" title="{hint}">{html.escape(unsigned)}</span>', width="content")
        st.button("中 / EN", key="language_switch", on_click=_switch_language)
        _profile(view)
    person = view.person.person_id if view.person else ""
    remember({LANGUAGE_COOKIE: view.language, NAME_COOKIE: st.session_state["who"], PERSON_COOKIE: person})


def banners(found: list[Notice]) -> None:
    """What a reader must know before trusting the figures."""
    for notice in found:
        mark = "■" if notice.kind == "bad" else "▲"
        st.html(f'<div class="banner {notice.kind}"><b>{mark}</b> {html.escape(notice.text)}</div>')


def _nav_link(view: View, pages: dict[str, st.Page], key: str, mark: str = "") -> None:
    """A link to a page; only the page shown stands in a container, `mark`: a visit pays for every element."""
    around = st.container(key=mark) if mark else contextlib.nullcontext()
    with around:
        st.page_link(pages[key], label=view.say(f"page_{key}"), width="stretch")


def _publication_chip(view: View, failed_checks: int) -> str:
    assert view.publication is not None
    has_failed = view.run is not None and view.run.status_code == "failed"
    kind, mark = ("bad", "■") if has_failed else ("watch", "▲") if failed_checks else ("good", "●")
    state = (
        view.say("chip_night_failed")
        if has_failed
        else view.say("chip_checks_failed", count=failed_checks)
        if failed_checks
        else view.say("chip_checks_passed")
    )
    label = view.say("chip_published", name=view.publication.name)
    title = html.escape(moment(view.publication.published_at), quote=True)
    return (
        f'<span class="chip" title="{title}"><b class="{kind}">{mark}</b> '
        f'{html.escape(label)}<span class="wide"> · {html.escape(state)}</span></span>'
    )


def _profile(view: View) -> None:
    initial = view.who.strip()[:1].upper() or "?"
    with st.popover(initial, key="profile"):
        person_choice(view)
        st.text_input(
            view.say("your_name"),
            value=st.session_state["who"],
            key="who_input",
            placeholder=view.say("your_name_example"),
            help=view.say("your_name_help"),
            on_change=_keep_name,
        )
        st.caption(view.say("theme"))
        theme_switch(view.say("theme_light"), view.say("theme_dark"), [entry.key for entry in PAGES])


def _switch_language() -> None:
    st.session_state["language"] = "en" if st.session_state["language"] == "zh" else "zh"


def _keep_name() -> None:
    st.session_state["who"] = st.session_state["who_input"].strip()
