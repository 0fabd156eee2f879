"""One project: its stages, earned value, network, money, site, and whether its schedule can be trusted."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import polars as pl
import streamlit as st

from actions.store import Action
from cockpit.components.address import addressed
from cockpit.components.bars import Bar, bar_list
from cockpit.components.batch_moves import batch_moves
from cockpit.components.cards import card, no_data, page_head
from cockpit.components.charts import show
from cockpit.components.crew_plan_card import crew_plan_card
from cockpit.components.curves import climate_by_day, s_curve
from cockpit.components.figure_list import figure_list
from cockpit.components.gantt_card import gantt_body
from cockpit.components.node_card import node_card
from cockpit.components.opening import way_back
from cockpit.components.part_bars import part_bars
from cockpit.components.reasons import reasons
from cockpit.components.replan_card import CHOICE, replan_card
from cockpit.components.stage_ribbon import stage_ribbon
from cockpit.components.tables import data_table
from cockpit.components.tiles import tile_strip
from cockpit.components.whatif_card import whatif_section
from cockpit.repositories import milestones, overview, trust
from cockpit.repositories import projects as records
from cockpit.services import numbers
from cockpit.services import project as figures_of
from cockpit.services import project_records as rows_of
from cockpit.services.decided import overlay
from cockpit.services.figures import Figure, registry
from cockpit.services.gantt import node_row
from cockpit.services.nodes import links_of
from cockpit.services.nodes import overlay as settings_overlay
from cockpit.services.state import doubt
from cockpit.services.words import code_label
from cockpit.shell.decided import newest_settings
from cockpit.shell.session import View
from cockpit.shell.writing import tell

Row = Mapping[str, Any]
PROMISES_SHOWN = 8


def project_page(view: View, project_id: str, decided: Mapping[str, Action]) -> bool:
    """The page of a project; False, with a word about it, when the publication knows no such project."""
    reader, language = view.reader, view.language
    found = records.project(reader, project_id)
    if found.is_empty():
        st.caption(view.say("project_unknown", asked=project_id))
        return False
    row = found.row(0, named=True)
    months = records.months(reader, project_id)
    figures = registry(overview.figures(reader), language)
    way_back(view, "project", "all_projects_back")
    page_head(figures_of.finding(row, language), figures_of.subtitle(row, language))
    tell(view)
    tile_strip(
        figures_of.tiles(row, months, figures, doubt(trust.checks(reader)), language),
        view.say("doubtful"),
        "tiles_project",
    )
    _stages(view, project_id)
    section = st.segmented_control(
        view.say("section"),
        figures_of.SECTIONS,
        required=True,
        format_func=lambda code: view.say(f"project_section_{code}"),
        label_visibility="collapsed",
        **addressed("project_section", "section", "progress", figures_of.SECTIONS),
    )
    if section == "progress":
        _progress(view, row, months, figures)
    elif section == "schedule":
        _schedule(view, project_id, decided)
    elif section == "whatif":
        whatif_section(view, project_id, decided, row["finish_p80_on"])
        crew_plan_card(view, project_id, decided)
        batch_moves(view, project_id)
    else:
        drawn: dict[str, Callable[[View, Row, Mapping[str, Figure]], None]] = {
            "cost": _cost,
            "site": _site,
            "trust": _trust,
        }
        drawn[section](view, row, figures)
    return True


def _stages(view: View, project_id: str) -> None:
    stages = records.stages(view.reader, project_id)
    with card("stages", view.say("ask_stages")):
        if stages.is_empty():
            no_data(view.say("no_stages"), view.say("fill_stages"))
            return
        stage_ribbon(figures_of.stages(stages, view.language))
        events = records.stage_events(view.reader, project_id)
        with st.expander(view.say("stage_trace", n=events.height)):
            data_table(view, figures_of.events(events, view.language), "stage_events")


def _progress(view: View, row: Row, months: pl.DataFrame, figures: Mapping[str, Figure]) -> None:
    left, right = st.columns([2, 1.17])
    with left, card("curve", view.say("ask_curve"), view.say("curve_note") if months.height else ""):
        if months.is_empty():
            no_data(view.say("no_curve"), view.say("fill_curve"))
        else:
            show(s_curve(view, months), "project_curve", view.say("ask_curve"))
    with right, card("value", view.say("ask_value")):
        if row["budget_at_completion_amount"] is None:
            no_data(view.say("no_curve"), view.say("fill_curve"))
        else:
            figure_list(figures_of.value_lines(row, figures, view.language), view.language)
    with left:
        _health(view, row, figures)


def _health(view: View, row: Row, figures: Mapping[str, Figure]) -> None:
    with card("health", view.say("ask_project_health"), view.say("health_note")):
        if row["health_score"] is None:
            no_data(view.say("no_health"), view.say("fill_milestones"))
            return
        code = view.say(f"health_{row['health_code']}")
        score = f"{numbers.decimal(row['health_score'], 0)} · {code}"
        part_bars(figures_of.health_parts(row, view.language), score, view.say("health_total"))
        reasons(figures_of.health_reasons(row, view.language))
        figure_list([figures_of.complaint_line(row, figures, view.language)], view.language)


def _schedule(view: View, project_id: str, decided: Mapping[str, Action]) -> None:
    network = records.network(view.reader, project_id)
    with card("gantt", view.say("ask_network"), view.say("network_note") if network.height else ""):
        if network.is_empty():
            no_data(view.say("no_milestones"), view.say("fill_milestones"))
            return
        links = records.links(view.reader, project_id)
        rows = [node_row(row, view.language) for row in network.iter_rows(named=True)]
        gantt_body(view, rows, "project_network", links.select("predecessor_id", "successor_id").rows())
    left, right = st.columns([2, 1.17])
    with left, card("nodes", view.say("ask_nodes"), view.say("press_node")):
        settings = newest_settings(view)
        nodes = settings_overlay(network, settings, view.reader.publication.published_at)
        pressed = data_table(view, rows_of.nodes(nodes), "project_nodes", is_selectable=True)
    own = overlay(milestones.open_milestones(view.reader), decided).filter(pl.col("project_id") == project_id)
    _choose(network, own, pressed)
    with right:
        replan_card(view, own)
    with left:
        node_card(view, nodes, links_of(links, settings), pressed)


def _choose(network: pl.DataFrame, own: pl.DataFrame, pressed: int | None) -> None:
    """A node pressed in the table becomes the milestone of the form, once per press."""
    if pressed is None or pressed >= network.height:
        return
    milestone_id = network["milestone_id"][pressed]
    if milestone_id in own["milestone_id"] and st.session_state.get("_pressed_milestone") != milestone_id:
        st.session_state["_pressed_milestone"] = milestone_id
        st.session_state[CHOICE] = milestone_id


def _cost(view: View, row: Row, figures: Mapping[str, Figure]) -> None:
    cash = records.cash(view.reader, row["project_id"])
    left, right = st.columns([2, 1.17])
    with left, card("cash", view.say("ask_cash"), view.say("cash_note") if cash.height else ""):
        if cash.is_empty():
            no_data(view.say("no_project_cash"), view.say("fill_project_cash"))
        else:
            bar_list(_cash_bars(view, cash.row(0, named=True), figures))
    with right, card("margin", view.say("ask_margin_ahead")):
        if cash.is_empty():
            no_data(view.say("no_project_cash"), view.say("fill_project_cash"))
        else:
            lines = rows_of.cash_lines(cash.row(0, named=True), figures, view.language)
            figure_list(lines, view.language)
    _expenses(view, row["project_id"])


def _cash_bars(view: View, cash: Row, figures: Mapping[str, Figure]) -> list[Bar]:
    amounts = {step: cash[f"{step}_amount"] for step in rows_of.CASH_STEPS}
    most = max([*(abs(amount) for amount in amounts.values() if amount), 1])
    found = []
    for step, amount in amounts.items():
        figure = figures.get(f"project_{step}_amount")
        found.append(
            Bar(
                view.say(f"cash_{step}"),
                (amount or 0) / most,
                numbers.quantity(amount, view.language),
                f"{amount / amounts['budget']:.0%}" if amount and amounts["budget"] else "",
                "bad" if step == "overdue" and amount else None,
                figure.figure_id if figure else "",
            )
        )
    return found


def _expenses(view: View, project_id: str) -> None:
    orders = records.cost_by_work_order(view.reader, project_id)
    with card("expenses", view.say("ask_expenses"), view.say("press_work_order") if orders.height else ""):
        if orders.is_empty():
            no_data(view.say("no_expenses"), view.say("fill_expenses"))
            return
        pressed = data_table(
            view,
            rows_of.cost_table(orders, view.language),
            "project_work_orders",
            amounts=("cost_amount", "claimed_amount", "untraced_amount"),
            is_selectable=True,
        )
        if pressed is not None:
            chosen = orders["work_order_id"][pressed]
            rows = records.expenses(view.reader, project_id, chosen)
            data_table(view, rows_of.expense_table(rows, view.language), "project_expenses")


def _site(view: View, row: Row, _figures: Mapping[str, Figure]) -> None:
    project_id = row["project_id"]
    days = records.site_days(view.reader, project_id)
    left, right = st.columns([2, 1.17])
    with left:
        _climate(view, days)
        _material(view, project_id)
    with right:
        _photo(view, days)
        _conditions(view, project_id)
    _devices(view, project_id)


def _climate(view: View, days: pl.DataFrame) -> None:
    with card("climate", view.say("ask_climate"), view.say("climate_note") if days.height else ""):
        if days["temperature_c"].drop_nulls().is_empty():
            no_data(view.say("no_climate"), view.say("fill_climate"))
        else:
            show(climate_by_day(view, days), "project_climate", view.say("ask_climate"))


def _material(view: View, project_id: str) -> None:
    used = records.material_use(view.reader, project_id)
    with card("material", view.say("ask_material"), view.say("material_note") if used.height else ""):
        if used.is_empty():
            no_data(view.say("no_material"), view.say("fill_material"))
        else:
            data_table(view, used.drop("product_id"), "project_material", shares=("material_use_share",))


def _photo(view: View, days: pl.DataFrame) -> None:
    with card("photo", view.say("ask_photo")):
        newest = rows_of.last_photo(days)
        if newest is None:
            no_data(view.say("no_photo"), view.say("fill_photo"))
            return
        path, taken_at = newest
        caption = f"{numbers.moment(taken_at)} · {path}"
        folder = Path(view.settings.paths.attachments).resolve()
        file = (folder / path).resolve()
        # A path out of a row must not lead out of the attachments.
        if file.is_relative_to(folder) and file.is_file():
            st.image(str(file), caption=caption)
        else:
            no_data(view.say("photo_elsewhere"), caption)


def _conditions(view: View, project_id: str) -> None:
    conditions = records.site_conditions(view.reader, project_id)
    with card("conditions", view.say("ask_conditions")):
        if conditions.is_empty():
            no_data(view.say("no_climate"), view.say("fill_climate"))
            return
        figure_list(rows_of.condition_lines(conditions, view.language), view.language)


def _devices(view: View, project_id: str) -> None:
    devices = records.devices(view.reader, project_id)
    by_state = rows_of.devices_by_state(devices)
    total = sum(by_state.values())
    note = view.say("project_devices_note", n=numbers.count(total, view.language)) if total else ""
    with card("devices", view.say("ask_project_devices"), note):
        if not total:
            no_data(view.say("no_project_devices"), view.say("fill_project_devices"))
            return
        left, right = st.columns([1, 2.1])
        with left:
            _device_states(view, by_state)
        with right:
            data_table(view, rows_of.device_table(devices, view.language), "project_devices")


def _device_states(view: View, by_state: Mapping[str, int]) -> None:
    most, total = max(by_state.values()), sum(by_state.values())
    bar_list(
        [
            Bar(
                code_label("device", state, view.language),
                units / most,
                numbers.count(units, view.language),
                f"{units / total:.0%}",
                figure_id="project_device_count",
            )
            for state, units in by_state.items()
        ]
    )


def _trust(view: View, row: Row, figures: Mapping[str, Figure]) -> None:
    checks = records.schedule_checks(view.reader, row["project_id"])
    moves = records.promise_moves(view.reader, row["project_id"])
    left, right = st.columns([1, 1])
    with left, card("trust", view.say("ask_trust"), view.say("trust_note") if checks.height else ""):
        if checks.is_empty():
            no_data(view.say("no_schedule_checks"), view.say("fill_milestones"))
        else:
            st.html(f'<p class="verdict">{html.escape(rows_of.trust_verdict(checks, view.language))}</p>')
            figure_list(rows_of.checks(checks, view.language), view.language)
    with (
        right,
        card("promises", view.say("ask_promise_moves"), view.say("promise_note") if moves.height else ""),
    ):
        if moves.is_empty():
            no_data(view.say("no_moves"), view.say("fill_moves"))
        else:
            data_table(view, rows_of.promise_table(moves, view.language), "project_promises")
    if moves.height:
        with card("ledger", view.say("ask_ledger")):
            data_table(view, rows_of.ledger(moves, view.language), "project_ledger")
