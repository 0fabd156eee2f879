"""Plans with limited resources: feasible always, proven best where they say so, wrong input named."""

import itertools
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from ml.schedule.bounds import critical_path_length, lower_bound
from ml.schedule.constraint_model import PlanConfig, least_late_plan, shortest_plan
from ml.schedule.critical_path import Link
from ml.schedule.lateness import Due, lateness
from ml.schedule.priority_rules import RULES, best_of_rules, improved, latest_finish, serial_plan
from ml.schedule.psplib import NetworkFormatError, read_best_known, read_network
from ml.schedule.resource_project import ResourceProject, UnplannableError, conflicts, problems

QUICK = PlanConfig(limit_seconds=20.0, workers=1, samples=2)
# Two machines' worth of one crew: 0 and 1 side by side, then 2, which needs both; 3 needs one.
SMALL = ResourceProject(
    durations=(3, 2, 4, 2),
    links=(Link(0, 3),),
    demands=((1,), (1,), (2,), (1,)),
    capacities=(2,),
)
# No bound tells that it takes eleven days, and no rule finds a plan that does: the solver must do both.
KNOTTY = ResourceProject(
    durations=(2, 4, 4, 3, 2, 4),
    links=(Link(0, 3), Link(1, 4)),
    demands=((1, 1), (0, 2), (3, 2), (3, 1), (2, 2), (0, 1)),
    capacities=(4, 3),
)


def test_a_project_solved_by_hand() -> None:
    # Work is 3 + 2 + 8 + 2 = 15 units of a crew of two: eight days at least, nine because of the link, which
    # keeps 0, 2 and 3 apart.
    plan = shortest_plan(SMALL, QUICK)
    assert plan.is_optimal
    assert plan.cost == 9
    assert conflicts(SMALL, plan.starts) == []
    assert critical_path_length(SMALL) == 5
    assert lower_bound(SMALL) == 9


def test_what_has_begun_keeps_its_days_even_beyond_what_there_is() -> None:
    project = ResourceProject(
        durations=(6, 6, 2, 2),
        demands=((1,), (1,), (1,), (1,)),
        capacities=(1,),
        fixed=(-2, -1, None, None),
        links=(Link(2, 0),),
    )
    plan = shortest_plan(project, QUICK)
    assert plan.starts[:2] == (-2, -1)
    assert sorted(plan.starts[2:]) == [5, 7]
    assert plan.cost == 9
    assert conflicts(project, plan.starts) == []


def test_conflicts_tell_every_way_in_which_a_plan_breaks_its_project() -> None:
    project = ResourceProject(
        durations=(3, 2), links=(Link(0, 1),), demands=((1,), (1,)), capacities=(1,), releases=(1, 0)
    )
    told = conflicts(project, (0, 2))
    assert [line.split(",")[0] for line in told] == [
        "task 0 starts on 0",
        "task 1 starts less than 3 days after task 0",
        "day 2 holds 2 of resource 0",
    ]


@pytest.mark.parametrize(
    ("project", "reasons"),
    [
        (ResourceProject((1, 1), (Link(0, 1), Link(1, 0))), ["cycle", "cycle"]),
        (ResourceProject((2, 1), (), ((3,), (2,)), (2,)), ["demand_above_capacity"]),
        (ResourceProject((-1, 1)), ["negative_duration"]),
    ],
)
def test_what_no_plan_can_hold_is_named(project: ResourceProject, reasons: list[str]) -> None:
    assert [one.reason_code for one in problems(project)] == reasons
    for plan in (lambda: shortest_plan(project, QUICK), lambda: least_late_plan(project, [], QUICK)):
        with pytest.raises(UnplannableError, match=reasons[0]):
            plan()


@pytest.mark.parametrize("workers", [1, 2, 3, 4])
def test_the_proof_does_not_depend_on_how_many_work_at_it(workers: int) -> None:
    config = PlanConfig(limit_seconds=20.0, workers=workers, samples=0)
    plan = shortest_plan(KNOTTY, config)
    assert lower_bound(KNOTTY) < best_end(KNOTTY) < KNOTTY.end(best_of_rules(KNOTTY))
    assert conflicts(KNOTTY, plan.starts) == []
    assert (plan.cost, plan.bound, plan.method_code) == (best_end(KNOTTY), best_end(KNOTTY), "solver")


def test_the_same_plan_by_the_solvers_own_clock() -> None:
    config = PlanConfig(deterministic_limit=5.0, samples=0)
    assert shortest_plan(KNOTTY, config) == shortest_plan(KNOTTY, config)


def test_where_the_limit_is_spent_the_plan_of_the_rules_stands() -> None:
    plan = shortest_plan(KNOTTY, PlanConfig(limit_seconds=1e-9, workers=1, samples=0))
    assert conflicts(KNOTTY, plan.starts) == []
    assert plan.cost <= KNOTTY.end(best_of_rules(KNOTTY))


def test_an_empty_project_is_planned_at_once() -> None:
    assert shortest_plan(ResourceProject(())).cost == 0
    with pytest.raises(ValueError, match="demands"):
        ResourceProject((1, 2), (), ((1,),), (1,))


@st.composite
def projects(draw: st.DrawFn) -> ResourceProject:
    count = draw(st.integers(1, 5))
    capacities = tuple(draw(st.lists(st.integers(1, 3), max_size=2)))
    pairs = [(a, b) for a in range(count) for b in range(a + 1, count)]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=4)) if pairs else []
    kinds = st.sampled_from(["FS", "SS", "FF", "SF"])
    return ResourceProject(
        durations=tuple(draw(st.lists(st.integers(0, 3), min_size=count, max_size=count))),
        links=tuple(Link(a, b, draw(kinds), draw(st.integers(-2, 2))) for a, b in chosen),
        demands=tuple(tuple(draw(st.integers(0, each)) for each in capacities) for _ in range(count)),
        capacities=capacities,
        releases=tuple(draw(st.lists(st.integers(0, 2), min_size=count, max_size=count))),
    )


def orders(project: ResourceProject) -> list[tuple[int, ...]]:
    """The serial plans of all orders of the tasks.

    Among them is the best of all plans where no task may start before one that it is linked to.
    """
    ranks = itertools.permutations(range(len(project)))
    return [serial_plan(project, rank) for rank in ranks]


def first(project: ResourceProject, count: int) -> ResourceProject:
    """The project of its first tasks alone."""
    return ResourceProject(
        durations=project.durations[:count],
        links=tuple(link for link in project.links if link.after < count),
        demands=project.demands[:count],
        capacities=project.capacities,
        releases=project.releases[:count],
    )


def best_end(project: ResourceProject) -> int:
    """The earliest end of all plans, found by trying every day for every task."""
    parts = [first(project, count) for count in range(len(project) + 1)]
    best = min(project.end(starts) for starts in orders(project))

    def extend(starts: tuple[int, ...]) -> None:
        nonlocal best
        task = len(starts)
        if task == len(project):
            best = project.end(starts)
            return
        for day in itertools.count(project.releases[task]):
            if day + project.durations[task] >= best:
                return
            if not conflicts(parts[task + 1], (*starts, day)):
                extend((*starts, day))

    extend(())
    return best


@given(projects())
@settings(max_examples=60, deadline=None)
@example(ResourceProject((1, 0, 2), (Link(0, 2, "SS", -2),), ((1,), (0,), (1,)), (1,), (1, 0, 0)))
def test_rules_are_feasible_and_the_solver_finds_the_best_of_all_plans(project: ResourceProject) -> None:
    best = best_end(project)
    assert lower_bound(project) <= best
    for rule in RULES.values():
        starts = serial_plan(project, rule(project))
        assert conflicts(project, starts) == []
        better = improved(project, starts)
        assert conflicts(project, better) == []
        assert project.end(better) <= project.end(starts)
    plan = shortest_plan(project, QUICK)
    assert conflicts(project, plan.starts) == []
    assert (plan.cost, plan.bound, project.end(plan.starts)) == (best, best, best)


@given(projects(), st.data())
@settings(max_examples=40, deadline=None)
def test_the_least_late_plan_is_that_of_all_orders(project: ResourceProject, data: st.DataObject) -> None:
    assume(all(days >= 0 for _, _, days in project.lags))
    dues = st.none() | st.builds(Due, st.integers(-1, 8), st.integers(0, 4))
    due = data.draw(st.lists(dues, min_size=len(project), max_size=len(project)))
    best = min(lateness(project, starts, due) for starts in orders(project))
    plan = least_late_plan(project, due, QUICK)
    assert conflicts(project, plan.starts) == []
    assert (plan.cost, plan.bound, lateness(project, plan.starts, due)) == (best, best, best)


NETWORK = """\
************************************************************************
PRECEDENCE RELATIONS:
jobnr.    #modes  #successors   successors
   1        1          2           2   3
   2        1          1           4
   3        1          1           4
   4        1          0
************************************************************************
REQUESTS/DURATIONS:
jobnr. mode duration  R 1  R 2
------------------------------------------------------------------------
  1      1     0       0    0
  2      1     8       4    0
  3      1     4       3    1
  4      1     0       0    0
************************************************************************
RESOURCEAVAILABILITIES:
  R 1  R 2
    6    1
************************************************************************
"""


def test_a_published_file_is_read() -> None:
    project = read_network(NETWORK)
    assert project.durations == (0, 8, 4, 0)
    assert project.demands[2] == (3, 1)
    assert project.capacities == (6, 1)
    assert [(link.before, link.after) for link in project.links] == [(0, 1), (0, 2), (1, 3), (2, 3)]
    assert shortest_plan(project, QUICK).cost == 12


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no network",
        NETWORK.replace("REQUESTS", "WISHES"),
        NETWORK.replace("2   3", "2   9"),
        NETWORK.replace("  3      1     4", "  3      2     4"),
    ],
)
def test_what_is_no_network_says_so(text: str) -> None:
    with pytest.raises(NetworkFormatError):
        read_network(text)


def test_lists_of_best_known_makespans() -> None:
    told = read_best_known("problem,optimum\r\na1.sm,43\r\na2.sm,82..87\r\na3.sm,..70\r\n\r\nb,no")
    assert told == {"a1": 43, "a2": 87, "a3": 70}


def test_samples_are_the_same_each_time_and_help() -> None:
    project = ResourceProject(
        durations=tuple(1 + (7 * k) % 5 for k in range(18)),
        links=tuple(Link(k, k + 3) for k in range(0, 15, 2)),
        demands=tuple(((3 * k) % 4, (5 * k) % 3) for k in range(18)),
        capacities=(4, 3),
    )
    first, second = (best_of_rules(project, samples=30, seed=3) for _ in range(2))
    assert first == second
    assert project.end(first) <= project.end(serial_plan(project, latest_finish(project)))


def test_published_networks_are_planned_near_their_best(shared_data: Path) -> None:
    import zipfile

    archive = shared_data / "psplib" / "j30.zip"
    if not archive.exists():
        pytest.skip(f"no networks in {archive}")
    with zipfile.ZipFile(archive) as opened:
        names = sorted(name for name in opened.namelist() if name.endswith(".sm"))[::60]
        best = read_best_known(
            opened.read(next(name for name in opened.namelist() if name.endswith(".csv"))).decode()
        )
        for name in names:
            project = read_network(opened.read(name).decode("latin-1"))
            starts = best_of_rules(project, samples=5)
            known = best[Path(name).stem]
            assert conflicts(project, starts) == []
            assert lower_bound(project) <= known <= project.end(starts) <= 1.1 * known
