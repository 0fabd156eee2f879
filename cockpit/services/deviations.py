"""The nodes that deviate most, and stepping in: one item for the owner of a node."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import polars as pl

from actions.items import Item, chain_of
from actions.kinds import AssignItem, OpenItem, Payload
from cockpit.services import numbers
from cockpit.services.words import say
from lake.text import both

SHOWN = 10
#: The name under which a person's own item stands among those of the rules.
INTERVENE = "intervene"
DUE_DAYS = 3
ESCALATE_HOURS = 48


def finding(rows: pl.DataFrame, language: str) -> str:
    """The page's title: how many there are and how far behind the worst of them is."""
    if rows.is_empty():
        return say("phone_none", language)
    return say(
        "phone_finding",
        language,
        n=numbers.count(rows.height, language),
        days=numbers.days_late(rows["delay_p50_days"][0]),
    )


def open_for(milestone_id: str, items: Iterable[Item]) -> Item | None:
    """The open item about a node, of whichever rule; the one that stepped in first."""
    about = [
        item
        for item in items
        if item.is_open and (item.opening.about_type, item.opening.about_id) == ("milestone", milestone_id)
    ]
    return min(about, key=lambda item: (item.opening.rule_id != INTERVENE, item.item_id), default=None)


def intervention(
    row: dict[str, Any], existing: Item | None, as_of_on: dt.date, currency_code: str | None
) -> tuple[str, Payload] | None:
    """The chain and the step that put the node into its owner's hands; None where it already is there.

    `currency_code` is the one that the publication reports in.
    """
    if existing is not None:
        if row["owner_id"] is None or existing.owner_id == row["owner_id"]:
            return None
        return existing.chain_id, AssignItem(owner_id=row["owner_id"])
    return chain_of(INTERVENE, row["milestone_id"]), _opening(row, as_of_on, currency_code)


def _opening(row: dict[str, Any], as_of_on: dt.date, currency_code: str | None) -> OpenItem:
    amount = row["value_amount"]
    return OpenItem(
        rule_id=INTERVENE,
        rule_version=1,
        about_type="milestone",
        about_id=row["milestone_id"],
        occurrence_key=f"{row['milestone_id']}|{as_of_on.isoformat()}",
        cause_key=f"milestone:{row['milestone_id']}",
        told=both(
            "cockpit.intervene_told",
            milestone=row["name"] or row["milestone_id"],
            project=row["project_name"] or row["project_id"],
            days=numbers.days_late(row["delay_p50_days"]),
        ),
        severity_code="high" if row["delay_p50_days"] > (row["threshold_days"] or 0) else "medium",
        owner_role_code="project_manager",
        owner_id=row["owner_id"],
        opened_on=as_of_on,
        due_on=as_of_on + dt.timedelta(days=DUE_DAYS),
        value_at_risk_amount=None if amount is None else Decimal(f"{amount:.2f}"),
        currency_code=currency_code if amount is not None else None,
        escalate_after_hours=ESCALATE_HOURS,
        escalate_role_code="project_manager",
        needs=("cause", "action"),
        evidence={
            "customer_id": row["customer_id"],
            "project_id": row["project_id"],
            "planned_finish_on": numbers.date(row["planned_finish_on"]),
            "finish_p50_on": numbers.date(row["finish_p50_on"]),
            "delay_p50_days": row["delay_p50_days"],
        },
    )
