"""The critical path on networks solved by hand, by brute force, and on 960 published ones."""

import random
import re
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.schedule.critical_path import Link, Solution, solve

# Eight milestones of a hospital: A contract, B production, C design, D piping, E delivery, F, G, H.
EIGHT = [10, 20, 15, 25, 5, 20, 10, 5]
EIGHT_LINKS = [Link(a, b) for a, b in [(0, 1), (0, 2), (2, 3), (1, 4), (3, 5), (4, 5), (5, 6), (6, 7)]]
TYPES = st.sampled_from(["FS", "SS", "FF", "SF"])


def floats(solution: Solution) -> list[int]:
    starts = zip(solution.early_start, solution.late_start, strict=True)
    return [late - early for early, late in starts if early is not None and late is not None]


def test_eight_milestones_solved_by_hand() -> None:
    solution = solve(EIGHT, EIGHT_LINKS)
    assert solution.early_start == [0, 10, 10, 25, 30, 50, 70, 80]
    assert solution.late_start == [0, 25, 10, 25, 45, 50, 70, 80]
    assert floats(solution) == [0, 15, 0, 0, 15, 0, 0, 0]
    # B may slip for free only as far as E lets it: not at all. E waits for D fifteen days.
    assert solution.free_float == [0, 0, 0, 0, 15, 0, 0, 0]
    assert solution.ends == {0: 85}


@pytest.mark.parametrize(
    ("type_code", "lag", "starts"),
    [
        ("FS", 0, 10),
        ("FS", 3, 13),
        ("FS", -4, 6),
        ("SS", 0, 0),
        ("SS", 2, 2),
        ("FF", 0, 6),
        ("FF", 5, 11),
        ("SF", 0, 0),
        ("SF", 9, 5),
    ],
)
def test_each_type_of_link_holds_its_own_end(type_code: str, lag: int, starts: int) -> None:
    assert solve([10, 4], [Link(0, 1, type_code, lag)]).early_start == [0, starts]


def test_several_beginnings_ends_and_points_in_time() -> None:
    # 0 and 1 begin, 3 and 4 end; 2 is a gate of no duration.
    solution = solve([5, 8, 0, 2, 6], [Link(0, 2), Link(1, 2), Link(2, 3), Link(2, 4)])
    assert solution.early_start == [0, 0, 8, 8, 8]
    assert floats(solution) == [3, 0, 0, 4, 0]
    assert solution.free_float == [3, 0, 0, 4, 0]


def test_a_cycle_is_named_and_the_other_project_is_solved() -> None:
    links = [Link(0, 1), Link(1, 2), Link(2, 0), Link(2, 3), Link(4, 5)]
    solution = solve([1] * 6, links, groups=[7, 7, 7, 7, 8, 8])
    assert solution.cycles == [[0, 1, 2]]
    assert solution.early_start == [None, None, None, None, 0, 1]
    assert solution.ends == {8: 2}


def test_each_knot_gives_one_cycle_its_shortest() -> None:
    links = [Link(0, 1), Link(1, 2), Link(2, 3), Link(3, 0), Link(2, 0), Link(5, 4), Link(4, 5), Link(6, 6)]
    assert solve([1] * 7, links).cycles == [[0, 1, 2], [4, 5], [6]]


def test_a_link_that_history_broke_binds_nobody() -> None:
    # The successor began on day 2 although its predecessor is done on day 10 only: no float is negative.
    solution = solve([10, 5, 20], [Link(0, 1)], fixed=[None, 2, 0])
    assert solution.early_start == [0, 2, 0]
    assert floats(solution) == [10, 13, 0]


@st.composite
def networks(draw: st.DrawFn) -> tuple[list[int], list[Link]]:
    count = draw(st.integers(1, 8))
    durations = draw(st.lists(st.integers(0, 9), min_size=count, max_size=count))
    pairs = [(a, b) for a in range(count) for b in range(a + 1, count)]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=12)) if pairs else []
    return durations, [Link(a, b, draw(TYPES), draw(st.integers(-5, 5))) for a, b in chosen]


def starts_by_brute_force(durations: list[int], links: list[Link]) -> list[int]:
    """The least starts from 0 on that satisfy every link, found by pushing until nothing moves."""
    starts = [0] * len(durations)
    for _ in range(len(durations) + 1):
        for link in links:
            held = starts[link.before] + (durations[link.before] if link.type_code[0] == "F" else 0)
            needed = held + link.lag - (durations[link.after] if link.type_code[1] == "F" else 0)
            starts[link.after] = max(starts[link.after], needed)
    return starts


@given(networks())
@settings(max_examples=300, deadline=None)
def test_early_starts_are_the_longest_paths(network: tuple[list[int], list[Link]]) -> None:
    durations, links = network
    starts = starts_by_brute_force(durations, links)
    assert solve(durations, links).early_start == starts


@given(networks(), st.integers(0, 7), st.integers(1, 12))
@settings(max_examples=300, deadline=None)
def test_floats_say_how_far_a_start_may_slip(
    network: tuple[list[int], list[Link]], node: int, more: int
) -> None:
    durations, links = network
    node %= len(durations)
    solution = solve(durations, links)
    early = starts_by_brute_force(durations, links)
    end = max(a + b for a, b in zip(early, durations, strict=True))
    for allowance, is_free in ((floats(solution)[node], False), (solution.free_float[node] or 0, True)):
        for slip, is_harmless in ((allowance, True), (allowance + more, False)):
            releases = [0] * len(durations)
            releases[node] = early[node] + slip
            moved = solve(durations, links, releases=releases)
            others = [k for k in range(len(durations)) if k != node]
            stays = moved.ends[0] == end and (
                not is_free or all(moved.early_start[k] == early[k] for k in others)
            )
            assert stays == is_harmless


@given(networks(), st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_the_order_of_rows_changes_nothing(
    network: tuple[list[int], list[Link]], dice: random.Random
) -> None:
    durations, links = network
    place = list(range(len(durations)))
    dice.shuffle(place)
    moved = [0] * len(durations)
    for old, new in enumerate(place):
        moved[new] = durations[old]
    shuffled = [Link(place[k.before], place[k.after], k.type_code, k.lag) for k in links]
    dice.shuffle(shuffled)
    first, second = solve(durations, links), solve(moved, shuffled)
    for name in ("early_start", "late_start", "free_float"):
        values = getattr(second, name)
        assert [values[place[old]] for old in range(len(durations))] == getattr(first, name)


def test_forty_thousand_milestones_are_two_thousand_projects() -> None:
    links = [Link(k - back, k) for k in range(40_000) for back in (1, 3) if k % 20 >= back]
    solution = solve([k % 30 for k in range(40_000)], links, groups=[k // 20 for k in range(40_000)])
    assert len(solution.ends) == 2_000


def test_one_long_chain_needs_no_depth() -> None:
    links = [Link(k, k + 1) for k in range(20_000)]
    assert solve([1] * 20_001, links).ends == {0: 20_001}
    assert len(solve([1] * 20_001, [*links, Link(20_000, 0)]).cycles[0]) == 20_001


@pytest.mark.parametrize("name", ["j30", "j60"])
def test_published_networks_have_their_published_length(shared_data: Path, name: str) -> None:
    archive = shared_data / "psplib" / f"{name}.zip"
    if not archive.exists():
        pytest.skip(f"no networks in {archive}")
    found, published = {}, {}
    with zipfile.ZipFile(archive) as opened:
        files = [each for each in opened.namelist() if each.endswith(".sm")]
        for file in files:
            durations, links, length = read_network(opened.read(file).decode("latin-1"))
            found[file], published[file] = solve(durations, links).ends[0], length
    assert len(files) == 480
    assert found == published


def read_network(text: str) -> tuple[list[int], list[Link], int]:
    """Durations, links and the published critical path length (MPM-Time) of one file of PSPLIB."""
    parts = re.split(r"^\*+$", text, flags=re.MULTILINE)
    by_title = {part.strip().partition("\n")[0].partition(":")[0]: part.strip() for part in parts}
    length = int(by_title["PROJECT INFORMATION"].splitlines()[2].split()[5])
    after = [
        [int(word) for word in line.split()] for line in by_title["PRECEDENCE RELATIONS"].splitlines()[2:]
    ]
    jobs = [line.split() for line in by_title["REQUESTS/DURATIONS"].splitlines()[3:]]
    links = [Link(job - 1, each - 1) for job, _, _, *rest in after for each in rest]
    return [int(job[2]) for job in jobs], links, length
