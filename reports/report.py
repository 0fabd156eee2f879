"""What a report is: titled tables of typed columns. Formats know nothing of profit or satisfaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

Kind = Literal["text", "amount", "count", "share", "number", "date"]
Cell = str | int | float | Decimal | dt.date | None
NO_DATA = "–"
MINUS = "−"


@dataclass(frozen=True)
class Column:
    """A column's heading and what its values are; amounts have two digits, shares (0–1) show percent."""

    heading: str
    kind: Kind = "text"


@dataclass(frozen=True)
class Table:
    """A titled table; `total` is its last row and stands apart, `note` is in small print beneath."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    total: Sequence[Cell] | None = None
    note: str = ""


@dataclass(frozen=True)
class Report:
    """One report in one language.

    name: its file's name without ending, such as `profit-2026-10-v1`. lines: what stands under the title
    (period, as of, publication, for whom). warnings: what a reader must know first, such as a restatement.
    """

    name: str
    language: Literal["zh", "en"]
    title: str
    lines: Sequence[str]
    tables: Sequence[Table]
    warnings: Sequence[str] = field(default_factory=tuple)


def shown(value: Cell, kind: Kind) -> str:
    """A value as a reader sees it: thousands apart, a true minus, «–» for no data."""
    if value is None:
        return NO_DATA
    if kind == "date" or isinstance(value, dt.date):
        return str(value)
    if kind == "text":
        return str(value)
    number = Decimal(str(value)) * (100 if kind == "share" else 1)
    digits = {"amount": 2, "count": 0, "share": 1, "number": 2}[kind]
    text = f"{abs(number):,.{digits}f}" + ("%" if kind == "share" else "")
    is_negative = number < 0 and any(letter in "123456789" for letter in text)
    return f"{MINUS}{text}" if is_negative else text
