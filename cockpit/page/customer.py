"""One customer: portrait, tier, payment, health, ratings, care plans, and the rows behind them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
import streamlit as st

from cockpit.components.bars import Bar, bar_list
from cockpit.components.cards import card, no_data, page_head
from cockpit.components.care_card import care_card
from cockpit.components.charts import amount_by_month, show
from cockpit.components.dimensions import dimension_list
from cockpit.components.figure_list import figure_list
from cockpit.components.opening import way_back
from cockpit.components.part_bars import part_bars
from cockpit.components.reasons import reasons
from cockpit.components.tables import data_table
from cockpit.components.tier_badge import tier_badge
from cockpit.components.tiles import tile_strip
from cockpit.repositories import customers as records
from cockpit.repositories import forecasts, overview, trust
from cockpit.services import customer as figures_of
from cockpit.services import numbers
from cockpit.services.figures import Figure, registry
from cockpit.services.state import doubt
from cockpit.services.tier_basis import tier_basis
from cockpit.shell.session import View
from cockpit.shell.writing import tell

Row = Mapping[str, Any]


def customer_page(view: View, customer_id: str, portraits: pl.DataFrame) -> bool:
    """The page of a customer; False, with a word about it, when the publication knows no such customer."""
    found = portraits.filter(pl.col("customer_id") == customer_id)
    if found.is_empty():
        st.caption(view.say("customer_unknown", asked=customer_id))
        return False
    reader, language = view.reader, view.language
    row = found.row(0, named=True)
    tier = _first(records.tier(reader, customer_id))
    health = _first(records.health(reader, customer_id))
    figures = registry(overview.figures(reader), language)
    orders = records.orders(reader, customer_id)
    trends = figures_of.trends(orders, records.ratings(reader, customer_id))
    way_back(view, "customer", "all_customers_back")
    page_head(figures_of.finding(row, tier, health, language), figures_of.subtitle(row, language))
    tell(view)
    tile_strip(
        figures_of.tiles(row, health, trends, figures, doubt(trust.checks(reader)), language),
        view.say("doubtful"),
        "tiles_customer",
    )
    left, right = st.columns([2, 1.17])
    with left:
        _dimensions(view, customer_id)
        _health(view, health)
        _orders(view, orders)
    with right:
        _tier(view, row, tier)
        _payment(view, row, figures)
        _ratings(view, customer_id)
    care_card(view, customer_id)
    _reminders(view, customer_id)
    _projects(view, customer_id)
    return True


def _first(frame: pl.DataFrame) -> Row | None:
    return frame.row(0, named=True) if frame.height else None


def _dimensions(view: View, customer_id: str) -> None:
    found = records.dimensions(view.reader, customer_id)
    with card("dimensions", view.say("ask_portrait"), view.say("dimensions_note") if found.height else ""):
        if found.is_empty():
            no_data(view.say("no_dimensions"), view.say("fill_orders"))
        else:
            dimension_list(figures_of.dimensions(found, view.language))


def _tier(view: View, row: Row, tier: Row | None) -> None:
    with card("tier", view.say("ask_tier"), view.say("tier_note") if tier else ""):
        if tier is None:
            no_data(view.say("no_tier"), view.say("fill_orders"))
            return
        tier_badge(*figures_of.tier_head(tier, view.language))
        reasons(figures_of.tier_reasons(tier, view.language))
        if basis := tier_basis(row, forecasts.card(view.reader, "value"), view.language):
            st.caption(basis)
        st.caption(figures_of.touches(tier, view.language))
        history = records.tier_history(view.reader, row["customer_id"])
        if history.height:
            data_table(view, figures_of.tier_table(history), "customer_tiers")


def _health(view: View, health: Row | None) -> None:
    with card("health", view.say("ask_customer_health"), view.say("health_note") if health else ""):
        if health is None or health["health_score"] is None:
            no_data(view.say("no_health"), view.say("fill_orders"))
            return
        state = view.say(f"health_{health['health_code']}")
        total = f"{numbers.decimal(health['health_score'], 2)} · {state}"
        part_bars(figures_of.health_parts(health, view.language), total, view.say("health_total"))


def _payment(view: View, row: Row, figures: Mapping[str, Figure]) -> None:
    with card("payment", view.say("ask_payment")):
        if not row["invoice_count"]:
            no_data(view.say("no_invoices"), view.say("fill_invoices"))
            return
        figure_list(figures_of.payment_lines(row, figures, view.language), view.language)
        ages = figures_of.ages(row)
        total = sum(amount for _, amount in ages)
        if total > 0:
            most = max(amount for _, amount in ages)
            bar_list(
                [
                    Bar(
                        view.say(f"customer_age_{age}"),
                        amount / most,
                        numbers.quantity(amount, view.language),
                        f"{amount / total:.0%}",
                    )
                    for age, amount in ages
                ]
            )


def _orders(view: View, orders: pl.DataFrame) -> None:
    with card("orders", view.say("ask_customer_orders"), _order_sum(view, orders)):
        if orders.is_empty():
            no_data(view.say("no_orders"), view.say("fill_orders"))
            return
        months = figures_of.months_of(orders)
        figure = amount_by_month(view, months["period_on"].to_list(), months["amount"].to_list())
        figure.update_layout(margin_l=60)
        show(figure, "customer_orders", view.say("ask_customer_orders"))
        data_table(view, orders, "customer_order_rows", amounts=("amount",))


def _order_sum(view: View, orders: pl.DataFrame) -> str:
    """What the rows add up to: the order amount of the page."""
    if orders.is_empty():
        return ""
    total = numbers.quantity(orders["amount"].sum(), view.language)
    return view.say("orders_sum", n=numbers.count(orders.height, view.language), amount=total)


def _ratings(view: View, customer_id: str) -> None:
    sequences = records.rating_sequences(view.reader, customer_id)
    with card(
        "ratings", view.say("ask_low_ratings"), view.say("low_ratings_note") if sequences.height else ""
    ):
        if sequences.is_empty():
            no_data(view.say("no_low_ratings"), view.say("no_low_ratings_why"))
        else:
            data_table(view, sequences, "customer_sequences")


def _reminders(view: View, customer_id: str) -> None:
    reminders = records.reminders(view.reader, customer_id)
    with card("reminders", view.say("ask_reminders")):
        if reminders.is_empty():
            no_data(view.say("no_reminders"), view.say("no_reminders_why"))
        else:
            data_table(view, figures_of.reminder_table(reminders, view.language), "customer_reminders")


def _projects(view: View, customer_id: str) -> None:
    projects = records.projects(view.reader, customer_id)
    if projects.is_empty():
        return
    with card("customer_projects", view.say("ask_customer_projects"), view.say("press_project")):
        pressed = data_table(
            view,
            figures_of.project_table(projects, view.language),
            "customer_projects",
            amounts=("contract_amount",),
            is_selectable=True,
        )
        if pressed is not None:
            st.switch_page("page/projects.py", query_params={"project": projects["project_id"][pressed]})
