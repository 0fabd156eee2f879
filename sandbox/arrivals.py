"""When projects begin: the pilot's at every scale the same, all others as many as the scale asks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sandbox.geography import PILOT
from sandbox.sizes import sizes
from sandbox.world import START, World

#: Projects a pilot city began in the year and a half before its pilot, and days between two since then.
_BEFORE, _DAYS_BEFORE, _GAP_AFTER = 12, 540, 66


@dataclass(frozen=True, order=True)
class Arrival:
    """A project begins: on which day, under which code, in which city (None: wherever its customer is)."""

    initiated_on: date
    code: str
    place: str | None = None


def draw_arrivals(world: World) -> list[Arrival]:
    """All projects begun so far, in order."""
    found = list(_others(world))
    for place, (code, starts) in PILOT.items():
        found += _pilot(world, place, code, starts)
    return sorted(one for one in found if world.has_come(one.initiated_on))


def _others(world: World) -> Iterator[Arrival]:
    dice = world.dice("arrivals")
    gap = 365 / sizes(world.scale).projects_a_year
    day, number = START.toordinal() + 3.0, 0
    while True:
        number += 1
        day += gap * float(dice.uniform(0.2, 1.8))
        initiated = date.fromordinal(int(day))
        if not world.has_come(initiated):
            return
        yield Arrival(initiated, f"{number:04d}")


def _pilot(world: World, place: str, code: str, starts: date) -> Iterator[Arrival]:
    """A dozen projects before the pilot, for comparison, and a steady stream since."""
    dice = world.dice("pilot", code)
    share = sizes(world.scale).pilot_share
    before = max(1, round(_BEFORE * share))
    first = starts - timedelta(days=_DAYS_BEFORE)
    number = 0
    for slot in range(before):
        number += 1
        offset = (slot + float(dice.uniform(0, 1))) * _DAYS_BEFORE / before
        yield Arrival(first + timedelta(days=int(offset)), f"{code}{number:03d}", place)
    day = float(starts.toordinal())
    while True:
        number += 1
        day += _GAP_AFTER / share * float(dice.uniform(0.5, 1.5))
        initiated = date.fromordinal(int(day))
        if not world.has_come(initiated):
            return
        yield Arrival(initiated, f"{code}{number:03d}", place)
