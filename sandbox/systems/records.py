"""Records of a running system: with change stamps, deletions as tombstones, and a clock that moves."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import polars as pl

STAMP, DELETED = "modified_at", "is_deleted"
Row = dict[str, Any]
#: A system's records as they are on a day, by entity set.
Frames = Callable[[date], dict[str, pl.DataFrame]]


@dataclass
class Records:
    """The records of one system, by entity set and key, as of `today`.

    `frames` gives the state of a day; moving the clock on stamps what differs from the day before. The same
    frames, days and edits give equal records, stamps included.
    """

    frames: Frames
    keys: dict[str, tuple[str, ...]]
    today: date
    #: Entity sets of which one record a day is deleted, so that there are always deletions to carry.
    shrinking: tuple[str, ...] = ()
    sets: dict[str, dict[tuple, Row]] = field(default_factory=dict)
    _touched: dict[str, set[tuple]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, key in self.keys.items():
            self.sets[name], self._touched[name] = {}, set()
            for row in self._state(name):
                identity = tuple(row[column] for column in key)
                # The past is spread over the days before, so that there is an order of change.
                moment = datetime.combine(self.today, time()) - timedelta(
                    seconds=_number(name, identity, 10**7)
                )
                self._put(name, identity, row, moment)

    def advance(self, days: int = 1) -> date:
        """Move the clock on day by day; raises ValueError for less than one day."""
        if days < 1:
            raise ValueError(f"the clock moves on by at least one day, not by {days}")
        for _ in range(days):
            self.today += timedelta(days=1)
            for name in self.keys:
                self._compare(name)
            for name in self.shrinking:
                self._shrink(name)
        return self.today

    def edit(self, name: str, identity: tuple, at: datetime | None = None, /, **values: Any) -> None:
        """Someone changes a record (or adds one), now or as of `at` (naive, UTC)."""
        self._touched[name].add(identity)
        row = {**self.sets[name].get(identity, dict(zip(self.keys[name], identity, strict=True))), **values}
        self._put(name, identity, row, at or self._moment(name, identity))

    def delete(self, name: str, identity: tuple, at: datetime | None = None) -> None:
        """Someone deletes a record: a tombstone stays, with key and stamp and nothing else."""
        row = self.sets[name][identity]
        kept = {column: value if column in self.keys[name] else None for column, value in row.items()}
        self._touched[name].add(identity)
        self._put(name, identity, kept, at or self._moment(name, identity), is_deleted=True)

    def rows(self, name: str) -> list[Row]:
        """All records of a set, tombstones among them, by key."""
        return [row for _, row in sorted(self.sets[name].items(), key=lambda item: str(item[0]))]

    def living(self, name: str) -> list[Row]:
        """The records that are not deleted."""
        return [row for row in self.rows(name) if not row[DELETED]]

    def _state(self, name: str) -> Iterable[Row]:
        return self.frames(self.today)[name].iter_rows(named=True)

    def _put(
        self, name: str, identity: tuple, row: Row, moment: datetime, *, is_deleted: bool = False
    ) -> None:
        self.sets[name][identity] = {**row, STAMP: moment.replace(tzinfo=UTC), DELETED: is_deleted}

    def _moment(self, name: str, identity: tuple) -> datetime:
        return datetime.combine(self.today, time()) + timedelta(
            seconds=_number(f"{name} {self.today}", identity, 86_400)
        )

    def _compare(self, name: str) -> None:
        """Stamp what differs from the day before; what people edited or deleted stays as it is."""
        present = set()
        for row in self._state(name):
            identity = tuple(row[column] for column in self.keys[name])
            present.add(identity)
            known = self.sets[name].get(identity)
            if identity not in self._touched[name] and (
                known is None or any(known[c] != row[c] for c in row)
            ):
                self._put(name, identity, row, self._moment(name, identity))
        for identity in set(self.sets[name]) - present - self._touched[name]:
            self.delete(name, identity)

    def _shrink(self, name: str) -> None:
        living = [identity for identity, row in self.sets[name].items() if not row[DELETED]]
        if living:
            self.delete(name, min(living, key=lambda each: _number(f"{name} {self.today} gone", each, 10**9)))


def plain(value: Any) -> Any:
    """A value as JSON has it: moments in UTC with «Z», decimals as numbers."""
    if isinstance(value, datetime):
        moment = value.astimezone(UTC) if value.tzinfo else value
        return moment.replace(tzinfo=None).isoformat() + "Z"
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value


def _number(salt: str, identity: tuple, below: int) -> int:
    """A number that looks drawn and is the same each time."""
    digest = hashlib.blake2b(f"{salt} {identity}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) % below
