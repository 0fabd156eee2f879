"""Which tables the lake has: raw and history from the contracts, quarantine and ops by design.

`ensure_lake` may be called at any time: it creates what is missing and adds new columns, and drops nothing.
"""

import duckdb

from lake.contracts import Contract, load_contracts
from lake.contracts.model import SYSTEM_COLUMNS

SCHEMAS = ("raw", "quarantine", "ops", "history")

SUPERSEDED = {"_superseded_run_id": "VARCHAR", "_superseded_at": "TIMESTAMP"}

OPERATIONS: dict[str, dict[str, str]] = {
    "ops.run": {
        "run_id": "VARCHAR",
        "kind_code": "VARCHAR",
        "as_of_on": "DATE",
        "started_at": "TIMESTAMP",
        "finished_at": "TIMESTAMP",
        "status_code": "VARCHAR",
        "exit_code": "INTEGER",
        "message": "VARCHAR",
    },
    "ops.load": {
        "run_id": "VARCHAR",
        "table_name": "VARCHAR",
        "source_name": "VARCHAR",
        "status_code": "VARCHAR",
        "rows_read": "BIGINT",
        "rows_inserted": "BIGINT",
        "rows_updated": "BIGINT",
        "rows_unchanged": "BIGINT",
        "rows_quarantined": "BIGINT",
        "rows_skipped": "BIGINT",
        "rows_released": "BIGINT",
        "rows_deleted": "BIGINT",
        "message": "VARCHAR",
        "started_at": "TIMESTAMP",
        "finished_at": "TIMESTAMP",
        "data_until_at": "TIMESTAMP",
    },
    "ops.loaded_file": {
        "table_name": "VARCHAR",
        "file_path": "VARCHAR",
        "content_hash": "VARCHAR",
        "mapping_hash": "VARCHAR",
        "size_bytes": "BIGINT",
        "rows_read": "BIGINT",
        "run_id": "VARCHAR",
        "loaded_at": "TIMESTAMP",
    },
    "ops.source_state": {
        "table_name": "VARCHAR",
        "source_name": "VARCHAR",
        "mapping_hash": "VARCHAR",
        "cursor_value": "VARCHAR",
        "column_kinds": "VARCHAR",
        "run_id": "VARCHAR",
        "moved_at": "TIMESTAMP",
    },
    "ops.intake_write": {
        "table_name": "VARCHAR",
        "write_id": "VARCHAR",
        "received_at": "TIMESTAMP",
        "run_id": "VARCHAR",
    },
    "ops.profile": {
        "run_id": "VARCHAR",
        "table_name": "VARCHAR",
        "column_name": "VARCHAR",
        "metric_code": "VARCHAR",
        "value": "DOUBLE",
    },
    "ops.check_result": {
        "run_id": "VARCHAR",
        "check_name": "VARCHAR",
        "asset_name": "VARCHAR",
        "severity_code": "VARCHAR",
        "is_passed": "BOOLEAN",
        "expected": "VARCHAR",
        "actual": "VARCHAR",
        "message": "VARCHAR",
        "checked_at": "TIMESTAMP",
    },
    "ops.company": {
        "company_code": "VARCHAR",
        "run_id": "VARCHAR",
    },
    "ops.publication": {
        "name": "VARCHAR",
        "snapshot_id": "BIGINT",
        "as_of_on": "DATE",
        "kind_code": "VARCHAR",
        "status_code": "VARCHAR",
        "published_at": "TIMESTAMP",
        "run_id": "VARCHAR",
        "file_name": "VARCHAR",
    },
    "ops.figure": {
        "figure_id": "VARCHAR",
        "name_zh": "VARCHAR",
        "name_en": "VARCHAR",
        "formula_zh": "VARCHAR",
        "formula_en": "VARCHAR",
        "unit": "VARCHAR",
        "grain": "VARCHAR",
        "owner": "VARCHAR",
        "direction_code": "VARCHAR",
        "target_value": "DOUBLE",
        "version": "INTEGER",
        "since_on": "DATE",
        "model_name": "VARCHAR",
        "column_name": "VARCHAR",
        "sql": "VARCHAR",
        "from_table": "VARCHAR",
        "where_sql": "VARCHAR",
        "value_sql": "VARCHAR",
        "kind_code": "VARCHAR",
        "key_column": "VARCHAR",
        "filters": "VARCHAR",
        "grain_columns": "VARCHAR",
        "scale": "VARCHAR",
        "evidence": "VARCHAR",
        "defaults": "VARCHAR",
        "versions": "VARCHAR",
    },
    "ops.figure_run": {
        "figure_id": "VARCHAR",
        "version": "INTEGER",
        "publication_name": "VARCHAR",
        "run_id": "VARCHAR",
        "as_of_on": "DATE",
        "value": "DOUBLE",
        "n": "BIGINT",
        "status_code": "VARCHAR",
        "message": "VARCHAR",
        "sql": "VARCHAR",
        "model_name": "VARCHAR",
        "upstream_columns": "VARCHAR",
        "sources": "VARCHAR",
        "data_until_at": "TIMESTAMP",
        "checks_passed": "BIGINT",
        "checks_failed": "BIGINT",
        "failed_checks": "VARCHAR",
        "rows_quarantined": "BIGINT",
        "quarantined": "VARCHAR",
        "waiting": "VARCHAR",
        "bound_code": "VARCHAR",
        "bound_low": "DOUBLE",
        "bound_high": "DOUBLE",
        "own_defaults": "VARCHAR",
    },
    "history.figure_value": {
        "figure_id": "VARCHAR",
        "version": "INTEGER",
        "as_of_on": "DATE",
        "publication_name": "VARCHAR",
        "value": "DOUBLE",
        "n": "BIGINT",
        "is_back_computed": "BOOLEAN",
        "recorded_at": "TIMESTAMP",
    },
    "history.figure_version": {
        "figure_id": "VARCHAR",
        "version": "INTEGER",
        "since_on": "DATE",
        "formula_zh": "VARCHAR",
        "formula_en": "VARCHAR",
        "why_zh": "VARCHAR",
        "why_en": "VARCHAR",
        "defaults": "VARCHAR",
        "first_publication_name": "VARCHAR",
        "first_as_of_on": "DATE",
    },
    "history.kept_month": {
        "table_name": "VARCHAR",
        "month_end_on": "DATE",
        "as_of_on": "DATE",
        "publication_name": "VARCHAR",
        "row_count": "BIGINT",
        "kept_at": "TIMESTAMP",
    },
    "quarantine.row": {
        "quarantine_id": "VARCHAR",
        "table_name": "VARCHAR",
        "source_name": "VARCHAR",
        "source_file": "VARCHAR",
        "source_row": "BIGINT",
        "row_json": "VARCHAR",
        "run_id": "VARCHAR",
        "quarantined_at": "TIMESTAMP",
        "status_code": "VARCHAR",
        "closed_run_id": "VARCHAR",
        "closed_at": "TIMESTAMP",
        "decision_id": "VARCHAR",
    },
    "quarantine.replay_reason": {
        "quarantine_id": "VARCHAR",
        "decision_id": "VARCHAR",
        "column_name": "VARCHAR",
        "rule_code": "VARCHAR",
        "value": "VARCHAR",
        "message_zh": "VARCHAR",
        "message_en": "VARCHAR",
    },
    "quarantine.reason": {
        "quarantine_id": "VARCHAR",
        "table_name": "VARCHAR",
        "column_name": "VARCHAR",
        "rule_code": "VARCHAR",
        "value": "VARCHAR",
        "message_zh": "VARCHAR",
        "message_en": "VARCHAR",
    },
}


def raw_columns(contract: Contract) -> dict[str, str]:
    """Columns of a raw table: the contract's (personal ones as ciphertext with a token), then provenance."""
    columns: dict[str, str] = {}
    for column in contract.columns:
        is_personal = column.classification == "personal"
        columns[column.name] = "VARCHAR" if is_personal else column.type
        if is_personal:
            columns[f"{column.name}_token"] = "VARCHAR"
    return columns | dict(SYSTEM_COLUMNS)


def lake_tables() -> dict[str, dict[str, str]]:
    """Every table of the lake as `schema.table` with its columns and DuckDB types."""
    tables = dict(OPERATIONS)
    for contract in load_contracts().values():
        columns = raw_columns(contract)
        tables[f"raw.{contract.raw_table}"] = columns
        tables[f"history.{contract.raw_table}"] = columns | SUPERSEDED
    return tables


def ensure_lake(con: duckdb.DuckDBPyConnection) -> None:
    """Create missing schemas, tables and columns in one transaction; write nothing when none is missing."""
    present, schemas = _present(con), _schemas(con)
    statements = [f"create schema if not exists lake.{schema}" for schema in SCHEMAS if schema not in schemas]
    for table, columns in lake_tables().items():
        statements += _statements(table, columns, present.get(table))
    if not statements:
        return
    con.execute("begin")
    try:
        for statement in statements:
            con.execute(statement)
        con.execute("call lake.set_commit_message('gantry', 'prepare the lake')")
        con.execute("commit")
    except duckdb.Error:
        con.execute("rollback")
        raise


NEVER_FILLED = """
select tables.table_name
from __ducklake_metadata_lake.ducklake_table as tables
inner join __ducklake_metadata_lake.ducklake_schema as schemas using (schema_id)
left join __ducklake_metadata_lake.ducklake_table_stats as stats using (table_id)
where schemas.schema_name = 'raw' and tables.end_snapshot is null and stats.table_id is null
order by tables.table_name
"""


def settle_empty_tables(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Give raw tables that never had a row their statistics, in one transaction; which tables they were.

    Without them DuckLake asks its catalogue for every column of such a table whenever a query is planned:
    0.1 to 0.25 s a table and model, where a row that came and went leaves 0.01 s. Once a lake and table.
    """
    names = [name for (name,) in con.execute(NEVER_FILLED).fetchall()]
    if names:
        con.execute("begin")
        try:
            for name in names:
                con.execute(f'insert into lake.raw."{name}" (_run_id) values (null)')
                con.execute(f'delete from lake.raw."{name}"')
            con.execute("call lake.set_commit_message('gantry', 'settle empty tables')")
            con.execute("commit")
        except duckdb.Error:
            con.execute("rollback")
            raise
    return names


def has_history(con: duckdb.DuckDBPyConnection, table: str) -> bool:
    """Whether the lake keeps a history of this table yet.

    Its columns are asked for: `duckdb_tables()` estimates the size of every table of every attached database,
    which over the lake's catalogue takes a second; this takes 0.03 s.
    """
    return bool(
        con.execute(
            "select 1 from duckdb_columns()"
            " where database_name = 'lake' and schema_name = 'history' and table_name = ? limit 1",
            [table],
        ).fetchone()
    )


def _statements(table: str, columns: dict[str, str], present: set[str] | None) -> list[str]:
    if present is None:
        listed = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
        return [f"create table lake.{table} ({listed})"]
    missing = [name for name in columns if name not in present]
    return [f'alter table lake.{table} add column "{name}" {columns[name]}' for name in missing]


def _schemas(con: duckdb.DuckDBPyConnection) -> set[str]:
    rows = con.execute("select schema_name from duckdb_schemas() where database_name = 'lake'").fetchall()
    return {name for (name,) in rows}


def _present(con: duckdb.DuckDBPyConnection) -> dict[str, set[str]]:
    rows = con.execute(
        "select schema_name || '.' || table_name, column_name from duckdb_columns()"
        " where database_name = 'lake'"
    ).fetchall()
    present: dict[str, set[str]] = {}
    for table, column in rows:
        present.setdefault(table, set()).add(column)
    return present
