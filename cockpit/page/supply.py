"""Supply: what is short for a peak, what may run out, what to hold, what lies idle, what is stuck."""

import polars as pl
import streamlit as st

from cockpit.components.bars import Bar, bar_list
from cockpit.components.cards import card, no_data, page_head
from cockpit.components.charts import show
from cockpit.components.facts import facts, passports
from cockpit.components.series import Series, series_figure
from cockpit.components.stock_chart import stock_figure, stock_legend
from cockpit.components.tables import data_table
from cockpit.components.tiles import tile_strip
from cockpit.components.warning_card import warning_card
from cockpit.repositories import overview, supply, trust
from cockpit.services import numbers
from cockpit.services import stock_warnings as warnings_of
from cockpit.services import supply as figures_of
from cockpit.services.figures import Figure, registry
from cockpit.services.state import doubt
from cockpit.shell.session import View, current_view

BARS_SHOWN = 10
PRODUCTS_SHOWN = 8


def render(view: View) -> None:
    """The page."""
    reader, language = view.reader, view.language
    totals = supply.totals(reader).row(0, named=True)
    sync = supply.sync_totals(reader).row(0, named=True)
    months, positions = supply.months(reader), supply.positions(reader)
    figures = registry(overview.figures(reader), language)
    page_head(
        figures_of.finding(totals, sync, language),
        view.say(
            "supply_sub",
            company=view.company,
            amount=numbers.money(totals["stock_amount"], totals["currency_code"], language),
            warehouses=numbers.count(totals["warehouse_count"], language),
        ),
    )
    tile_strip(
        figures_of.tiles(
            totals,
            months,
            sync,
            supply.sync_months(reader),
            figures,
            doubt(trust.checks(reader)),
            language,
        ),
        view.say("doubtful"),
        "tiles_supply",
    )
    left, right = st.columns([2, 1.17])
    with left:
        _ahead(view, figures)
        _idle(view, months)
    with right:
        warning_card(view, figures)
        _risk(view, positions, figures)
        _sync(view, sync)
    _policies(view, figures)
    _positions(view, positions)
    _transfers(view)
    _stuck(view, sync)


def _ahead(view: View, figures: dict[str, Figure]) -> None:
    ahead = supply.demand_ahead(view.reader)
    with card("ahead", view.say("ask_ahead"), figures_of.gap_note(ahead, view.language)):
        if ahead.is_empty():
            no_data(view.say("no_ahead"), view.say("fill_ahead"))
            return
        stock_legend(view)
        show(stock_figure(view, ahead.head(PRODUCTS_SHOWN)), "supply_ahead", view.say("ask_ahead"))
        with st.expander(view.say("all_products")):
            data_table(view, figures_of.demand_table(ahead, view.language), "supply_demand")
        passports(figures, ("product_demand_p50", "safety_stock_quantity"), view.language)


def _risk(view: View, positions: pl.DataFrame, figures: dict[str, Figure]) -> None:
    judged = positions.drop_nulls("stockout_share")
    with card("risk", view.say("ask_risk"), view.say("risk_note") if judged.height else ""):
        if judged.is_empty():
            no_data(view.say("no_stock"), view.say("fill_stock"))
            return
        bar_list(
            [
                Bar(
                    f"{row['product_name']} · {row['warehouse_name']}",
                    row["stockout_share"],
                    numbers.share(row["stockout_share"]),
                    figures_of.days(row["supply_days"], view.language),
                    figures_of.risk_of(row["stockout_code"]),
                )
                for row in judged.head(BARS_SHOWN).iter_rows(named=True)
            ],
            is_tracked=True,
            room="label",
        )
        passports(figures, ("stockout_share", "supply_days"), view.language)


def _idle(view: View, months: pl.DataFrame) -> None:
    known = months.drop_nulls("idle_share")
    with card("idle", view.say("ask_idle"), view.say("idle_note") if known.height else ""):
        if known.is_empty():
            no_data(view.say("no_stock"), view.say("fill_stock"))
            return
        shares = known["idle_share"].to_list()
        told = [
            view.say(
                "idle_told",
                month=numbers.month(on, view.language),
                share=numbers.share(share),
                amount=numbers.quantity(amount, view.language),
            )
            for on, share, amount in zip(known["period_on"], shares, known["idle_amount"], strict=True)
        ]
        series = Series(known["period_on"].to_list(), [share * 100 for share in shares], told, suffix="%")
        show(series_figure(view, series), "supply_idle", view.say("ask_idle"))


def _sync(view: View, sync: dict) -> None:
    with card("sync", view.say("ask_sync"), view.say("sync_note") if sync["due_count"] else ""):
        if not sync["due_count"]:
            no_data(view.say("no_sync"), view.say("fill_sync"))
            return
        steps = figures_of.sync_steps(sync, view.language)
        bar_list([Bar(*step) for step in steps], is_tracked=True, room="note")
        facts(figures_of.lag_facts(sync, view.language))


def _policies(view: View, figures: dict[str, Figure]) -> None:
    policies = supply.policies(view.reader)
    with card("policies", view.say("ask_policies"), view.say("policies_note") if policies.height else ""):
        if policies.is_empty():
            no_data(view.say("no_ahead"), view.say("fill_ahead"))
            return
        data_table(
            view,
            warnings_of.policy_table(policies, view.language),
            "supply_policies",
            shares=warnings_of.POLICY_SHARES,
        )
        passports(figures, ("product_reorder_point_quantity", "product_safety_stock_quantity"), view.language)


def _positions(view: View, positions: pl.DataFrame) -> None:
    with card("positions", view.say("ask_positions")):
        if positions.is_empty():
            no_data(view.say("no_stock"), view.say("fill_stock"))
            return
        warehouses = dict(
            positions.select("warehouse_id", "warehouse_name").unique().sort("warehouse_id").iter_rows()
        )
        with st.container(horizontal=True, vertical_alignment="bottom"):
            scope = st.segmented_control(
                view.say("scope"),
                figures_of.SCOPES,
                default="risk",
                required=True,
                format_func=lambda code: view.say(f"stock_{code}"),
                key="supply_scope",
            )
            warehouse = st.selectbox(
                view.say("warehouse"),
                list(warehouses),
                index=None,
                placeholder=view.say("all"),
                format_func=lambda key: warehouses[key],
                key="supply_warehouse",
                width=240,
            )
        chosen = figures_of.chosen(positions, scope or "risk", warehouse)
        if chosen.is_empty():
            no_data(view.say("no_choice"), view.say("no_choice_do"))
            return
        data_table(
            view,
            figures_of.position_table(chosen, view.language),
            "supply_positions",
            shares=figures_of.POSITION_SHARES,
            amounts=figures_of.POSITION_AMOUNTS,
        )


def _transfers(view: View) -> None:
    transfers = supply.transfers(view.reader)
    with card("transfers", view.say("ask_transfers"), view.say("transfers_note") if transfers.height else ""):
        if transfers.is_empty():
            no_data(view.say("no_transfers"), view.say("no_transfers_why"))
            return
        data_table(
            view,
            figures_of.transfer_table(transfers, view.language),
            "supply_transfers",
            shares=figures_of.TRANSFER_SHARES,
            amounts=figures_of.TRANSFER_AMOUNTS,
        )


def _stuck(view: View, sync: dict) -> None:
    if not sync["stuck_count"]:
        return
    stuck = supply.stuck(view.reader)
    note = view.say(
        "stuck_note",
        shown=numbers.count(stuck.height, view.language),
        n=numbers.count(sync["stuck_count"], view.language),
    )
    with card("stuck", view.say("ask_stuck"), note):
        data_table(view, figures_of.stuck_table(stuck, view.language), "supply_stuck")


render(current_view())
