"""What Dagster shows of a table: how many rows, and the first few."""

import dagster as dg
import duckdb

PREVIEW_ROWS = 5


def table_metadata(
    con: duckdb.DuckDBPyConnection, table: str, columns: str = "*"
) -> dict[str, dg.MetadataValue]:
    """Row count and a small preview of `table` (qualified as the connection needs it), of `columns` only."""
    row = con.execute(f"select count(*) from {table}").fetchone()
    return {
        "dagster/row_count": dg.MetadataValue.int(row[0] if row else 0),
        "preview": dg.MetadataValue.md(_markdown(con, table, columns)),
    }


def _markdown(con: duckdb.DuckDBPyConnection, table: str, columns: str) -> str:
    result = con.execute(f"select {columns} from {table} limit {PREVIEW_ROWS}")
    names = [column[0] for column in result.description]
    lines = ["| " + " | ".join(names) + " |", "|" + " --- |" * len(names)]
    lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in result.fetchall()]
    return "\n".join(lines)


def _cell(value: object) -> str:
    shown = "" if value is None else str(value)
    return shown.replace("|", "\\|").replace("\n", " ")[:60]
