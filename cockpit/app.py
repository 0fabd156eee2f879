"""The script of every page, served by `server.py`. Frame first, then the page."""

from pathlib import Path

import streamlit as st

from cockpit.components.cards import no_data, page_head
from cockpit.components.in_browser import in_browser
from cockpit.repositories import trust
from cockpit.repositories.published import OutdatedPublicationError
from cockpit.services.state import failed_checks, notices, past_notices
from cockpit.shell.chrome import banners, phone_tabs, sidebar, top_bar
from cockpit.shell.navigation import PAGES, streamlit_pages
from cockpit.shell.next_day import next_day_failure
from cockpit.shell.session import View, start_view
from cockpit.theme.style import style_element

# A file of ours: Streamlit fetches its own icons from elsewhere.
ICON = Path(__file__).parent / "static" / "gantry.svg"


def main() -> None:
    """One run of the page that the reader chose."""
    st.set_page_config(page_title="Gantry", page_icon=str(ICON), layout="wide")
    st.html(style_element())
    view = start_view()
    pages = streamlit_pages({entry.key: view.say(f"page_{entry.key}") for entry in PAGES})
    page = st.navigation(list(pages.values()), position="hidden")
    current = next(key for key, each in pages.items() if each is page)
    sidebar(view, pages, current)
    try:
        failed = failed_checks(trust.checks(view.reader)) if view.publication else 0
        top_bar(view, failed, pages)
        next_day_failure(view)
        if view.publication is None:
            _empty_lake(view)
        else:
            banners(past_notices(view.publication, view.newest, view.unknown_as_of, view.language))
            banners(notices(view.publication, view.run, failed, view.language))
            page.run()
    except OutdatedPublicationError as error:
        page_head(view.say("outdated"), error.publication)
        no_data(view.say("outdated_what", missing=error.missing), view.say("outdated_do"))
    phone_tabs(view, pages, current)
    in_browser()


def _empty_lake(view: View) -> None:
    page_head(view.say("no_publication"), view.company)
    no_data(view.say("no_publication_why"), view.say("no_publication_do"))


main()
