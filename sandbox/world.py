"""The make-believe world: its clock, its dice, and the rows its systems have written.

Three rules make the world grow as a living one does. Every entity throws its own dice, so that another
customer or another day changes nothing else. The truth is simulated to its end and only then seen as of
``until``: a later ``until`` adds rows and fills in facts but never alters the past. Nothing reads a clock.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from hashlib import blake2b
from typing import Any, TypeVar

import numpy as np
import polars as pl

from lake.contracts import Contract, load_contracts

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


@dataclass
class World:
    """One company's world, seen as of ``until``; ``scale`` multiplies its size."""

    seed: int
    scale: float
    until: date
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    def dice(self, *name: str | int) -> np.random.Generator:
        """Dice of one entity, named by text and numbers; the same in every run with the same seed."""
        title = "|".join(map(str, (self.seed, *name)))
        key = int.from_bytes(blake2b(title.encode(), digest_size=16).digest(), "little")
        # Counter-based dice take a key as it is; seeding the usual ones costs more than their throws.
        return np.random.Generator(np.random.Philox(key=key))

    def add(self, table: str, **values: Any) -> None:
        """Write one row of a contract table; columns left out stay empty."""
        self.rows[table].append(values)

    def has_come(self, moment: date) -> bool:
        """Whether a day or an instant lies within what is known."""
        day = moment.date() if isinstance(moment, datetime) else moment
        return day <= self.until

    def seen(self, moment: Moment | None) -> Moment | None:
        """The moment if it has come, else None: what a source system shows of it."""
        return moment if moment is not None and self.has_come(moment) else None

    def frames(self) -> dict[str, pl.DataFrame]:
        """All contract tables as frames with the contract's columns and types, sorted by key."""
        return {name: _frame(item, self.rows.get(name, [])) for name, item in load_contracts().items()}


def _frame(item: Contract, rows: list[dict[str, Any]]) -> pl.DataFrame:
    known = {column.name for column in item.columns}
    for row in rows:
        if not row.keys() <= known:
            raise KeyError(f"{item.name} has no column {sorted(row.keys() - known)}")
    series = [
        _series(column.name, column.type, [row.get(column.name) for row in rows]) for column in item.columns
    ]
    return pl.DataFrame(series).sort(item.key)


def _series(name: str, type_: str, values: list[Any]) -> pl.Series:
    if type_.startswith("DECIMAL"):
        precision, scale = (int(part) for part in type_[8:-1].split(","))
        numbers = [None if value is None else round(float(value), scale) for value in values]
        return pl.Series(name, numbers, dtype=pl.Float64).cast(pl.Decimal(precision, scale))
    if type_ == "DOUBLE":
        values = [None if value is None else float(value) for value in values]
    if type_ == "BIGINT":
        values = [None if value is None else int(value) for value in values]
    if type_ == "BOOLEAN":
        values = [None if value is None else bool(value) for value in values]
    return pl.Series(name, values, dtype=_POLARS_TYPES[type_])


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
        return items[int(dice.integers(len(items)))]
    share = np.cumsum(np.asarray(weights, dtype=float))
    return items[int(np.searchsorted(share, dice.random() * share[-1], side="right"))]
