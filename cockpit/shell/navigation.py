"""Which pages exist, in which group; the navigation shows only these."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st


@dataclass(frozen=True)
class PageEntry:
    """One page: its key is its address, its texts are `page_<key>` and its file `page/<key>.py`.

    `is_on_phone`: it has a tab of its own at the thumb; the others stand behind «more».
    """

    key: str
    group: str
    is_on_phone: bool = True

    @property
    def file(self) -> str:
        """The page's script, relative to the entry point."""
        return f"page/{self.key}.py"


#: The page of the bare address.
START = "overview"
PAGES = (
    PageEntry("today", "see"),
    PageEntry("overview", "see"),
    PageEntry("projects", "see"),
    PageEntry("customers", "see", is_on_phone=False),
    PageEntry("suppliers", "see", is_on_phone=False),
    PageEntry("actions", "do"),
    PageEntry("phone", "do"),
    PageEntry("forecasts", "do", is_on_phone=False),
    PageEntry("supply", "do", is_on_phone=False),
    PageEntry("money", "do", is_on_phone=False),
    PageEntry("service", "do", is_on_phone=False),
    PageEntry("devices", "do", is_on_phone=False),
    PageEntry("trust", "trust", is_on_phone=False),
)


def groups() -> dict[str, list[PageEntry]]:
    """Pages by group, in order; a group without pages does not exist."""
    found: dict[str, list[PageEntry]] = {}
    for page in PAGES:
        found.setdefault(page.group, []).append(page)
    return found


def streamlit_pages(titles: dict[str, str]) -> dict[str, st.Page]:
    """Streamlit's page objects by key; START is the start page."""
    return {
        page.key: st.Page(
            page.file, title=f"{titles[page.key]} · Gantry", url_path=page.key, default=page.key == START
        )
        for page in PAGES
    }
