"""Forecasts as findings: how late, how much, who falls silent; each says its method."""

from __future__ import annotations

from typing import Literal

import polars as pl

from cockpit.services import numbers
from cockpit.services.words import code_label, say

Question = Literal["delay", "demand", "churn"]
QUESTIONS: tuple[Question, ...] = ("delay", "demand", "churn")
_CHURN = (
    "customer_name",
    "segment_code",
    "last_order_on",
    "order_count",
    "median_gap_days",
    "silence_days",
    "silence_limit_days",
    "churn_probability_share",
    "is_silent",
    "has_open_project",
    "order_amount",
    "order_12m_amount",
    "currency_code",
)


def delay_finding(milestones: pl.DataFrame, language: str) -> str:
    """How late half and eight in ten of the open milestones will be."""
    known = milestones.filter(pl.col("has_forecast"))
    if known.is_empty():
        return say("delay_none", language)
    return say(
        "delay_finding",
        language,
        n=numbers.count(known.height, language),
        p50=numbers.days_late(known["delay_p50_days"].median()),
        p80=numbers.days_late(known["delay_p80_days"].median()),
    )


def demand_finding(products: pl.DataFrame, totals: dict, language: str) -> str:
    """What will be wanted most over the horizon, and how much it may become."""
    if products.is_empty():
        return say("demand_none", language)
    first = products.row(0, named=True)
    return say(
        "demand_finding",
        language,
        months=numbers.count(totals["horizon_months"], language),
        product=first["product_name"],
        p50=numbers.quantity(first["quantity_p50"], language),
        n=numbers.count(totals["product_count"], language),
    )


def churn_finding(churn: pl.DataFrame, language: str) -> str:
    """How many are silent beyond their limit and what they used to order."""
    if churn.is_empty():
        return say("churn_none", language)
    silent = churn.filter(pl.col("is_silent"))
    amounts = silent["order_amount"].drop_nulls()
    currency = next(iter(churn["currency_code"].drop_nulls()), None)
    return say(
        "churn_finding",
        language,
        silent=numbers.count(silent.height, language),
        n=numbers.count(churn.height, language),
        amount=numbers.money(float(amounts.sum()) if len(amounts) else None, currency, language),
    )


def finding(
    question: Question,
    milestones: pl.DataFrame,
    products: pl.DataFrame,
    totals: dict,
    churn: pl.DataFrame,
    language: str,
) -> str:
    """The page's title for the question that is open."""
    if question == "delay":
        return delay_finding(milestones, language)
    return (
        demand_finding(products, totals, language) if question == "demand" else churn_finding(churn, language)
    )


def methods(frame: pl.DataFrame, publication: str, language: str) -> str:
    """Which methods made the rows, and in which publication they stand."""
    names = sorted({code_label("method", code, language) for code in frame["method_code"].drop_nulls()})
    return (
        say("made_by", language, method=say("list_comma", language).join(names), publication=publication)
        if names
        else ""
    )


def churn_table(churn: pl.DataFrame, language: str) -> pl.DataFrame:
    """The columns of the churn table with codes as words, those without any value left out."""
    kept = churn.select(_CHURN)
    codes = {
        code: code_label("segment", code, language) for code in kept["segment_code"].drop_nulls().unique()
    }
    kept = kept.with_columns(
        pl.col("segment_code").replace_strict(codes, default=None, return_dtype=pl.String),
        pl.col("customer_name").fill_null(churn["customer_id"]),
    )
    return kept.select([name for name in kept.columns if kept[name].null_count() < kept.height])


def class_label(reference_class: str | None, language: str) -> str:
    """A reference class in words: «phase_code=design; type_code=school» reads «design · school»."""
    if not reference_class:
        return numbers.NO_DATA
    if reference_class == "all":
        return say("class_all", language)
    parts = [part.strip().partition("=") for part in reference_class.split(";")]
    values = [
        code_label(kind.removesuffix("_code"), code, language) if code else kind for kind, _, code in parts
    ]
    return " · ".join(values)
