"""The truth that no system shows: natures, fates and causes. Nothing but tests and back-tests may read it."""

from __future__ import annotations

from typing import Any

import polars as pl

from sandbox.catalogue import RELIABILITY, Catalogue
from sandbox.customers import Customer
from sandbox.projects import Project
from sandbox.world import World

_SCHEMAS: dict[str, dict[str, Any]] = {
    "customers": {
        "customer_id": pl.String,
        "pay_delay_days": pl.Float64,
        "orders_a_year": pl.Float64,
        "impatience": pl.Float64,
        "silent_after_on": pl.Date,
    },
    "suppliers": {
        "supplier_id": pl.String,
        "reliability": pl.String,
        "mean_days_late": pl.Float64,
        "spread_days": pl.Float64,
        "reject_share": pl.Float64,
    },
    "milestones": {
        "milestone_id": pl.String,
        "started_on": pl.Date,
        "finished_on": pl.Date,
        "days_late": pl.Int64,
        "cause": pl.String,
        "crew_pace": pl.Float64,
    },
    #: What brought about what, how much of it (days, stars, a chance, a factor) and when it showed.
    "causes": {
        "cause_code": pl.String,
        "subject_id": pl.String,
        "effect_code": pl.String,
        "affected_id": pl.String,
        "size": pl.Float64,
        "day_on": pl.Date,
    },
    #: Failures of units, those of the coming year among them.
    "failures": {
        "device_id": pl.String,
        "fault_code": pl.String,
        "degrades_on": pl.Date,
        "fails_at": pl.Datetime("us"),
        "repaired_at": pl.Datetime("us"),
        "is_instrumented": pl.Boolean,
    },
    #: The need that each mail of a customer's is about, noted by a reader or not.
    "emails": {"email_id": pl.String, "need_code": pl.String},
    #: What is to be found of each golden case.
    "golden": {"case_code": pl.String, "item": pl.String, "value": pl.String},
}


def truth_of(
    world: World, customers: list[Customer], catalogue: Catalogue, projects: list[Project]
) -> dict[str, pl.DataFrame]:
    """All tables of the truth, each in the order in which it came about."""
    rows: dict[str, list[Any]] = {
        name: world.truth.get(name, []) for name in ("causes", "failures", "golden", "emails")
    }
    rows["customers"] = [
        (one.customer_id, one.pay_delay_days, one.orders_a_year, one.impatience, one.silent_after)
        for one in customers
    ]
    rows["suppliers"] = [
        (one.supplier_id, one.reliability, *RELIABILITY[one.reliability]) for one in catalogue.suppliers
    ]
    rows["milestones"] = [
        (
            node.milestone_id,
            node.start,
            node.finish,
            node.days_late,
            node.cause,
            node.crew.pace if node.crew else 1.0,
        )
        for project in projects
        if not project.is_cancelled
        for node in project.milestones.values()
    ]
    return {
        name: pl.DataFrame(rows[name], schema=schema, orient="row", infer_schema_length=None)
        for name, schema in _SCHEMAS.items()
    }
