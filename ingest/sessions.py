"""The door's connections and transactions."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from lake.contracts import Contract
from lake.run import RunContext
from lake.settings import Settings

STAGING = ".staging"


@contextmanager
def own_session(con: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """A second connection to the same database; its temporary tables, with plain values, vanish with it."""
    session = con.cursor()
    try:
        session.execute("set timezone = 'UTC'")
        yield session
    finally:
        session.close()


@contextmanager
def staging_folder(contract: Contract, settings: Settings) -> Iterator[Path | None]:
    """A folder for a load's rows, gone afterwards; None for tables with personal columns, kept in memory."""
    if any(column.is_personal for column in contract.columns):
        yield None
        return
    folder = settings.paths.landing / STAGING / contract.name
    # The writer lock says that no other load is under way: what is there a killed one left behind.
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def clear_staging(settings: Settings) -> None:
    """Throw away what killed loads left behind."""
    shutil.rmtree(settings.paths.landing / STAGING, ignore_errors=True)


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection, run: RunContext, subject: str) -> Iterator[None]:
    """One lake transaction, named after run and table; rolled back when anything inside raises."""
    con.execute("begin")
    try:
        yield
        con.execute("call lake.set_commit_message(?, ?)", ["gantry", f"{run.kind} {run.run_id}: {subject}"])
        con.execute("commit")
    except BaseException:
        con.execute("rollback")
        raise


@contextmanager
def looking(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """One transaction for several looks into the lake: one state, and one question to its catalogue."""
    con.execute("begin")
    try:
        yield
        con.execute("commit")
    except BaseException:
        con.execute("rollback")
        raise
