"""Customers: how much hangs on how few, who pays late, who has fallen silent."""

from __future__ import annotations

import math

import polars as pl

from cockpit.services import numbers
from cockpit.services.figures import Figure
from cockpit.services.tiles import Doubt, Tile, number_tile, share_tile
from cockpit.services.words import code_label, say

TOP = 10
_SHOWN = (
    "customer_name",
    "tier_code",
    "segment_code",
    "depth_code",
    "region_code",
    "order_count",
    "order_amount",
    "order_12m_amount",
    "currency_code",
    "last_order_on",
    "orders_per_year",
    "open_project_count",
    "contract_amount",
    "overdue_share",
    "payment_grade",
    "mean_rating",
    "csat_share",
    "complaint_count",
    "silence_days",
    "churn_probability_share",
    "is_silent",
)
SHARES = ("overdue_share", "csat_share", "churn_probability_share")
AMOUNTS = ("order_amount", "order_12m_amount", "contract_amount")


def finding(portraits: pl.DataFrame, language: str) -> str:
    """How much of the orders the ten largest bring, and how many customers are silent."""
    if portraits.is_empty():
        return say("customers_none", language)
    amounts = portraits["order_amount"].drop_nulls().sort(descending=True)
    silent = int(portraits["is_silent"].sum() or 0)
    total = float(amounts.sum()) if len(amounts) else 0.0
    if not total:
        return say("customers_no_orders", language, n=numbers.count(portraits.height, language))
    top = min(TOP, math.ceil(len(amounts) / 5))
    return say(
        "customers_finding" if top > 1 else "customers_finding_one",
        language,
        top=numbers.count(top, language),
        n=numbers.count(portraits.height, language),
        share=numbers.share(float(amounts.head(top).sum()) / total),
        silent=numbers.count(silent, language),
    )


def tiles(
    portraits: pl.DataFrame, months: pl.DataFrame, figures: dict[str, Figure], doubt: Doubt, language: str
) -> list[Tile]:
    """Customers, orders of twelve months, orders each, overdue receivables, satisfaction, silence."""
    is_doubtful = doubt.touches("customer", "order")
    n = portraits.height or None
    year = portraits["order_12m_amount"].drop_nulls()
    amount = float(year.sum()) if len(year) else None
    currency = next(iter(portraits["currency_code"].drop_nulls()), None)
    ordering = portraits.filter(pl.col("order_12m_count") > 0).height
    rated = portraits.drop_nulls("csat_share")
    known = portraits.drop_nulls("is_silent")
    silent = int(known["is_silent"].sum()) if known.height else None
    has_orders = bool(portraits["order_count"].sum())
    return [
        number_tile(
            None,
            say("tile_customers", language),
            n,
            numbers.count(n, language),
            language,
            right=say("active_year", language, n=numbers.count(ordering, language)),
            trend=months.tail(24)["active_customer_count"].to_list() if has_orders else (),
            is_doubtful=is_doubtful,
        ),
        number_tile(
            None,
            say("tile_orders_year", language),
            amount,
            numbers.quantity(amount, language),
            language,
            left=currency or "",
            right=say("last_12_months", language),
            trend=months.tail(24)["order_amount"].to_list() if has_orders else (),
            is_doubtful=is_doubtful,
        ),
        share_tile(
            figures.get("customer_overdue_share"),
            say("tile_overdue_receivables", language),
            float(portraits["overdue_amount"].sum() or 0),
            float(portraits["receivable_amount"].sum() or 0),
            language,
            right=numbers.money(portraits["overdue_amount"].sum(), currency, language),
            is_doubtful=is_doubtful,
        ),
        share_tile(
            figures.get("customer_csat_share"),
            say("tile_csat", language),
            float((rated["csat_share"] * rated["rating_count"]).sum()),
            float(rated["rating_count"].sum()),
            language,
            is_doubtful=is_doubtful,
        ),
        number_tile(
            None,
            say("tile_silent", language),
            silent,
            numbers.count(silent, language),
            language,
            right=say("of_customers", language, n=numbers.count(known.height, language)),
            is_doubtful=is_doubtful,
        ),
        number_tile(
            None,
            say("tile_open_projects", language),
            int(portraits["open_project_count"].sum()) if n and portraits["project_count"].sum() else None,
            numbers.count(portraits["open_project_count"].sum(), language)
            if n and portraits["project_count"].sum()
            else numbers.NO_DATA,
            language,
            right=say("of_n", language, n=numbers.count(portraits["project_count"].sum(), language)),
            is_doubtful=is_doubtful,
        ),
    ]


def by_segment(portraits: pl.DataFrame) -> pl.DataFrame:
    """Order amount and customers by segment, the largest first."""
    return (
        portraits.group_by("segment_code")
        .agg(pl.col("order_amount").sum().alias("order_amount"), pl.len().alias("customer_count"))
        .sort("order_amount", "segment_code", descending=[True, False], nulls_last=True)
    )


def by_tier(portraits: pl.DataFrame) -> pl.DataFrame:
    """Customers by tier, the highest first; those without one left out."""
    order = pl.col("tier_code").replace_strict({"S": 0, "A": 1, "B": 2}, default=3, return_dtype=pl.Int8)
    return (
        portraits.drop_nulls("tier_code")
        .group_by("tier_code")
        .agg(pl.len().alias("customer_count"))
        .sort(order, "tier_code")
    )


def table(portraits: pl.DataFrame, language: str) -> pl.DataFrame:
    """The columns of the table with codes as words, those without any value left out."""
    kept = portraits.select(_SHOWN)
    for name, kind in (("segment_code", "segment"), ("depth_code", "depth"), ("region_code", "region")):
        codes = {code: code_label(kind, code, language) for code in kept[name].drop_nulls().unique()}
        kept = kept.with_columns(pl.col(name).replace_strict(codes, default=None, return_dtype=pl.String))
    named = kept.with_columns(pl.col("customer_name").fill_null(portraits["customer_id"]))
    return named.select([name for name in named.columns if named[name].null_count() < named.height])
