"""Tier B as the standard flow serves it: nothing forgotten, and no more of people's time than allowed."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from cockpit.services import numbers
from cockpit.services.figure_lines import FigureLine, FigureLines
from cockpit.services.figures import Figure
from cockpit.services.labels import labelled
from cockpit.services.words import say

_SHOWN = (
    "customer_name",
    "reminder_due_count",
    "reminded_count",
    "missed_count",
    "contact_count",
    "reminder_open_count",
    "next_due_on",
    "next_kind_code",
    "touch_count",
    "touch_limit",
    "is_over_touch_limit",
)


def lines(flow: pl.DataFrame, figures: Mapping[str, Figure], language: str) -> list[FigureLine]:
    """Missed reminders, touches a customer against the cap, and how many stand above it."""
    made = FigureLines(figures, language)
    missed, over = int(flow["missed_count"].sum()), int(flow["is_over_touch_limit"].sum())
    mean = _mean(flow)
    limit = flow["touch_limit"].drop_nulls().max()
    due = numbers.count(flow["due_count"].sum(), language)
    return [
        made.of(
            "standard_missed_count",
            missed,
            numbers.count(missed, language),
            note=say("standard_due", language, n=due),
        ),
        made.of(
            "standard_touch_count",
            mean,
            numbers.decimal(mean, 1),
            note="" if limit is None else say("standard_cap", language, limit=limit),
        ),
        made.of(
            "standard_over_limit_count",
            over,
            numbers.count(over, language),
            note=say("of_customers", language, n=numbers.count(flow.height, language)),
        ),
    ]


def _mean(flow: pl.DataFrame) -> float | None:
    return float(flow["touch_count"].sum()) / flow.height if flow.height else None


def table(flow: pl.DataFrame, language: str) -> pl.DataFrame:
    """The customers: missed ones first, then those above the cap, then by the next day that is due."""
    ordered = flow.sort(
        "missed_count",
        "is_over_touch_limit",
        "next_due_on",
        "customer_id",
        descending=[True, True, False, False],
        nulls_last=True,
    )
    named = ordered.rename(
        {"open_count": "reminder_open_count", "due_count": "reminder_due_count"}
    ).with_columns(pl.col("customer_name").fill_null(ordered["customer_id"]))
    return labelled(named.select(_SHOWN), {"next_kind_code": "reminder"}, language)
