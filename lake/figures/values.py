"""The values of all figures over all their rows: a query a table, so that hundreds cost about a second."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import duckdb
from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError

from lake.figures.bounds import Measured
from lake.figures.model import Figure, published

DIALECT = "duckdb"
#: What may stand round a quotient without making it something else.
WRAPPINGS = (exp.Paren, exp.Round, exp.Cast)


@dataclass(frozen=True)
class FigureValue:
    """A figure over all its rows: value, the rows that count, the quotient's parts; or why there is none."""

    measured: Measured
    n: int | None
    problem: str = ""


def figure_values(con: duckdb.DuckDBPyConnection, figures: Iterable[Figure]) -> dict[str, FigureValue]:
    """Value and n of every figure by id; `con` has the published tables under their own schemas.

    A figure whose SQL fails has no value and says why: one wrong definition must not cost the others theirs.
    """
    by_table: dict[str, list[Figure]] = defaultdict(list)
    for figure in figures:
        by_table[figure.table].append(figure)
    found: dict[str, FigureValue] = {}
    for of_table in by_table.values():
        try:
            found |= _values(con, of_table)
        except duckdb.Error:
            for figure in of_table:
                found |= _alone(con, figure)
    return found


def figure_value(
    con: duckdb.DuckDBPyConnection, figure: Figure, columns: dict[str, str], values: dict[str, str]
) -> FigureValue:
    """One figure over the rows that `columns` (by parameter name) hold to `values`; raises duckdb.Error."""
    row = con.execute(_select(figure, columns), values).fetchone()
    assert row is not None
    _, value, n, numerator, denominator = row
    return FigureValue(Measured(value, numerator, denominator), n)


def quotient(value: str) -> tuple[str, str] | None:
    """Numerator and denominator of an aggregate that counts rows below the line, else None.

    `a / nullif(count(*), 0)` and `avg(x)` are such quotients; a sum below the line says nothing of rows.
    """
    try:
        node = parse_one(value, read=DIALECT)
    except SqlglotError:
        return None
    while isinstance(node, WRAPPINGS):
        node = node.this
    if isinstance(node, exp.Avg):
        inner = node.this.sql(DIALECT)
        return f"sum({inner})", f"count({inner})"
    if not isinstance(node, exp.Div):
        return None
    below = node.expression
    while isinstance(below, (*WRAPPINGS, exp.Nullif)):
        below = below.this
    counted = below.this if isinstance(below, exp.Filter) else below
    if not isinstance(counted, exp.Count | exp.CountIf):
        return None
    return node.this.sql(DIALECT), below.sql(DIALECT)


def _values(con: duckdb.DuckDBPyConnection, figures: Iterable[Figure]) -> dict[str, FigureValue]:
    rows = con.execute(" union all ".join(_select(figure) for figure in figures)).fetchall()
    return {
        figure_id: FigureValue(Measured(value, numerator, denominator), n)
        for figure_id, value, n, numerator, denominator in rows
    }


def _select(figure: Figure, columns: dict[str, str] | None = None) -> str:
    parts = quotient(figure.of.value) if figure.of else None
    numerator, denominator = (f"cast({part} as double)" for part in parts or ("null", "null"))
    conditions = figure.conditions(columns)
    where = f" where {' and '.join(conditions)}" if conditions else ""
    return (
        f"select '{figure.figure_id}' as figure_id, try_cast(value as double) as value, n,"
        f" numerator, denominator"
        f" from (select {figure.value_columns()}, {numerator} as numerator, {denominator} as denominator"
        f" from {published(figure.table)}{where})"
    )


def _alone(con: duckdb.DuckDBPyConnection, figure: Figure) -> dict[str, FigureValue]:
    try:
        return _values(con, [figure])
    except duckdb.Error as error:
        return {figure.figure_id: FigureValue(Measured(None), None, str(error).splitlines()[0])}
