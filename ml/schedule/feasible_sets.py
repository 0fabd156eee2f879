"""Which tasks can run at once and which cannot, and what that says of the work that fits into a day.

Sets of tasks that can run at once, and the bound that they give, after Mingozzi et al. (1998); the dual of it
as a resource made up of all others after Carlier and Néron (2007).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import gcd

from ml.schedule.resource_project import ResourceProject

#: Above so many tasks pairs of them are not looked at one by one.
MANY_TASKS = 300
#: At most so many steps are spent on listing sets: some tenths of a second.
_MOST_STEPS = 4_000
#: Sets are listed of so few tasks first, then each time of so many times as many.
_FEW_TASKS, _MORE = 12, 1.5
#: Weights are told in parts of this; it divides by all small numbers, as the weights' denominators mostly do.
_UNIT = 5_040


@dataclass(frozen=True)
class Resource:
    """A resource by itself: what each task holds of it, 0 for none, and how much there is."""

    demands: tuple[int, ...]
    capacity: int


def exclusive_tasks(project: ResourceProject) -> list[list[int]]:
    """Groups of tasks of which no two can run at once, for want of a resource or by a chain of links.

    Greedy groups that cover all pairs that resources alone keep apart; of large projects one a resource.
    """
    able = open_tasks(project)
    if len(able) > MANY_TASKS:
        halves = [
            [task for task in able if 2 * project.demands[task][resource] > capacity]
            for resource, capacity in enumerate(project.capacities)
        ]
        return [group for group in halves if len(group) > 1]
    scarce = _scarce_pairs(project, able)
    apart = [each | linked for each, linked in zip(scarce, _chained(project), strict=True)]
    by_conflicts = sorted(able, key=lambda task: (-len(scarce[task]), task))
    covered: set[tuple[int, int]] = set()
    groups = []
    for one in able:
        for other in sorted(scarce[one]):
            if other < one or (one, other) in covered:
                continue
            group = [one, other]
            for task in by_conflicts:
                if task not in group and all(task in apart[each] for each in group):
                    group.append(task)
            covered |= {(first, second) for first in group for second in group}
            groups.append(sorted(group))
    return groups


def open_tasks(project: ResourceProject) -> list[int]:
    """The tasks that have not begun, take days and hold resources."""
    return [
        task
        for task, days in enumerate(project.durations)
        if days and project.fixed[task] is None and any(project.demands[task])
    ]


def _scarce_pairs(project: ResourceProject, able: Sequence[int]) -> list[set[int]]:
    """For each task those with which it would need more of a resource than there is."""
    found: list[set[int]] = [set() for _ in project.durations]
    for one in able:
        for other in able:
            needs = zip(project.demands[one], project.demands[other], project.capacities, strict=True)
            if one < other and any(first + second > there for first, second, there in needs):
                found[one].add(other)
                found[other].add(one)
    return found


def _chained(project: ResourceProject) -> list[set[int]]:
    """For each task those that start after its finish, or finish before its start, whatever the plan."""
    after: list[set[int]] = [set() for _ in project.durations]
    for task in reversed(project.order):
        for follower, days in project.followers[task]:
            # Behind a follower that waits for this task's finish all its own followers wait too.
            if days >= project.durations[task]:
                after[task] |= after[follower] | {follower}
    both = [set(each) for each in after]
    for task, each in enumerate(after):
        for follower in each:
            both[follower].add(task)
    return both


def feasible_sets(
    project: ResourceProject, tasks: Sequence[int], most_steps: int = _MOST_STEPS
) -> list[tuple[int, ...]] | None:
    """All sets of these tasks that can run at once and to which none of them can be added.

    None where the list would take more steps than that; there can be very many.
    """
    chained = _chained(project)
    beside = {task: {other for other in tasks if other not in chained[task]} - {task} for task in tasks}
    steps = 0

    def fitting(others: Sequence[int], left: Sequence[int]) -> list[int]:
        return [
            task
            for task in others
            if all(amount <= there for amount, there in zip(project.demands[task], left, strict=True))
        ]

    def grown(
        chosen: tuple[int, ...], left: Sequence[int], open_: Sequence[int], passed: Sequence[int]
    ) -> Iterator[tuple[int, ...]]:
        """Sets with all that is chosen and some of the open; none to which a passed one could be added."""
        nonlocal steps
        steps += 1
        open_, passed = fitting(open_, left), fitting(passed, left)
        if not open_ and not passed:
            yield chosen
        for at, task in enumerate(open_):
            if steps > most_steps:
                return
            mates = beside[task]
            yield from grown(
                (*chosen, task),
                [there - amount for there, amount in zip(left, project.demands[task], strict=True)],
                [other for other in open_[at + 1 :] if other in mates],
                [other for other in (*passed, *open_[:at]) if other in mates],
            )

    found = list(grown((), project.capacities, list(tasks), []))
    return None if steps > most_steps else found


def binding_resource(project: ResourceProject, most_steps: int = _MOST_STEPS) -> Resource | None:
    """A resource, made up of all others and of the links, that keeps the project busy for longest.

    What a task holds of it is such that the tasks of no set that can run at once hold more than there is,
    so every plan keeps to it. Its work ÷ capacity is the least time in which the tasks could be done if they
    could be broken off at will. Where it would take more steps than that to list the sets, tasks that need
    little are left out. None where no task holds anything, or there are more than MANY_TASKS.

    The project must be free of `problems`.
    """
    tasks = open_tasks(project) if len(project) <= MANY_TASKS else []
    by_need = sorted(tasks, key=lambda task: (-_need(project, task), task))
    size, found = _FEW_TASKS, None
    while tasks and (found is None or len(found[0]) < len(tasks)):
        chosen = sorted(by_need[:size])
        sets = feasible_sets(project, chosen, most_steps)
        if sets is None:
            break
        found = chosen, sets
        size = int(_MORE * size)
    return _binding(project, *found) if found else None


def _need(project: ResourceProject, task: int) -> float:
    """The greatest share of a resource that a task holds."""
    needs = zip(project.demands[task], project.capacities, strict=True)
    return max(amount / there for amount, there in needs if amount)


def _binding(project: ResourceProject, tasks: Sequence[int], sets: Sequence[tuple[int, ...]]) -> Resource:
    """The weights of the tasks with most work in all and at most one in every set, as whole numbers."""
    import numpy as np
    from scipy.optimize import linprog

    place = {task: at for at, task in enumerate(tasks)}
    members = np.zeros((len(sets), len(tasks)))
    for row, each in enumerate(sets):
        members[row, [place[task] for task in each]] = 1.0
    work = [-float(project.durations[task]) for task in tasks]
    weights = linprog(work, A_ub=members, b_ub=np.ones(len(sets)), bounds=(0, 1), method="highs-ds").x
    # Counted anew in whole numbers: what is rounded, and a solver's tolerance, cannot make the bound wrong.
    whole = [round(_UNIT * float(weight)) for weight in weights]
    part = gcd(*whole) or 1
    demands = [0] * len(project)
    for task, amount in zip(tasks, whole, strict=True):
        demands[task] = amount // part
    return Resource(tuple(demands), max(sum(demands[task] for task in each) for each in sets))
