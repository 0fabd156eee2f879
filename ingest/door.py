"""The door: one contract table from its files into `raw`, in one transaction.

What broke its contract goes to quarantine with reasons; a source that cannot be read, or whose rows
collapsed, leaves the table as it was. Nothing here reads or maps (staging.py), judges (faults.py), writes
rows (merge.py) or keeps books (ledger.py): this module only says in which order.
"""

from dataclasses import dataclass, replace
from functools import partial

import duckdb

from ingest.arrivals import Arrivals, arrived
from ingest.company import Company, Feed, SourceFile, TableMap
from ingest.faults import Faults
from ingest.gone import Gone
from ingest.landing import TypeChangedError
from ingest.ledger import (
    FAILED,
    LOADED,
    NO_SOURCE,
    STOPPED,
    UNCHANGED,
    FileState,
    Past,
    TableLoad,
    file_states,
    mapping_hash,
    write_files,
    write_load,
    write_state,
)
from ingest.measures import data_until, write_profile
from ingest.merge import merge, protected
from ingest.problems import MappingError, SourceError
from ingest.protect import Protector
from ingest.quarantine import Quarantine
from ingest.release import release_waiting
from ingest.report import TableReport, check_table
from ingest.sessions import own_session, staging_folder, transaction
from ingest.staging import TYPED_FROM_BYTES, Batch
from lake.contracts import Contract, load_contracts
from lake.keys import load_key
from lake.run import RunContext, utc_now
from lake.settings import Settings
from lake.text import text

__all__ = ["TableLoad", "TableReport", "book", "check_table", "load_table", "release_waiting"]

FeedFiles = list[tuple[Feed, list[SourceFile]]]


@dataclass(frozen=True)
class Pending:
    """What is to be read into a table: files by feed, their states, and the hash of mapping and contract.

    `arrivals` are what live sources gave: the keys of deleted rows, and how far their state moves on.
    """

    contract: Contract
    feeds: FeedFiles
    states: list[FileState]
    mapping: str
    arrivals: Arrivals


def load_table(
    con: duckdb.DuckDBPyConnection,
    company: Company,
    contract_name: str,
    run: RunContext,
    settings: Settings,
    past: Past | None = None,
    *,
    typed_from_bytes: int = TYPED_FROM_BYTES,
) -> TableLoad:
    """Load one contract table; the caller holds the writer lock and has called `ensure_lake`.

    `past` is what the lake remembers; a caller that loads many tables reads it once for all.

    A problem of the source gives status `failed` or `stopped` and a message; the table then stays as it was.
    DuckDB errors while writing are raised, nothing being written then. A table without a source, or whose
    files are as they were, writes nothing: `book` notes all of a night's in one transaction.
    """
    table_map = company.tables.get(contract_name)
    if table_map is None:
        return TableLoad(contract_name, "", NO_SOURCE).finished()
    load = TableLoad(contract_name, table_map.source_name, FAILED)
    known, contract = past or Past.read(con), load_contracts()[contract_name]
    try:
        with arrived(table_map, contract, run, known, settings.paths.landing) as arrivals:
            pending = _pending(table_map, contract, known, arrivals)
            if pending is None:
                last = known.loads.get(contract_name)
                return replace(load, status=UNCHANGED, data_until_at=last[1] if last else None).finished()
            batch_of = partial(Batch, typed_from_bytes=typed_from_bytes, language=settings.language)
            with own_session(con) as session, staging_folder(contract, settings) as folder:
                batch = batch_of(session, company, table_map, contract, folder=folder)
                batch.stage(pending.feeds)
                # Judging too, not only writing: outside a transaction DuckLake asks its catalogue anew for
                # every statement (20 ms against 1). Staging reads no lake, and its rejects show only after a
                # commit.
                with transaction(session, run, contract_name):
                    return _judge(batch, pending, load, run, settings, known)
    except TypeChangedError as error:
        load = replace(load, status=STOPPED, message=error.in_language(settings.language)).finished()
    except SourceError as error:
        load = replace(load, message=error.in_language(settings.language)).finished()
    except MappingError as error:
        load = replace(load, message=str(error)).finished()
    book(con, [load], run)
    return load


def _judge(
    batch: Batch, pending: Pending, load: TableLoad, run: RunContext, settings: Settings, past: Past
) -> TableLoad:
    stopped = _collapse(batch, past, settings.language)
    if stopped:
        load = replace(load, status=STOPPED, message=stopped).finished()
        write_load(batch.con, load, run)
        return load
    faults = Faults(batch)
    faults.find()
    new = past.new_columns(batch.contract.name, batch.source_columns)
    remarks = text("ingest.extra_columns", settings.language, columns=", ".join(new)) if new else ""
    return _enter(batch, faults, pending, replace(load, message=remarks), run, settings)


def _pending(table_map: TableMap, contract: Contract, past: Past, arrivals: Arrivals) -> Pending | None:
    """The files to read; None when all are as they were at their last load.

    A full extract is read whole when any of its files changed: rows may have moved from one to another.
    """
    feeds: FeedFiles = []
    for feed in table_map.feeds:
        files = arrivals.files_of(feed.source)
        if not files and not feed.source.live:
            raise SourceError("no_file", source=feed.source.name, path=", ".join(feed.source.patterns))
        feeds.append((feed, files))
    states = file_states(list(dict.fromkeys(file for _, files in feeds for file in files)))
    mapping = mapping_hash(table_map, contract)
    known = past.files.get(contract.name, {})
    changed = {state.file for state in states if known.get(state.file.label) != (state.content_hash, mapping)}
    if not changed and not arrivals.deleted:
        return None
    if table_map.extract == "delta":
        feeds = [(feed, [file for file in files if file in changed]) for feed, files in feeds]
        states = [state for state in states if state.file in changed]
    return Pending(contract, [(feed, files) for feed, files in feeds if files], states, mapping, arrivals)


def _collapse(batch: Batch, past: Past, language: str | None) -> str:
    """Why the load must stop because too few rows came; empty when it need not."""
    table_map = batch.table_map
    last = past.loads.get(table_map.name)
    if table_map.extract != "full" or last is None or last[0] < table_map.collapse_rows:
        return ""
    if batch.rows_read >= table_map.collapse_share * last[0]:
        return ""
    return text(
        "ingest.collapse", language, read=batch.rows_read, last=last[0], share=table_map.collapse_share
    )


def _enter(
    batch: Batch, faults: Faults, pending: Pending, load: TableLoad, run: RunContext, settings: Settings
) -> TableLoad:
    """Protect and write rows, history, quarantine and books, inside the load's transaction."""
    con, contract = batch.con, batch.contract
    has_personal = any(column.is_personal for column in contract.columns)
    protector = Protector(load_key(settings)) if has_personal else None
    quarantine = Quarantine(batch, faults, protector)
    quarantine.collect()
    rows = protected(con, contract, faults.kept, protector)
    now = utc_now()
    merged = merge(batch, rows, run.run_id, now)
    quarantine.write(run.run_id, now, rows)
    gone = Gone(batch, pending.arrivals.deleted)
    deleted = gone.leave(run.run_id, now)
    if deleted:
        told = text("ingest.rows_deleted", settings.language, rows=deleted)
        load = replace(load, message=f"{load.message} {told}".strip())
    load = replace(
        load,
        status=LOADED,
        read=batch.rows_read,
        inserted=merged.inserted,
        updated=merged.updated,
        unchanged=merged.unchanged + faults.rows_repeated,
        quarantined=faults.rows_quarantined,
        skipped=batch.rows_skipped,
        deleted=deleted,
        data_until_at=data_until(con, contract, batch.sound, run.as_of_on),
    ).finished()
    write_profile(con, contract, batch.sound, load.read, batch.source_columns, run)
    write_load(con, load, run)
    write_files(con, contract.name, _rows_by_file(batch, pending.states), pending.mapping, run, now)
    for source, state in pending.arrivals.states.items():
        write_state(con, contract.name, source, state, run, now)
    return load


def _rows_by_file(batch: Batch, states: list[FileState]) -> list[tuple[FileState, int]]:
    counts = batch.rows_by_file()
    return [(state, counts.get(state.file, 0)) for state in states]


def book(con: duckdb.DuckDBPyConnection, loads: list[TableLoad], run: RunContext) -> None:
    """Note loads that wrote nothing into `ops.load`, in one transaction."""
    if not loads:
        return
    with transaction(con, run, "loads without news"):
        for load in loads:
            write_load(con, load, run)
