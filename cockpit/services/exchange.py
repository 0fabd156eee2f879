"""The exchange with other systems: what each source gave, and what became of the actions that went out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import polars as pl

from actions.outbound import Outbound
from cockpit.services import numbers
from cockpit.services.items import Names, step_words
from cockpit.services.words import code_label, say
from lake.contracts import load_contracts

#: What needs somebody comes first.
_ORDER = ("overdue", "rejected", "withdrawn", "queued", "sent", "accepted")


def connectors(loads: pl.DataFrame, language: str) -> pl.DataFrame:
    """One line a fed table: its source, the contract it is held to, the last load, and what was refused."""
    fed = loads.filter(pl.col("status_code") != "no_source").sort("source_name", "table_name")
    rows = [_connector(row, language) for row in fed.iter_rows(named=True)]
    schema = {
        "source_name": pl.String,
        "table_label": pl.String,
        "contract": pl.String,
        "status_code": pl.String,
        "finished_at": pl.Datetime("us"),
        "rows_read": pl.Int64,
        "rows_rejected": pl.Int64,
        "message": pl.String,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _connector(row: dict[str, Any], language: str) -> tuple[object, ...]:
    contract = load_contracts().get(row["table_name"])
    return (
        row["source_name"],
        contract.label[language] if contract else row["table_name"],
        f"{row['table_name']} {contract.version}" if contract else row["table_name"],
        code_label("load", row["status_code"], language),
        row["finished_at"],
        row["rows_read"],
        row["rows_quarantined"],
        row["message"],
    )


def standing(outbound: Outbound, now: dt.datetime) -> str:
    """How it stands for who looks after it: taken back after it was sent, or unanswered for a day."""
    if outbound.is_withdrawn and outbound.state_code != "rejected":
        return "withdrawn"
    return "overdue" if outbound.is_overdue(now) else outbound.state_code


def finding(found: Sequence[Outbound], now: dt.datetime, language: str) -> str:
    """How many went out, how many were answered, and how many nobody answered within a day."""
    if not found:
        return say("outbound_none", language)
    states = [standing(each, now) for each in found]
    return say(
        "outbound_finding",
        language,
        sent=numbers.count(sum(each.sent_at is not None for each in found), language),
        answered=numbers.count(sum(each.answered_at is not None for each in found), language),
        queued=numbers.count(states.count("queued"), language),
        overdue=numbers.count(states.count("overdue"), language),
    )


def outbound_table(found: Sequence[Outbound], now: dt.datetime, names: Names) -> pl.DataFrame:
    """One line an action: what needs somebody first, then the newest."""
    language = names.language
    ordered = sorted(found, key=lambda each: (_ORDER.index(standing(each, now)), -each.action.sequence_no))
    rows = [
        (
            code_label("outbound", standing(each, now), language),
            step_words(each.action.payload, names),
            names.author(each.action.done_by),
            names.author(each.approved_by) if each.approved_by else None,
            each.approved_at,
            each.sent_at,
            each.target or None,
            each.answered_at,
            " · ".join(filter(None, [each.reference, each.message])) or None,
            each.action.action_id,
        )
        for each in ordered
    ]
    schema = {
        "outbound_state": pl.String,
        "outbound_what": pl.String,
        "decided_by": pl.String,
        "approved_by": pl.String,
        "approved_at": pl.Datetime("us"),
        "sent_at": pl.Datetime("us"),
        "outbound_target": pl.String,
        "answered_at": pl.Datetime("us"),
        "outbound_answer": pl.String,
        "action_id": pl.String,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")
