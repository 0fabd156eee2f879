"""Bringing a store's schema up to date, in this process and in one transaction with its check.

A store of an earlier version is upgraded in place at the first write; reading alone changes nothing.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, inspect

FOLDER = Path(__file__).parent / "migrations"
#: The newest revision in `migrations/versions`; a test holds it to the folder.
HEAD = "0002"
#: What a store has that was made before its schema had revisions.
FIRST = "0001"
#: Any number, the same in every process: PostgreSQL's name for our lock.
_LOCK = 7_205_411


def upgrade(engine: Engine) -> None:
    """Make the schema the newest one; returns at once where it is. Raises sqlalchemy.exc.OperationalError."""
    with engine.execution_options(writes=True).begin() as connection:
        if engine.dialect.name == "postgresql":
            # Two first writers: the second waits here, then finds everything done.
            connection.execute(sa.text("select pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        if revision_of(connection) != HEAD:
            _run(connection)


def revision_of(connection: Connection) -> str | None:
    """The revision of a store's schema; None for an empty database."""
    inspector = inspect(connection)
    if inspector.has_table("alembic_version"):
        return connection.execute(sa.text("select version_num from alembic_version")).scalar()
    return FIRST if inspector.has_table("action") else None


def _run(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    if revision_of(connection) == FIRST and not inspect(connection).has_table("alembic_version"):
        command.stamp(config, FIRST)
    command.upgrade(config, "head")
