"""Customers: how much hangs on whom, by segment and tier, and one customer when the address names it."""

import polars as pl
import streamlit as st

from cockpit.components.address import addressed
from cockpit.components.bars import Bar, bar_list
from cockpit.components.cards import card, no_data, page_head
from cockpit.components.charts import amount_by_month, show
from cockpit.components.figure_list import figure_list
from cockpit.components.opening import open_on_press, opened
from cockpit.components.tables import data_table
from cockpit.components.tiles import tile_strip
from cockpit.page.customer import customer_page
from cockpit.repositories import customers, overview, trust
from cockpit.services import customers as figures_of
from cockpit.services import numbers, standard_flow
from cockpit.services.figures import registry
from cockpit.services.state import doubt
from cockpit.services.words import code_label
from cockpit.shell.session import View, current_view

#: As high as the segments and the tiers beside it.
CHART_HEIGHT = 400


def render(view: View) -> None:
    """The page."""
    portraits = customers.portraits(view.reader)
    asked = opened("customer")
    if not asked and opened("order"):
        asked = customers.customer_of_order(view.reader, opened("order"))
    if asked and customer_page(view, asked, portraits):
        return
    _all(view, portraits)


def _all(view: View, portraits: pl.DataFrame) -> None:
    reader, language = view.reader, view.language
    segment = _segment(view, portraits)
    chosen = portraits.filter(pl.col("segment_code") == segment) if segment else portraits
    months = customers.orders_of_segment(reader, segment) if segment else customers.orders_by_month(reader)
    page_head(
        figures_of.finding(chosen, language),
        view.say("customers_sub", company=view.company, n=numbers.count(chosen.height, language)),
    )
    tile_strip(
        figures_of.tiles(
            chosen,
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
        _orders(view, chosen, months)
    with right:
        _segments(view, portraits)
        _tiers(view, chosen)
    _table(view, chosen)
    _standard_flow(view, segment)


def _segment(view: View, portraits: pl.DataFrame) -> str | None:
    """The segment that the whole page is about, kept in the address; none: all of them."""
    codes = figures_of.by_segment(portraits)["segment_code"].drop_nulls().to_list()
    if not codes:
        return None
    return st.pills(
        view.say("segment_filter"),
        codes,
        format_func=lambda code: code_label("segment", code, view.language),
        label_visibility="collapsed",
        **addressed("customers_segment", "segment", None, codes),
    )


def _orders(view: View, portraits: pl.DataFrame, months: pl.DataFrame) -> None:
    with card("orders", view.say("ask_orders")):
        if portraits.is_empty() or not months["order_count"].sum():
            no_data(view.say("no_orders"), view.say("fill_orders"))
            return
        figure = amount_by_month(view, months["period_on"].to_list(), months["order_amount"].to_list())
        figure.update_layout(margin_l=60, height=CHART_HEIGHT)
        show(figure, "customers_orders", view.say("ask_orders"))


def _segments(view: View, portraits: pl.DataFrame) -> None:
    """All segments with what they add up to, whichever is chosen."""
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
        amount = numbers.quantity(total, view.language)
        n = numbers.count(portraits.height, view.language)
        st.caption(view.say("segments_total", amount=amount, n=n))


def _tiers(view: View, portraits: pl.DataFrame) -> None:
    tiers = figures_of.by_tier(portraits)
    with card("tiers", view.say("ask_tiers"), view.say("tiers_note") if tiers.height else ""):
        if tiers.is_empty():
            no_data(view.say("no_tier"), view.say("fill_orders"))
            return
        most, total = tiers["customer_count"].max(), tiers["customer_count"].sum()
        bar_list(
            [
                Bar(
                    code_label("tier", row["tier_code"], view.language),
                    row["customer_count"] / most,
                    numbers.count(row["customer_count"], view.language),
                    f"{row['customer_count'] / total:.0%}",
                    figure_id="customer_tier_code",
                )
                for row in tiers.iter_rows(named=True)
            ],
            room="label",
        )


def _standard_flow(view: View, segment: str | None) -> None:
    """Tier B: the reminders of a quarter, and how much of people's time it took."""
    flow = customers.standard_flow(view.reader)
    chosen = flow.filter(pl.col("segment_code") == segment) if segment else flow
    with card(
        "standard_flow", view.say("ask_standard_flow"), view.say("standard_note") if chosen.height else ""
    ):
        if chosen.is_empty():
            no_data(view.say("no_tier"), view.say("fill_orders"))
            return
        figures = registry(overview.figures(view.reader), view.language)
        figure_list(standard_flow.lines(chosen, figures, view.language), view.language)
        data_table(view, standard_flow.table(chosen, view.language), "standard_flow_table")


def _table(view: View, portraits: pl.DataFrame) -> None:
    with card("customers", view.say("ask_customers"), view.say("press_customer") if portraits.height else ""):
        if portraits.is_empty():
            no_data(view.say("no_customers"), view.say("fill_customers"))
            return
        pressed = data_table(
            view,
            figures_of.table(portraits, view.language),
            "customers_table",
            shares=figures_of.SHARES,
            amounts=figures_of.AMOUNTS,
            is_selectable=True,
        )
        open_on_press("customer", portraits["customer_id"].to_list(), pressed)


render(current_view())
