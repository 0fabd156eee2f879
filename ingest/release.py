"""Quarantined rows that only lack a parent enter by themselves once it has arrived."""

from dataclasses import replace

import duckdb

from ingest.ledger import UNCHANGED, TableLoad, write_load
from ingest.merge import identity, raw_names
from ingest.quarantine import RELEASED, REPAIRED
from ingest.rules import REFERENCE
from ingest.sessions import own_session, transaction
from ingest.sql import any_true, listed, literal, quoted
from lake.contracts import Contract, Reference, load_contracts
from lake.run import RunContext, utc_now
from lake.settings import Settings

WAITING, READY = "waiting_rows", "ready_rows"


def release_waiting(con: duckdb.DuckDBPyConnection, run: RunContext, settings: Settings) -> list[TableLoad]:
    """Let in the waiting rows whose parents are there now, parents' tables first, in one transaction.

    Returns a load for each table with rows let in. A waiting row whose key has entered meanwhile in another
    version is closed as repaired, not let in.
    """
    with own_session(con) as session, transaction(session, run, "released"):
        return _release_all(session, run)


def _release_all(con: duckdb.DuckDBPyConnection, run: RunContext) -> list[TableLoad]:
    waiting = {
        name
        for (name,) in con.execute(
            "select distinct table_name from lake.quarantine.row where status_code = 'open'"
        ).fetchall()
    }
    loads = []
    for name, contract in load_contracts().items():
        if name in waiting:
            load = _release(con, contract, run)
            if load is not None:
                loads.append(load)
    return loads


def _release(con: duckdb.DuckDBPyConnection, contract: Contract, run: RunContext) -> TableLoad | None:
    load = TableLoad(contract.name, "", UNCHANGED)
    _collect(con, contract)
    ready, overtaken = con.execute(
        f"select count(*) filter (not is_overtaken), count(*) filter (is_overtaken) from {READY}"
    ).fetchone()  # type: ignore[misc] - an aggregate has one row
    if not ready and not overtaken:
        return None
    now = utc_now()
    _enter(con, contract, run, now)
    _close(con, RELEASED, "not is_overtaken", run, now)
    _close(con, REPAIRED, "is_overtaken", run, now)
    load = replace(load, released=ready).finished()
    note_released(con, load, run)
    return load if ready else None


def _collect(con: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """`ready_rows`: waiting rows, as raw columns, whose references all hold now."""
    values = ", ".join(
        f"json_extract_string(row_json, {literal(f'$.row.{name}')})::{kind} as {quoted(name)}"
        for name, kind in _raw_types(contract).items()
    )
    only_references = (
        f"select quarantine_id from lake.quarantine.reason where table_name = {literal(contract.name)} "
        f"group by quarantine_id having bool_and(rule_code = {literal(REFERENCE)})"
    )
    con.execute(
        f"create or replace temp table {WAITING} as select quarantine_id, source_file, source_row, "
        f"quarantined_at, {values} from lake.quarantine.row "
        f"where table_name = {literal(contract.name)} and status_code = 'open' and decision_id is null "
        f"and quarantine_id in ({only_references})"
    )
    missing = any_true(_missing_parent(contract, reference) for reference in contract.references)
    while con.execute(f"delete from {WAITING} a where {missing}").fetchone()[0]:  # type: ignore[index]
        # Waiting rows may be each other's parents; take away those that are not, until none is left over.
        continue
    key = [quoted(identity(contract, name)) for name in contract.key]
    same = " and ".join(f"r.{name} = a.{name}" for name in key)
    con.execute(
        f"create or replace temp table {READY} as select *, exists (select 1 from "
        f"lake.raw.{contract.raw_table} r "
        f"where {same}) or row_number() over (partition by {', '.join(key)} order by quarantined_at "
        "desc, source_row) > 1 "
        f"as is_overtaken from {WAITING} a"
    )


def _missing_parent(contract: Contract, reference: Reference) -> str:
    """SQL that is true where a waiting row `a` still lacks this parent, in the lake and among the waiting."""
    raw = f"lake.raw.{load_contracts()[reference.table].raw_table}"
    pairs = list(zip(reference.columns, reference.to_columns, strict=True))
    filled = " and ".join(f"a.{quoted(name)} is not null" for name in reference.columns)
    same = " and ".join(f"p.{quoted(to)} = a.{quoted(name)}" for name, to in pairs)
    homes = [raw, WAITING] if reference.table == contract.name else [raw]
    absent = [f"not exists (select 1 from {home} p where {same})" for home in homes]
    return " and ".join([filled, *absent])


def _raw_types(contract: Contract) -> dict[str, str]:
    kinds = {column.name: column.type for column in contract.columns if not column.is_personal}
    return {name: kinds.get(name, "VARCHAR") for name in raw_names(contract)}


def _enter(con: duckdb.DuckDBPyConnection, contract: Contract, run: RunContext, now: object) -> None:
    con.execute(
        f"insert into lake.raw.{contract.raw_table} by name select {listed(raw_names(contract))}, "
        f"source_file as _source_file, source_row as _source_row, {literal(run.run_id)} "
        "as _run_id, "
        f"timestamp {literal(now)} as _loaded_at from {READY} where not is_overtaken"
    )


def _close(con: duckdb.DuckDBPyConnection, status: str, which: str, run: RunContext, now: object) -> None:
    ids = f"select quarantine_id from {READY} where {which}"
    if con.execute(f"{ids} limit 1").fetchone():
        con.execute(
            f"update lake.quarantine.row set status_code = {literal(status)}, closed_run_id = "
            f"{literal(run.run_id)}, "
            f"closed_at = timestamp {literal(now)} where quarantine_id in ({ids})"
        )


def note_released(con: duckdb.DuckDBPyConnection, load: TableLoad, run: RunContext) -> None:
    """Add released and withdrawn rows to the run's load of the table, or note a load that read nothing."""
    where = "where run_id = ? and table_name = ?"
    found = con.execute(f"select 1 from lake.ops.load {where}", [run.run_id, load.table]).fetchone()
    if found:
        con.execute(
            "update lake.ops.load set rows_released = rows_released + ?, rows_deleted = rows_deleted + ?, "
            f"message = trim(coalesce(message, '') || ' ' || ?) {where}",
            [load.released, load.deleted, load.message, run.run_id, load.table],
        )
    else:
        write_load(con, load, run)
