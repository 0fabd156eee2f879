"""The connection to the action store: SQLite in the lake's folder, or PostgreSQL for many machines."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

# How long a writer waits for another one; a write takes milliseconds, so this is only met by a stuck disk.
BUSY_SECONDS = 20


def make_engine(url: str) -> Engine:
    """An engine for this URL; embedded, a writer waits for another and never upgrades a lock half-way."""
    parsed = make_url(url)
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True)
    # One connection a use: SQLite opens in microseconds, and no handle outlives a removed lake.
    engine = create_engine(parsed, connect_args={"timeout": BUSY_SECONDS}, poolclass=NullPool)
    event.listen(engine, "connect", _sqlite_connect)
    event.listen(engine, "begin", _sqlite_begin)
    return engine


def _sqlite_connect(connection: object, _record: object) -> None:
    connection.isolation_level = None  # type: ignore[attr-defined]  # we say BEGIN ourselves, see below
    cursor = connection.cursor()  # type: ignore[attr-defined]
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
    # INSERT OR REPLACE removes rows; without this pragma it does so past the trigger.
    cursor.execute("PRAGMA recursive_triggers = ON")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def _sqlite_begin(connection: Connection) -> None:
    # A writer takes the write lock before it looks: look and insert are one step, and no upgrade can fail.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
