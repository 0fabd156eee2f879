"""Small helpers for SQL text: quoting, literals, and which columns an expression names."""

import json
from collections.abc import Iterable
from typing import Any

import duckdb


def quoted(name: str) -> str:
    """`name` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: object) -> str:
    """`value` as an SQL literal: NULL, true, 1.5 or 'text'."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    return "'" + str(value).replace("'", "''") + "'"


def listed(names: Iterable[str]) -> str:
    """Identifiers, quoted and comma-separated."""
    return ", ".join(quoted(name) for name in names)


class SqlExpressionError(ValueError):
    """Not one SQL expression; the text is DuckDB's own explanation."""


def expression_columns(expression: str) -> set[str]:
    """Names of the columns that a DuckDB expression reads (lambda parameters left out).

    Raises SqlExpressionError when it does not parse.
    """
    con = duckdb.connect()
    try:
        row = con.execute("select json_serialize_sql(?)", [f"select {expression}"]).fetchone()
    finally:
        con.close()
    tree = json.loads(row[0])  # type: ignore[index] - a scalar select has one row
    if tree.get("error"):
        raise SqlExpressionError(tree.get("error_message", "syntax error"))
    if len(tree["statements"]) != 1 or len(tree["statements"][0]["node"].get("select_list", ())) != 1:
        raise SqlExpressionError("one expression is wanted, without commas or semicolons outside of brackets")
    found: set[str] = set()
    _collect(tree, found, frozenset())
    return found


def _collect(node: Any, found: set[str], bound: frozenset[str]) -> None:
    if isinstance(node, list):
        for item in node:
            _collect(item, found, bound)
        return
    if not isinstance(node, dict):
        return
    if node.get("class") == "COLUMN_REF":
        name = node["column_names"][-1]
        if name not in bound:
            found.add(name)
    if node.get("class") == "LAMBDA":
        parameters: set[str] = set()
        _collect(node.get("lhs"), parameters, frozenset())
        bound = bound | parameters
    for value in node.values():
        _collect(value, found, bound)


def any_true(conditions: Iterable[str]) -> str:
    """SQL that is true where at least one condition is, and false elsewhere: NULL counts as not true.

    As a CASE the engine narrows rows down condition by condition, as it does in WHERE.
    """
    united = " or ".join(f"({condition})" for condition in conditions)
    return f"case when {united} then true else false end" if united else "false"
