"""What one rule finds in the published tables on a business date: read, never written, and never raising."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from actions.items import chain_of
from actions.rule_files import PARAMETER, Rule
from lake.text import text

if TYPE_CHECKING:
    import duckdb

SEVERITIES = ("high", "medium", "low")
_OWN_COLUMNS = frozenset(
    {
        "about_id",
        "occurrence_key",
        "cause_key",
        "owner_id",
        "owner_role_code",
        "escalate_to_id",
        "value_at_risk_amount",
        "severity_code",
        "due_on",
    }
)


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong by one rule."""

    rule: Rule
    about_id: str
    occurrence_key: str
    cause_key: str
    owner_id: str | None = None
    owner_role_code: str | None = None
    escalate_to_id: str | None = None
    value_at_risk_amount: Decimal | None = None
    severity_code: str | None = None
    due_on: dt.date | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)

    @property
    def chain_id(self) -> str:
        """The store's subject."""
        return chain_of(self.rule.rule_id, self.about_id)


@dataclass(frozen=True)
class Skipped:
    """A rule that could not speak, and why, in both languages.

    `is_expected`: its table is not published here, as in a company without such data.
    """

    rule_id: str
    told: dict[str, str]
    is_expected: bool = False


def find(
    rule: Rule, con: duckdb.DuckDBPyConnection, as_of_on: dt.date
) -> tuple[list[Finding], Skipped | None]:
    """What one rule finds; a missing table or a failing query skips it by name and stops nothing else."""
    import duckdb

    missing = sorted(set(rule.reads) - _tables(con))
    if missing:
        return [], Skipped(
            rule.rule_id, _both("rule_table_missing", tables=", ".join(missing)), is_expected=True
        )
    values = {"as_of_on": as_of_on} | rule.parameters
    given = {name: values[name] for name in set(PARAMETER.findall(rule.sql))}
    try:
        answer = con.execute(rule.sql, given or None)
        names = [column[0] for column in answer.description or []]
        rows = [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
    except duckdb.Error as error:
        return [], Skipped(rule.rule_id, _both("rule_failed", problem=str(error).partition("\n")[0]))
    if "about_id" not in names:
        return [], Skipped(rule.rule_id, _both("rule_no_subject"))
    findings = [_finding(rule, row) for row in rows if row["about_id"] is not None]
    return sorted(findings, key=lambda each: (each.about_id, each.occurrence_key)), None


def _finding(rule: Rule, row: Mapping[str, Any]) -> Finding:
    about_id = str(row["about_id"])
    severity = row.get("severity_code")
    return Finding(
        rule=rule,
        about_id=about_id,
        occurrence_key=_text(row.get("occurrence_key")) or about_id,
        cause_key=_text(row.get("cause_key")) or f"{rule.about}:{about_id}",
        owner_id=_text(row.get("owner_id")),
        owner_role_code=_text(row.get("owner_role_code")),
        escalate_to_id=_text(row.get("escalate_to_id")),
        value_at_risk_amount=_amount(row.get("value_at_risk_amount")),
        severity_code=severity if severity in SEVERITIES else None,
        due_on=row.get("due_on"),
        evidence={name: _plain(value) for name, value in row.items() if name not in _OWN_COLUMNS},
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _amount(value: object) -> Decimal | None:
    number = None if value is None else Decimal(str(value))
    return number if number is not None and number.is_finite() else None


def _plain(value: object) -> object:
    """A value that JSON can hold and that reads the same when it comes back."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Decimal) and value.is_finite():
        return f"{value.normalize():f}"  # «0», and not «0.000»: people read it in a sentence
    return value.isoformat() if isinstance(value, dt.date | dt.datetime) else str(value)


def _both(key: str, **values: object) -> dict[str, str]:
    return {language: text(f"actions.{key}", language, **values) for language in ("zh", "en")}


def _tables(con: duckdb.DuckDBPyConnection) -> set[str]:
    rows = con.execute("select table_schema || '.' || table_name from information_schema.tables").fetchall()
    return {name for (name,) in rows}
