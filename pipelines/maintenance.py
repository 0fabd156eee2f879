"""Upkeep of a lake: old published files and snapshots go, small data files become few.

Kept for ever are the last publication of each month and everything in history; other nights are kept 90
days, refreshes two. Nothing that a kept publication was built from is touched, and what it says stays to the
row. A second run right after does nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from lake.connection import connect_lake, current_snapshot
from lake.lock import writer_lock
from lake.publication import Publication, current_publication
from lake.publishing import compact
from lake.settings import Settings
from lake.tables import ensure_lake
from pipelines.month_ends import month_end_of

NIGHTS_KEPT, REFRESHES_KEPT = timedelta(days=90), timedelta(days=2)
PUBLICATIONS = (
    "select name, snapshot_id, as_of_on, kind_code, status_code, published_at, run_id, file_name"
    " from lake.ops.publication order by published_at, name"
)
CONTENT = (
    "select coalesce(sum(file_count), 0), coalesce(sum(file_size_bytes), 0) from ducklake_table_info('lake')"
)


@dataclass(frozen=True)
class Content:
    """How much a lake holds: data files and their bytes, snapshots, published files and their bytes."""

    data_files: int
    data_bytes: int
    snapshots: int
    published_files: int
    published_bytes: int


@dataclass(frozen=True)
class Upkeep:
    """What a run of the upkeep did."""

    before: Content
    after: Content
    deleted: tuple[str, ...]
    #: Publications whose files were written anew, without the room that their builds' workings took.
    compacted: tuple[str, ...]


def maintain(settings: Settings, now: datetime) -> Upkeep:
    """Clean the lake up as of `now` (naive UTC); raises LakeBusyError while another process writes it."""
    with writer_lock(settings, "gantry maintenance"), connect_lake(settings) as con:
        ensure_lake(con)
        before = content_of(con, settings)
        publications = [Publication(*row) for row in con.execute(PUBLICATIONS).fetchall()]
        months = {
            month for (month,) in con.execute("select month_end_on from lake.history.kept_month").fetchall()
        }
        served = current_publication(settings)
        kept = retained(publications, now, served.name if served else None)
        gone = [each for each in publications if each not in kept]
        # A night goes only once history holds its month.
        removable = [
            each for each in gone if each.kind_code == "refresh" or month_end_of(each.as_of_on) in months
        ]
        deleted = [each.name for each in removable if _delete(settings.paths.published / each.file_name)]
        _forget_passports(con, [each.name for each in removable])
        held = [*kept, *(each for each in gone if each not in removable)]
        _tidy(con, {each.snapshot_id for each in held})
        compacted = [each.name for each in held if _compact(settings.paths.published / each.file_name)]
        return Upkeep(before, content_of(con, settings), tuple(deleted), tuple(compacted))


def retained(publications: Iterable[Publication], now: datetime, served: str | None) -> list[Publication]:
    """The publications that stay: what is served, the newest of each month, and what is young enough."""
    publications = list(publications)
    newest: dict[object, Publication] = {}
    for each in sorted(publications, key=lambda item: (item.as_of_on, item.published_at, item.name)):
        newest[month_end_of(each.as_of_on)] = each
    ages = {"refresh": REFRESHES_KEPT}
    return [
        each
        for each in publications
        if each.name == served
        or each in newest.values()
        or now - each.published_at < ages.get(each.kind_code, NIGHTS_KEPT)
    ]


def content_of(con: duckdb.DuckDBPyConnection, settings: Settings) -> Content:
    """How much the lake holds now."""
    files, size = con.execute(CONTENT).fetchall()[0]
    snapshots = con.execute("select count(*) from ducklake_snapshots('lake')").fetchall()[0][0]
    published = [path.stat().st_size for path in settings.paths.published.glob("*.duckdb")]
    return Content(int(files), int(size), snapshots, len(published), sum(published))


def _tidy(con: duckdb.DuckDBPyConnection, pinned: set[int]) -> None:
    """Join small files, let go of snapshots that nothing kept was built from, remove unused files."""
    # Small writes stand in the catalogue until they are written out, which every read of it pays for.
    con.execute("call ducklake_flush_inlined_data('lake')")
    con.execute("call ducklake_merge_adjacent_files('lake')")
    pinned = pinned | {current_snapshot(con)}
    known = con.execute("select snapshot_id from ducklake_snapshots('lake') order by 1").fetchall()
    expired = [version for (version,) in known if version not in pinned]
    if expired:
        con.execute(f"call ducklake_expire_snapshots('lake', versions => {expired})")
    con.execute("call ducklake_cleanup_old_files('lake', cleanup_all => true)")
    # Files of a process that was killed while it wrote: the lock says that none is at it now.
    con.execute("call ducklake_delete_orphaned_files('lake', cleanup_all => true)")


def _forget_passports(con: duckdb.DuckDBPyConnection, names: list[str]) -> None:
    """A publication that is gone needs no passports; its figures' values stay in history."""
    where = "from lake.ops.figure_run where list_contains(?, publication_name)"
    if names and con.execute(f"select 1 {where} limit 1", [names]).fetchone():
        con.execute("begin")
        con.execute(f"delete {where}", [names])
        con.execute("call lake.set_commit_message('gantry', 'maintenance')")
        con.execute("commit")


def _compact(path: Path) -> bool:
    return path.exists() and compact(path)


def _delete(path: Path) -> bool:
    if not path.exists():
        return False
    path.unlink()
    return True
