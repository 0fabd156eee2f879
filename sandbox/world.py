"""The make-believe world: its clock, its dice, and the rows its systems have written.

Three rules make the world grow as a living one does. Every entity throws its own dice, so that another
customer or another day changes nothing else. The truth is simulated to its end and only then seen as of
``until``: a later ``until`` adds rows and fills in facts but never alters the past. Nothing reads a clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from hashlib import blake2b
from typing import Any, TypeVar

import numpy as np
import polars as pl
from numpy.random.bit_generator import ISeedSequence

from lake.contracts import Contract, source_contracts

START = date(2022, 1, 1)
HORIZON = date(2036, 12, 31)

Moment = TypeVar("Moment", date, datetime)

_POLARS_TYPES: dict[str, Any] = {
    "VARCHAR": pl.String,
    "DATE": pl.Date,
    "TIMESTAMP": pl.Datetime("us"),
    "BIGINT": pl.Int64,
    "DOUBLE": pl.Float64,
    "BOOLEAN": pl.Boolean,
}


#: Rows that wait as Python objects before they become a frame, so that a big world fits into memory.
_BATCH = 50_000


class _Title(ISeedSequence):
    """What a title's hash says, as the seed of dice: a fifth of the cost of numpy's own seeding."""

    def __init__(self, title: str) -> None:
        self.digest = blake2b(title.encode(), digest_size=32).digest()

    def generate_state(self, n_words: int, dtype: Any = np.uint32) -> np.ndarray:
        """The first words of the hash."""
        return np.frombuffer(self.digest, dtype=dtype, count=n_words)


@dataclass
class Table:
    """Rows of one contract table: the newest as they were written, the others as frames."""

    contract: Contract
    rows: list[dict[str, Any]] = field(default_factory=list)
    parts: list[pl.DataFrame] = field(default_factory=list)

    def frame(self) -> pl.DataFrame:
        """All rows in the contract's columns and types, sorted by key."""
        self.pack()
        parts = self.parts or [_frame(self.contract, [])]
        self.parts = [pl.concat(parts).sort(self.contract.key) if len(parts) > 1 else parts[0]]
        return self.parts[0]

    def pack(self) -> None:
        """Turn the waiting rows into a frame."""
        if self.rows:
            self.parts.append(_frame(self.contract, self.rows))
            self.rows = []


@dataclass
class World:
    """One company's world, seen as of ``until``; ``scale`` multiplies its size."""

    seed: int
    scale: float
    until: date
    tables: dict[str, Table] = field(
        default_factory=lambda: {name: Table(item) for name, item in source_contracts().items()}
    )
    truth: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def dice(self, *name: str | int) -> np.random.Generator:
        """Dice of one entity, named by text and numbers; the same in every run with the same seed."""
        return np.random.Generator(np.random.SFC64(_Title("|".join(map(str, (self.seed, *name))))))

    def add(self, table: str, **values: Any) -> None:
        """Write one row of a contract table; columns left out stay empty."""
        place = self.tables[table]
        place.rows.append(values)
        if len(place.rows) >= _BATCH:
            place.pack()

    def add_frame(self, table: str, frame: pl.DataFrame) -> None:
        """Write many rows at once, in the contract's columns, types and order of keys."""
        self.tables[table].parts.append(frame)

    def cause(self, cause: str, subject: str, effect: str, affected: str, size: float, day: date) -> None:
        """Write down, for tests alone, that ``subject`` has brought about so much of an effect on a day."""
        if day <= self.until:
            self.truth.setdefault("causes", []).append(
                {
                    "cause_code": cause,
                    "subject_id": subject,
                    "effect_code": effect,
                    "affected_id": affected,
                    "size": float(size),
                    "day_on": day,
                }
            )

    def has_come(self, moment: date) -> bool:
        """Whether a day or an instant lies within what is known."""
        day = moment.date() if isinstance(moment, datetime) else moment
        return day <= self.until

    def seen(self, moment: Moment | None) -> Moment | None:
        """The moment if it has come, else None: what a source system shows of it."""
        return moment if moment is not None and self.has_come(moment) else None

    def frames(self) -> dict[str, pl.DataFrame]:
        """All contract tables as frames with the contract's columns and types, sorted by key."""
        return {name: table.frame() for name, table in self.tables.items()}


def _frame(item: Contract, rows: list[dict[str, Any]]) -> pl.DataFrame:
    known = {column.name for column in item.columns}
    for row in rows:
        if not row.keys() <= known:
            raise KeyError(f"{item.name} has no column {sorted(row.keys() - known)}")
    types = {column.name: column.type for column in item.columns}
    schema = {name: _POLARS_TYPES.get(type_, pl.Float64) for name, type_ in types.items()}
    frame = pl.from_dicts(rows, schema=schema, strict=False) if rows else pl.DataFrame(schema=schema)
    return frame.with_columns(
        pl.col(name).round(scale).cast(pl.Decimal(precision, scale))
        for name, (precision, scale) in _decimals(types).items()
    ).sort(item.key)


def _decimals(types: dict[str, str]) -> dict[str, tuple[int, int]]:
    """Digits in all and behind the point of the columns that hold exact numbers."""
    found = {}
    for name, type_ in types.items():
        if type_.startswith("DECIMAL"):
            precision, scale = type_[8:-1].split(",")
            found[name] = (int(precision), int(scale))
    return found


def days(number: float) -> timedelta:
    """A whole number of days."""
    return timedelta(days=round(float(number)))


def moment(dice: np.random.Generator, day: date, first_hour: int = 9, last_hour: int = 17) -> datetime:
    """An instant of working time in China on ``day``, as UTC."""
    seconds = int(dice.integers(first_hour * 3600, last_hour * 3600))
    return datetime.combine(day, time()) + timedelta(seconds=seconds, hours=-8)


def pick(dice: np.random.Generator, items: list[Any] | tuple[Any, ...], weights: Any = None) -> Any:
    """One of ``items``; with ``weights`` (any positive scale) not all equally likely."""
    if weights is None:
        return items[int(dice.random() * len(items))]
    place = dice.random() * sum(weights)
    for item, weight in zip(items, weights, strict=True):
        place -= weight
        if place < 0:
            return item
    return items[-1]
