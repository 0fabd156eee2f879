"""Overview: how the company stands, which projects will be late, what to decide first."""

import datetime as dt

import polars as pl
import streamlit as st

from cockpit.components.bars import Bar, bar_list
from cockpit.components.cards import card, no_data, page_head
from cockpit.components.claim_list import claim_list
from cockpit.components.compare_cards import figures_card, other_day
from cockpit.components.decision_list import decision_list
from cockpit.components.drill_card import drill_body
from cockpit.components.gantt_card import gantt_body
from cockpit.components.tiles import tile_strip
from cockpit.repositories import claims, drill, forecasts, milestones, overview, suppliers, trust
from cockpit.repositories.published import Reader
from cockpit.services import numbers
from cockpit.services import overview as figures_of
from cockpit.services.claims import lines
from cockpit.services.compare import compared
from cockpit.services.decided import overlay
from cockpit.services.drill import totals
from cockpit.services.figures import Figure, registry, standing
from cockpit.services.gantt import project_row
from cockpit.services.state import doubt
from cockpit.services.tiles import Tile
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
    other = other_day(view)
    shown = _tiles(view, reader)
    if other is not None:
        shown = compared(shown, _tiles(view, other), other.publication.as_of_on, language)
    tile_strip(shown, view.say("doubtful"), "tiles_overview")
    if other is not None:
        figures_card(view, other)
    left, right = st.columns([2, 1.17])
    with left:
        _projects_ahead(view)
        first, second = st.columns(2)
        with first:
            _supplier_promises(view, figures.get("otif"))
        with second:
            _days_lost(view, phases)
        _drill(view, months)
    with right:
        _decide(view, churn)
        _claims(view)


def _tiles(view: View, reader: Reader) -> list[Tile]:
    """The tiles as one publication tells them."""
    return figures_of.tiles(
        overview.months(reader),
        forecasts.churn(reader),
        registry(overview.figures(reader), view.language),
        doubt(trust.checks(reader)),
        view.language,
    )


def _decide(view: View, churn: pl.DataFrame) -> None:
    reader, language = view.reader, view.language
    with card("decide", view.say("decide")):
        open_milestones = overlay(milestones.open_milestones(reader), newest_replans(view))
        found = figures_of.decisions(
            open_milestones,
            suppliers.scorecard(reader),
            churn,
            trust.quarantine(reader),
            reader.publication.as_of_on,
            language,
        )
        if found:
            decision_list(found, {entry.key: entry.file for entry in PAGES})
        else:
            no_data(view.say("nothing_to_decide"), view.say("nothing_to_decide_why"))


def _drill(view: View, months: pl.DataFrame) -> None:
    """The whole company, then region, city, project, milestone: what is due, on time and overdue."""
    since_on = figures_of.last_year(months)["period_on"].min() if not months.is_empty() else None
    with card("drill", view.say("ask_where"), view.say("drill_note")):
        if since_on is None or not milestones.counts(view.reader)["milestone_count"][0]:
            no_data(view.say("no_milestones"), view.say("fill_milestones"))
            return
        whole = totals(drill.members(view.reader, "region", since_on, None, None, None))
        told = view.say(
            "drill_total",
            projects=numbers.count(whole["open_count"], view.language),
            due=numbers.count(whole["due_count"], view.language),
            overdue=numbers.count(whole["overdue_count"], view.language),
        )
        drill_body(
            view,
            lambda at: drill.members(view.reader, at.level, since_on, at.region, at.city, at.project),
            told,
        )


def _claims(view: View) -> None:
    told = lines(claims.claims(view.reader), view.language)
    with card("claims", view.say("ask_claims"), view.say("claims_note")):
        claim_list(told, view.say("claim_measured"), view.say("claim_said"))


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
