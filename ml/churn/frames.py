"""The tables that churn is read from: activity always, the rest where a company has it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from ml.churn.config import (
    ACTIVITY_SCHEMA,
    COMPLAINT_SCHEMA,
    INTERACTION_SCHEMA,
    INVOICE_SCHEMA,
    LINE_SCHEMA,
    MARGIN_SCHEMA,
    PAYMENT_SCHEMA,
    PLAN_SCHEMA,
    RATING_SCHEMA,
    Schema,
)
from ml.frames import with_schema

#: Table and columns of each frame, as they are read from a build.
TABLES: Mapping[str, tuple[str, Schema]] = {
    "activity": ("intermediate.int_customer_activity", ACTIVITY_SCHEMA),
    "projects": ("marts.dim_project", PLAN_SCHEMA),
    "lines": ("marts.fct_order_line", LINE_SCHEMA),
    "ratings": ("marts.fct_rating", RATING_SCHEMA),
    "complaints": ("marts.fct_complaint", COMPLAINT_SCHEMA),
    "invoices": ("marts.fct_invoice", INVOICE_SCHEMA),
    "payments": ("marts.fct_payment", PAYMENT_SCHEMA),
    "interactions": ("marts.fct_interaction", INTERACTION_SCHEMA),
    "margins": ("marts.fct_profit_entry", MARGIN_SCHEMA),
}
READS: Mapping[str, list[str]] = {table: list(schema) for table, schema in TABLES.values()}


def _empty(name: str) -> pl.DataFrame:
    return pl.DataFrame(schema=TABLES[name][1])


@dataclass(frozen=True)
class ChurnFrames:
    """One frame a kind of fact, in the types of its schema; one that a company lacks is empty."""

    activity: pl.DataFrame
    projects: pl.DataFrame = field(default_factory=lambda: _empty("projects"))
    lines: pl.DataFrame = field(default_factory=lambda: _empty("lines"))
    ratings: pl.DataFrame = field(default_factory=lambda: _empty("ratings"))
    complaints: pl.DataFrame = field(default_factory=lambda: _empty("complaints"))
    invoices: pl.DataFrame = field(default_factory=lambda: _empty("invoices"))
    payments: pl.DataFrame = field(default_factory=lambda: _empty("payments"))
    interactions: pl.DataFrame = field(default_factory=lambda: _empty("interactions"))
    margins: pl.DataFrame = field(default_factory=lambda: _empty("margins"))

    def __post_init__(self) -> None:
        for name, (_, schema) in TABLES.items():
            frame = with_schema(getattr(self, name), schema, name)
            key = "invoice_id" if name == "payments" else "customer_id"
            object.__setattr__(self, name, frame.drop_nulls(key))


def churn_frames(tables: Mapping[str, pl.DataFrame]) -> ChurnFrames:
    """From tables by their name in the build, those that are there. Raises MissingColumnsError."""
    return ChurnFrames(**{name: tables[table] for name, (table, _) in TABLES.items() if table in tables})
