"""Whether a text that a person types would be read as a contract's column, before the door says so."""

import duckdb

from lake.contracts.model import Column, Contract

_INTEGERS = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"})
_KINDS = {"DATE": "date", "TIMESTAMP": "timestamp", "BOOLEAN": "boolean"}
_SHOWN_VALUES = 12


def problem_of(contract: Contract, column: Column, words: str | None) -> tuple[str, dict[str, str]] | None:
    """What is wrong with a value, as a message's key and what it tells; None when nothing is.

    The door judges the whole row again, references and rules over several columns with it: this only spares
    a person a night.
    """
    told = {"column": column.name}
    if words is None:
        return ("required", told) if column.is_required or column.name in contract.key else None
    value = _as_text(column, words)
    if value is None:
        return f"type_{_kind(column.type)}", {**told, "type": column.type, "format": ""}
    if column.vocabulary and value not in column.vocabulary:
        more = ", …" if len(column.vocabulary) > _SHOWN_VALUES else ""
        return "vocabulary", {**told, "allowed": ", ".join(column.vocabulary[:_SHOWN_VALUES]) + more}
    if _is_outside(column, value):
        ends = {"minimum": column.minimum, "maximum": column.maximum}
        opened = {"minimum": "−∞", "maximum": "∞"}
        return "range", {**told, **{n: opened[n] if end is None else str(end) for n, end in ends.items()}}
    if column.pattern is not None and not _asked("regexp_full_match(?, ?)", value, column.pattern):
        return "pattern", {**told, "pattern": column.pattern}
    return None


def _kind(kind: str) -> str:
    if kind in _INTEGERS:
        return "integer"
    if kind.startswith("DECIMAL") or kind in ("DOUBLE", "FLOAT"):
        return "number"
    return _KINDS.get(kind, "other")


def _as_text(column: Column, words: str) -> str | None:
    """The value as its type writes it; None when it is none."""
    if column.type == "VARCHAR":
        return words
    if column.type in ("DATE", "TIMESTAMP") and not _asked("regexp_matches(?, '^\\d{4}-')", words):
        return None
    if column.type in _INTEGERS and not _asked("try_cast(? as DECIMAL(38, 9)) % 1 = 0", words):
        return None
    found = _asked(f"try_cast(? as {column.type})::varchar", words)
    return None if found in (None, "nan", "inf", "-inf") else str(found)


def _is_outside(column: Column, value: str) -> bool:
    cast = f"?::{column.type}"
    return any(
        bound is not None and bool(_asked(f"{cast} {sign} {cast}", value, str(bound)))
        for sign, bound in (("<", column.minimum), (">", column.maximum))
    )


def _asked(expression: str, *values: str) -> object:
    """One value by DuckDB, so that a text is read here as the door reads it."""
    with duckdb.connect() as con:
        row = con.execute(f"select {expression}", list(values)).fetchone()
    return row[0] if row else None
