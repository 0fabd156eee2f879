"""Every registered figure: its SQL over the rows gives each cell of its mart, and its evidence is there.

A figure says itself which rows it counts. Restricted to the rows of one line of its mart, it must be the cell
that the mart computed in its own way: two ways to one number, so that a filter on a page can be trusted.
"""

from typing import Any

import duckdb
import pytest
import yaml

from lake.figures import Figure
from lake.figures.reading import figure_of
from lake.settings import PROJECT_ROOT
from pipelines.figures import blocks_of_files, rows_of
from tests.support.warehouse import Warehouse

MODELS = PROJECT_ROOT / "dbt_project" / "models"
FIGURES = {row["figure_id"]: figure_of(row) for row in rows_of(blocks_of_files())}
COUNTING = sorted(name for name, figure in FIGURES.items() if figure.of)
#: What every row of a mart has: no part of its grain.
OF_THE_BUILD = {"as_of_on"}
#: Names under which a filter may say the period that a mart's key column holds.
PERIODS = ("month", "quarter", "week", "day", "period")
SUFFIXES = ("_id", "_code", "_on")


@pytest.fixture(scope="module")
def keys() -> dict[str, list[str]]:
    """The key columns of every model: its unique column, or those of its test unique_key."""
    found = {}
    for path in sorted(MODELS.rglob("*.yml")):
        content = yaml.load(path.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        for model in (content or {}).get("models", []):
            found[model["name"]] = key_of(model)
    return found


def key_of(model: dict[str, Any]) -> list[str]:
    for test in model.get("data_tests", []):
        if isinstance(test, dict) and "unique_key" in test:
            arguments = test["unique_key"]
            return list(arguments.get("arguments", arguments)["columns"])
    return [
        column["name"]
        for column in model.get("columns", [])
        if "unique" in [test for test in column.get("data_tests", []) if isinstance(test, str)]
    ][:1]


def grain_of(con: duckdb.DuckDBPyConnection, figure: Figure, key: list[str]) -> dict[str, str]:
    """Columns of the mart that make out one line, each with the counted table's column for it.

    As `of.grain` says; else the mart's key where a filter has it; else the columns that the filters name,
    when they make out a line; else the key where the counted table has it too. Empty for a mart of one line.
    """
    of = figure.of
    assert of is not None
    counted, mart = (columns_of(con, table) for table in (of.table, figure.model))
    key = [column for column in key if column not in OF_THE_BUILD]
    direct = {column: counted_column(figure, column) for column in key}
    if all(direct.values()):
        return {column: name for column, name in direct.items() if name}
    named = {
        column: of.filters[name]
        for name in of.filters
        for column in mart_columns(name, of.filters[name], mart)[:1]
    } | dict(of.grain)
    listed = ", ".join(named) or "1"
    lines, doubled = con.execute(
        f"select count(*), count(*) - count(distinct row({listed})) from marts.{figure.model}"
    ).fetchall()[0]
    if doubled == 0 or lines == 1:
        return named
    unsaid = [column for column in key if column not in counted]
    assert not unsaid, (
        f"{listed} make out no line of {figure.model}: write of.grain: {{{unsaid[0]}: column of {of.table}}}"
    )
    return {column: column for column in key}


def counted_column(figure: Figure, key: str) -> str | None:
    """The counted table's column for a key column of the mart as the figure says it."""
    of = figure.of
    assert of is not None
    if key in of.grain or key in of.filters.values():
        return of.grain.get(key, key)
    bare = next((key.removesuffix(each) for each in SUFFIXES if key.endswith(each)), key)
    names = [key, bare, *(PERIODS if key.endswith("_on") else ())]
    return next((of.filters[name] for name in names if name in of.filters), None)


def mart_columns(name: str, column: str, mart: set[str]) -> list[str]:
    """Columns of the mart that a filter may stand for."""
    wanted = [column, name, *(f"{name}{suffix}" for suffix in SUFFIXES)]
    wanted += ["period_on"] if name in PERIODS else []
    return [each for each in wanted if each in mart]


def columns_of(con: duckdb.DuckDBPyConnection, table: str) -> set[str]:
    return {
        name
        for (name,) in con.execute(
            "select column_name from duckdb_columns() where table_name = ? and schema_name = 'marts'", [table]
        ).fetchall()
    }


@pytest.fixture(scope="module")
def con(built: Warehouse) -> Any:
    with duckdb.connect(str(built.build_file), read_only=True) as open_file:
        yield open_file


@pytest.mark.parametrize("figure_id", COUNTING)
def test_the_figure_over_a_line_of_its_mart_is_that_lines_cell(
    figure_id: str, con: duckdb.DuckDBPyConnection, keys: dict[str, list[str]]
) -> None:
    figure = FIGURES[figure_id]
    of = figure.of
    assert of is not None
    grain = grain_of(con, figure, keys[figure.model])
    patterns = con.execute(
        f"select distinct {', '.join(f'{key} is null' for key in grain)} from marts.{figure.model}"
        if grain
        else "select true where false"
    ).fetchall()
    # A line without a month may be a whole quarter's, or that of rows whose month nobody knows.
    wider = [
        [key for key, is_null in zip(grain, pattern, strict=True) if not is_null]
        for pattern in patterns
        if any(pattern)
    ]
    differing = lines_that_differ(con, figure, grain, list(grain))
    for kept in wider:
        differing &= lines_that_differ(con, figure, grain, kept)
    assert differing == set(), f"{len(differing)} lines of {figure.model} differ from: {figure.sql()}"


def lines_that_differ(
    con: duckdb.DuckDBPyConnection, figure: Figure, grain: dict[str, str], kept: list[str]
) -> set[tuple[Any, ...]]:
    """Lines of the mart whose cell is not the figure over the rows that agree with them in `kept` columns."""
    of = figure.of
    assert of is not None
    told = con.execute(
        "select coalesce(numeric_scale, 6) from duckdb_columns() where table_name = ? and column_name = ?",
        [figure.model, figure.column],
    ).fetchall()
    assert told, f"{figure.model} has no column {figure.column}"
    columns = "".join(f'"{grain[key]}" as {key}, ' for key in kept)
    on = " and ".join(f"mart.{key} is not distinct from counted.{key}" for key in kept) or "true"
    where = f" where {of.where}" if of.where else ""
    group = f" group by {', '.join(str(n + 1) for n in range(len(kept)))}" if kept else ""
    cell = f'mart."{figure.column}"::double'
    return set(
        con.execute(
            f"select {', '.join(f'mart.{key}' for key in grain) or '1'} from marts.{figure.model} as mart"
            f" left join (select {columns}{of.value} as value from {of.relation}{where}{group}) as counted"
            f" on {on} where coalesce({cell}, 0) <> 0 and counted.value is null"
            f" or abs({cell} - counted.value::double) > 0.51 * pow(10, -{told[0][0]})"
            f" or {cell} is null and coalesce(counted.value::double, 0) <> 0"
        ).fetchall()
    )


@pytest.mark.parametrize("figure_id", COUNTING)
def test_its_key_filters_and_evidence_are_columns_that_are_there(
    figure_id: str, con: duckdb.DuckDBPyConnection
) -> None:
    of = FIGURES[figure_id].of
    assert of is not None
    con.execute(f"select {', '.join([of.key, *of.filters.values()])} from {of.relation} limit 1")
    doubled = con.execute(
        f"select {of.key} from {of.relation} {f'where {of.where}' if of.where else ''}"
        f" group by {of.key} having count(*) > 1 or {of.key} is null limit 3"
    ).fetchall()
    assert doubled == [], f"{of.key} does not name one counted row"
    if of.evidence:
        con.execute(
            f"select counted.{of.key}, evidence.{of.evidence.key} from {of.relation} as counted"
            f" inner join marts.{of.evidence.table} as evidence using ({of.evidence.on}) limit 1"
        )


@pytest.mark.parametrize("figure_id", sorted(FIGURES.keys() - set(COUNTING)))
def test_a_figure_that_is_no_aggregate_can_be_looked_up_in_its_mart(
    figure_id: str, con: duckdb.DuckDBPyConnection, keys: dict[str, list[str]]
) -> None:
    figure = FIGURES[figure_id]
    named = [key for key in keys[figure.model] if key.endswith(SUFFIXES)]
    assert named or not keys[figure.model], "its mart has no id by which a line can be asked for"
    con.execute(figure.sql())
