"""Overview: how the company stands, which projects will be late, what to decide first."""

import datetime as dt

import polars as pl
import streamlit as st

from cockpit.components.bars import Bar, bar_list
from cockpit.components.cards import card, no_data, page_head
from cockpit.components.decision_list import decision_list
from cockpit.components.gantt_card import gantt_body
from cockpit.components.tiles import tile_strip
from cockpit.repositories import forecasts, milestones, overview, suppliers, trust
from cockpit.services import numbers
from cockpit.services import overview as figures_of
from cockpit.services.decided import overlay
from cockpit.services.figures import Figure, registry, standing
from cockpit.services.gantt import project_row
from cockpit.services.state import doubt
from cockpit.services.words import code_label
from cockpit.shell.decided import newest_replans
from cockpit.shell.navigation import PAGES
from cockpit.shell.session import View, current_view

PROJECTS_SHOWN = 8
BARS_SHOWN = 6


def render(view: View) -> None:
    """The page."""
    reader, language = view.reader, view.language
    as_of_on = reader.publication.as_of_on
    year_before = as_of_on - dt.timedelta(days=365)
    months = overview.months(reader)
    churn = forecasts.churn(reader)
    phases = milestones.days_lost_by_phase(reader, year_before, as_of_on)
    counts = milestones.counts(reader).row(0, named=True)
    finished = milestones.finished_between(reader, year_before, as_of_on).row(0, named=True)
    totals = overview.project_totals(reader).row(0, named=True)
    figures = registry(overview.figures(reader), language)

    page_head(
        figures_of.finding(months, finished, phases, counts, language),
        view.say(
            "overview_sub",
            company=view.company,
            projects=numbers.count(totals["open_count"], language),
            amount=numbers.money(totals["contract_amount"], totals["currency_code"], language),
        ),
    )
    tile_strip(
        figures_of.tiles(months, churn, figures, doubt(trust.checks(reader)), language),
        view.say("doubtful"),
        "tiles_overview",
    )
    left, right = st.columns([2, 1.17])
    with left:
        _projects_ahead(view)
        first, second = st.columns(2)
        with first:
            _supplier_promises(view, figures.get("otif"))
        with second:
            _days_lost(view, phases)
    with right, card("decide", view.say("decide")):
        open_milestones = overlay(milestones.open_milestones(reader), newest_replans(view))
        found = figures_of.decisions(
            open_milestones, suppliers.scorecard(reader), churn, trust.quarantine(reader), as_of_on, language
        )
        if found:
            decision_list(found, {entry.key: entry.file for entry in PAGES})
        else:
            no_data(view.say("nothing_to_decide"), view.say("nothing_to_decide_why"))


def _projects_ahead(view: View) -> None:
    rows = [
        project_row(row) for row in overview.projects_ahead(view.reader, PROJECTS_SHOWN).iter_rows(named=True)
    ]
    with card("gantt", view.say("ask_which_late"), view.say("band_note") if rows else ""):
        if rows:
            gantt_body(view, rows, "overview_gantt")
        else:
            no_data(view.say("no_open_milestones"), view.say("fill_milestones"))


def _supplier_promises(view: View, figure: Figure | None) -> None:
    scored = suppliers.scorecard(view.reader).drop_nulls("otif_share")
    worst = scored.sort("otif_share", "due_line_count", descending=[False, True]).head(BARS_SHOWN)
    target = figure.target if figure else None
    with card(
        "promises",
        view.say("ask_promises"),
        view.say("promises_note", n=scored.height) if scored.height else "",
    ):
        if worst.is_empty():
            no_data(view.say("no_purchases"), view.say("fill_purchases"))
            return
        bar_list(
            [
                Bar(
                    row["supplier_name"] or row["supplier_id"],
                    row["otif_share"],
                    numbers.share(row["otif_share"]),
                    f"n={numbers.count(row['due_line_count'], view.language)}",
                    standing(row["otif_share"], target, "higher"),
                )
                for row in worst.iter_rows(named=True)
            ],
            target=target,
            is_tracked=True,
        )


def _days_lost(view: View, phases: pl.DataFrame) -> None:
    total = phases["days"].sum() if not phases.is_empty() else 0
    with card("days_lost", view.say("ask_days_lost"), view.say("days_lost_note") if total else ""):
        if not total:
            no_data(view.say("no_late_days"), view.say("fill_milestones"))
            return
        longest, running, bars = phases["days"][0], 0, []
        for row in phases.head(BARS_SHOWN).iter_rows(named=True):
            running += row["days"]
            bars.append(
                Bar(
                    code_label("phase", row["phase_code"], view.language),
                    row["days"] / longest,
                    numbers.count(row["days"], view.language),
                    f"{running / total:.0%}",
                )
            )
        bar_list(bars)


render(current_view())
