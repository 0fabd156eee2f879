"""What the lake remembers of loads: the row equation of each run and table, and the files it has read."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime

import duckdb

from ingest.company import SourceFile, TableMap
from lake.contracts import Contract
from lake.run import RunContext, utc_now

LOADED, UNCHANGED, NO_SOURCE, STOPPED, FAILED = "loaded", "unchanged", "no_source", "stopped", "failed"
#: Raise when the door makes other rows of the same file and mapping than before.
DOOR_VERSION = "1"


class RowEquationError(AssertionError):
    """A row was counted twice or lost: a mistake in the door, never in the data."""


@dataclass(frozen=True)
class TableLoad:
    """What a run did to one raw table, in rows: `read = inserted + updated + unchanged + quarantined`.

    `skipped` were filtered by the mapping before counting, `released` came back from quarantine.
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
    """A file as it was when it was read."""

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
        "?::bigint as rows_quarantined, ?::bigint as rows_skipped, ?::bigint as rows_released, ? as message, "
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
    with file.path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256")
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


def known_files(con: duckdb.DuckDBPyConnection, table: str) -> dict[str, tuple[str, str]]:
    """Content and mapping hash of each file at its newest load into `table`, by file label."""
    rows = con.execute(
        "select file_path, arg_max(content_hash, loaded_at), arg_max(mapping_hash, loaded_at) "
        "from lake.ops.loaded_file where table_name = ? group by 1",
        [table],
    ).fetchall()
    return {path: (content, mapping) for path, content, mapping in rows}


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


def last_good_load(con: duckdb.DuckDBPyConnection, table: str) -> tuple[int, datetime | None] | None:
    """Rows read by the newest load of `table` that went well and read files, and the age of its data."""
    return con.execute(
        "select rows_read, data_until_at from lake.ops.load where table_name = ? and status_code = ? "
        "order by started_at desc limit 1",
        [table, LOADED],
    ).fetchone()
