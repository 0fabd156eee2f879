"""`gantry query`: SQL on the newest publication, reading only."""

import json
import sys
from typing import Annotated

import duckdb
import typer
from rich.table import Table

from cli.common import (
    EXIT_USAGE,
    AsOfOption,
    CompanyOption,
    JsonOption,
    LakeOption,
    err,
    fail,
    out,
    print_json,
    told_plainly,
)
from lake.settings import load_settings
from lake.text import text

SHOWN_ROWS = 200
SqlArgument = Annotated[str, typer.Argument(metavar="SQL", help=text("cli.help_sql"))]
CsvOption = Annotated[bool, typer.Option("--csv", help=text("cli.help_csv"))]


def query(
    sql: SqlArgument,
    company: CompanyOption = None,
    lake: LakeOption = None,
    as_of: AsOfOption = None,
    as_csv: CsvOption = False,
    as_json: JsonOption = False,
) -> None:
    """Print the rows of one statement as a table, CSV or JSON."""
    with told_plainly():
        from lake.known import open_known_at

        settings = load_settings(company=company, lake=lake)
        known = open_known_at(settings, as_of)
    if known.is_from_history:
        err.print(
            text("cli.from_history", settings.language, name=known.publication_name, as_of=known.as_of_on),
            highlight=False,
        )
    with known.con as con:
        con.execute("set enable_external_access = false")
        try:
            rows = con.sql(sql)
        except duckdb.Error as error:
            fail(str(error).replace("[", "\\["), EXIT_USAGE)
        if rows is None:
            return
        if as_csv:
            rows.pl().write_csv(sys.stdout)
        elif as_json:
            records = [dict(zip(rows.columns, row, strict=True)) for row in rows.fetchall()]
            print_json(json.dumps(records, default=str, ensure_ascii=False))
        else:
            _show(rows)


def _show(rows: duckdb.DuckDBPyRelation) -> None:
    table = Table(show_edge=False, pad_edge=False)
    for name, kind in zip(rows.columns, rows.types, strict=True):
        is_number = kind.id in (
            "tinyint",
            "smallint",
            "integer",
            "bigint",
            "hugeint",
            "double",
            "float",
            "decimal",
        )
        table.add_column(name, justify="right" if is_number else "left", overflow="fold")
    fetched = rows.fetchmany(SHOWN_ROWS + 1)
    for row in fetched[:SHOWN_ROWS]:
        table.add_row(*("–" if value is None else str(value).replace("[", "\\[") for value in row))
    out.print(table)
    if len(fetched) > SHOWN_ROWS:
        out.print(text("cli.more_rows", None, count=SHOWN_ROWS))
