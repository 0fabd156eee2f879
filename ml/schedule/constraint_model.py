"""Plans by constraint programming (OR-Tools CP-SAT), begun from a priority rule's plan and never worse.

Tasks are intervals, a resource is a cumulative constraint; tasks of which no two can run at once stand in a
no-overlap constraint besides, which is what proves most plans best (Baptiste and Le Pape, 2000). The search
learns from its dead ends (Schutt et al., 2011).
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ml.schedule.bounds import lower_bound
from ml.schedule.feasible_sets import MANY_TASKS, exclusive_tasks, open_tasks
from ml.schedule.lateness import Due, best_by_due, lateness
from ml.schedule.priority_rules import best_of_rules, serial_plan
from ml.schedule.resource_project import ResourceProject, Starts, UnplannableError, problems

#: Searches of the solver that end in a proof and use no relaxation; the second starts anew more often.
_FULL_SEARCHES = ("no_lp", "quick_restart_no_lp")
#: The search gets this much where all else has used up the limit.
_LEAST_SECONDS = 0.05


@dataclass(frozen=True)
class PlanConfig:
    """How long and how to search.

    limit_seconds: of one plan, its rules and its search, wall clock. deterministic_limit: of the search
    instead, in the solver's own unit of work (some seconds of a free core): the same plan on every machine,
    to the last day. workers: threads of the solver. samples: shaken plans before the search. seed: of both.
    """

    limit_seconds: float = 10.0
    deterministic_limit: float | None = None
    workers: int = 2
    samples: int = 60
    seed: int = 1

    def __post_init__(self) -> None:
        if self.limit_seconds <= 0 or self.workers < 1 or self.samples < 0:
            raise ValueError("PlanConfig: limit_seconds and workers must be positive, samples not negative")


@dataclass(frozen=True)
class ResourcePlan:
    """Starts of all tasks and how good they are.

    cost: the end of the project, or its weighted days late. bound: no plan costs less. method_code: `solver`,
    or `priority_rule` where the solver found nothing better or was not needed.
    """

    starts: Starts
    cost: int
    bound: int
    method_code: str

    @property
    def is_optimal(self) -> bool:
        """Proven best."""
        return self.cost <= self.bound


def shortest_plan(project: ResourceProject, config: PlanConfig | None = None) -> ResourcePlan:
    """The plan with the earliest end. Raises UnplannableError, which names what no plan can hold."""
    config = config or PlanConfig()
    _check(project)
    begun = time.perf_counter()
    bound = lower_bound(project)
    starts = best_of_rules(project, config.samples, config.seed, enough=bound)
    first = ResourcePlan(starts, project.end(starts), bound, "priority_rule")
    if first.is_optimal:
        return first
    return _searched(_Model(project, first), first, config, begun)


def least_late_plan(
    project: ResourceProject, due: Sequence[Due | None], config: PlanConfig | None = None
) -> ResourcePlan:
    """The plan with the least sum of weight × days late over the tasks that are due.

    Raises UnplannableError, which names what no plan can hold.
    """
    config = config or PlanConfig()
    _check(project)
    begun = time.perf_counter()
    bound = lateness(project, project.heads, due)
    starts = best_by_due(project, due, config.samples, config.seed, enough=bound)
    first = ResourcePlan(starts, lateness(project, starts, due), bound, "priority_rule")
    if first.is_optimal:
        return first
    found = _searched(_Model(project, first, due), first, config, begun)
    # Lateness says nothing of tasks that are in time: these too start as soon as they can.
    pressed = serial_plan(project, found.starts)
    return ResourcePlan(pressed, lateness(project, pressed, due), found.bound, found.method_code)


def _check(project: ResourceProject) -> None:
    found = problems(project)
    if found:
        raise UnplannableError(found)


class _Model:
    """The constraint model of a project, with what it starts from; `due` left out: its end is the cost."""

    def __init__(
        self, project: ResourceProject, first: ResourcePlan, due: Sequence[Due | None] | None = None
    ) -> None:
        from ortools.sat.python import cp_model

        self.project, self.due, self.cp = project, due, cp_model.CpModel()
        #: Whether the model tells of all pairs of tasks that exclude each other.
        self.has_all_pairs = len(open_tasks(project)) <= MANY_TASKS
        latest = first.cost if due is None else max(project.horizon, project.end(first.starts))
        self.starts = [
            self.cp.new_int_var(head, head if begun is not None else latest - tail, "")
            for head, tail, begun in zip(project.heads, project.tails, project.fixed, strict=True)
        ]
        self._intervals = [
            self.cp.new_fixed_size_interval_var(start, days, "")
            for start, days in zip(self.starts, project.durations, strict=True)
        ]
        for before, after, days in project.lags:
            self.cp.add(self.starts[after] >= self.starts[before] + days)
        for resource in range(len(project.capacities)):
            self._limit(resource)
        for clique in exclusive_tasks(project):
            self.cp.add_no_overlap([self._intervals[task] for task in clique])
        self._minimize(first, latest)

    def _limit(self, resource: int) -> None:
        """Not more of a resource than there is; what has begun takes its part first, all of it at most."""
        project, capacity = self.project, self.project.capacities[resource]
        held: dict[int, int] = {}
        intervals, demands = [], []
        for task, demand in enumerate(project.demands):
            amount, days = demand[resource], project.durations[task]
            if not amount or not days:
                continue
            begun = project.fixed[task]
            if begun is None:
                intervals.append(self._intervals[task])
                demands.append(amount)
            else:
                for day in range(max(begun, 0), begun + days):
                    held[day] = held.get(day, 0) + amount
        if not held and sum(demands) <= capacity:
            return
        for first, days, amount in _runs(held):
            intervals.append(self.cp.new_fixed_size_interval_var(first, days, ""))
            demands.append(min(amount, capacity))
        self.cp.add_cumulative(intervals, demands, capacity)

    def _minimize(self, first: ResourcePlan, latest: int) -> None:
        project = self.project
        hints = list(zip(self.starts, first.starts, strict=True))
        if self.due is None:
            end = self.cp.new_int_var(first.bound, first.cost, "")
            for task, days in enumerate(project.durations):
                if not project.followers[task]:
                    self.cp.add(end >= self.starts[task] + days)
            # The end of a task that overlaps its follower (a lead) may lie behind the follower's.
            for before, after, days in project.lags:
                if days + project.durations[after] < project.durations[before]:
                    self.cp.add(end >= self.starts[before] + project.durations[before])
            hints.append((end, first.cost))
            self.cp.minimize(end)
        else:
            costs = []
            for task, due in enumerate(self.due):
                if due is None or not due.weight:
                    continue
                finish = first.starts[task] + project.durations[task]
                late = self.cp.new_int_var(0, max(0, latest - due.day), "")
                self.cp.add(late >= self.starts[task] + project.durations[task] - due.day)
                hints.append((late, max(0, finish - due.day)))
                costs.append(due.weight * late)
            self.cp.minimize(sum(costs))
        for variable, value in hints:
            self.cp.add_hint(variable, value)


def _runs(held: dict[int, int]) -> list[tuple[int, int, int]]:
    """Stretches of days on which the same amount is held: first day, number of days, amount."""
    found: list[tuple[int, int, int]] = []
    for day in sorted(held):
        first, days, amount = found[-1] if found else (day, 0, -1)
        if first + days == day and amount == held[day]:
            found[-1] = (first, days + 1, amount)
        else:
            found.append((day, 1, held[day]))
    return found


def _searched(model: _Model, first: ResourcePlan, config: PlanConfig, begun: float) -> ResourcePlan:
    """What the solver makes of the first plan within the limit; the first plan where that is nothing.

    begun: when work on the plan began; what has been spent since then is taken off the limit.
    """
    from ortools.sat.python import cp_model

    solver = cp_model.CpSolver()
    _set(solver.parameters, config, time.perf_counter() - begun)
    if model.due is None:
        _without_relaxations(solver.parameters, config.workers)
        # The model tells of more tasks that exclude each other than the solver would find by itself.
        solver.parameters.use_disjunctive_constraint_in_cumulative = not model.has_all_pairs
    status = solver.solve(model.cp)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return first
    cost = round(solver.objective_value)
    bound = max(first.bound, cost if status == cp_model.OPTIMAL else _whole(solver.best_objective_bound))
    if cost >= first.cost:
        return ResourcePlan(first.starts, first.cost, min(bound, first.cost), first.method_code)
    return ResourcePlan(tuple(solver.value(start) for start in model.starts), cost, bound, "solver")


def _whole(bound: float) -> int:
    """A bound on whole numbers; the solver's arithmetic may lie a hair above one."""
    return -int(-(bound - 1e-6) // 1)


def _set(parameters: Any, config: PlanConfig, spent: float) -> None:
    parameters.num_workers = config.workers
    parameters.random_seed = config.seed
    if config.deterministic_limit is None:
        parameters.max_time_in_seconds = max(config.limit_seconds - spent, _LEAST_SECONDS)
    else:
        parameters.max_deterministic_time = config.deterministic_limit
        parameters.interleave_search = config.workers > 1


def _without_relaxations(parameters: Any, workers: int) -> None:
    """Let the workers that search in full do without linear relaxations, which say little of a project's end.

    The last worker stays with neighbourhoods of the best plan. Of many workers some do without anyway.
    """
    if workers == 1:
        parameters.linearization_level = 0
    elif workers <= len(_FULL_SEARCHES) + 1:
        parameters.subsolvers.extend(_FULL_SEARCHES[: workers - 1])
