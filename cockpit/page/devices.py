"""Devices: how many are where, whether they run and report, what sites measure, one device by day."""

import polars as pl
import streamlit as st

from cockpit.components.bars import Bar, bar_list
from cockpit.components.cards import card, no_data, page_head
from cockpit.components.charts import show
from cockpit.components.facts import passports
from cockpit.components.series import Series, series_figure
from cockpit.components.tables import data_table
from cockpit.components.tiles import tile_strip
from cockpit.repositories import devices, overview, trust
from cockpit.services import devices as figures_of
from cockpit.services import diagnosis, numbers
from cockpit.services.figures import Figure, registry
from cockpit.services.state import doubt
from cockpit.shell.session import View, current_view

BARS_SHOWN = 8
DAYS_BACK = 92
CHOICE = "devices_choice"


def render(view: View) -> None:
    """The page."""
    reader, language = view.reader, view.language
    states, days, coverage = devices.states(reader), devices.days(reader), devices.coverage(reader)
    figures = registry(overview.figures(reader), language)
    quarantined, lives = devices.quarantined_readings(reader), devices.devices(reader)
    page_head(
        figures_of.finding(days, states, coverage, language),
        view.say(
            "devices_sub",
            company=view.company,
            n=numbers.count(states["unit_count"].sum(), language),
            day=numbers.day(reader.publication.as_of_on, language),
        ),
    )
    tile_strip(
        figures_of.tiles(
            days,
            states,
            coverage,
            quarantined,
            figures,
            doubt(trust.checks(reader)),
            language,
        ),
        view.say("doubtful"),
        "tiles_devices",
    )
    _take_pressed(lives)
    left, right = st.columns([2, 1.17])
    with left:
        _course(view, days, coverage, figures)
        _telemetry(view, lives, quarantined)
    with right:
        _states(view, states)
        _worst(view, lives)
        _diagnosis(view, lives)
    _sites(view)
    _table(view, lives)
    _bill(view)


def _course(view: View, days: pl.DataFrame, coverage: pl.DataFrame, figures: dict[str, Figure]) -> None:
    with card("device_course", view.say("ask_device_course")):
        if days.is_empty() and coverage.is_empty():
            no_data(view.say("no_device_days"), view.say("fill_devices"))
            return
        what = (
            st.segmented_control(
                view.say("measure"),
                figures_of.COURSES,
                default="uptime",
                required=True,
                label_visibility="collapsed",
                format_func=lambda code: view.say(f"course_{code}"),
                key="devices_course",
            )
            or "uptime"
        )
        values = figures_of.course(days, coverage, what)
        if all(value is None for value in values):
            no_data(view.say("no_device_days"), view.say("fill_devices"))
            return
        on = figures_of.course_days(days, coverage, what)
        told = [
            f"{numbers.day(day, view.language)}<br>{figures_of.course_shown(value, what, view.language)}"
            for day, value in zip(on, values, strict=True)
        ]
        is_share = what != "energy"
        points = [None if value is None else value * 100 if is_share else value for value in values]
        series = Series(on, points, told, suffix="%" if is_share else "", is_daily=True)
        show(series_figure(view, series), "devices_course_chart", view.say("ask_device_course"))
        passports(figures, figures_of.COURSE_FIGURES, view.language)


def _take_pressed(lives: pl.DataFrame) -> None:
    """A row pressed in the table below becomes the device of the chart, once per press."""
    state = st.session_state.get("devices_table")
    rows = state.selection.rows if state else []
    listed = figures_of.found(lives, st.session_state.get("devices_search"))
    if rows and rows[0] < listed.height:
        pressed = listed["device_id"][rows[0]]
        if st.session_state.get("_pressed_device") != pressed:
            st.session_state["_pressed_device"] = pressed
            st.session_state[CHOICE] = pressed


def _telemetry(view: View, lives: pl.DataFrame, quarantined: pl.DataFrame) -> None:
    note = figures_of.held_note(quarantined, view.language) or view.say("telemetry_note")
    with card("telemetry", view.say("ask_telemetry"), note if lives.height else ""):
        if lives.is_empty():
            no_data(view.say("no_device_days"), view.say("fill_devices"))
            return
        names = {row["device_id"]: figures_of.label(row) for row in lives.iter_rows(named=True)}
        if st.session_state.get(CHOICE) not in names:
            st.session_state[CHOICE] = st.query_params.get("device", "")
        if st.session_state[CHOICE] not in names:
            st.session_state[CHOICE] = next(iter(names))
        with st.container(horizontal=True, vertical_alignment="bottom"):
            device = st.selectbox(
                view.say("device"), list(names), format_func=names.__getitem__, key=CHOICE, width=320
            )
            readings = devices.telemetry(view.reader, device, DAYS_BACK)
            metrics = readings["metric_code"].unique(maintain_order=True).to_list()
            if not metrics:
                st.caption(view.say("no_readings"))
                return
            metric = st.selectbox(
                view.say("metric"),
                metrics,
                format_func=lambda code: figures_of.metric_label(code, view.language),
                key="devices_metric",
                width=220,
            )
        _readings(view, readings.filter(pl.col("metric_code") == metric))


def _readings(view: View, rows: pl.DataFrame) -> None:
    told = [
        view.say(
            "reading_told",
            day=numbers.day(on, view.language),
            mean=numbers.decimal(mean),
            low=numbers.decimal(low),
            high=numbers.decimal(high),
            n=numbers.count(n, view.language),
        )
        for on, mean, low, high, n in rows.select(
            "day_on", "value_mean", "value_min", "value_max", "reading_count"
        ).iter_rows()
    ]
    series = Series(
        rows["day_on"].to_list(),
        rows["value_mean"].to_list(),
        told,
        low=rows["value_min"].to_list(),
        high=rows["value_max"].to_list(),
        is_daily=True,
    )
    show(series_figure(view, series), "devices_telemetry", view.say("ask_telemetry"))


def _states(view: View, states: pl.DataFrame) -> None:
    bars = figures_of.state_bars(states, view.language)
    with card("device_states", view.say("ask_device_states")):
        if bars:
            bar_list([Bar(*bar) for bar in bars])
        else:
            no_data(view.say("no_devices"), view.say("fill_devices"))


def _worst(view: View, lives: pl.DataFrame) -> None:
    bars = figures_of.worst_bars(lives, view.language, BARS_SHOWN)
    if not bars:
        return
    with card("device_worst", view.say("ask_device_worst"), view.say("device_worst_note")):
        bar_list([Bar(*bar) for bar in bars], room="label")


def _diagnosis(view: View, lives: pl.DataFrame) -> None:
    risks = devices.diagnosis(view.reader)
    with card("diagnosis", view.say("ask_diagnosis"), view.say("diagnosis_note") if risks.height else ""):
        if risks.is_empty():
            no_data(view.say("no_diagnosis"), view.say("no_diagnosis_why"))
            return
        names = {row["device_id"]: figures_of.label(row) for row in lives.iter_rows(named=True)}
        table = diagnosis.table(risks, names, view.language)
        data_table(view, table, "devices_diagnosis", shares=diagnosis.SHARES)


def _sites(view: View) -> None:
    conditions = devices.conditions(view.reader)
    with card("sites", view.say("ask_sites"), view.say("sites_note") if conditions.height else ""):
        if conditions.is_empty():
            no_data(view.say("no_sites"), view.say("fill_sites"))
            return
        data_table(view, figures_of.site_table(conditions, view.language), "devices_sites")


def _table(view: View, lives: pl.DataFrame) -> None:
    if lives.is_empty():
        return
    with card("devices", view.say("ask_devices"), view.say("devices_note")):
        words = st.text_input(
            view.say("search"), key="devices_search", placeholder=view.say("search_devices"), width=320
        )
        table = figures_of.device_table(lives, words, view.language)
        if table.is_empty():
            no_data(view.say("no_choice"), view.say("no_choice_do"))
            return
        data_table(view, table, "devices_table", shares=figures_of.DEVICE_SHARES, is_selectable=True)


def _bill(view: View) -> None:
    projects = devices.projects(view.reader)
    if projects.is_empty():
        return
    names = {
        key: view.say("bill_units", name=name, n=numbers.count(n, view.language))
        for key, name, n in projects.iter_rows()
    }
    with card("bill", view.say("ask_bill"), view.say("bill_note")):
        project = st.selectbox(
            view.say("project"), list(names), format_func=names.__getitem__, key="devices_project", width=420
        )
        table = figures_of.bill_table(devices.bill(view.reader, project), view.language)
        data_table(view, table, "devices_bill")


render(current_view())
