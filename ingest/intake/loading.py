"""Closed batches into the lake: through the door's own judging, exactly once, in one transaction.

A batch is known by its name: it stands in `ops.loaded_file` from the same commit on that brings its rows, and
its file goes only afterwards. A load that dies in between finds it there and only removes the file.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from ingest.company import ColumnMap, Company, Feed, Source, SourceFile, TableMap
from ingest.faults import Faults
from ingest.intake.broken import enter_broken
from ingest.intake.closing import READING_TYPES
from ingest.intake.completing import PLACE, Completed, complete, remember
from ingest.intake.names import BATCH, READINGS_TABLE, is_broken, table_of
from ingest.intake.spool import CLOSED, sync_folder
from ingest.ledger import FAILED, INTAKE, LOADED, FileState, TableLoad, file_states, write_files, write_load
from ingest.measures import data_until
from ingest.merge import merge, protected
from ingest.quarantine import Quarantine
from ingest.sessions import own_session, staging_folder, transaction
from ingest.sql import literal
from ingest.staging import Batch
from lake.contracts import Contract, load_contracts
from lake.run import RunContext, utc_now
from lake.settings import Settings

#: More rows than these wait for the next transaction: a load's rows are held in memory.
ROWS_PER_LOAD = 1_000_000
#: A message that is sent again carries another time of receipt, and is the same reading all the same.
UNCOMPARED = frozenset({"received_at"})


@dataclass(frozen=True)
class _Batches:
    """Files of one table and transaction; of reports, those as the lake would complete them."""

    rows: list[SourceFile]
    broken: list[SourceFile]
    completed: Completed = field(default_factory=Completed)

    @property
    def all(self) -> list[SourceFile]:
        return self.rows + self.broken

    @property
    def staged(self) -> list[SourceFile]:
        return self.completed.files or self.rows


def closed_batches(settings: Settings) -> list[Path]:
    """Batches that wait to be loaded, oldest first; those being written are not among them."""
    folder = settings.paths.intake / CLOSED
    return sorted(path for path in folder.glob(f"*{BATCH}") if not path.name.startswith("."))


def load_closed(
    con: duckdb.DuckDBPyConnection,
    run: RunContext,
    settings: Settings,
    tables: Collection[str] | None = None,
) -> list[TableLoad]:
    """Load all batches closed by now, parents' tables first; a load (and a commit) for each million rows.

    With `tables`, theirs alone.

    The caller holds the writer lock and has called `ensure_lake`. Nothing is noted where nothing waits.
    Raises SourceError for a batch that is no Parquet file, DuckDB errors while writing; batches stay then.
    """
    loads = []
    closed = closed_batches(settings)
    for table, contract in load_contracts().items():
        if tables is not None and table not in tables:
            continue
        waiting = [path for path in closed if table_of(path) == table]
        while waiting:
            chosen, waiting = _first(waiting)
            files = [SourceFile(path, path.relative_to(settings.paths.root).as_posix()) for path in chosen]
            new = _unknown(con, table, files)
            if new:
                loads.append(_load(con, run, settings, contract, new))
            _remove(chosen)
    return loads


def _first(waiting: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """As many batches as fit into one load, at least one, and the rest."""
    rows = 0
    for count, path in enumerate(waiting):
        rows += pq.read_metadata(path).num_rows
        if rows > ROWS_PER_LOAD and count:
            return list(waiting[:count]), list(waiting[count:])
    return list(waiting), []


def _unknown(con: duckdb.DuckDBPyConnection, table: str, files: list[SourceFile]) -> list[SourceFile]:
    listed = ", ".join(literal(file.label) for file in files)
    rows = con.execute(
        f"select file_path from lake.ops.loaded_file where table_name = {literal(table)} "
        f"and file_path in ({listed})"
    ).fetchall()
    loaded = {label for (label,) in rows}
    return [file for file in files if file.label not in loaded]


def _remove(paths: list[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
    sync_folder(paths[0].parent)


def _load(
    con: duckdb.DuckDBPyConnection,
    run: RunContext,
    settings: Settings,
    contract: Contract,
    files: list[SourceFile],
) -> TableLoad:
    batches = _Batches(
        [file for file in files if not is_broken(file.path)],
        [file for file in files if is_broken(file.path)],
    )
    states = file_states(batches.all)
    feed = _feed(settings, contract)
    load = TableLoad(contract.name, INTAKE, FAILED)
    with own_session(con) as session, staging_folder(contract, settings) as folder:
        if contract.name != READINGS_TABLE and batches.rows:
            batches = replace(batches, completed=complete(session, contract, batches.rows, folder))
        batch = Batch(session, _company(settings, feed), _table_map(feed, contract), contract)
        if batches.rows:
            batch.stage([(feed, batches.staged)])
        with transaction(session, run, f"{contract.name} from {INTAKE}"):
            return _enter(batch, batches, states, load, run)


def _enter(
    batch: Batch, batches: _Batches, states: list[FileState], load: TableLoad, run: RunContext
) -> TableLoad:
    con, contract, now = batch.con, batch.contract, utc_now()
    counts = {file.label: 0 for file in batches.all}
    if batches.rows:
        load = replace(load, **_enter_rows(batch, batches.completed, run, now))
        load = replace(load, data_until_at=data_until(con, contract, batch.sound, run.as_of_on))
        counts |= {file.label: rows for file, rows in batch.rows_by_file().items()}
        counts = {label: rows + batches.completed.known.get(label, 0) for label, rows in counts.items()}
    for file in batches.broken:
        broken = enter_broken(con, file, contract.name, INTAKE, run, now)
        counts[file.label] = broken.read
        load = replace(
            load,
            read=load.read + broken.read,
            quarantined=load.quarantined + broken.quarantined,
            unchanged=load.unchanged + broken.known,
        )
    load = replace(load, status=LOADED).finished()
    write_load(con, load, run)
    read = [(state, counts[state.file.label]) for state in states]
    write_files(con, contract.name, read, "", run, now)
    return load


def _enter_rows(batch: Batch, completed: Completed, run: RunContext, now: object) -> dict[str, int]:
    """The row equation of the rows, after judging and merging them as the door does."""
    faults = Faults(batch)
    faults.find()
    quarantine = Quarantine(batch, faults, None)
    quarantine.collect()
    rows = protected(batch.con, batch.contract, faults.kept, None)
    merged = merge(batch, rows, run.run_id, now, uncompared=UNCOMPARED)
    quarantine.write(run.run_id, now, rows)
    known = sum(completed.known.values())
    remember(batch.con, batch.contract, completed, run)
    return {
        "read": batch.rows_read + known,
        "inserted": merged.inserted,
        "updated": merged.updated,
        "unchanged": merged.unchanged + faults.rows_repeated + known,
        "quarantined": faults.rows_quarantined,
    }


def _feed(settings: Settings, contract: Contract) -> Feed:
    source = Source(INTAKE, "parquet", (), roots=(settings.paths.root,))
    if contract.name == READINGS_TABLE:
        # The same reading in two batches: the one received last counts, the other is unchanged.
        names, latest_by = list(READING_TYPES), "received_at"
    else:
        names, latest_by = [column.name for column in contract.columns], PLACE
    return Feed(source, tuple(ColumnMap(name, column=name) for name in names), latest_by=latest_by)


def _table_map(feed: Feed, contract: Contract) -> TableMap:
    return TableMap(contract.name, (feed,), extract="delta")


def _company(settings: Settings, feed: Feed) -> Company:
    """What the door wants to know of a company, where only the intake's own batches are read."""
    return Company(settings.company, {}, "UTC", "", None, {INTAKE: feed.source}, {})
