"""Warnings of peaks: which models are short, how well peaks were told, and the purchase that answers one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import polars as pl

from actions.items import Item, ItemBook, chain_of
from actions.kinds import ProposePurchase
from cockpit.services import numbers
from cockpit.services.labels import filled, labelled
from cockpit.services.words import say

#: The rule that opens an item for a warning.
RULE = "stock_gap"
WARNING_AMOUNTS = ("short_amount",)
POLICY_SHARES = ("service_share",)
_CENT = Decimal("0.01")
_WARNING = (
    "product_name",
    "peak_on",
    "ahead_days",
    "quantity_p80",
    "safety_stock_quantity",
    "quantity_on_hand",
    "quantity_on_order",
    "quantity_short",
    "unit_code",
    "short_amount",
    "order_by_on",
    "warning_state",
)
_POLICY = (
    "product_name",
    "is_below",
    "quantity_position",
    "reorder_point_quantity",
    "safety_stock_quantity",
    "lead_demand_quantity",
    "unit_code",
    "policy_method_code",
    "class_code",
    "service_share",
    "lead_time_days",
    "lead_time_p90_days",
    "lead_time_source_code",
    "lead_time_count",
)
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Wish:
    """What somebody wants to buy: a quantity, up to which amount alone."""

    quantity: Decimal
    limit_amount: Decimal | None


def told(peaks: pl.DataFrame) -> pl.DataFrame:
    """The peaks that are told now."""
    return peaks.filter("is_told")


def short(peaks: pl.DataFrame) -> pl.DataFrame:
    """The peaks that are told and not covered: what a purchase may be proposed for."""
    return peaks.filter(pl.col("is_told") & pl.col("is_short"))


def note(peaks: pl.DataFrame, language: str) -> str:
    """How many of the peaks told are short; nothing where none is told."""
    now = told(peaks)
    if now.is_empty():
        return ""
    return say(
        "warnings_note",
        language,
        short=numbers.count(short(peaks).height, language),
        n=numbers.count(now.height, language),
    )


def warning_table(peaks: pl.DataFrame, language: str) -> pl.DataFrame:
    """The columns of the table of coming peaks, told or not yet, short or covered in words."""
    state = pl.when(~pl.col("is_told")).then(pl.lit("later")).when("is_short").then(pl.lit("short"))
    coded = peaks.with_columns(warning_state=state.otherwise(pl.lit("covered")))
    worded = labelled(coded.select(_WARNING), {"warning_state": "warning", "unit_code": "unit"}, language)
    return filled(worded, "product_name")


def policy_table(policies: pl.DataFrame, language: str) -> pl.DataFrame:
    """The columns of the table of policies, codes in words."""
    kinds = {
        "policy_method_code": "policy",
        "class_code": "demand_class",
        "lead_time_source_code": "lead_source",
        "unit_code": "unit",
    }
    renamed = policies.rename({"method_code": "policy_method_code"})
    return filled(labelled(renamed.select(_POLICY), kinds, language), "product_name")


def record_facts(record: Row, language: str) -> list[tuple[str, str, str]]:
    """Both shares of the record, each with its n, as lines of label, value and figure."""
    return [
        (
            say("peaks_warned", language),
            _of(record["warned_count"], record["peak_count"], language),
            "peak_warned_share",
        ),
        (
            say("peaks_false", language),
            _of(record["false_alarm_count"], record["told_count"], language),
            "peak_false_alarm_share",
        ),
    ]


def _of(part: int, whole: int, language: str) -> str:
    if not whole:
        return numbers.NO_DATA
    shown = f"{numbers.count(part, language)} / {numbers.count(whole, language)}"
    return f"{numbers.share(part / whole)} ({shown})"


def item_of(book: ItemBook, product_id: str) -> Item | None:
    """The open item of a product's stock gap."""
    item = book.last(chain_of(RULE, product_id))
    return item if item is not None and item.is_open else None


def subject_of(row: Row) -> str:
    """What proposals about a warning are kept under: one product and peak."""
    return f"purchase|{row['product_id']}|{row['period_on']}"


def purchase(row: Row, wish: Wish) -> ProposePurchase:
    """The proposal that answers a warning; its amount is at cost, None where nobody knows the cost."""
    cost = row["unit_cost_amount"]
    return ProposePurchase(
        product_id=row["product_id"],
        warehouse_id=None,
        supplier_id=None,
        quantity=wish.quantity,
        amount=None if cost is None else (wish.quantity * Decimal(str(cost))).quantize(_CENT),
        currency_code=row["currency_code"],
        order_by_on=row["order_by_on"],
        limit_amount=wish.limit_amount,
    )


def warning_words(row: Row, language: str) -> str:
    """One warning in a sentence: what is asked, what is there, what is missing, by when."""
    return say(
        "warning_line",
        language,
        on=numbers.date(row["peak_on"]),
        days=row["ahead_days"],
        p80=numbers.quantity(row["quantity_p80"], language),
        safety=numbers.quantity(row["safety_stock_quantity"], language),
        there=numbers.quantity(row["quantity_on_hand"], language),
        coming=numbers.quantity(row["quantity_on_order"], language),
    )


def order_words(row: Row, language: str) -> str:
    """By when it must be ordered; told apart when that day has passed."""
    key = "order_was_due" if row["is_order_late"] else "order_until"
    return say(key, language, on=numbers.date(row["order_by_on"]))
