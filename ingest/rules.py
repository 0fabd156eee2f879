"""What a contract demands of a row by itself, as SQL conditions that are true where it is broken."""

from dataclasses import dataclass

from ingest.mapping import INTEGERS, ColumnPlan
from ingest.sql import literal, quoted
from lake.contracts import Column, Contract
from lake.text import both

TYPE, REQUIRED, VOCABULARY, RANGE, PATTERN = "type", "required", "vocabulary", "range", "pattern"
REFERENCE, DUPLICATE_KEY, MALFORMED_ROW = "reference", "duplicate_key", "malformed_row"
SHOWN_VALUES = 12


@dataclass(frozen=True)
class RowRule:
    """A rule on contract columns: `broken` is SQL, NULL counting as kept; a row rule names its columns."""

    code: str
    column: str
    broken: str
    value: str
    message: dict[str, str]


def row_rules(contract: Contract) -> list[RowRule]:
    """All rules of a contract that one row can break."""
    rules = [rule for column in contract.columns for rule in _column_rules(contract, column)]
    for rule in contract.rules:
        columns = [column.name for column in contract.columns if column.name in rule.sql]
        shown = " || ', ' || ".join(f"coalesce({quoted(name)}::varchar, '')" for name in columns) or "''"
        rules.append(RowRule(rule.name, ", ".join(columns), f"not ({rule.sql})", shown, dict(rule.message)))
    return rules


def _column_rules(contract: Contract, column: Column) -> list[RowRule]:
    name, value = quoted(column.name), f"{quoted(column.name)}::varchar"
    label = {"column": column.name}
    rules = []
    if column.is_required or column.name in contract.key:
        rules.append(
            RowRule(REQUIRED, column.name, f"{name} is null", "NULL", both("ingest.reason_required", **label))
        )
    if column.vocabulary:
        allowed = ", ".join(literal(item) for item in column.vocabulary)
        listed = ", ".join(column.vocabulary[:SHOWN_VALUES])
        more = ", …" if len(column.vocabulary) > SHOWN_VALUES else ""
        message = both("ingest.reason_vocabulary", allowed=listed + more, **label)
        rules.append(RowRule(VOCABULARY, column.name, f"{value} not in ({allowed})", value, message))
    if column.minimum is not None or column.maximum is not None:
        message = both(
            "ingest.reason_range",
            minimum=_bound(column.minimum, "−∞"),
            maximum=_bound(column.maximum, "∞"),
            **label,
        )
        rules.append(RowRule(RANGE, column.name, _outside(column), value, message))
    if column.pattern is not None:
        message = both("ingest.reason_pattern", pattern=column.pattern, **label)
        broken = f"not regexp_full_match({value}, {literal(column.pattern)})"
        rules.append(RowRule(PATTERN, column.name, broken, value, message))
    return rules


def _outside(column: Column) -> str:
    name, kind = quoted(column.name), column.type
    tests = []
    if column.minimum is not None:
        tests.append(f"{name} < {_literal(column.minimum, kind)}")
    if column.maximum is not None:
        tests.append(f"{name} > {_literal(column.maximum, kind)}")
    return f"({' or '.join(tests)})"


def _literal(bound: object, kind: str) -> str:
    return f"{kind} {literal(str(bound))}" if kind in ("DATE", "TIMESTAMP") else literal(bound)


def _bound(bound: object, open_end: str) -> object:
    return open_end if bound is None else bound


def type_message(plan: ColumnPlan) -> dict[str, str]:
    """Why a value did not become the column's type, in both languages."""
    message = dict.fromkeys(("zh", "en"), "")
    if plan.formats:
        message = both("ingest.reason_format", format=" / ".join(plan.formats))
    kind = plan.type
    key = (
        "integer"
        if kind in INTEGERS
        else "number"
        if kind.startswith("DECIMAL") or kind in ("DOUBLE", "FLOAT")
        else {"DATE": "date", "TIMESTAMP": "timestamp", "BOOLEAN": "boolean"}.get(kind, "other")
    )
    return {
        language: both(f"ingest.reason_type_{key}", column=plan.name, type=kind, format=message[language])[
            language
        ]
        for language in message
    }
