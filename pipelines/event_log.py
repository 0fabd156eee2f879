"""Dagster's event log in SQLite with its connections held open: a night tells it thousands of events.

Dagster's own storage opens a connection for every event and closes it again, and SQLite merges its
write-ahead log into the database, with two flushes to disk, each time the last connection closes.
"""

import os
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._serdes import ConfigurableClassData
from sqlalchemy.pool import StaticPool

#: The index and the run that is going on; a reader of many runs lets the oldest go.
HELD = 4


class HeldEventLogStorage(SqliteEventLogStorage):
    """The same databases as Dagster's own storage, each with one connection that stays open.

    A commit is safe when this process is killed; of a power cut it may lose the last events, never the file.
    """

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        """Events below `base_dir`, one database a run and an index of all."""
        self._held: OrderedDict[str, sa.Engine] = OrderedDict()
        self._standing: set[str] = set()
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]
    ) -> "HeldEventLogStorage":
        """The storage that dagster.yaml describes."""
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[sa.Connection]:
        with self._db_lock:
            engine = self._engine(shard)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.connect() as connection, connection.begin():
                yield connection
            if shard != INDEX_SHARD_NAME:
                # Who watches a run watches its file, and what is committed stays in the log beside it.
                os.utime(self.path_for_shard(shard))

    def has_table(self, table_name: str) -> bool:
        """Whether the index has this table; one that stood once stands: it is asked at every event."""
        if table_name not in self._standing and super().has_table(table_name):
            self._standing.add(table_name)
        return table_name in self._standing

    def _engine(self, shard: str) -> sa.Engine:
        if shard not in self._held:
            while len(self._held) >= HELD:
                self._held.popitem(last=False)[1].dispose()
            self._held[shard] = _engine_of(self.conn_string_for_shard(shard))
        self._held.move_to_end(shard)
        return self._held[shard]

    def wipe(self) -> None:
        """Forget all events; connections to files that go are given up first."""
        self._let_go()
        self._standing.clear()
        super().wipe()

    def dispose(self) -> None:
        """Give all connections back."""
        super().dispose()
        self._let_go()

    def _let_go(self) -> None:
        with self._db_lock:
            while self._held:
                self._held.popitem()[1].dispose()


def _engine_of(url: str) -> sa.Engine:
    # One connection for all threads: the storage's lock lets one of them in at a time.
    engine = sa.create_engine(
        url,
        poolclass=StaticPool,
        connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
    )
    sa.event.listen(engine, "connect", _flush_seldom)
    return engine


def _flush_seldom(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA synchronous = NORMAL")
