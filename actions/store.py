"""The action store: append-only, versioned by subject, safe for several writers and for repeats.

Embedded it is `<lake>/actions.sqlite`; with `actions_url` set, a database for many machines. The store has
no way to change or remove an action, and its triggers refuse others that try.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path

from pydantic import ValidationError
from sqlalchemy import Connection, Row, Select, func, insert, inspect, literal, select
from sqlalchemy.exc import IntegrityError, OperationalError

from actions.engine import make_engine
from actions.errors import (
    ActionError,
    InvalidActionError,
    ReusedActionIdError,
    StaleVersionError,
    StoreUnavailableError,
)
from actions.kinds import KINDS
from actions.migrating import upgrade
from actions.records import Action, Draft, step_of, utc_now
from actions.schema import action as table
from lake.settings import Settings


class ActionStore:
    """Records actions and reads them back; one instance may serve many threads."""

    def __init__(self, url: str, clock: Callable[[], dt.datetime] = utc_now) -> None:
        self._engine = make_engine(url)
        self._clock = clock
        self._is_prepared = self._is_readable = False
        #: Columns of a store that an earlier version made and nothing has been written to since.
        self._missing: frozenset[str] = frozenset()

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
        _check_draft(draft)
        draft.payload.check(draft.reason_code, draft.reason)
        return self._append(draft, undoes=None)

    def record_all(self, drafts: Sequence[Draft]) -> list[Action | ActionError]:
        """Store many actions in one transaction; for each the stored one, or why it alone was refused.

        For what a program decides: a person's action is recorded alone and told at once. Raises
        StoreUnavailableError, after which none is stored.
        """
        if not drafts:
            return []
        self._prepare()
        try:
            with self._engine.execution_options(writes=True).begin() as connection:
                return [self._record_one(connection, draft) for draft in drafts]
        except OperationalError as error:
            raise StoreUnavailableError("unavailable", where=self._where, problem=str(error.orig)) from error

    def _record_one(self, connection: Connection, draft: Draft) -> Action | ActionError:
        try:
            _check_draft(draft)
            draft.payload.check(draft.reason_code, draft.reason)
            with connection.begin_nested():
                return self._insert(connection, draft, undoes=None)
        except IntegrityError:
            return self._stale(_newest(connection, draft), draft)
        except StoreUnavailableError:
            raise
        except ActionError as refusal:
            return refusal

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
        if not target.payload.can_undo:
            raise InvalidActionError("cannot_undo", kind=target.kind_code)
        draft = Draft(
            action_id=new_action_id,
            subject_id=target.subject_id,
            payload=target.payload.reversed(),
            expected_version=expected_version,
            reason_code=target.reason_code,
            reason=reason,
            done_by=done_by,
            figure_id=target.figure_id,
            publication_name=target.publication_name,
            about_type=target.subject_type,
        )
        _check_draft(draft)
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
        # Read once: between two reads another writer may commit, and the refusal would tell of half of it.
        history = _history(connection, draft.subject_type, draft.subject_id)
        newest = history[-1] if history else None
        version = newest.version if newest else 0
        was_built_on = undoes is not None and (newest is None or newest.action_id != undoes.action_id)
        if draft.expected_version != version or was_built_on:
            raise self._stale(newest, draft)
        if undoes is None:
            draft.payload.check_against([step_of(each) for each in history], draft.done_by, draft.reason)
        connection.execute(
            insert(table).values(
                action_id=draft.action_id,
                kind_code=draft.payload.kind_code,
                subject_type=draft.subject_type,
                subject_id=draft.subject_id,
                version=version + 1,
                payload=draft.payload.model_dump(mode="json"),
                reason_code=draft.reason_code,
                reason=draft.reason.strip(),
                done_by=draft.done_by.strip(),
                done_at=self._time_after(newest),
                undoes_action_id=undoes.action_id if undoes else None,
                figure_id=draft.figure_id,
                publication_name=draft.publication_name,
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
        found = self._read(lambda rows: rows.where(table.c.action_id == action_id))
        return found[0] if found else None

    def history(self, subject_type: str, subject_id: str) -> list[Action]:
        """All actions of one subject, oldest first."""
        return self._read(
            lambda rows: rows.where(
                table.c.subject_type == subject_type, table.c.subject_id == subject_id
            ).order_by(table.c.version)
        )

    def newest(self, kind_code: str) -> dict[str, Action]:
        """The newest action of each subject of a kind, by subject id."""
        last = (
            select(func.max(table.c.sequence_no))
            .where(table.c.kind_code == kind_code)
            .group_by(table.c.subject_type, table.c.subject_id)
        )
        return {
            each.subject_id: each
            for each in self._read(lambda rows: rows.where(table.c.sequence_no.in_(last)))
        }

    def all(self, kind_code: str) -> list[Action]:
        """All actions of a kind in the order they were stored."""
        return self._read(
            lambda rows: rows.where(table.c.kind_code == kind_code).order_by(table.c.sequence_no)
        )

    def events(self, after: int = 0, subject_type: str | None = None) -> list[Action]:
        """All actions stored after a sequence number, of all subjects or of one type, in their order."""

        def chosen(rows: Select) -> Select:
            rows = rows.where(table.c.sequence_no > after).order_by(table.c.sequence_no)
            return rows if subject_type is None else rows.where(table.c.subject_type == subject_type)

        return self._read(chosen)

    def last_sequence_no(self) -> int:
        """The number of the newest action, 0 for none: rises with every write, and with nothing else."""
        if not self._exists():
            return 0
        try:
            with self._engine.begin() as connection:
                return connection.execute(select(func.max(table.c.sequence_no))).scalar() or 0
        except OperationalError as error:
            raise StoreUnavailableError("unavailable", where=self._where, problem=str(error.orig)) from error

    def _read(self, choose: Callable[[Select], Select]) -> list[Action]:
        if not self._exists():
            return []
        columns = [
            literal(None).label(each.name) if each.name in self._missing else each for each in table.columns
        ]
        try:
            with self._engine.begin() as connection:
                return [_action(row) for row in connection.execute(choose(select(*columns)))]
        except OperationalError as error:
            raise StoreUnavailableError("unavailable", where=self._where, problem=str(error.orig)) from error

    # -- the database ----------------------------------------------------------------------------------

    @property
    def _where(self) -> str:
        return self._engine.url.render_as_string(hide_password=True)

    def _exists(self) -> bool:
        # Reading must not create a file in a lake that may be read-only or not made yet.
        if self._is_readable:
            return True
        if self._engine.dialect.name == "sqlite" and not Path(self._engine.url.database or "").exists():
            return False
        try:
            inspector = inspect(self._engine)
            if not inspector.has_table(table.name):
                return False
            there = {column["name"] for column in inspector.get_columns(table.name)}
        except OperationalError as error:
            raise StoreUnavailableError("unavailable", where=self._where, problem=str(error.orig)) from error
        self._missing = frozenset(column.name for column in table.columns) - there
        self._is_readable = True
        return True

    def _prepare(self) -> None:
        if self._is_prepared:
            return
        try:
            if self._engine.dialect.name == "sqlite":
                Path(self._engine.url.database or "").parent.mkdir(parents=True, exist_ok=True)
            upgrade(self._engine)
        except (OSError, OperationalError) as error:
            raise StoreUnavailableError("unavailable", where=self._where, problem=str(error)) from error
        self._is_prepared = self._is_readable = True
        self._missing = frozenset()


def _check_draft(draft: Draft) -> None:
    if not draft.done_by.strip():
        raise InvalidActionError("no_name")
    if draft.subject_type not in draft.payload.subject_types():
        raise InvalidActionError("wrong_subject", kind=draft.payload.kind_code, subject=draft.subject_type)
    words = (draft.subject_id, draft.reason, draft.done_by, draft.payload.model_dump_json())
    # PostgreSQL stores no zero byte, and no text holds half of a surrogate pair.
    if any("\x00" in each or "\\u0000" in each for each in words):
        raise InvalidActionError("unreadable_words")


def _repeated(connection: Connection, draft: Draft, undoes: Action | None) -> Action | None:
    row = connection.execute(select(table).where(table.c.action_id == draft.action_id)).one_or_none()
    if row is None:
        return None
    stored = _action(row)
    is_same = (
        (stored.subject_type, stored.subject_id) == (draft.subject_type, draft.subject_id)
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
        .where(table.c.subject_type == draft.subject_type, table.c.subject_id == draft.subject_id)
        .order_by(table.c.version.desc())
        .limit(1)
    ).one_or_none()
    return _action(row) if row else None


def _history(connection: Connection, subject_type: str, subject_id: str) -> list[Action]:
    rows = connection.execute(
        select(table)
        .where(table.c.subject_type == subject_type, table.c.subject_id == subject_id)
        .order_by(table.c.version)
    )
    return [_action(row) for row in rows]


def _action(row: Row) -> Action:
    values = dict(row._mapping)
    try:
        values["payload"] = KINDS[row.kind_code].model_validate(values["payload"])
    except (KeyError, ValidationError) as error:
        raise StoreUnavailableError("unreadable", action_id=row.action_id, problem=str(error)) from error
    return Action(**values)
