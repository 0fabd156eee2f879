"""Everything behind one figure, for any filter: what `gantry explain` prints and the cockpit shows."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

import duckdb

from lake.figures.bounds import Bound, bound, waiting_of
from lake.figures.columns import columns_named
from lake.figures.model import Figure, published
from lake.figures.reading import FigureError
from lake.figures.values import figure_value
from lake.text import text

MONTH_TEXT = re.compile(r"^\d{4}-\d{2}$")
#: Columns by which a figure that is no aggregate may be looked up in its mart.
LOOKED_UP = ("_id", "_code", "_on")
EVIDENCE_PER_ROW = 10


@dataclass(frozen=True)
class Explanation:
    """A figure with its value under a filter, its passport and the rows behind it; times are naive UTC."""

    figure: Figure
    filters: Mapping[str, str]
    publication_name: str
    as_of_on: date
    value: float | None
    n: int
    bound: Bound
    status_code: str
    message: str
    run_id: str
    sql: str
    upstream_columns: Mapping[str, list[str]]
    sources: list[dict[str, Any]]
    checks_passed: int
    checks_failed: list[str]
    quarantined: Mapping[str, int]
    own_defaults: Mapping[str, float]
    rows: list[dict[str, Any]] = field(default_factory=list)
    evidence: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_doubtful(self) -> bool:
        """Whether a check that must hold has failed on the way to the figure."""
        return self.status_code != "ok"

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it, but for dates and decimals."""
        return asdict(self)


def explain(
    con: duckdb.DuckDBPyConnection,
    figure: Figure,
    filters: Mapping[str, str] | None = None,
    *,
    rows: int = 0,
    language: str | None = None,
) -> Explanation:
    """Explain `figure` over the rows that `filters` leave; `con` has a published file open.

    Raises FigureError for a filter that the figure does not declare, naming those it does.
    """
    filters = dict(filters or {})
    columns = checked_filters(con, figure, filters, language)
    values = {name: _bound_value(name, value) for name, value in filters.items()}
    found = figure_value(con, figure, columns, values)
    passport = _passport(con, figure, language)
    waiting = waiting_of(passport["waiting"])
    counted = _counted_rows(con, figure, columns, values, rows)
    of = figure.of
    return Explanation(
        figure=figure,
        filters=filters,
        publication_name=passport["publication_name"],
        as_of_on=passport["as_of_on"],
        value=found.measured.value,
        n=found.n or 0,
        # All that waits may belong to the rows that a filter leaves, or none of it.
        bound=bound(of.kind if of else None, found.measured, waiting, of.scale if of else None),
        status_code=passport["status_code"],
        message=passport["message"],
        run_id=passport["run_id"],
        sql=figure.sql(columns),
        upstream_columns=json.loads(passport["upstream_columns"]),
        sources=[_dated(each) for each in json.loads(passport["sources"])],
        checks_passed=passport["checks_passed"],
        checks_failed=json.loads(passport["failed_checks"]),
        quarantined=json.loads(passport["quarantined"]),
        own_defaults=json.loads(passport["own_defaults"]),
        rows=counted,
        evidence=_evidence(con, figure, counted),
    )


def filter_columns(con: duckdb.DuckDBPyConnection, figure: Figure) -> dict[str, str]:
    """The filters of a figure: name and column. One that is no aggregate is looked up by its mart's ids."""
    if figure.of:
        return dict(figure.of.filters)
    rows = con.execute(
        "select column_name from duckdb_columns() where schema_name = 'marts' and table_name = ?"
        " order by column_index",
        [figure.model],
    ).fetchall()
    found: dict[str, str] = {}
    for (column,) in rows:
        for suffix in LOOKED_UP:
            if column.endswith(suffix):
                found.setdefault(column.removesuffix(suffix), column)
    return found


def checked_filters(
    con: duckdb.DuckDBPyConnection, figure: Figure, filters: Mapping[str, str], language: str | None
) -> dict[str, str]:
    """The columns of the filters asked for, by name; FigureError when one is not declared."""
    known = filter_columns(con, figure)
    if unknown := [name for name in filters if name not in known]:
        told = ", ".join(known) or "–"
        raise FigureError(
            text(
                "lake.unknown_filter",
                language,
                figure=figure.figure_id,
                filter=", ".join(unknown),
                known=told,
            )
        )
    return {name: known[name] for name in filters}


def history_of(con: duckdb.DuckDBPyConnection, figure: Figure) -> tuple[list[dict], list[dict]]:
    """The figure's lines (values by version and date) and the notes of its versions."""
    lines = _dicts(
        con,
        "select version, as_of_on, value, n, is_back_computed, publication_name from ops.figure_value"
        " where figure_id = $figure order by version, as_of_on",
        {"figure": figure.figure_id},
    )
    notes = _dicts(
        con,
        "select version, since_on, formula_zh, formula_en, why_zh, why_en, first_as_of_on"
        " from ops.figure_version where figure_id = $figure order by version",
        {"figure": figure.figure_id},
    )
    return lines, notes


def _passport(con: duckdb.DuckDBPyConnection, figure: Figure, language: str | None) -> dict[str, Any]:
    rows: list[dict[str, Any]] = []
    if con.execute("select 1 from duckdb_tables() where table_name = 'figure_run'").fetchone():
        rows = _dicts(
            con, "from ops.figure_run where figure_id = $figure limit 1", {"figure": figure.figure_id}
        )
    if not rows:
        raise FigureError(text("lake.no_passport", language, figure=figure.figure_id))
    return rows[0]


def _counted_rows(
    con: duckdb.DuckDBPyConnection,
    figure: Figure,
    columns: Mapping[str, str],
    values: Mapping[str, str],
    limit: int,
) -> list[dict[str, Any]]:
    """The counted rows by key: the key, what filters look at, and what the definition reads."""
    if limit <= 0:
        return []
    if figure.of:
        key = figure.of.key
        told = columns_named(figure.of.value, figure.of.where)
        shown = dict.fromkeys([key, *figure.of.filters.values(), *told])
        if figure.of.evidence:
            shown[figure.of.evidence.on] = None
    else:
        shown = dict.fromkeys([*filter_columns(con, figure).values(), figure.column])
        key = next(iter(shown))
    conditions = figure.conditions(columns)
    where = f" where {' and '.join(conditions)}" if conditions else ""
    listed = ", ".join(f'"{name}"' for name in shown)
    ordered = ", ".join(f'"{name}"' for name in dict.fromkeys([key, *shown]))
    return _dicts(
        con,
        f"select {listed} from {published(figure.table)}{where} order by {ordered} limit {int(limit)}",
        values,
    )


def _evidence(
    con: duckdb.DuckDBPyConnection, figure: Figure, rows: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The rows behind the counted rows shown, down to the receipts, visits or payments they are made of."""
    if not rows or figure.of is None or figure.of.evidence is None:
        return []
    evidence = figure.of.evidence
    wanted = sorted({str(row[evidence.on]) for row in rows if row[evidence.on] is not None})
    return _dicts(
        con,
        f"select columns(name -> not starts_with(name, '_')) from {published(evidence.table)}"
        f' where list_contains($wanted, cast("{evidence.on}" as varchar))'
        f' order by "{evidence.on}", "{evidence.key}" limit {EVIDENCE_PER_ROW * len(rows)}',
        {"wanted": wanted},
    )


def _bound_value(name: str, value: str) -> str:
    """A month may be written without its day."""
    return f"{value}-01" if name == "month" and MONTH_TEXT.match(value) else value


def _dated(source: dict[str, Any]) -> dict[str, Any]:
    until = source.get("data_until_at")
    return source | {"data_until_at": datetime.fromisoformat(until) if until else None}


def _dicts(con: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    answer = con.execute(sql, dict(parameters))
    names = [column[0] for column in answer.description or []]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
