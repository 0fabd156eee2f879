"""Plans by priority rules: quick, always feasible, seldom the best; the solver's start and its fallback.

Serial schedule generation and rules after Kolisch and Hartmann (1999), forward-backward improvement after
Tormos and Lova (2001), inside an iterated local search (Lourenço et al., 2003).
"""

import heapq
import random
from collections.abc import Callable, Sequence

from ml.schedule.resource_project import ResourceProject, Starts

#: Of two tasks that may be planned the one with the lower value goes first, of equals the first by number.
Priority = Sequence[float]

#: A plan is shaken by up to this share of its length.
_SHAKE_SHARE = 0.3


class _Profile:
    """How much of each resource is free on each day."""

    def __init__(self, project: ResourceProject) -> None:
        free = [[capacity] * (project.horizon + 1) for capacity in project.capacities]
        self._needs = [
            [(free[resource], amount) for resource, amount in enumerate(demand) if amount]
            for demand in project.demands
        ]
        self._durations = project.durations

    def earliest(self, task: int, day: int) -> int:
        """The first day from `day` on from which the task can run without a break."""
        length, needs = self._durations[task], self._needs[task]
        unchecked = day
        while length and needs:
            blocked = day - 1
            for free, amount in needs:
                for at in range(day + length - 1, max(unchecked, blocked + 1) - 1, -1):
                    if free[at] < amount:
                        blocked = at
                        break
            if blocked < day:
                break
            # Behind the last blocked day all was found free up to the old end.
            unchecked, day = day + length, blocked + 1
        return day

    def take(self, task: int, day: int) -> None:
        """Let the task hold its resources from `day` on."""
        for free, amount in self._needs[task]:
            for at in range(max(day, 0), day + self._durations[task]):
                free[at] -= amount


def serial_plan(project: ResourceProject, priority: Priority) -> Starts:
    """Task by task in the order of priority, each as early as links, releases and resources allow.

    The project must be free of `problems`.
    """
    profile = _Profile(project)
    starts = [
        release if begun is None else begun
        for release, begun in zip(project.releases, project.fixed, strict=True)
    ]
    waiting = [0] * len(project)
    for task, begun in enumerate(project.fixed):
        if begun is not None:
            profile.take(task, begun)
    for _, after, _ in project.lags:
        waiting[after] += 1
    ready = [(priority[task], task) for task, number in enumerate(waiting) if number == 0]
    heapq.heapify(ready)
    while ready:
        _, task = heapq.heappop(ready)
        if project.fixed[task] is None:
            starts[task] = profile.earliest(task, starts[task])
            profile.take(task, starts[task])
        for after, days in project.followers[task]:
            starts[after] = max(starts[after], starts[task] + days)
            waiting[after] -= 1
            if waiting[after] == 0:
                heapq.heappush(ready, (priority[after], after))
    return tuple(starts)


def latest_finish(project: ResourceProject) -> Priority:
    """Rule LFT: first the task that must be done first lest the project end later than it must."""
    return [days - tail for days, tail in zip(project.durations, project.tails, strict=True)]


def latest_start(project: ResourceProject) -> Priority:
    """Rule LST: first the task that must begin first."""
    return [-tail for tail in project.tails]


def least_slack(project: ResourceProject) -> Priority:
    """Rule MSLK: first the task with the least room between its earliest and its latest start."""
    return [-tail - head for head, tail in zip(project.heads, project.tails, strict=True)]


def most_followers(project: ResourceProject) -> Priority:
    """Rule MTS: first the task on which most others wait, at any remove."""
    behind: list[set[int]] = [set() for _ in project.durations]
    for task in reversed(project.order):
        for after, _ in project.followers[task]:
            behind[task] |= behind[after] | {after}
    return [-len(each) for each in behind]


def greatest_weight(project: ResourceProject) -> Priority:
    """Rule GRPW: first the task whose own days and those of its direct followers are most."""
    return [
        -days - sum(project.durations[after] for after, _ in project.followers[task])
        for task, days in enumerate(project.durations)
    ]


RULES: dict[str, Callable[[ResourceProject], Priority]] = {
    "latest_finish": latest_finish,
    "latest_start": latest_start,
    "least_slack": least_slack,
    "most_followers": most_followers,
    "greatest_weight": greatest_weight,
}


def improved(project: ResourceProject, starts: Starts) -> Starts:
    """Shift all to the end and back to the beginning as long as the project's end comes nearer."""
    backwards = project.backwards()
    while True:
        ends = [-start - days for start, days in zip(starts, project.durations, strict=True)]
        late = serial_plan(backwards, ends)
        found = serial_plan(
            project, [-start - days for start, days in zip(late, project.durations, strict=True)]
        )
        if project.end(found) >= project.end(starts):
            return starts
        starts = found


def best_of_rules(project: ResourceProject, samples: int = 0, seed: int = 0, enough: int = 0) -> Starts:
    """The plan with the earliest end of all rules and of so many shaken ones, each improved.

    samples: the best plan so far, its starts shaken at random from `seed` and planned anew in their order;
    kept when it ends no later. enough: an end that no plan can undercut.
    """
    dice = random.Random(seed)
    best: Starts = ()
    for number in range(len(RULES) + samples):
        if best and project.end(best) <= enough:
            break
        if number < len(RULES):
            priority = list(RULES.values())[number](project)
        else:
            priority = shaken(best, project.end(best), dice)
        found = improved(project, serial_plan(project, priority))
        # A plan that is as good takes the other's place: so the search goes on from new ground.
        if not best or project.end(found) <= project.end(best):
            best = found
    return best


def shaken(starts: Starts, end: int, dice: random.Random) -> Priority:
    """The starts of a plan as priorities, moved at random: sometimes a little, sometimes a good deal."""
    width = _SHAKE_SHARE * dice.random() * end
    return [start + width * dice.random() for start in starts]
