"""Does a lake hold what the made-up company's systems hold, and what is soiled wait with its reason?"""

from collections.abc import Mapping

import duckdb
import polars as pl

from ingest.merge import identity
from lake.contracts import load_contracts, source_contracts

WAITING = (
    "select row.quarantine_id, row.table_name, row.row_json, reason.rule_code from lake.quarantine.row row "
    "join lake.quarantine.reason reason using (quarantine_id) where status_code = 'open'"
)


def assert_reconciled(
    con: duckdb.DuckDBPyConnection, tables: Mapping[str, Mapping[str, int]], ledger: pl.DataFrame
) -> None:
    """Living rows are in raw but for the soiled ones; of these each waits with the rule that it breaks.

    `tables` are the systems' own counts by contract table, `ledger` is what was soiled on purpose.
    """
    dirt = dict(ledger.group_by("table").len().iter_rows())
    sound = {name: counts["living"] - dirt.get(name, 0) for name, counts in tables.items()}
    rows = {name: _count(con, f"lake.raw.raw_{name}") for name in source_contracts()}
    assert rows == sound
    assert all(rows.values()), "every table is filled"
    waiting = con.execute(WAITING).pl()
    by_table = waiting.group_by("table_name").agg(pl.col("quarantine_id").n_unique())
    assert dict(by_table.iter_rows()) == dirt
    told = {title for part in waiting.partition_by("table_name") for title in _titles(part)}
    # A soiled value may break a second rule as well.
    planted = ledger.select("table", pl.col("key").str.replace(r"\.0+$", ""), "rule_code")
    assert set(planted.iter_rows()) <= told


def _titles(waiting: pl.DataFrame) -> list[tuple[str, str, str]]:
    """Table, key and rule of each reason of one table."""
    name = waiting["table_name"][0]
    contract = load_contracts()[name]
    key = [
        pl.col("row_json").str.json_path_match(f"$.row.{identity(contract, column)}")
        for column in contract.key
    ]
    found = waiting.select(pl.lit(name), pl.concat_str(key, separator="|"), "rule_code")
    return list(found.iter_rows())


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    return con.execute(f"select count(*) from {table}").fetchall()[0][0]
