"""Money: from budget to cash, what was earned and restated, who owes, the way to cash, what to clear up."""

import polars as pl
import streamlit as st

from cockpit.components.bars import Bar, bar_list
from cockpit.components.cards import card, no_data, page_head
from cockpit.components.charts import show
from cockpit.components.facts import passports
from cockpit.components.money_charts import profit_figure, waterfall_figure
from cockpit.components.report_files import report_files
from cockpit.components.tables import data_table
from cockpit.components.tiles import tile_strip
from cockpit.repositories import figure_runs, money, overview, trust
from cockpit.services import money as figures_of
from cockpit.services import numbers
from cockpit.services.figures import Figure, registry
from cockpit.services.state import doubt
from cockpit.shell.session import View, current_view

PERIODS_SHOWN = {"month": 36, "quarter": 12}


def render(view: View) -> None:
    """The page."""
    reader, language = view.reader, view.language
    as_of_on = reader.publication.as_of_on
    year = money.profit_since(reader, figures_of.year_before(as_of_on), as_of_on).row(0, named=True)
    cash, receivables, funnel = money.cash(reader), money.receivables(reader), money.funnel(reader)
    months = money.profit(reader, "month")
    figures = registry(overview.figures(reader), language)
    page_head(
        figures_of.finding(year, receivables, cash, language),
        view.say(
            "money_sub",
            company=view.company,
            n=numbers.count(cash.height, language),
            day=numbers.day(as_of_on, language),
        ),
    )
    tile_strip(
        figures_of.tiles(
            year,
            months,
            cash,
            receivables,
            funnel,
            figures,
            doubt(trust.checks(reader)),
            language,
        ),
        view.say("doubtful"),
        "tiles_money",
    )
    left, right = st.columns([2, 1.17])
    with left:
        project = _waterfall(view, cash, figures)
        _profit(view, months, figures)
    with right:
        _ages(view, receivables)
        _funnel(view, funnel, figures)
        report_files(view, "profit")
    if project:
        _project_cost(view, project, cash)
    _profit_table(view, months)
    _queues(view)
    _receivables(view, receivables)


def _waterfall(view: View, cash: pl.DataFrame, figures: dict[str, Figure]) -> str | None:
    """The card; the project that was chosen, None for all of them."""
    with card("waterfall", view.say("ask_waterfall"), view.say("waterfall_note") if cash.height else ""):
        if cash.is_empty():
            no_data(view.say("no_cash"), view.say("fill_cash"))
            return None
        names = {
            row["project_id"]: row["project_name"] or row["project_id"] for row in cash.iter_rows(named=True)
        }
        asked = st.query_params.get("project")
        if asked in names and st.session_state.get("_asked_project") != asked:
            st.session_state["money_project"] = asked
            st.session_state["_asked_project"] = asked
        if st.session_state.get("money_project") not in names:
            st.session_state["money_project"] = None
        project = st.selectbox(
            view.say("project"),
            list(names),
            index=None,
            placeholder=view.say("all_projects", n=numbers.count(cash.height, view.language)),
            format_func=names.__getitem__,
            key="money_project",
            width=360,
        )
        rows = cash.filter(pl.col("project_id") == project) if project else cash
        currency = next(iter(rows["currency_code"].drop_nulls()), None)
        show(
            waterfall_figure(view, figures_of.waterfall(rows), currency),
            "money_waterfall",
            view.say("ask_waterfall"),
        )
        unknown = figures_of.unknown_budgets(rows)
        if unknown:
            st.caption(view.say("unknown_budgets", n=numbers.count(unknown, view.language)))
        passports(figures, figures_of.WATERFALL_FIGURES, view.language)
        return project


def _profit(view: View, months: pl.DataFrame, figures: dict[str, Figure]) -> None:
    with card("profit", view.say("ask_profit"), view.say("profit_note") if months.height else ""):
        if months.is_empty():
            no_data(view.say("no_profit"), view.say("fill_profit"))
            return
        period = _period(view)
        periods = _periods(view, months, period)
        names = [figures_of.period_name(on, period, view.language) for on in periods["period_on"]]
        figure = profit_figure(
            view,
            names,
            periods["period_on"].to_list(),
            periods["revenue_amount"].to_list(),
            periods["gross_margin_amount"].to_list(),
            periods["is_restated"].to_list(),
        )
        show(figure, "money_profit", view.say("ask_profit"))
        passports(figures, figures_of.PROFIT_FIGURES, view.language)


def _period(view: View) -> figures_of.Period:
    return (
        st.segmented_control(
            view.say("period"),
            figures_of.PERIODS,
            default="month",
            required=True,
            label_visibility="collapsed",
            format_func=lambda code: view.say(f"by_{code}"),
            key="money_period",
        )
        or "month"
    )


def _periods(view: View, months: pl.DataFrame, period: str) -> pl.DataFrame:
    frame = months if period == "month" else money.profit(view.reader, period)
    return frame.tail(PERIODS_SHOWN[period])


def _profit_table(view: View, months: pl.DataFrame) -> None:
    if months.is_empty():
        return
    period = st.session_state.get("money_period") or "month"
    periods = _periods(view, months, period)
    with card("statement", view.say("ask_statement"), figures_of.restated_note(periods, view.language)):
        data_table(
            view,
            figures_of.profit_table(periods, period, view.language),
            "money_statement",
            shares=("gross_margin_share",),
            amounts=figures_of.PROFIT_AMOUNTS,
        )


def _ages(view: View, receivables: pl.DataFrame) -> None:
    with card("ages", view.say("ask_ages"), view.say("ages_note") if receivables.height else ""):
        if receivables.is_empty():
            no_data(view.say("no_receivables"), view.say("fill_receivables"))
            return
        bar_list([Bar(*age) for age in figures_of.ages(receivables, view.language)])


def _funnel(view: View, funnel: pl.DataFrame, figures: dict[str, Figure]) -> None:
    days = figure_runs.values(view.reader)
    bars = figures_of.funnel_bars(funnel, days, view.language)
    with card("funnel", view.say("ask_funnel"), view.say("funnel_note") if bars else ""):
        if not bars:
            no_data(view.say("no_leads"), view.say("fill_leads"))
            return
        bar_list([Bar(*bar) for bar in bars], is_tracked=True, room="note")
        passports(figures, ("funnel_lead_count", "funnel_lead_to_cash_median_days"), view.language)


def _project_cost(view: View, project: str, cash: pl.DataFrame) -> None:
    rows = money.cost_rows(view.reader, project)
    name = cash.filter(pl.col("project_id") == project).row(0, named=True)["project_name"] or project
    with card("cost", view.say("ask_cost", project=name), view.say("cost_note") if rows.height else ""):
        if rows.is_empty():
            no_data(view.say("no_cost"), view.say("fill_profit"))
            return
        data_table(view, figures_of.cost_table(rows, view.language), "money_cost", amounts=figures_of.AMOUNTS)


def _queues(view: View) -> None:
    queues = money.queues(view.reader)
    labels = figures_of.queue_labels(queues, view.language)
    with card("queues", view.say("ask_queues"), view.say("queues_note") if labels else ""):
        if not labels:
            no_data(view.say("no_queue"), view.say("no_queue_why"))
            return
        if st.session_state.get("money_queue") not in labels:
            st.session_state["money_queue"] = next(iter(labels))
        queue = st.segmented_control(
            view.say("queue"),
            list(labels),
            required=True,
            label_visibility="collapsed",
            format_func=labels.__getitem__,
            key="money_queue",
        )
        rows = money.queue_rows(view.reader, queue or next(iter(labels)))
        data_table(
            view, figures_of.queue_table(rows, view.language), "money_queue_rows", amounts=figures_of.AMOUNTS
        )


def _receivables(view: View, receivables: pl.DataFrame) -> None:
    if receivables.is_empty():
        return
    with card("receivables", view.say("ask_receivables"), view.say("receivables_note")):
        pressed = data_table(
            view,
            figures_of.receivable_table(receivables),
            "money_receivables",
            shares=("overdue_share",),
            amounts=figures_of.RECEIVABLE_AMOUNTS,
            is_selectable=True,
        )
        if pressed is None:
            return
        owner = receivables.row(pressed, named=True)
        st.caption(view.say("invoices_of", name=owner["customer_name"]))
        rows = money.overdue_invoices(view.reader, owner["customer_id"])
        data_table(
            view, figures_of.invoice_table(rows, view.language), "money_invoices", amounts=figures_of.AMOUNTS
        )


render(current_view())
