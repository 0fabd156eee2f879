"""A score as the sum of weighted parts; a missing part is named, the others weigh more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cockpit.services import numbers


@dataclass(frozen=True)
class Part:
    """One part of a score: where it starts, what it could bring and what it brings, in points of 100."""

    name: str
    start: float
    most: float
    points: float | None
    shown: str
    note: str
    figure_id: str = ""


@dataclass(frozen=True)
class Scored:
    """What is known of one part: its weight (0–1), its points in the whole, and words of its own."""

    name: str
    weight: float | None
    points: float | None
    note: str = ""
    figure_id: str = ""


def steps(scored: Sequence[Scored], missing: str) -> list[Part]:
    """The parts in order, each beginning where the one before ended; `missing` names those without data."""
    found, start = [], 0.0
    for each in scored:
        if each.points is None or not each.weight:
            found.append(Part(each.name, start, 0.0, None, numbers.NO_DATA, missing, each.figure_id))
            continue
        most = each.weight * 100
        shown = f"{numbers.decimal(each.points)} / {numbers.decimal(most)}"
        found.append(Part(each.name, start, most, each.points, shown, each.note, each.figure_id))
        start += each.points
    return found
