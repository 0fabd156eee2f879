"""The door's connections and transactions."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from lake.run import RunContext


@contextmanager
def own_session(con: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """A second connection to the same database, whose temporary tables (plain values in them) vanish with it."""
    session = con.cursor()
    try:
        session.execute("set timezone = 'UTC'")
        yield session
    finally:
        session.close()


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
