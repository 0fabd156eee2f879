"""The action store: append-only, versioned by subject, safe for several writers and for repeats.

Embedded it is `<lake>/actions.sqlite`; with `actions_url` set, a database for many machines. The store has
no way to change or remove an action, and its triggers refuse others that try.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError
from sqlalchemy import Connection, Engine, Row, create_engine, event, func, insert, inspect, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.pool import NullPool

from actions.errors import InvalidActionError, ReusedActionIdError, StaleVersionError, StoreUnavailableError
from actions.kinds import KINDS, Payload
from actions.schema import action as table
from actions.schema import metadata
from lake.settings import Settings

# How long a writer waits for another one; a write takes milliseconds, so this is only met by a stuck disk.
BUSY_SECONDS = 20


@dataclass(frozen=True)
class Draft:
    """An action that is yet to be stored.

    `action_id` is made by the client when the form is opened, so that a rerun or a double click is the same
    action; `expected_version` is the subject's version that the person saw (0: no action yet).
    """

    action_id: str
    subject_id: str
    payload: Payload
    expected_version: int
    reason_code: str
    reason: str
    done_by: str


@dataclass(frozen=True)
class Action:
    """A stored action; `done_at` is naive UTC, `version` counts within the subject."""

    sequence_no: int
    action_id: str
    kind_code: str
    subject_type: str
    subject_id: str
    version: int
    payload: Payload
    reason_code: str
    reason: str
    done_by: str
    done_at: dt.datetime
    undoes_action_id: str | None


def utc_now() -> dt.datetime:
    """The time of a decision: when a person acts, not a business date."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


class ActionStore:
    """Records actions and reads them back; one instance may serve many threads."""

    def __init__(self, url: str, clock: Callable[[], dt.datetime] = utc_now) -> None:
        self._engine = _engine(url)
        self._clock = clock
        self._is_prepared = False

    @classmethod
    def open(cls, settings: Settings) -> ActionStore:
        """The store these settings name."""
        if settings.actions_url:
            return cls(settings.actions_url.get_secret_value())
        return cls(f"sqlite:///{settings.paths.actions}")

    def close(self) -> None:
        """Give all connections back."""
        self._engine.dispose()

    # -- writing ---------------------------------------------------------------------------------------

    def record(self, draft: Draft) -> Action:
        """Store the action, or return it when the same one was stored before.

        Raises InvalidActionError (breaks a rule of its kind), StaleVersionError (someone was quicker),
        ReusedActionIdError (same id, other content), StoreUnavailableError.
        """
        if not draft.done_by.strip():
            raise InvalidActionError("no_name")
        if not draft.reason_code:
            raise InvalidActionError("no_reason_code")
        draft.payload.check(draft.reason_code, draft.reason)
        return self._append(draft, undoes=None)

    def undo(
        self, action_id: str, *, new_action_id: str, expected_version: int, reason: str, done_by: str
    ) -> Action:
        """Take back the newest action of its subject by a further action.

        Raises as `record`; an action that others have built on is refused as stale.
        """
        if not done_by.strip():
            raise InvalidActionError("no_name")
        target = self.find(action_id)
        if target is None:
            raise InvalidActionError("unknown_action", action_id=action_id)
        draft = Draft(
            action_id=new_action_id,
            subject_id=target.subject_id,
            payload=target.payload.reversed(),
            expected_version=expected_version,
            reason_code=target.reason_code,
            reason=reason,
            done_by=done_by,
        )
        return self._append(draft, undoes=target)

    def _append(self, draft: Draft, undoes: Action | None) -> Action:
        self._prepare()
        try:
            with self._engine.execution_options(writes=True).begin() as connection:
                return self._insert(connection, draft, undoes)
        except IntegrityError:
            # A writer on another machine took the id or the version between our look and our insert.
            with self._engine.begin() as connection:
                repeated = _repeated(connection, draft, undoes)
                if repeated:
                    return repeated
                raise self._stale(_newest(connection, draft), draft) from None
        except OperationalError as error:
            raise StoreUnavailableError("unavailable", where=self._where, problem=str(error.orig)) from error

    def _insert(self, connection: Connection, draft: Draft, undoes: Action | None) -> Action:
        repeated = _repeated(connection, draft, undoes)
        if repeated:
            return repeated
        newest = _newest(connection, draft)
        version = newest.version if newest else 0
        was_built_on = undoes is not None and (newest is None or newest.action_id != undoes.action_id)
        if draft.expected_version != version or was_built_on:
            raise self._stale(newest, draft)
        connection.execute(
            insert(table).values(
                action_id=draft.action_id,
                kind_code=draft.payload.kind_code,
                subject_type=draft.payload.subject_type,
                subject_id=draft.subject_id,
                version=version + 1,
                payload=draft.payload.model_dump(mode="json"),
                reason_code=draft.reason_code,
                reason=draft.reason.strip(),
                done_by=draft.done_by.strip(),
                done_at=self._time_after(newest),
                undoes_action_id=undoes.action_id if undoes else None,
            )
        )
        return _action(connection.execute(select(table).where(table.c.action_id == draft.action_id)).one())

    def _time_after(self, newest: Action | None) -> dt.datetime:
        # Clocks step back and tick coarsely; «newest by time» must still mean «highest version».
        now = self._clock()
        return max(now, newest.done_at + dt.timedelta(microseconds=1)) if newest else now

    def _stale(self, newest: Action | None, draft: Draft) -> StaleVersionError:
        return StaleVersionError(
            expected=draft.expected_version,
            current=newest.version if newest else 0,
            yours=draft.payload.value(),
            theirs=newest.payload.value() if newest else "–",
            by=newest.done_by if newest else "–",
            at=f"{newest.done_at:%Y-%m-%d %H:%M} UTC" if newest else "–",
        )

    # -- reading ---------------------------------------------------------------------------------------

    def find(self, action_id: str) -> Action | None:
        """The action with this id."""
        found = self._read(select(table).where(table.c.action_id == action_id))
        return found[0] if found else None

    def history(self, subject_type: str, subject_id: str) -> list[Action]:
        """All actions of one subject, oldest first."""
        return self._read(
            select(table)
            .where(table.c.subject_type == subject_type, table.c.subject_id == subject_id)
            .order_by(table.c.version)
        )

    def newest(self, kind_code: str) -> dict[str, Action]:
        """The newest action of each subject of a kind, by subject id."""
        last = (
            select(func.max(table.c.sequence_no))
            .where(table.c.kind_code == kind_code)
            .group_by(table.c.subject_type, table.c.subject_id)
        )
        return {
            each.subject_id: each for each in self._read(select(table).where(table.c.sequence_no.in_(last)))
        }

    def all(self, kind_code: str) -> list[Action]:
        """All actions of a kind in the order they were stored."""
        return self._read(select(table).where(table.c.kind_code == kind_code).order_by(table.c.sequence_no))

    def _read(self, query: object) -> list[Action]:
        if not self._exists():
            return []
        try:
            with self._engine.begin() as connection:
                return [_action(row) for row in connection.execute(query)]
        except OperationalError as error:
            raise StoreUnavailableError("unavailable", where=self._where, problem=str(error.orig)) from error

    # -- the database ----------------------------------------------------------------------------------

    @property
    def _where(self) -> str:
        return self._engine.url.render_as_string(hide_password=True)

    def _exists(self) -> bool:
        # Reading must not create a file in a lake that may be read-only or not made yet.
        if self._is_prepared:
            return True
        if self._engine.dialect.name == "sqlite" and not Path(self._engine.url.database or "").exists():
            return False
        try:
            self._is_prepared = inspect(self._engine).has_table(table.name)
        except OperationalError as error:
            raise StoreUnavailableError("unavailable", where=self._where, problem=str(error.orig)) from error
        return self._is_prepared

    def _prepare(self) -> None:
        if self._is_prepared:
            return
        try:
            if self._engine.dialect.name == "sqlite":
                Path(self._engine.url.database or "").parent.mkdir(parents=True, exist_ok=True)
            with self._engine.execution_options(writes=True).begin() as connection:
                metadata.create_all(connection)
        except (OSError, OperationalError) as error:
            raise StoreUnavailableError("unavailable", where=self._where, problem=str(error)) from error
        self._is_prepared = True


def _repeated(connection: Connection, draft: Draft, undoes: Action | None) -> Action | None:
    row = connection.execute(select(table).where(table.c.action_id == draft.action_id)).one_or_none()
    if row is None:
        return None
    stored = _action(row)
    is_same = (
        stored.subject_id == draft.subject_id
        and stored.payload == draft.payload
        and stored.reason_code == draft.reason_code
        and stored.reason == draft.reason.strip()
        and stored.done_by == draft.done_by.strip()
        and stored.undoes_action_id == (undoes.action_id if undoes else None)
    )
    if not is_same:
        raise ReusedActionIdError("reused_id", action_id=draft.action_id, subject_id=stored.subject_id)
    return stored


def _newest(connection: Connection, draft: Draft) -> Action | None:
    row = connection.execute(
        select(table)
        .where(table.c.subject_type == draft.payload.subject_type, table.c.subject_id == draft.subject_id)
        .order_by(table.c.version.desc())
        .limit(1)
    ).one_or_none()
    return _action(row) if row else None


def _action(row: Row) -> Action:
    values = dict(row._mapping)
    try:
        values["payload"] = KINDS[row.kind_code].model_validate(values["payload"])
    except (KeyError, ValidationError) as error:
        raise StoreUnavailableError("unreadable", action_id=row.action_id, problem=str(error)) from error
    return Action(**values)


def _engine(url: str) -> Engine:
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
