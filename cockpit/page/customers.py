"""Customers: how much hangs on whom, orders by month, and one customer in five dimensions."""

import polars as pl
import streamlit as st

from cockpit.components.bars import Bar, bar_list
from cockpit.components.cards import card, no_data, page_head
from cockpit.components.charts import amount_by_month, show
from cockpit.components.facts import facts
from cockpit.components.tables import data_table
from cockpit.components.tiles import tile_strip
from cockpit.repositories import customers, overview, trust
from cockpit.services import customers as figures_of
from cockpit.services import numbers
from cockpit.services.figures import registry
from cockpit.services.state import doubt
from cockpit.services.words import code_label
from cockpit.shell.session import View, current_view


def render(view: View) -> None:
    """The page."""
    reader, language = view.reader, view.language
    portraits = customers.portraits(reader)
    months = customers.orders_by_month(reader)
    page_head(
        figures_of.finding(portraits, language),
        view.say("customers_sub", company=view.company, n=numbers.count(portraits.height, language)),
    )
    tile_strip(
        figures_of.tiles(
            portraits,
            months,
            registry(overview.figures(reader), language),
            doubt(trust.checks(reader)),
            language,
        ),
        view.say("doubtful"),
        "tiles_customers",
    )
    left, right = st.columns([2, 1.17])
    with left:
        _orders(view, portraits, months)
        _segments(view, portraits)
    with right:
        _portrait(view, portraits)
    _table(view, portraits)


def _orders(view: View, portraits: pl.DataFrame, months: pl.DataFrame) -> None:
    with card("orders", view.say("ask_orders")):
        if portraits.is_empty() or not months["order_count"].sum():
            no_data(view.say("no_orders"), view.say("fill_orders"))
            return
        figure = amount_by_month(view, months["period_on"].to_list(), months["order_amount"].to_list())
        show(figure, "customers_orders", view.say("ask_orders"))


def _segments(view: View, portraits: pl.DataFrame) -> None:
    segments = figures_of.by_segment(portraits).filter(pl.col("order_amount") > 0)
    with card("segments", view.say("ask_segments"), view.say("segments_note") if segments.height else ""):
        if segments.is_empty():
            no_data(view.say("no_orders"), view.say("fill_orders"))
            return
        most, total = segments["order_amount"][0], segments["order_amount"].sum()
        bar_list(
            [
                Bar(
                    f"{code_label('segment', row['segment_code'], view.language)} · "
                    f"{numbers.count(row['customer_count'], view.language)}",
                    row["order_amount"] / most,
                    numbers.quantity(row["order_amount"], view.language),
                    f"{row['order_amount'] / total:.0%}",
                )
                for row in segments.iter_rows(named=True)
            ]
        )


def _portrait(view: View, portraits: pl.DataFrame) -> None:
    with card("portrait", view.say("ask_portrait")):
        if portraits.is_empty():
            no_data(view.say("no_customers"), view.say("fill_customers"))
            return
        rows = {row["customer_id"]: row for row in portraits.iter_rows(named=True)}
        asked = st.query_params.get("customer")
        if asked in rows and st.session_state.get("_asked_customer") != asked:
            st.session_state["customer_choice"] = asked
            st.session_state["_asked_customer"] = asked
        if st.session_state.get("customer_choice") not in rows:
            st.session_state["customer_choice"] = next(iter(rows))
        chosen = st.selectbox(
            view.say("customer"),
            list(rows),
            format_func=lambda key: rows[key]["customer_name"] or key,
            key="customer_choice",
        )
        facts(figures_of.portrait(rows[chosen], view.language))


def _table(view: View, portraits: pl.DataFrame) -> None:
    with card("customers", view.say("ask_customers")):
        if portraits.is_empty():
            no_data(view.say("no_customers"), view.say("fill_customers"))
        else:
            data_table(
                view,
                figures_of.table(portraits, view.language),
                "customers_table",
                shares=figures_of.SHARES,
                amounts=figures_of.AMOUNTS,
            )


render(current_view())
