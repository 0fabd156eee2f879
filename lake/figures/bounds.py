"""How far rows that wait in quarantine could move a figure, at worst: pure arithmetic on counts.

A waiting row may *add* a counted row (its key is new), *change* one (its key is known, or it belongs to one),
or reach any number of them. A share of counts stays within 0 and 1 whatever comes; nothing else has limits of
its own. Each bound is proven in the tests by trying all that the rows could be.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

BoundCode = Literal["exact", "bounded", "unbounded"]


@dataclass(frozen=True)
class Waiting:
    """Quarantined rows above a figure by what they could do; `amounts` of added rows are None when unread."""

    added: int = 0
    changed: int = 0
    anywhere: int = 0
    amounts: Sequence[float] | None = None

    @property
    def total(self) -> int:
        """Whether anything waits at all, as a number of effects."""
        return self.added + self.changed + self.anywhere

    def as_json(self) -> str:
        """As a passport keeps it; `waiting_of` reads it back."""
        amounts = None if self.amounts is None else list(self.amounts)
        return json.dumps([self.added, self.changed, self.anywhere, amounts])


def waiting_of(content: str) -> Waiting:
    """What `Waiting.as_json` wrote."""
    return Waiting(*json.loads(content))


@dataclass(frozen=True)
class Measured:
    """A figure's value and what it is made of; the parts are None when the value is no quotient of them."""

    value: float | None
    numerator: float | None = None
    denominator: float | None = None


@dataclass(frozen=True)
class Bound:
    """Where the figure lies once the waiting rows are in; an open side is None."""

    code: BoundCode
    low: float | None = None
    high: float | None = None


OPEN = Bound("unbounded")


def bound(
    kind: str | None, measured: Measured, waiting: Waiting, scale: tuple[float, float] | None = None
) -> Bound:
    """The worst case; exact while nothing waits, unbounded where nothing can be said."""
    if not waiting.total:
        return Bound("exact", measured.value, measured.value)
    if kind == "share":
        return _share(measured, waiting)
    if kind == "mean" and scale is not None:
        return _mean(measured, waiting, scale)
    if kind == "count" and measured.value is not None:
        return _count(measured.value, waiting)
    if kind == "sum":
        return _sum(measured.value or 0.0, waiting)
    return OPEN


def _share(measured: Measured, waiting: Waiting) -> Bound:
    if measured.numerator is None or measured.denominator is None:
        return OPEN
    whole = measured.denominator + waiting.added
    if waiting.anywhere or not whole:
        return Bound("bounded", 0.0, 1.0)
    part = measured.numerator
    return Bound(
        "bounded",
        max(0.0, part - waiting.changed) / whole,
        min(1.0, (part + waiting.added + waiting.changed) / whole),
    )


def _mean(measured: Measured, waiting: Waiting, scale: tuple[float, float]) -> Bound:
    least, most = scale
    if measured.denominator is None or measured.numerator is None:
        return OPEN
    rows = measured.denominator + waiting.added
    if waiting.anywhere or not rows:
        return Bound("bounded", least, most)
    moved = waiting.changed * (most - least)
    low = (measured.numerator + waiting.added * least - moved) / rows
    high = (measured.numerator + waiting.added * most + moved) / rows
    return Bound("bounded", max(least, low), min(most, high))


def _count(value: float, waiting: Waiting) -> Bound:
    if waiting.anywhere:
        return Bound("unbounded", 0.0)
    return Bound("bounded", max(0.0, value - waiting.changed), value + waiting.added + waiting.changed)


def _sum(value: float, waiting: Waiting) -> Bound:
    if waiting.changed or waiting.anywhere or waiting.amounts is None:
        return OPEN
    low = sum(amount for amount in waiting.amounts if amount < 0)
    high = sum(amount for amount in waiting.amounts if amount > 0)
    return Bound("bounded", value + low, value + high)
