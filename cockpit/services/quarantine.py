"""Quarantined rows as somebody puts them right: how each stands, its fields, and what a correction is."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from actions.kinds import CorrectRow, Fix, IgnoreRow
from actions.kinds.base import Step
from cockpit.services.words import code_label
from lake.contracts import Column, load_contracts

State = Literal["open", "corrected", "refused", "replayed", "ignored", "repaired"]
#: In the order in which they are offered.
STATES: tuple[State, ...] = ("open", "refused", "corrected", "replayed", "ignored", "repaired")
#: How an encrypted value begins.
_SEALED = "g1."


@dataclass(frozen=True)
class FieldOfRow:
    """One contract field of a row: what it is called, what it says, and why it may not enter so."""

    column: Column
    value: str | None
    is_sealed: bool
    reasons: tuple[str, ...]

    @property
    def is_correctable(self) -> bool:
        """Personal values are put right at their source."""
        return not self.column.is_personal


def state_of(row: Mapping[str, Any], step: Step | None) -> State:
    """How a row stands now: what the last night made of it, and what was decided since."""
    is_done = step is not None and row["decision_id"] == step.action_id
    if is_done and row["status_code"] == "open":
        return "refused"
    if is_done:
        return row["status_code"]
    if step is None:
        return "open"
    return "ignored" if isinstance(step.payload, IgnoreRow) else "corrected"


def with_states(rows: pl.DataFrame, decided: Mapping[str, Step]) -> pl.DataFrame:
    """The rows with `state_code`; the frame may be empty."""
    states = [state_of(row, decided.get(row["quarantine_id"])) for row in rows.iter_rows(named=True)]
    return rows.with_columns(pl.Series("state_code", states, dtype=pl.String))


def chosen(
    rows: pl.DataFrame, *, state: str | None, table: str | None, column: str | None, rule: str | None
) -> pl.DataFrame:
    """The rows that the filters leave."""
    found = rows
    if state is not None:
        found = found.filter(pl.col("state_code") == state)
    if table is not None:
        found = found.filter(pl.col("table_name") == table)
    if rule is None or found.is_empty():
        return found
    keeps = [
        any(each["rule_code"] == rule and each["column_name"] == column for each in reasons or ())
        for reasons in found["reasons"].to_list()
    ]
    return found.filter(pl.Series(keeps, dtype=pl.Boolean))


def rows_table(rows: pl.DataFrame, language: str) -> pl.DataFrame:
    """One line a row: where it stood at its source, what is wrong, how it stands."""
    lines = [
        (
            row["table_name"],
            (row["source_file"] or "").rpartition("/")[2],
            row["source_row"],
            " · ".join(dict.fromkeys(each[f"message_{language}"] or "" for each in row["reasons"] or ())),
            code_label("quarantine", row["state_code"], language),
            row["quarantined_at"],
        )
        for row in rows.iter_rows(named=True)
    ]
    schema = {
        "table_name": pl.String,
        "source_file": pl.String,
        "source_row": pl.Int64,
        "message": pl.String,
        "state_code": pl.String,
        "first_quarantined_at": pl.Datetime("us"),
    }
    return pl.DataFrame(lines, schema=schema, orient="row")


def fields_of(row: Mapping[str, Any], language: str) -> list[FieldOfRow]:
    """The contract fields of a row, faulty ones first; empty for a row whose contract is no more."""
    contract = load_contracts().get(row["table_name"])
    if contract is None:
        return []
    kept = (json.loads(row["row_json"] or "{}") or {}).get("row") or {}
    reasons: Sequence[Mapping[str, Any]] = row["reasons"] or ()
    unread = {each["column_name"]: each["value"] for each in reasons if each["rule_code"] == "type"}
    found = []
    for column in contract.columns:
        value = unread.get(column.name, kept.get(column.name))
        told = tuple(
            each[f"message_{language}"] for each in reasons if column.name in each["column_name"].split(", ")
        )
        found.append(FieldOfRow(column, value, column.is_personal or _is_sealed(value), told))
    return sorted(found, key=lambda each: not each.reasons)


def source_table(row: Mapping[str, Any], protected: str) -> pl.DataFrame:
    """The row as its source sent it, a line a column; what is personal says so instead."""
    source = (json.loads(row["row_json"] or "{}") or {}).get("source") or {}
    lines = [(name, protected if _is_sealed(value) else value) for name, value in source.items()]
    return pl.DataFrame(lines, schema={"source_column": pl.String, "value": pl.String}, orient="row")


def contract_table(fields: Sequence[FieldOfRow], language: str, protected: str) -> pl.DataFrame:
    """The row as its contract reads it, a line a field."""
    lines = [
        (
            f"{each.column.label[language]} ({each.column.name})",
            protected if each.is_sealed and each.value is not None else each.value,
            " · ".join(each.reasons),
        )
        for each in fields
    ]
    schema = {"field": pl.String, "value": pl.String, "message": pl.String}
    return pl.DataFrame(lines, schema=schema, orient="row")


def refusal(row: Mapping[str, Any], language: str) -> str:
    """Why the correction failed at the door."""
    return " · ".join(each[f"message_{language}"] or "" for each in row["replay_reasons"] or ())


def correction(table_name: str, old: Mapping[str, str | None], typed: Mapping[str, str]) -> CorrectRow:
    """What was typed as a decision; an empty field means nothing, an unchanged one is left out."""
    new = {name: words.strip() or None for name, words in typed.items()}
    fixes = [Fix(column=name, old=old.get(name), new=value) for name, value in new.items()]
    return CorrectRow(table_name=table_name, fixes=tuple(each for each in fixes if each.new != each.old))


def _is_sealed(value: str | None) -> bool:
    return value is not None and value.startswith(_SEALED)
