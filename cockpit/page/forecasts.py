"""Forecasts: delay, demand and churn, each as a distribution with the method that made it."""

import polars as pl
import streamlit as st

from cockpit.components.cards import card, no_data, page_head
from cockpit.components.charts import demand_band, quantile_ladder, show
from cockpit.components.tables import data_table
from cockpit.repositories import forecasts, milestones
from cockpit.services import forecasts as figures_of
from cockpit.services import numbers
from cockpit.services.projects import table as milestone_table
from cockpit.shell.session import View, current_view

CLASSES_SHOWN = 12
PRODUCTS_LISTED = 500


def render(view: View) -> None:
    """The page."""
    reader = view.reader
    open_milestones = milestones.open_milestones(reader)
    products = forecasts.products_with_forecast(reader, PRODUCTS_LISTED)
    totals = forecasts.demand_total(reader).row(0, named=True)
    churn = forecasts.churn(reader)
    head = st.container(key="forecasts_head")
    question = st.segmented_control(
        view.say("question"),
        figures_of.QUESTIONS,
        default="delay",
        required=True,
        label_visibility="collapsed",
        format_func=lambda code: view.say(f"question_{code}"),
        key="forecast_question",
    )
    with head:
        page_head(
            figures_of.finding(question or "delay", open_milestones, products, totals, churn, view.language),
            view.say("forecasts_sub", company=view.company, publication=reader.publication.name),
        )
    if question == "demand":
        _demand(view, products)
    elif question == "churn":
        _churn(view, churn)
    else:
        _delay(view, open_milestones)


def _delay(view: View, open_milestones: pl.DataFrame) -> None:
    language = view.language
    classes = forecasts.delay_by_class(view.reader).head(CLASSES_SHOWN)
    made = figures_of.methods(open_milestones, view.reader.publication.name, view.language)
    with card("delay", view.say("ask_delay"), f"{view.say('delay_note')} {made}" if classes.height else ""):
        if classes.is_empty():
            no_data(view.say("no_open_milestones"), view.say("fill_milestones"))
        else:
            rows = list(classes.iter_rows(named=True))
            labels = [
                f"{figures_of.class_label(row['reference_class'], language)} (n={row['reference_count']})"
                for row in rows
            ]
            bands = [tuple(row[f"delay_p{q}_days"] for q in (10, 50, 80, 90)) for row in rows]
            show(quantile_ladder(view, labels, bands), "forecasts_delay", view.say("ask_delay"))
    known = open_milestones.filter(pl.col("has_forecast")).with_columns(is_pending=pl.lit(False))
    if known.height:
        with card("delay_rows", view.say("ask_delay_rows")):
            data_table(view, milestone_table(known, view.language).drop("is_pending"), "forecasts_delay_rows")


def _demand(view: View, products: pl.DataFrame) -> None:
    made = figures_of.methods(products, view.reader.publication.name, view.language)
    with card(
        "demand", view.say("ask_demand"), f"{view.say('demand_note')} {made}" if products.height else ""
    ):
        if products.is_empty():
            no_data(view.say("no_demand"), view.say("fill_orders"))
            return
        names = dict(zip(products["product_id"], products["product_name"], strict=True))
        chosen = st.selectbox(
            view.say("product"),
            list(names),
            format_func=lambda key: names[key],
            key="demand_product",
            width=360,
        )
        rows = forecasts.demand(view.reader, chosen)
        past = rows.filter(~pl.col("is_forecast") & pl.col("is_whole_month"))
        ahead = rows.filter(pl.col("is_forecast"))
        figure = demand_band(
            view,
            (past["period_on"].to_list(), past["quantity_actual"].fill_null(0).to_list()),
            ahead["period_on"].to_list(),
            *(ahead[f"quantity_p{q}"].to_list() for q in (10, 50, 90)),
            as_of_on=view.reader.publication.as_of_on,
        )
        show(figure, "forecasts_demand", view.say("ask_demand"))
        if ahead.is_empty():
            st.caption(numbers.NO_DATA)
    with card("demand_rows", view.say("ask_demand_rows")):
        data_table(view, products.drop("product_id", "method_code"), "forecasts_demand_rows")


def _churn(view: View, churn: pl.DataFrame) -> None:
    made = figures_of.methods(churn, view.reader.publication.name, view.language)
    with card("churn", view.say("ask_churn"), f"{view.say('churn_note')} {made}" if churn.height else ""):
        if churn.is_empty():
            no_data(view.say("no_orders"), view.say("fill_orders"))
            return
        data_table(
            view,
            figures_of.churn_table(churn, view.language),
            "forecasts_churn",
            shares=("churn_probability_share",),
            amounts=("order_amount", "order_12m_amount"),
        )


render(current_view())
