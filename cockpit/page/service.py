"""Service: open work on a map, how good the work is and where it is weakest, complaints, low ratings."""

import polars as pl
import streamlit as st

from cockpit.components.bars import Bar, bar_list
from cockpit.components.cards import card, no_data, page_head
from cockpit.components.charts import show
from cockpit.components.facts import facts
from cockpit.components.report_files import report_files
from cockpit.components.series import Series, series_figure
from cockpit.components.site_map import site_map
from cockpit.components.tables import data_table
from cockpit.components.tiles import tile_strip
from cockpit.repositories import overview, service, trust
from cockpit.services import numbers
from cockpit.services import service as figures_of
from cockpit.services.figures import Figure, registry
from cockpit.services.state import doubt
from cockpit.shell.session import View, current_view

BARS_SHOWN = 10
MONTHS_SHOWN = 36


def render(view: View) -> None:
    """The page."""
    reader, language = view.reader, view.language
    open_totals = service.open_totals(reader).row(0, named=True)
    whole = service.groups(reader, "company")
    company = whole.row(0, named=True) if whole.height else None
    months = service.months(reader)
    figures = registry(overview.figures(reader), language)
    page_head(
        figures_of.finding(open_totals, company, language),
        view.say(
            "service_sub",
            company=view.company,
            n=numbers.count((company or {}).get("finished_order_count"), language),
        ),
    )
    tile_strip(
        figures_of.tiles(open_totals, company, months, figures, doubt(trust.checks(reader)), language),
        view.say("doubtful"),
        "tiles_service",
    )
    measure, dimension = _choices(view)
    left, right = st.columns([2, 1.17])
    with left:
        _course(view, months, measure, figures)
        sites = _map(view)
    with right:
        groups = service.groups(reader, dimension)
        _weakest(view, groups, dimension, measure, figures)
        _causes(view)
        _voices(view, company, figures)
        report_files(view, "satisfaction")
    _orders(view, open_totals, sites)
    _groups(view, groups, dimension)
    _sequences(view)


def _choices(view: View) -> tuple[figures_of.Measure, str]:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        measure = st.segmented_control(
            view.say("measure"),
            list(figures_of.MEASURES),
            default="sla",
            required=True,
            format_func=lambda code: view.say(f"measure_{code}"),
            key="service_measure",
        )
        dimension = st.selectbox(
            view.say("by_what"),
            figures_of.DIMENSIONS,
            format_func=lambda code: view.say(f"by_{code}"),
            key="service_dimension",
            width=180,
        )
    return figures_of.MEASURES[measure or "sla"], dimension or "region"


def _course(
    view: View, months: pl.DataFrame, measure: figures_of.Measure, figures: dict[str, Figure]
) -> None:
    known = months.filter(pl.col(measure.whole) > 0).tail(MONTHS_SHOWN)
    with card("service_course", view.say(f"ask_course_{measure.code}"), view.say("service_course_note")):
        if known.is_empty():
            no_data(view.say("no_service"), view.say("fill_service"))
            return
        values = figures_of.ratios(known, measure)
        told = [
            view.say(
                "point_told",
                when=numbers.month(on, view.language),
                value=figures_of.shown(value, measure),
                n=numbers.count(n, view.language),
            )
            for on, value, n in zip(known["period_on"], values, known[measure.whole], strict=True)
        ]
        figure = figures.get(measure.figure_id)
        target, times = figure.target if figure else None, 1 if measure.is_rate else 100
        series = Series(
            known["period_on"].to_list(),
            [None if value is None else value * times for value in values],
            told,
            target=None if target is None else target * times,
            suffix="" if measure.is_rate else "%",
        )
        show(series_figure(view, series), "service_course", view.say(f"ask_course_{measure.code}"))


def _map(view: View) -> list[str]:
    sites = service.sites(view.reader)
    with card("map", view.say("ask_map"), view.say("map_note") if sites.height else ""):
        if sites.is_empty():
            no_data(view.say("no_map"), view.say("fill_map"))
            return []
        return site_map(view, sites, "service_map", view.say("ask_map"))


def _weakest(
    view: View, groups: pl.DataFrame, dimension: str, measure: figures_of.Measure, figures: dict[str, Figure]
) -> None:
    figure = figures.get(measure.figure_id)
    bars = figures_of.weakest(groups, dimension, measure, figure, view.language)
    asked = view.say(f"ask_weakest_{measure.code}", by=view.say(f"by_{dimension}"))
    with card("weakest", asked, view.say("weakest_note") if bars else ""):
        if bars:
            bar_list([Bar(*bar) for bar in bars[:BARS_SHOWN]])
        else:
            no_data(view.say("no_failed"), view.say("fill_service"))


def _causes(view: View) -> None:
    bars = figures_of.causes(service.groups(view.reader, "cause"), view.language)
    with card("causes", view.say("ask_causes"), view.say("causes_note") if bars else ""):
        if bars:
            bar_list([Bar(*bar) for bar in bars[:BARS_SHOWN]])
        else:
            no_data(view.say("no_complaints"), view.say("fill_complaints"))


def _voices(view: View, company: dict | None, figures: dict[str, Figure]) -> None:
    lines = figures_of.voices(company, figures, view.language)
    with card("voices", view.say("ask_voices"), view.say("voices_note") if lines else ""):
        if lines:
            facts(lines)
        else:
            no_data(view.say("no_service"), view.say("fill_service"))


def _orders(view: View, open_totals: dict, sites: list[str]) -> None:
    with card("orders", view.say("ask_open_orders"), view.say("sites_chosen", n=len(sites)) if sites else ""):
        if not open_totals["open_count"]:
            no_data(view.say("no_open_orders"), view.say("fill_service"))
            return
        scope = st.segmented_control(
            view.say("scope"),
            figures_of.SCOPES,
            default="late" if open_totals["late_count"] else "open",
            required=True,
            label_visibility="collapsed",
            format_func=lambda code: view.say(f"order_{code}"),
            key="service_scope",
        )
        rows = figures_of.chosen(service.open_orders(view.reader), scope or "open", sites)
        if rows.is_empty():
            no_data(view.say("no_choice"), view.say("no_choice_do"))
            return
        data_table(view, figures_of.order_table(rows, view.language), "service_orders")


def _groups(view: View, groups: pl.DataFrame, dimension: str) -> None:
    table = figures_of.group_table(groups, dimension, view.language)
    if table.is_empty():
        return
    with card("groups", view.say("ask_groups", by=view.say(f"by_{dimension}")), view.say("groups_note")):
        data_table(view, table, "service_groups", shares=figures_of.GROUP_SHARES)


def _sequences(view: View) -> None:
    sequences = service.sequences(view.reader)
    recent = sequences.filter(pl.col("is_recent")).height
    note = view.say("sequences_note", n=numbers.count(recent, view.language)) if sequences.height else ""
    with card("sequences", view.say("ask_sequences"), note):
        if sequences.is_empty():
            no_data(view.say("no_sequences"), view.say("no_sequences_why"))
            return
        data_table(view, figures_of.sequence_table(sequences, view.language), "service_sequences")


render(current_view())
