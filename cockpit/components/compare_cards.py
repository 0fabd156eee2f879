"""A second business date beside the one that is shown: choosing it, and what differs between the two."""

from __future__ import annotations

import streamlit as st

from cockpit.components.address import AGAINST, addressed, keep
from cockpit.components.cards import card, no_data
from cockpit.components.opening import open_on_press
from cockpit.components.tables import data_table
from cockpit.repositories import compare as records
from cockpit.repositories import forecasts, overview
from cockpit.repositories.passports import reporting_currency
from cockpit.repositories.published import OutdatedPublicationError, Reader
from cockpit.services import compare, numbers
from cockpit.services.compare import Pair, Told
from cockpit.services.figures import registry
from cockpit.shell.archive import readable, reader_of
from cockpit.shell.navigation import PAGES
from cockpit.shell.session import View

TRUST = next(entry.file for entry in PAGES if entry.key == "trust")


def other_day(view: View) -> Reader | None:
    """Reads the state to compare with, as the address or the list chooses it; None without one."""
    assert view.newest is not None, "pages are shown only where something is published"
    offered = compare.offered(readable(reader_of(view, view.newest)), view.reader.publication)
    asked = st.query_params.get(AGAINST, "")
    if asked and asked not in offered:
        st.caption(view.say("compare_unknown", asked=asked))
        # Said once, then let go; the date that is shown itself waits until another one is shown.
        if asked != view.reader.publication.name:
            keep(AGAINST, "")
    if not offered:
        return None
    with st.container(key="compare", horizontal=True):
        chosen = st.selectbox(
            view.say("compare_with"),
            list(offered),
            index=None,
            placeholder=view.say("compare_nothing"),
            format_func=lambda name: f"{offered[name].as_of_on:%Y-%m-%d} · {name}",
            width=300,
            help=view.say("compare_help"),
            **addressed("compare_choice", AGAINST, None, offered),
        )
    return _readable_one(view, reader_of(view, offered[chosen])) if chosen else None


def _readable_one(view: View, other: Reader) -> Reader | None:
    """The other reader, when this version can read what made it; else a word about it."""
    try:
        # What the pages ask of it; read once here, and kept.
        for ask in (
            records.figure_runs,
            records.projects,
            overview.months,
            overview.figures,
            forecasts.churn,
        ):
            ask(other)
    except OutdatedPublicationError as error:
        st.caption(view.say("compare_outdated", name=error.publication, missing=error.missing))
        return None
    return other


def figures_card(view: View, other: Reader) -> None:
    """Every figure on both dates, the difference, and whether late data or a definition is the reason."""
    pair = Pair.of(view.reader.publication, other.publication)
    readers = (view.reader, other) if pair.before == view.reader.publication else (other, view.reader)
    past = compare.pasts(*(records.figures_before(each, pair.past_until_on) for each in readers))
    runs = (records.figure_runs(readers[0]), records.figure_runs(readers[1]))
    figures = registry(overview.figures(readers[1]), view.language)
    told = Told(view.language, reporting_currency(readers[1]))
    found = compare.figure_table(runs, past, figures, pair, told)
    note = view.say("compare_note", month=numbers.month(pair.past_until_on, view.language))
    with card("compare_figures", _title(view, "ask_compare_figures", pair), note if found.height else ""):
        if found.is_empty():
            no_data(view.say("compare_no_figures"), view.say("compare_no_figures_why"))
            return
        changed = found["is_changed"].sum()
        st.caption(view.say("compare_changed", changed=changed, same=found.height - changed))
        pressed = data_table(
            view, found.drop("figure_id", "is_changed"), "compare_figures_table", is_selectable=True
        )
        if pressed is not None:
            st.switch_page(TRUST, query_params={"figure": found["figure_id"][pressed]})


def projects_card(view: View, other: Reader) -> None:
    """Projects whose finish dates, health or budget moved between the two dates."""
    pair = Pair.of(view.reader.publication, other.publication)
    readers = (view.reader, other) if pair.before == view.reader.publication else (other, view.reader)
    found = compare.project_table(*(records.projects(each) for each in readers))
    with card("compare_projects", _title(view, "ask_compare_projects", pair)):
        if found.is_empty():
            no_data(view.say("compare_no_moves"), view.say("compare_no_moves_why"))
            return
        amounts = ("budget_amount_before", "budget_amount", "budget_moved_amount")
        pressed = data_table(
            view, found.drop("project_id"), "compare_projects_table", amounts=amounts, is_selectable=True
        )
        open_on_press("project", found["project_id"].to_list(), pressed)


def _title(view: View, key: str, pair: Pair) -> str:
    before, after = (numbers.date(each.as_of_on) for each in (pair.before, pair.after))
    return view.say(key, before=before, after=after)
