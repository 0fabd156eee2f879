"""A project whose tasks share limited resources: what is to be planned, and what is wrong with it.

The resource-constrained project scheduling problem with minimal time lags (Brucker et al., 1999): tasks of
fixed durations, links between them, and renewable resources of which so much is there on every day.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from ml.schedule.critical_path import Link, solve, start_lag

Starts = tuple[int, ...]


@dataclass(frozen=True)
class Problem:
    """Why a task cannot be planned: `cycle`, `negative_duration`, `demand_above_capacity`; and the facts."""

    task: int
    reason_code: str
    detail: str


class UnplannableError(ValueError):
    """Tasks that no plan can hold. `problems` has one for each; the message names the first few."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        told = "; ".join(f"task {one.task}: {one.reason_code} ({one.detail})" for one in problems[:5])
        super().__init__(f"{len(problems)} tasks cannot be planned: {told}. Leave them out or repair them.")


@dataclass(frozen=True)
class ResourceProject:
    """Tasks by number, in whole days.

    durations: 0 for a point in time. demands: for each task the amount of each resource that it holds while
    it runs. capacities: of each resource. releases: no task starts before its own (0 where left out). fixed:
    the start of what has begun already; it keeps its days whatever it holds, and no link moves it.
    """

    durations: tuple[int, ...]
    links: tuple[Link, ...] = ()
    demands: tuple[tuple[int, ...], ...] = ()
    capacities: tuple[int, ...] = ()
    releases: tuple[int, ...] = ()
    fixed: tuple[int | None, ...] = ()

    def __post_init__(self) -> None:
        nothing = {"demands": (0,) * len(self.capacities), "releases": 0, "fixed": None}
        for name, value in nothing.items():
            if not getattr(self, name):
                object.__setattr__(self, name, (value,) * len(self))
            found = len(getattr(self, name))
            if found != len(self):
                raise ValueError(f"ResourceProject.{name} has {found} entries for {len(self)} tasks")

    def __len__(self) -> int:
        return len(self.durations)

    @cached_property
    def lags(self) -> tuple[tuple[int, int, int], ...]:
        """The links that bind as (before, after, least days from start to start)."""
        return tuple(
            (link.before, link.after, start_lag(link, self.durations))
            for link in self.links
            if self.fixed[link.after] is None
        )

    @cached_property
    def followers(self) -> tuple[tuple[tuple[int, int], ...], ...]:
        """For each task those that its links lead to, with the least days from start to start."""
        found: list[list[tuple[int, int]]] = [[] for _ in self.durations]
        for before, after, days in self.lags:
            found[before].append((after, days))
        return tuple(tuple(each) for each in found)

    @cached_property
    def order(self) -> tuple[int, ...]:
        """The tasks so that every link leads forward; those on a cycle or behind one are left out."""
        waiting = [0] * len(self)
        for _, after, _ in self.lags:
            waiting[after] += 1
        order = [task for task, number in enumerate(waiting) if number == 0]
        for task in order:
            for after, _ in self.followers[task]:
                waiting[after] -= 1
                if waiting[after] == 0:
                    order.append(after)
        return tuple(order)

    @cached_property
    def heads(self) -> Starts:
        """The earliest start of each task where resources are no limit."""
        early = [
            release if start is None else start
            for release, start in zip(self.releases, self.fixed, strict=True)
        ]
        for task in self.order:
            for after, days in self.followers[task]:
                early[after] = max(early[after], early[task] + days)
        return tuple(early)

    @cached_property
    def tails(self) -> Starts:
        """The days from each task's start to the project's end, at least."""
        tails = list(self.durations)
        for task in reversed(self.order):
            for after, days in self.followers[task]:
                tails[task] = max(tails[task], days + tails[after])
        return tuple(tails)

    @cached_property
    def horizon(self) -> int:
        """A day by which every plan that never waits in vain has ended."""
        begin = max((0, *self.releases, *(start or 0 for start in self.fixed)))
        waits = sum(max(0, days - self.durations[before]) for before, _, days in self.lags)
        return begin + sum(self.durations) + waits

    def backwards(self) -> "ResourceProject":
        """The same project run from its end: what finishes last starts first. It knows no releases."""
        turned = tuple(
            Link(after, before, "SS", days - self.durations[before] + self.durations[after])
            for before, after, days in self.lags
        )
        return replace(self, links=turned, releases=(), fixed=())

    def end(self, starts: Sequence[int]) -> int:
        """The day on which the last task is done, 0 for no tasks."""
        return max((start + days for start, days in zip(starts, self.durations, strict=True)), default=0)


def problems(project: ResourceProject) -> list[Problem]:
    """What keeps tasks from being planned, by task; empty when all is well."""
    found = [
        Problem(task, "negative_duration", f"{days} days")
        for task, days in enumerate(project.durations)
        if days < 0
    ]
    for task, demand in enumerate(project.demands):
        for resource, (asked, there) in enumerate(zip(demand, project.capacities, strict=True)):
            if asked > there and project.durations[task] > 0 and project.fixed[task] is None:
                detail = f"needs {asked} of resource {resource}, which has {there}"
                found.append(Problem(task, "demand_above_capacity", detail))
    for cycle in solve(project.durations, project.links).cycles:
        way = " → ".join(str(task) for task in [*cycle, cycle[0]])
        found += [Problem(task, "cycle", way) for task in cycle]
    return sorted(found, key=lambda one: (one.task, one.reason_code))


def conflicts(project: ResourceProject, starts: Sequence[int]) -> list[str]:
    """Every way in which a plan breaks the project, in words; empty for a plan that holds."""
    told = [
        f"task {task} starts on {start}, before {project.releases[task]}"
        for task, start in enumerate(starts)
        if start < project.releases[task] and project.fixed[task] is None
    ]
    told += [
        f"task {task} has begun on {begun} and is planned for {start}"
        for task, (start, begun) in enumerate(zip(starts, project.fixed, strict=True))
        if begun is not None and begun != start
    ]
    told += [
        f"task {after} starts less than {days} days after task {before}"
        for before, after, days in project.lags
        if starts[after] < starts[before] + days
    ]
    return told + _overloads(project, starts)


def _overloads(project: ResourceProject, starts: Sequence[int]) -> list[str]:
    """Days on which planned tasks hold more than there is; what the begun ones alone hold is no fault."""
    held: dict[tuple[int, int], int] = {}
    planned: set[tuple[int, int]] = set()
    for task, start in enumerate(starts):
        for resource, amount in enumerate(project.demands[task]):
            for day in range(start, start + project.durations[task]) if amount else ():
                held[resource, day] = held.get((resource, day), 0) + amount
                if project.fixed[task] is None:
                    planned.add((resource, day))
    return [
        f"day {day} holds {held[resource, day]} of resource {resource}, not {project.capacities[resource]}"
        for resource, day in sorted(planned)
        if held[resource, day] > project.capacities[resource]
    ]
