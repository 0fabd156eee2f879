"""The door: contract tables from their files into `raw`, small ones together in one transaction.

What broke its contract goes to quarantine with reasons; a source that cannot be read, or whose rows
collapsed, leaves the table as it was. Nothing here reads or maps (staging.py), judges (faults.py), writes
rows (merge.py) or keeps books (ledger.py): this module only says in which order.
"""

import logging
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

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
from ingest.sessions import clear_staging, own_session, staging_folder, transaction
from ingest.staging import TYPED_FROM_BYTES, Batch
from lake.contracts import Contract, load_contracts
from lake.keys import load_key
from lake.run import RunContext, utc_now
from lake.settings import Settings
from lake.text import text

__all__ = ["TableLoad", "TableReport", "book", "check_table", "load_table", "load_tables", "release_waiting"]

FeedFiles = list[tuple[Feed, list[SourceFile]]]
log = logging.getLogger(__name__)
#: A transaction has its price, whatever its size: tables share one until so many rows are staged.
TOGETHER_ROWS = 100_000


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


@dataclass(frozen=True)
class Staged:
    """A batch that waits to be judged and written, and what is to be told of it."""

    batch: Batch
    pending: Pending
    load: TableLoad


@dataclass(frozen=True)
class Door:
    """What the loads of one run share."""

    con: duckdb.DuckDBPyConnection
    company: Company
    run: RunContext
    settings: Settings
    known: Past
    typed_from_bytes: int

    def stage(self, name: str, session: duckdb.DuckDBPyConnection, stack: ExitStack) -> Staged | TableLoad:
        """Read and map one table's files in `session`, or say why there is nothing to write.

        What was fetched and staged goes when `stack` is closed. Raises SourceError and MappingError.
        """
        table_map = self.company.tables.get(name)
        if table_map is None:
            return TableLoad(name, "", NO_SOURCE).finished()
        load, contract = self.first(name), load_contracts()[name]
        with ExitStack() as own:
            landing = self.settings.paths.landing
            arrivals = own.enter_context(arrived(table_map, contract, self.run, self.known, landing))
            pending = _pending(table_map, contract, self.known, arrivals)
            if pending is None:
                last = self.known.loads.get(name)
                return replace(load, status=UNCHANGED, data_until_at=last[1] if last else None).finished()
            batch = Batch(
                session,
                self.company,
                table_map,
                contract,
                typed_from_bytes=self.typed_from_bytes,
                folder=own.enter_context(staging_folder(contract, self.settings)),
                language=self.settings.language,
            )
            batch.stage(pending.feeds)
            stack.enter_context(own.pop_all())
            return Staged(batch, pending, load)

    def enter(self, session: duckdb.DuckDBPyConnection, staged: Sequence[Staged]) -> list[TableLoad]:
        """Judge and write batches in one transaction, all of them or none."""
        if not staged:
            return []
        names = ", ".join(each.load.table for each in staged)
        # Judging too, not only writing: outside a transaction DuckLake asks its catalogue anew for every
        # statement (20 ms against 1). Staging reads no lake, and its rejects show only after a commit.
        with transaction(session, self.run, names):
            return [
                _judge(each.batch, each.pending, each.load, self.run, self.settings, self.known)
                for each in staged
            ]

    def first(self, name: str) -> TableLoad:
        """What is told of a table that has a source before it is read."""
        return TableLoad(name, self.company.tables[name].source_name, FAILED)

    def failed(self, name: str, error: SourceError | MappingError) -> TableLoad:
        """What is told of a table whose source cannot be read; the table stays as it was."""
        status = STOPPED if isinstance(error, TypeChangedError) else FAILED
        told = str(error) if isinstance(error, MappingError) else error.in_language(self.settings.language)
        return replace(self.first(name), status=status, message=told).finished()


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
    """Load one contract table, as `load_tables` does."""
    door = Door(con, company, run, settings, past or Past.read(con), typed_from_bytes)
    (load,) = _load_together(door, [contract_name], lambda _: None)
    return load


def load_tables(
    con: duckdb.DuckDBPyConnection,
    company: Company,
    names: Sequence[str],
    run: RunContext,
    settings: Settings,
    past: Past | None = None,
    *,
    started: Callable[[str], None] = lambda _: None,
) -> list[TableLoad]:
    """Load contract tables in their order; the caller holds the writer lock and has called `ensure_lake`.

    `past` is what the lake remembers; a caller that loads many tables reads it once for all. `started` hears
    each table's name when its turn comes.

    Tables that are small together enter in one transaction; when it fails each has one of its own, so that
    the culprit alone stays out. A problem of the source gives status `failed` or `stopped` and a message; the
    table then stays as it was. DuckDB errors while writing are raised, nothing of the table being written
    then. A table without a source, or whose files are as they were, writes nothing: `book` notes all of a
    night's in one transaction.
    """
    door = Door(con, company, run, settings, past or Past.read(con), TYPED_FROM_BYTES)
    return _load_together(door, names, started)


def _load_together(door: Door, names: Sequence[str], started: Callable[[str], None]) -> list[TableLoad]:
    clear_staging(door.settings)
    loads: dict[str, TableLoad] = {}
    waiting = deque(names)
    while waiting:
        staged: list[Staged] = []
        with own_session(door.con) as session, ExitStack() as stack:
            refused = []
            while waiting and sum(each.batch.rows_read for each in staged) < TOGETHER_ROWS:
                name = waiting.popleft()
                started(name)
                try:
                    found = door.stage(name, session, stack)
                except (SourceError, MappingError) as error:
                    found = door.failed(name, error)
                    refused.append(found)
                if isinstance(found, Staged):
                    staged.append(found)
                else:
                    loads[name] = found
            entered, broken = _entered(door, session, staged)
        book(door.con, [*refused, *broken], door.run)
        loads |= {load.table: load for load in [*entered, *broken]}
        for each in staged:
            # All of them were taken back: the files are read again, each for itself.
            if each.load.table not in loads:
                loads |= {
                    load.table: load for load in _load_together(door, [each.load.table], lambda _: None)
                }
    return [loads[name] for name in names]


def _entered(
    door: Door, session: duckdb.DuckDBPyConnection, staged: Sequence[Staged]
) -> tuple[list[TableLoad], list[TableLoad]]:
    """The loads that were written, and one that could not be; neither when several were taken back."""
    try:
        return door.enter(session, staged), []
    except (duckdb.Error, SourceError, MappingError) as error:
        if len(staged) > 1:
            log.info("one by one, since together they failed: %s", error)
            return [], []
        if isinstance(error, duckdb.Error):
            raise
        return [], [door.failed(staged[0].load.table, error)]


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
