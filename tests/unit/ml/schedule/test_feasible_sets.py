"""Tasks that can run at once: told in full, and the resource made of them forbids no plan."""

import itertools
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from ml.schedule.bounds import lower_bound
from ml.schedule.critical_path import Link
from ml.schedule.feasible_sets import MANY_TASKS, binding_resource, exclusive_tasks, feasible_sets
from ml.schedule.priority_rules import serial_plan
from ml.schedule.resource_project import ResourceProject, conflicts

# One crew of two: 2 needs both, 3 waits for 0.
SMALL = ResourceProject(
    durations=(3, 2, 4, 2),
    links=(Link(0, 3),),
    demands=((1,), (1,), (2,), (1,)),
    capacities=(2,),
)


def test_tasks_that_exclude_each_other() -> None:
    # 2 leaves no room for any other; 0 comes before 3 by a link.
    assert exclusive_tasks(SMALL) == [[0, 2, 3], [1, 2]]


def test_tasks_that_can_run_at_once() -> None:
    assert sorted(feasible_sets(SMALL, range(4)) or []) == [(0, 1), (1, 3), (2,)]
    assert feasible_sets(SMALL, range(4), most_steps=2) is None


def test_what_is_left_over_beside_the_tasks_is_no_use() -> None:
    # Of five tasks that need two of five only two run at once: 30 of work take not 6 days but 8 at least.
    project = ResourceProject((3,) * 5, (), ((2,),) * 5, (5,))
    binding = binding_resource(project)
    assert binding is not None
    assert (binding.demands, binding.capacity) == ((1,) * 5, 2)
    assert lower_bound(project) == 8


def test_three_crews_bind_more_than_any_of_them() -> None:
    # Each crew is busy for 4 days, but no two tasks have none in common: they run one after the other.
    project = ResourceProject((2, 2, 2), (), ((1, 1, 0), (1, 0, 1), (0, 1, 1)), (1, 1, 1))
    assert lower_bound(project) == 6


def test_what_has_begun_or_holds_nothing_is_left_out() -> None:
    project = ResourceProject((4, 3, 2), (), ((1,), (1,), (0,)), (1,), fixed=(-1, None, None))
    binding = binding_resource(project)
    assert binding is not None
    assert binding.demands == (0, 1, 0)
    assert binding_resource(ResourceProject((2, 1))) is None
    assert binding_resource(ResourceProject(())) is None


def test_of_tasks_that_can_run_in_too_many_ways_those_that_need_most_bind() -> None:
    dice = random.Random(4)
    small = tuple((dice.randint(1, 9),) for _ in range(60))
    project = ResourceProject((2,) * 64, (), ((60,),) * 4 + small, (100,))
    assert feasible_sets(project, range(64)) is None
    binding = binding_resource(project)
    assert binding is not None
    assert binding.demands[:4] == (binding.capacity,) * 4
    assert 0 in binding.demands
    assert lower_bound(project) <= project.end(serial_plan(project, range(64)))


@st.composite
def projects(draw: st.DrawFn) -> ResourceProject:
    count = draw(st.integers(1, 6))
    capacities = tuple(draw(st.lists(st.integers(1, 5), min_size=1, max_size=3)))
    pairs = [(a, b) for a in range(count) for b in range(a + 1, count)]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=4)) if pairs else []
    kinds = st.sampled_from(["FS", "SS", "FF", "SF"])
    return ResourceProject(
        durations=tuple(draw(st.lists(st.integers(0, 4), min_size=count, max_size=count))),
        links=tuple(Link(a, b, draw(kinds), draw(st.integers(-2, 2))) for a, b in chosen),
        demands=tuple(tuple(draw(st.integers(0, each)) for each in capacities) for _ in range(count)),
        capacities=capacities,
    )


def fits(project: ResourceProject, tasks: tuple[int, ...]) -> bool:
    """Whether no resource is short when all of them run."""
    needs = [sum(project.demands[task][at] for task in tasks) for at in range(len(project.capacities))]
    return all(need <= there for need, there in zip(needs, project.capacities, strict=True))


@given(projects())
@settings(max_examples=60, deadline=None)
def test_without_links_the_sets_are_all_that_fit_and_have_no_room(project: ResourceProject) -> None:
    free = ResourceProject(project.durations, (), project.demands, project.capacities)
    able = range(len(free))
    every = [each for size in range(len(free) + 1) for each in itertools.combinations(able, size)]
    wanted = [
        each
        for each in every
        if fits(free, each) and not any(fits(free, (*each, more)) for more in able if more not in each)
    ]
    assert sorted(tuple(sorted(each)) for each in feasible_sets(free, able) or []) == sorted(wanted)


@given(projects(), st.integers(1, 40))
@settings(max_examples=60, deadline=None)
def test_every_plan_keeps_to_the_resource_that_binds(project: ResourceProject, most_steps: int) -> None:
    binding = binding_resource(project, most_steps)
    if binding is None:
        return
    demands, bound = tuple((amount,) for amount in binding.demands), lower_bound(project)
    made_up = ResourceProject(project.durations, (), demands, (binding.capacity,))
    for rank in itertools.islice(itertools.permutations(range(len(project))), 20):
        starts = serial_plan(project, rank)
        assert conflicts(made_up, starts) == []
        assert bound <= project.end(starts)


def test_too_many_tasks_are_not_looked_at_one_by_one() -> None:
    count = MANY_TASKS + 1
    project = ResourceProject((1,) * count, (), ((2,), *((1,),) * (count - 1)), (3,))
    assert binding_resource(project) is None
    assert exclusive_tasks(project) == []
    assert lower_bound(project) == -(-(count + 1) // 3)
