"""The newest reports of a kind, to be saved in both languages and three formats."""

from __future__ import annotations

import html

import streamlit as st

from cockpit.components.cards import card, no_data
from cockpit.services.report_files import FORMATS, LANGUAGES, MIMES, ReportFiles, newest
from cockpit.shell.session import View


def report_files(view: View, kind: str) -> None:
    """A card with the newest closed month and quarter of a kind of report (`profit`, `satisfaction`)."""
    folder = view.settings.paths.reports
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    found = newest(names, kind, view.reader.publication.as_of_on)
    with card("reports", view.say("ask_reports"), view.say("reports_note") if found else ""):
        if not found:
            no_data(view.say("no_reports"), view.say("no_reports_why"))
        for report in found:
            st.html(f'<div class="foot">{html.escape(report.title(view.language))}</div>')
            for language in LANGUAGES:
                _line(view, report, language)


def _line(view: View, report: ReportFiles, language: str) -> None:
    """The formats of one language side by side; one that is not written yet has no button."""
    written = [ending for ending in FORMATS if (language, ending) in report.files]
    if not written:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(view.say(f"report_language_{language}"))
        for ending in written:
            name = report.files[language, ending]
            path = view.settings.paths.reports / name
            st.download_button(
                ending.upper(),
                data=path.read_bytes,
                file_name=name,
                mime=MIMES[ending],
                key=f"report_{name}",
                on_click="ignore",
            )
