"""How soon a project can end at best: bounds that no plan undercuts."""

from ml.schedule.feasible_sets import MANY_TASKS, Resource, binding_resource
from ml.schedule.resource_project import ResourceProject


def critical_path_length(project: ResourceProject) -> int:
    """The end of the project if resources were no limit."""
    return max((head + tail for head, tail in zip(project.heads, project.tails, strict=True)), default=0)


def lower_bound(project: ResourceProject) -> int:
    """The critical path, or the work that a resource must do between the heads and tails of its tasks.

    The resources are the project's own and `binding_resource`, made up of them all. For every head a and tail
    b: what starts on a or later and has b days behind its finish at least takes work ÷ capacity days, so that
    the project ends on a + work ÷ capacity + b at the earliest.
    """
    found = critical_path_length(project)
    resources = [
        Resource(tuple(demand[at] for demand in project.demands), capacity)
        for at, capacity in enumerate(project.capacities)
    ]
    binding = binding_resource(project)
    for resource in [*resources, binding] if binding else resources:
        tasks = [
            (project.heads[task], project.tails[task] - days, days * resource.demands[task])
            for task, days in enumerate(project.durations)
            if days and resource.demands[task] and project.fixed[task] is None
        ]
        if tasks:
            found = max(found, _energy_bound(tasks, resource.capacity))
    return found


def _energy_bound(tasks: list[tuple[int, int, int]], capacity: int) -> int:
    """tasks: head, tail behind the finish, and work of each."""
    heads = sorted({head for head, _, _ in tasks})
    best = 0
    for start in heads if len(tasks) <= MANY_TASKS else heads[:1]:
        work = 0
        for tail, more in sorted(((tail, more) for head, tail, more in tasks if head >= start), reverse=True):
            work += more
            best = max(best, start + -(-work // capacity) + tail)
    return best
