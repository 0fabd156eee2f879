"""The ledger of figures: every value as it was published, and every version of a definition with its reason.

A changed definition opens a new line; the old line stays as it was. The new one is computed back over the
months that the counted rows tell of, where they have a month, so that both can be looked at side by side.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

import duckdb
import pyarrow as pa

from ingest.sql import literal, quoted
from lake.figures import Figure
from lake.publication import Publication
from lake.tables import OPERATIONS

VALUES, VERSIONS = "history.figure_value", "history.figure_version"
#: The filter whose column is the month a counted row belongs to.
MONTH = "month"
MONTHS_BACK = 36


def keep_figures(
    con: duckdb.DuckDBPyConnection,
    build: duckdb.DuckDBPyConnection,
    figures: Collection[Figure],
    passports: Iterable[Mapping[str, Any]],
    publication: Publication,
) -> None:
    """Note new versions with their past, and append today's values; inside the publication's transaction."""
    known = {
        (figure_id, version)
        for figure_id, version in con.execute(f"select figure_id, version from lake.{VERSIONS}").fetchall()
    }
    fresh = [figure for figure in figures if (figure.figure_id, figure.version) not in known]
    changed = {figure_id for figure_id, _ in known}
    passports = list(passports)
    own = {row["figure_id"]: row["own_defaults"] for row in passports}
    append(con, VERSIONS, [_version(figure, own.get(figure.figure_id), publication) for figure in fresh])
    for figure in fresh:
        if figure.figure_id in changed:
            append(con, VALUES, _past(build, figure, publication))
    values = [_value(row, publication) for row in passports if row["n"] is not None]
    if publication.kind_code == "refresh":
        # Refreshes follow each other within seconds: only what they changed is news.
        said = _said_last(con, publication.as_of_on)
        values = [row for row in values if said.get((row["figure_id"], row["version"])) != row["value"]]
    append(con, VALUES, values)


def _said_last(con: duckdb.DuckDBPyConnection, as_of_on: date) -> dict[tuple[str, int], float | None]:
    """The newest value of each figure and version for a business date."""
    rows = con.execute(
        f"select figure_id, version, arg_max(value, (recorded_at, publication_name)) from lake.{VALUES}"
        " where as_of_on = ? group by figure_id, version",
        [as_of_on],
    ).fetchall()
    return {(figure_id, version): value for figure_id, version, value in rows}


def append(con: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, Any]]) -> None:
    """Insert rows by name into a table of the lake; no rows, no statement."""
    if not rows:
        return
    con.register("rows_to_append", pa.Table.from_pylist(rows))
    con.execute(f"insert into lake.{table} by name from rows_to_append")
    con.unregister("rows_to_append")


def _version(figure: Figure, own_defaults: str | None, publication: Publication) -> dict[str, Any]:
    why = figure.versions[-1].why if figure.versions else {}
    row = {
        "figure_id": figure.figure_id,
        "version": figure.version,
        "since_on": figure.since_on,
        "formula_zh": figure.formula["zh"],
        "formula_en": figure.formula["en"],
        "why_zh": why.get("zh"),
        "why_en": why.get("en"),
        "defaults": own_defaults or json.dumps({}),
        "first_publication_name": publication.name,
        "first_as_of_on": publication.as_of_on,
    }
    assert row.keys() == OPERATIONS[VERSIONS].keys()
    return row


def _value(row: Mapping[str, Any], publication: Publication) -> dict[str, Any]:
    return {
        "figure_id": row["figure_id"],
        "version": row["version"],
        "as_of_on": publication.as_of_on,
        "publication_name": publication.name,
        "value": row["value"],
        "n": row["n"],
        "is_back_computed": False,
        "recorded_at": publication.published_at,
    }


def _past(build: duckdb.DuckDBPyConnection, figure: Figure, publication: Publication) -> list[dict[str, Any]]:
    """The figure at each month end before the publication, from the rows of the months up to it.

    By today's definition over the rows known today: what was not yet known then is in it, which the mark
    `is_back_computed` says. Empty for a figure whose rows belong to no month.
    """
    if figure.of is None or MONTH not in figure.of.filters:
        return []
    month = quoted(figure.of.filters[MONTH])
    first = publication.as_of_on.replace(day=1).isoformat()
    conditions = " and ".join([*figure.conditions(), f"date_trunc('month', {month}) <= _months.month_on"])
    rows = build.execute(
        f"with _months as (select distinct date_trunc('month', {month})::date as month_on"
        f" from {figure.of.relation} where {month} < {literal(first)}::date"
        f" order by month_on desc limit {MONTHS_BACK}) "
        f"select last_day(_months.month_on), {figure.value_columns()} from {figure.of.relation}, _months"
        f" where {conditions} group by _months.month_on order by _months.month_on"
    ).fetchall()
    return [_back(figure, at, value, n, publication) for at, value, n in rows]


def _back(figure: Figure, at: date, value: Any, n: int, publication: Publication) -> dict[str, Any]:
    return {
        "figure_id": figure.figure_id,
        "version": figure.version,
        "as_of_on": at,
        "publication_name": publication.name,
        "value": None if value is None else float(value),
        "n": n,
        "is_back_computed": True,
        "recorded_at": publication.published_at,
    }
