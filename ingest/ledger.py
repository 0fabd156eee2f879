"""What the lake remembers of loads: the row equation of each run and table, and the files it has read."""

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime

import duckdb
import xxhash

from ingest.company import SourceFile, TableMap
from lake.contracts import Contract
from lake.run import RunContext, utc_now

LOADED, UNCHANGED, NO_SOURCE, STOPPED, FAILED = "loaded", "unchanged", "no_source", "stopped", "failed"
READ_BYTES = 1 << 20
#: The source name of what the intake received: never a whole table, so no later extract is measured by it.
INTAKE = "intake"
#: Raise when the door makes other rows of the same file and mapping than before.
DOOR_VERSION = "1"
#: Metric under which `ops.profile` keeps the names of a file's columns.
SOURCE_COLUMN = "source_column"

NEWEST_FILES = (
    "select table_name, file_path, arg_max(content_hash, loaded_at), arg_max(mapping_hash, loaded_at)"
    " from lake.ops.loaded_file group by table_name, file_path"
)
NEWEST_LOADS = (
    "select table_name, arg_max(rows_read, started_at), arg_max(data_until_at, started_at)"
    f" from lake.ops.load where status_code = ? and source_name <> '{INTAKE}' group by table_name"
)
NEWEST_STATES = (
    "select table_name, source_name,"
    " arg_max({'m': mapping_hash, 'c': cursor_value, 'k': column_kinds}, moved_at)"
    " from lake.ops.source_state group by table_name, source_name"
)
OLD_COLUMNS = "select distinct table_name, column_name from lake.ops.profile where metric_code = ?"


class RowEquationError(AssertionError):
    """A row was counted twice or lost: a mistake in the door, never in the data."""


@dataclass(frozen=True)
class TableLoad:
    """What a run did to one raw table, in rows: `read = inserted + updated + unchanged + quarantined`.

    `skipped` were filtered by the mapping before counting, `released` came back from quarantine, `deleted`
    left because the source says that they are gone.
    """

    table: str
    source_name: str
    status: str
    read: int = 0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    quarantined: int = 0
    skipped: int = 0
    released: int = 0
    deleted: int = 0
    message: str = ""
    started_at: datetime = field(default_factory=utc_now)
    finished_at: datetime | None = None
    data_until_at: datetime | None = None

    def finished(self) -> "TableLoad":
        """The load with its end; raises RowEquationError unless the row equation holds."""
        accounted = self.inserted + self.updated + self.unchanged + self.quarantined
        if self.read != accounted:
            raise RowEquationError(
                f"{self.table}: read {self.read}, but inserted {self.inserted} + updated "
                f"{self.updated} + unchanged "
                f"{self.unchanged} + quarantined {self.quarantined} = {accounted}"
            )
        return replace(self, finished_at=utc_now())

    @property
    def is_well(self) -> bool:
        """Whether the table is as its source says (or has none)."""
        return self.status in (LOADED, UNCHANGED, NO_SOURCE)


@dataclass(frozen=True)
class FileState:
    """A file as it was when it was read. The hash tells changes and guards against nobody: a quick one."""

    file: SourceFile
    content_hash: str
    size_bytes: int


def write_load(con: duckdb.DuckDBPyConnection, load: TableLoad, run: RunContext) -> None:
    """Add the load to `ops.load`; inside the caller's transaction."""
    con.execute(
        "insert into lake.ops.load by name select ? as run_id, ? as table_name, ? as source_name, "
        "? as status_code, "
        "?::bigint as rows_read, ?::bigint as rows_inserted, ?::bigint as rows_updated, ?::bigint "
        "as rows_unchanged, "
        "?::bigint as rows_quarantined, ?::bigint as rows_skipped, ?::bigint as rows_released, "
        "?::bigint as rows_deleted, ? as message, "
        "?::timestamp as started_at, ?::timestamp as finished_at, ?::timestamp as data_until_at",
        [
            run.run_id,
            load.table,
            load.source_name,
            load.status,
            load.read,
            load.inserted,
            load.updated,
            load.unchanged,
            load.quarantined,
            load.skipped,
            load.released,
            load.deleted,
            load.message,
            load.started_at,
            load.finished_at,
            load.data_until_at,
        ],
    )


def file_states(files: list[SourceFile]) -> list[FileState]:
    """Content hashes of files, several at a time."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        return list(pool.map(_state, files))


def _state(file: SourceFile) -> FileState:
    digest = xxhash.xxh3_128()
    with file.path.open("rb", buffering=0) as stream:
        while chunk := stream.read(READ_BYTES):
            digest.update(chunk)
    return FileState(file, digest.hexdigest(), file.path.stat().st_size)


def mapping_hash(table_map: TableMap, contract: Contract) -> str:
    """Changes when the same file would give other rows: mapping, contract or door."""
    promised = [
        contract.key,
        [
            (c.name, c.type, c.is_required, c.vocabulary, c.minimum, c.maximum, c.pattern, c.classification)
            for c in contract.columns
        ],
        [(r.columns, r.table, r.to_columns) for r in contract.references],
        [(r.name, r.sql) for r in contract.rules],
    ]
    return hashlib.sha256(f"{DOOR_VERSION} {table_map.mapping_hash} {promised}".encode()).hexdigest()


@dataclass(frozen=True)
class SourceState:
    """How far a table has taken a live source in: the newest change stamp, and each column's kind then.

    It holds for one mapping only: another mapping wants the rows of old as well.
    """

    cursor: str | None
    kinds: dict[str, str]
    mapping: str


@dataclass(frozen=True)
class Past:
    """What the lake remembers of earlier loads of all tables, read once: each statement has its price."""

    files: dict[str, dict[str, tuple[str, str]]]
    loads: dict[str, tuple[int, datetime | None]]
    source_columns: dict[str, set[str]]
    states: dict[tuple[str, str], SourceState] = field(default_factory=dict)

    @staticmethod
    def read(con: duckdb.DuckDBPyConnection) -> "Past":
        """Each file's hashes at its newest load, each table's newest good load, the columns of old files."""
        files: dict[str, dict[str, tuple[str, str]]] = {}
        for table, path, content, mapping in con.execute(NEWEST_FILES).fetchall():
            files.setdefault(table, {})[path] = (content, mapping)
        good = con.execute(NEWEST_LOADS, [LOADED]).fetchall()
        loads = {table: (rows, until) for table, rows, until in good}
        columns: dict[str, set[str]] = {}
        for table, column in con.execute(OLD_COLUMNS, [SOURCE_COLUMN]).fetchall():
            columns.setdefault(table, set()).add(column)
        states = {
            (table, source): SourceState(kept["c"], json.loads(kept["k"]), kept["m"])
            for table, source, kept in con.execute(NEWEST_STATES).fetchall()
        }
        return Past(files, loads, columns, states)

    def new_columns(self, table: str, columns: list[str]) -> list[str]:
        """Columns that the files of earlier loads did not have; none at the first load."""
        known = self.source_columns.get(table)
        return [name for name in columns if name not in known] if known else []


def write_state(
    con: duckdb.DuckDBPyConnection,
    table: str,
    source: str,
    state: SourceState,
    run: RunContext,
    now: datetime,
) -> None:
    """Move a live source's state on; inside the transaction that writes what was fetched up to it."""
    con.execute(
        "insert into lake.ops.source_state by name select ? as table_name, ? as source_name, "
        "? as mapping_hash, ? as cursor_value, ? as column_kinds, ? as run_id, ?::timestamp as moved_at",
        [table, source, state.mapping, state.cursor, json.dumps(state.kinds), run.run_id, now],
    )


def write_files(
    con: duckdb.DuckDBPyConnection,
    table: str,
    states: list[tuple[FileState, int]],
    mapping: str,
    run: RunContext,
    now: datetime,
) -> None:
    """Remember files (with the rows read from each) as loaded; inside the caller's transaction."""
    con.executemany(
        "insert into lake.ops.loaded_file by name select ? as table_name, ? as file_path, ? as content_hash, "
        "? as mapping_hash, ?::bigint as size_bytes, ?::bigint as rows_read, ? as run_id, "
        "?::timestamp as loaded_at",
        [
            [table, state.file.label, state.content_hash, mapping, state.size_bytes, rows, run.run_id, now]
            for state, rows in states
        ],
    )
