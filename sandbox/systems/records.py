"""Records of running systems: with change stamps, deletions as tombstones, and a clock that moves."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

STAMP, DELETED = "modified_at", "is_deleted"
Row = dict[str, Any]
#: A system's records as they are on a day, by entity set.
Frames = Callable[[date], dict[str, pl.DataFrame]]
#: Over how long before the first day the stamps of what is there then are spread.
PAST_SECONDS = 10**7
DAY_SECONDS = 86_400


@dataclass(frozen=True)
class Correction:
    """One record a day was dated wrong: its date `column` moves back by `days`; its stamp is new."""

    name: str
    column: str
    days: int


@dataclass
class Records:
    """The records of some systems, by entity set and key, as of `today`.

    `frames` gives the state of a day; moving the clock on stamps what differs from the day before. The same
    frames, days and edits give equal records, stamps included. Stamps are UTC. Keys of a set are unique and
    complete; of rows that share one, the first counts.
    """

    frames: Frames
    keys: dict[str, tuple[str, ...]]
    today: date
    #: Entity sets of which one record a day is deleted, so that there are always deletions to carry.
    shrinking: tuple[str, ...] = ()
    correcting: tuple[Correction, ...] = ()
    #: What the generator says, and over it what people did, by key: edits and deletions stay as they are.
    _states: dict[str, pl.DataFrame] = field(default_factory=dict)
    _edited: dict[str, dict[tuple, Row]] = field(default_factory=dict)
    _shown: dict[str, list[Row]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._edited = {name: {} for name in self.keys} | self._edited
        if self._states:
            return
        # The past is spread over the days before, so that there is an order of change.
        midnight = datetime.combine(self.today, time())
        state = self.frames(self.today)
        for name in self.keys:
            back = pl.duration(seconds=self._draws(name, 0, PAST_SECONDS))
            self._states[name] = self._unique(name, state[name]).with_columns(
                (pl.lit(midnight) - back).alias(STAMP), pl.lit(False).alias(DELETED)
            )

    def advance(self, days: int = 1) -> date:
        """Move the clock on day by day; raises ValueError for less than one day."""
        if days < 1:
            raise ValueError(f"the clock moves on by at least one day, not by {days}")
        for _ in range(days):
            self.move_to(self.today + timedelta(days=1))
        return self.today

    def move_to(self, day: date) -> None:
        """Move the clock to a later day at once: all that changed until then is stamped on that day."""
        if day <= self.today:
            raise ValueError(f"the clock stands at {self.today} and does not go back to {day}")
        state = self.frames(day)
        self.today = day
        self._shown.clear()
        for name in self.keys:
            self._compare(name, self._unique(name, state[name]))
        for name in self.shrinking:
            self._shrink(name)
        for correction in self.correcting:
            self._correct(correction)

    def edit(self, name: str, identity: tuple, at: datetime | None = None, /, **values: Any) -> None:
        """Someone changes a record (or adds one), now or as of `at` (naive, UTC)."""
        known = self._row(name, identity) or dict(zip(self.keys[name], identity, strict=True))
        self._put(name, identity, {**known, **values}, at, is_deleted=False)

    def delete(self, name: str, identity: tuple, at: datetime | None = None) -> None:
        """Someone deletes a record: a tombstone stays, with key and stamp and nothing else."""
        row = self._row(name, identity)
        if row is None:
            raise KeyError(f"{name} has no record {identity}")
        kept = {column: value if column in self.keys[name] else None for column, value in row.items()}
        self._put(name, identity, kept, at, is_deleted=True)

    def rows(self, name: str) -> list[Row]:
        """All records of a set, tombstones among them, by key."""
        if name not in self._shown:
            state = self._unedited(name).with_columns(pl.col(STAMP).dt.replace_time_zone("UTC"))
            found = [*state.iter_rows(named=True), *self._edited[name].values()]
            self._shown[name] = sorted(found, key=lambda row: str(self._identity(name, row)))
        return self._shown[name]

    def living(self, name: str) -> list[Row]:
        """The records that are not deleted."""
        return [row for row in self.rows(name) if not row[DELETED]]

    def table(self, name: str) -> pl.DataFrame:
        """All records of a set as a frame, tombstones among them; stamps are naive."""
        edited = [{**row, STAMP: row[STAMP].replace(tzinfo=None)} for row in self._edited[name].values()]
        changed = pl.DataFrame(edited, schema=self._states[name].schema, orient="row")
        return pl.concat([self._unedited(name), changed])

    def changed_on(self, name: str, day: date) -> pl.DataFrame:
        """The records of a set whose newest change is of that day, tombstones among them."""
        return self.table(name).filter(pl.col(STAMP).dt.date() == day)

    def save(self, folder: Path) -> None:
        """Write all sets into a folder; `load` reads them back."""
        for name in self.keys:
            self.table(name).write_parquet(folder / f"{name}.parquet")
            edited = pl.DataFrame(
                [dict(zip(self.keys[name], identity, strict=True)) for identity in self._edited[name]],
                schema={column: self._states[name].schema[column] for column in self.keys[name]},
            )
            edited.write_parquet(folder / f"{name}.edited.parquet")

    def load(self, folder: Path) -> None:
        """Be what `save` wrote."""
        self._shown.clear()
        for name, key in self.keys.items():
            self._states[name] = pl.read_parquet(folder / f"{name}.parquet")
            edited = pl.read_parquet(folder / f"{name}.edited.parquet")
            kept = self._states[name].join(edited, on=key, how="semi")
            rows = kept.with_columns(pl.col(STAMP).dt.replace_time_zone("UTC")).iter_rows(named=True)
            self._edited[name] = {self._identity(name, row): row for row in rows}

    def _unique(self, name: str, frame: pl.DataFrame) -> pl.DataFrame:
        return frame.unique(self.keys[name], keep="first", maintain_order=True)

    def _unedited(self, name: str) -> pl.DataFrame:
        state, key = self._states[name], self.keys[name]
        if not self._edited[name]:
            return state
        schema = {column: state.schema[column] for column in key}
        edited = pl.DataFrame([list(identity) for identity in self._edited[name]], schema, orient="row")
        return state.join(edited, on=key, how="anti", maintain_order="left")

    def _identity(self, name: str, row: Row) -> tuple:
        return tuple(row[column] for column in self.keys[name])

    def _row(self, name: str, identity: tuple) -> Row | None:
        if identity in self._edited[name]:
            return self._edited[name][identity]
        is_it = [pl.col(column) == value for column, value in zip(self.keys[name], identity, strict=True)]
        return next(iter(self._states[name].filter(is_it).iter_rows(named=True)), None)

    def _put(self, name: str, identity: tuple, row: Row, at: datetime | None, *, is_deleted: bool) -> None:
        second = _number(f"{name} {self.today} {identity}", DAY_SECONDS)
        moment = at or datetime.combine(self.today, time()) + timedelta(seconds=second)
        self._edited[name][identity] = {**row, STAMP: moment.replace(tzinfo=UTC), DELETED: is_deleted}
        if name in self._shown:
            others = [each for each in self._shown[name] if self._identity(name, each) != identity]
            found = [*others, self._edited[name][identity]]
            self._shown[name] = sorted(found, key=lambda each: str(self._identity(name, each)))

    def _compare(self, name: str, now: pl.DataFrame) -> None:
        """Stamp what differs from the day before; what is no longer there becomes a tombstone."""
        before, key, columns = self._states[name], self.keys[name], now.columns
        moment = pl.lit(datetime.combine(self.today, time())) + pl.duration(
            seconds=self._draws(name, self.today.toordinal(), DAY_SECONDS)
        )
        equal = before.filter(~pl.col(DELETED)).join(now, on=columns, how="semi", nulls_equal=True)
        changed = now.join(equal, on=key, how="anti").with_columns(
            moment.alias(STAMP), pl.lit(False).alias(DELETED)
        )
        gone = before.join(now, on=key, how="anti")
        emptied = [
            pl.lit(None).cast(kind).alias(column) for column, kind in now.schema.items() if column not in key
        ]
        left = gone.filter(~pl.col(DELETED)).with_columns(
            *emptied, moment.alias(STAMP), pl.lit(True).alias(DELETED)
        )
        parts = [equal, changed, gone.filter(pl.col(DELETED)), left]
        self._states[name] = pl.concat([part.select(before.columns) for part in parts])

    def _shrink(self, name: str) -> None:
        for identity in self._drawn(name, ~pl.col(DELETED)):
            self.delete(name, identity)

    def _correct(self, correction: Correction) -> None:
        column, name = correction.column, correction.name
        is_old = pl.col(column) < self.today - timedelta(days=2 * correction.days)
        for identity in self._drawn(name, ~pl.col(DELETED) & is_old):
            row = self._row(name, identity)
            assert row is not None
            self.edit(name, identity, **{column: row[column] - timedelta(days=correction.days)})

    def _drawn(self, name: str, among: pl.Expr) -> list[tuple]:
        """The key of one record, drawn anew each day; none where there is none."""
        place = self._draws(name, -self.today.toordinal(), 1 << 62).alias("_place")
        found = self.table(name).filter(among).with_columns(place).sort("_place", *self.keys[name]).head(1)
        return found.select(self.keys[name]).rows()

    def _draws(self, name: str, turn: int, below: int) -> pl.Expr:
        """A number a record that looks drawn and is the same each time."""
        whole = pl.concat_str([pl.col(column).cast(pl.String) for column in self.keys[name]], separator="|")
        return (whole.hash(_number(f"{name} {turn}", 1 << 62)) % below).cast(pl.Int64)


def plain(value: Any) -> Any:
    """A value as JSON has it: moments in UTC with «Z», decimals as numbers."""
    if isinstance(value, datetime):
        moment = value.astimezone(UTC) if value.tzinfo else value
        return moment.replace(tzinfo=None).isoformat() + "Z"
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value


def _number(title: str, below: int) -> int:
    return int.from_bytes(hashlib.blake2b(title.encode(), digest_size=8).digest()) % below
