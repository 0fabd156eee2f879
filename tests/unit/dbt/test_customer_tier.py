"""A tier does not flicker: the project's own SQL, run over wild sequences of scores."""

import itertools
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment

S_CUT, A_CUT, BAND, RUNS = 80, 60, 5, 2
SCORES = st.lists(st.integers(min_value=40, max_value=100), min_size=1, max_size=12)


@pytest.fixture(scope="module")
def step(project_root: Path) -> str:
    """One night: from tier, pending tier, runs and score to the next ones, as SQL of the project's macros."""
    text = (project_root / "dbt_project" / "macros" / "customer_tier.sql").read_text("utf-8")
    rules = Environment(autoescape=False).from_string(text).module
    wanted = rules.tier_wanted_level("tier", "ranked", "score", S_CUT, A_CUT, BAND)  # type: ignore[attr-defined]
    pending = rules.tier_pending_level("tier", "pending", "wanted")  # type: ignore[attr-defined]
    runs = rules.tier_pending_runs("tier", "pending", "runs", "wanted")  # type: ignore[attr-defined]
    return f"""
        with given as (
            select ?::integer as tier, ?::integer as pending, ?::integer as runs, ?::integer as score,
                case when score >= {S_CUT} then 3 when score >= {A_CUT} then 2 else 1 end as ranked
        ), wished as (select *, {wanted} as wanted from given)
        select *, {pending} as next_pending, {runs} as next_runs from wished
    """


def tiers(step: str, scores: list[int]) -> list[int]:
    """The tier after each night, decided as fct_customer_review does."""
    tier, pending, runs = None, None, 0
    found = []
    for score in scores:
        row = duckdb.execute(step, [tier, pending, runs, score]).fetchone()
        assert row is not None
        ranked, next_pending, next_runs = row[4], row[6], row[7]
        if tier is None:
            tier, pending, runs = ranked, None, 0
        elif next_runs >= RUNS:
            tier, pending, runs = next_pending, None, 0
        else:
            pending, runs = next_pending, next_runs
        found.append(tier)
    return found


@settings(max_examples=60, deadline=None)
@given(scores=SCORES)
def test_between_two_changes_lie_two_nights(step: str, scores: list[int]) -> None:
    found = tiers(step, scores)
    changed = [night for night in range(1, len(found)) if found[night] != found[night - 1]]
    assert all(later - earlier >= RUNS for earlier, later in itertools.pairwise(changed))
    assert all(night >= RUNS for night in changed)


@settings(max_examples=60, deadline=None)
@given(around=st.sampled_from([S_CUT, A_CUT]), sizes=st.lists(st.integers(1, 30), min_size=4, max_size=4))
def test_a_score_that_swings_round_a_cut_off_changes_its_tier_at_most_once_in_three_runs(
    step: str, around: int, sizes: list[int]
) -> None:
    scores = [around + (size if number % 2 else -size) for number, size in enumerate(sizes)]
    found = tiers(step, scores)
    assert sum(before != after for before, after in itertools.pairwise(found)) <= 1


@settings(max_examples=60, deadline=None)
@given(first=st.integers(A_CUT, S_CUT - 1), later=st.lists(st.integers(A_CUT - BAND, A_CUT - 1), max_size=8))
def test_within_five_points_below_the_cut_off_nobody_goes_down(
    step: str, first: int, later: list[int]
) -> None:
    assert set(tiers(step, [first, *later])) == {2}


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([70, 54, 54, 54], [2, 2, 1, 1]),
        ([50, 65, 65], [1, 1, 2]),
        ([50, 65, 85], [1, 1, 2]),
        ([50, 85, 85, 85], [1, 1, 3, 3]),
        ([90, 50, 50], [3, 3, 1]),
        ([90, 70, 50, 50, 50], [3, 3, 2, 2, 1]),
    ],
)
def test_steps_solved_by_hand(step: str, scores: list[int], expected: list[int]) -> None:
    assert tiers(step, scores) == expected
