"""Which pages exist, in which group; the navigation shows only these."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st


@dataclass(frozen=True)
class PageEntry:
    """One page: its key is its address, its texts are `page_<key>` and its file `page/<key>.py`."""

    key: str
    group: str
    is_on_phone: bool = True

    @property
    def file(self) -> str:
        """The page's script, relative to the entry point."""
        return f"page/{self.key}.py"


PAGES = (
    PageEntry("overview", "see"),
    PageEntry("projects", "see"),
    PageEntry("customers", "see"),
    PageEntry("suppliers", "see"),
    PageEntry("forecasts", "do"),
    PageEntry("supply", "do", is_on_phone=False),
    PageEntry("money", "do", is_on_phone=False),
    PageEntry("service", "do", is_on_phone=False),
    PageEntry("devices", "do", is_on_phone=False),
    PageEntry("trust", "trust"),
)


def groups() -> dict[str, list[PageEntry]]:
    """Pages by group, in order; a group without pages does not exist."""
    found: dict[str, list[PageEntry]] = {}
    for page in PAGES:
        found.setdefault(page.group, []).append(page)
    return found


def streamlit_pages(titles: dict[str, str]) -> dict[str, st.Page]:
    """Streamlit's page objects by key; the first is the start page."""
    return {
        page.key: st.Page(
            page.file, title=f"{titles[page.key]} · Gantry", url_path=page.key, default=page is PAGES[0]
        )
        for page in PAGES
    }
