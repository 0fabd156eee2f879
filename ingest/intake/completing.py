"""Reports as whole rows: what a report does not say is as an earlier report or the lake has it.

A report that was taken in before (the same write id) is left out. Whether a value keeps the contract is
judged afterwards: an earlier value is only carried on when it can be read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from ingest.company import SourceFile
from ingest.sql import literal, quoted
from lake.contracts import Column, Contract
from lake.run import RunContext

#: The order in which reports came, over all files of a load.
PLACE = "place"
REPORTS, COMPLETED = "intake_reports", "intake_completed"
#: What the first report of a row says for good.
FIRST_COUNTS = frozenset({"uploaded_at"})
EXTRA = ("write_id", "caller", "payload", "received_at", PLACE)


@dataclass(frozen=True)
class Completed:
    """Files of whole rows under the labels of their batches, and by label how many reports were known."""

    files: list[SourceFile] = field(default_factory=list)
    known: Mapping[str, int] = field(default_factory=dict)


def complete(
    con: duckdb.DuckDBPyConnection, contract: Contract, files: list[SourceFile], folder: Path | None
) -> Completed:
    """Whole rows of the reports in `files`, written to `folder`; reads the lake, writes nothing there."""
    if folder is None:
        # What is encrypted in the lake cannot complete a report.
        raise ValueError(f"{contract.name} has personal columns: reports cannot be taken in for it")
    read = " union all ".join(
        f"select {number} as file_no, file_row_number as row_no, * "
        f"from read_parquet({literal(str(file.path))}, file_row_number=true)"
        for number, file in enumerate(files)
    )
    con.execute(
        f"create or replace temp table {REPORTS} as select *, row_number() over "
        f"(order by received_at, file_no, row_no) as {PLACE} from ({read})"
    )
    known = con.execute(
        f"delete from {REPORTS} a where exists (select 1 from {REPORTS} b where b.write_id = a.write_id "
        f"and b.{PLACE} < a.{PLACE}) or write_id in (select write_id from lake.ops.intake_write "
        f"where table_name = {literal(contract.name)}) returning file_no"
    ).fetchall()
    by_file = {file.label: sum(number == each for (each,) in known) for number, file in enumerate(files)}
    columns = ", ".join(
        f"{_completed(contract, column)} as {quoted(column.name)}" for column in contract.columns
    )
    same = " and ".join(f"r.{quoted(name)}::varchar = a.{quoted(name)}" for name in contract.key)
    con.execute(
        f"create or replace temp table {COMPLETED} as select file_no, {columns}, "
        f"{', '.join('a.' + name for name in EXTRA)} from {REPORTS} a "
        f"left join lake.raw.{contract.raw_table} r on {same}"
    )
    return Completed([_written(con, folder, number, file) for number, file in enumerate(files)], by_file)


def remember(
    con: duckdb.DuckDBPyConnection, contract: Contract, completed: Completed, run: RunContext
) -> None:
    """Note the write ids of what `complete` gave last; inside the transaction that writes the rows."""
    if completed.files:
        con.execute(
            f"insert into lake.ops.intake_write by name select {literal(contract.name)} as table_name, "
            f"write_id, received_at, {literal(run.run_id)} as run_id from {REPORTS}"
        )


def _written(con: duckdb.DuckDBPyConnection, folder: Path, number: int, file: SourceFile) -> SourceFile:
    path = folder / f"{number}.parquet"
    con.execute(
        f"copy (select * exclude (file_no) from {COMPLETED} where file_no = {number} order by {PLACE}) "
        f"to {literal(str(path))} (format parquet)"
    )
    return SourceFile(path, file.label)


def _completed(contract: Contract, column: Column) -> str:
    """SQL for a column's text: the report's own, else an earlier report's, else the lake's."""
    name = quoted(column.name)
    if column.name in contract.key:
        return f"a.{name}"
    own, key = f"a.{name}", ", ".join(f"a.{quoted(each)}" for each in contract.key)
    # With its zone: the lake's moments are UTC, whatever the source's are.
    kept = (
        f"strftime(r.{name}, '%Y-%m-%dT%H:%M:%S.%fZ')" if column.type == "TIMESTAMP" else f"r.{name}::varchar"
    )
    readable = f"case when try_cast(a.{name} as {column.type}) is not null then a.{name} end"
    window = f"over (partition by {key} order by a.{PLACE} rows between unbounded preceding and 1 preceding)"
    if column.name in FIRST_COUNTS:
        return f"coalesce({kept}, first_value({readable} ignore nulls) {window}, {own})"
    return f"coalesce({own}, last_value({readable} ignore nulls) {window}, {kept})"
