"""Weighted lateness: what it costs to be late, and plans by rules that look at due days."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from ml.schedule.priority_rules import Priority, serial_plan, shaken
from ml.schedule.resource_project import ResourceProject, Starts


@dataclass(frozen=True)
class Due:
    """The day on which a task is to be done, and what each day later costs."""

    day: int
    weight: int = 1

    def __post_init__(self) -> None:
        if self.weight < 0:
            raise ValueError(f"Due.weight {self.weight} must not be negative")


def lateness(project: ResourceProject, starts: Sequence[int], due: Sequence[Due | None]) -> int:
    """Sum of weight × days late over the tasks that are due."""
    return sum(
        each.weight * max(0, start + days - each.day)
        for start, days, each in zip(starts, project.durations, due, strict=True)
        if each is not None
    )


def late_finishes(project: ResourceProject, due: Sequence[Due | None]) -> Priority:
    """The latest finish of each task at which all behind it can be in time; infinite where none is due."""
    late = [float("inf") if each is None or not each.weight else float(each.day) for each in due]
    for task in reversed(project.order):
        for after, days in project.followers[task]:
            start = late[after] - project.durations[after]
            late[task] = min(late[task], start - days + project.durations[task])
    return late


def best_by_due(
    project: ResourceProject, due: Sequence[Due | None], samples: int = 0, seed: int = 0, enough: int = 0
) -> Starts:
    """The least late plan of the rules «first due» and «first due by weight» and of so many shaken ones.

    samples: the best plan so far, its starts shaken at random from `seed` and planned anew in their order.
    enough: a lateness that no plan can undercut.
    """
    dice = random.Random(seed)
    late = [min(day, float(project.horizon)) for day in late_finishes(project, due)]
    heavy = _weights(project, due)
    spread = 1 + max(late, default=0) - min(late, default=0)
    best: Starts = ()
    cost = 0
    for number in range(2 + samples):
        if best and cost <= enough:
            break
        if number < 2:
            pull = number * spread / 4
            priority = [day - pull * weight for day, weight in zip(late, heavy, strict=True)]
        else:
            priority = shaken(best, project.end(best), dice)
        found = serial_plan(project, priority)
        if not best or lateness(project, found, due) <= cost:
            best, cost = found, lateness(project, found, due)
    return best


def _weights(project: ResourceProject, due: Sequence[Due | None]) -> list[float]:
    """For each task the greatest weight that waits behind it, as a share of the greatest of all."""
    found = [0.0 if each is None else float(each.weight) for each in due]
    for task in reversed(project.order):
        for after, _ in project.followers[task]:
            found[task] = max(found[task], found[after])
    greatest = max(found, default=0.0) or 1.0
    return [weight / greatest for weight in found]
