"""Late batches and the options against them: in words, as tables, and as the decision that is written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import polars as pl

from actions.kinds import AcceptAlternative, ExpediteSupplier
from cockpit.services import numbers
from cockpit.services.labels import filled
from cockpit.services.words import say

Row = Mapping[str, Any]
OPTIONS = ("other_supplier", "other_warehouse", "substitute_model", "resequence", "more_crew")
_TABLE = (
    "product_name",
    "late_days",
    "project_shift_p50_days",
    "project_shift_p80_days",
    "moved_count",
    "option_count",
    "best_saved_p50_days",
    "needed_on",
    "expected_on",
    "milestone_name",
    "project_name",
    "supplier_name",
)


def note(batches: pl.DataFrame, language: str) -> str:
    """How many batches are late, how many move a project, and for how many nothing can be done."""
    if batches.is_empty():
        return ""
    moving = batches.filter(pl.col("project_shift_p80_days") > 0)
    return say(
        "batches_note",
        language,
        n=numbers.count(batches.height, language),
        moving=numbers.count(moving.height, language),
        bare=numbers.count(moving.filter(pl.col("option_count") == 0).height, language),
    )


def table(batches: pl.DataFrame) -> pl.DataFrame:
    """The columns of the table of late batches."""
    named = batches.with_columns(
        pl.coalesce("product_name", "product_id").alias("product_name"),
        pl.coalesce("supplier_name", "supplier_id").alias("supplier_name"),
        pl.coalesce("project_name", "project_id").alias("project_name"),
        pl.coalesce("milestone_name", "milestone_id").alias("milestone_name"),
    )
    return filled(named.select(_TABLE), "product_name")


def headline(batch: Row, language: str) -> str:
    """What the batch does when nobody does anything."""
    values = {
        "product": batch["product_name"] or batch["product_id"],
        "quantity": numbers.quantity(batch["quantity_open"], language),
        "days": batch["late_days"],
        "expected": numbers.day(batch["expected_on"], language),
    }
    if batch["project_shift_p80_days"] is None:
        return say("batch_on_cycle", language, **values)
    if not batch["project_shift_p80_days"] and not batch["moved_count"]:
        return say("batch_harmless", language, **values)
    return say(
        "batch_moves",
        language,
        nodes=batch["moved_count"],
        p50=batch["project_shift_p50_days"],
        p80=batch["project_shift_p80_days"],
        **values,
    )


def option_title(option: Row, language: str) -> str:
    """Kind and name of an option."""
    kind = say(f"option_{option['option_code']}", language)
    return f"{kind} · {option['option_name']}" if option["option_name"] else kind


def option_facts(option: Row, language: str) -> str:
    """What makes it feasible: when the goods come and how many there are, or which work changes."""
    parts = []
    if option["arrival_on"] is not None:
        parts.append(say("option_arrives", language, on=numbers.date(option["arrival_on"])))
        if option["lead_time_days"] is not None:
            parts.append(say("option_lead", language, days=option["lead_time_days"]))
        if option["quantity_available"] is not None:
            available = numbers.quantity(option["quantity_available"], language)
            parts.append(say("option_free", language, quantity=available))
    if option["option_code"] == "resequence":
        parts.append(say("option_earlier", language, days=option["work_days"]))
    if option["option_code"] == "more_crew":
        parts.append(say("option_shorter", language, days=option["work_days"], left=option["work_new_days"]))
    if option["is_consent_needed"]:
        parts.append(say("option_consent", language))
    return " · ".join(parts)


def option_gain(option: Row, language: str) -> str:
    """Days saved for the project at P50 and P80."""
    if option["saved_p50_days"] is None:
        return say("saves_goods", language, days=option["line_days_saved"] or 0)
    return say("saves_days", language, p50=option["saved_p50_days"], p80=option["saved_p80_days"])


def option_price(option: Row, language: str) -> str:
    """What it costs more than now, and its risk."""
    cost = option["cost_amount"]
    return f"{_price(cost, option['currency_code'], language)} · " + say(
        "risks", language, share=numbers.share(option["risk_share"])
    )


def _price(cost: float | None, currency_code: str | None, language: str) -> str:
    if cost is None:
        return say("costs_unknown", language)
    if not cost:
        return say("costs_nothing", language)
    key = "costs" if cost > 0 else "costs_less"
    return say(key, language, amount=numbers.money(abs(cost), currency_code, language))


def acceptance(option: Row, limit_amount: float | None, language: str) -> AcceptAlternative:
    """The decision for an option, with the limit above which another person must approve it."""
    cost = option["cost_amount"]
    return AcceptAlternative(
        option_code=option["option_code"],
        option=option_title(option, language),
        days_saved=Decimal(option["saved_p50_days"] or 0),
        cost_amount=None if cost is None else Decimal(str(cost)).quantize(Decimal("0.01")),
        currency_code=option["currency_code"],
        limit_amount=None if limit_amount is None else Decimal(str(limit_amount)),
        project_id=option["project_id"],
        milestone_id=option["milestone_id"],
        arrival_on=option["arrival_on"],
    )


def expediting(
    batch: Row, wanted_on: dt.date, promised_on: dt.date | None, as_of_on: dt.date
) -> ExpediteSupplier:
    """That the supplier of a batch was asked to hurry."""
    return ExpediteSupplier(
        supplier_id=batch["supplier_id"], asked_on=as_of_on, wanted_on=wanted_on, promised_on=promised_on
    )
