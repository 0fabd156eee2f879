"""Whatever the rows in quarantine turn out to be, the figure lies within its bound."""

from hypothesis import given
from hypothesis import strategies as st

from lake.figures.bounds import Bound, Measured, Waiting, bound, waiting_of

#: A row counts for the figure, against it, or (None) not at all.
State = st.sampled_from([True, False, None])
Stars = st.integers(1, 5)
SCALE = (1.0, 5.0)


def within(value: float | None, limits: Bound) -> bool:
    """Whether the value lies in the bound; a figure that has no value any more breaks none."""
    if value is None:
        return True
    low = limits.low is None or limits.low <= value + 1e-9
    return low and (limits.high is None or value <= limits.high + 1e-9)


def share_of(rows: list[bool | None]) -> Measured:
    counted = [row for row in rows if row is not None]
    value = sum(counted) / len(counted) if counted else None
    return Measured(value, sum(counted), len(counted))


def mean_of(rows: list[int]) -> Measured:
    return Measured(sum(rows) / len(rows) if rows else None, sum(rows), len(rows))


@given(st.lists(State), st.lists(State), st.lists(State), st.randoms())
def test_a_share_lies_within_its_bound(
    known: list[bool | None], added: list[bool | None], changed: list[bool | None], chance
) -> None:
    limits = bound("share", share_of(known), Waiting(len(added), len(changed)))
    truth = list(known)
    for state in changed[: len(known)]:
        truth[chance.randrange(len(truth))] = state
    assert within(share_of([*truth, *added]).value, limits)


@given(st.lists(Stars), st.lists(Stars), st.lists(Stars), st.randoms())
def test_a_mean_of_a_known_scale_lies_within_its_bound(
    known: list[int], added: list[int], changed: list[int], chance
) -> None:
    limits = bound("mean", mean_of(known), Waiting(len(added), len(changed)), SCALE)
    truth = list(known)
    for stars in changed[: len(known)]:
        truth[chance.randrange(len(truth))] = stars
    assert within(mean_of([*truth, *added]).value, limits)


@given(st.integers(0, 50), st.lists(st.booleans()), st.lists(st.sampled_from([-1, 0, 1])))
def test_a_count_lies_within_its_bound(known: int, added: list[bool], changed: list[int]) -> None:
    limits = bound("count", Measured(known), Waiting(len(added), len(changed)))
    assert within(max(0, known + sum(added) + sum(changed)), limits)


@given(st.floats(-1e6, 1e6), st.lists(st.tuples(st.floats(-1e6, 1e6), st.booleans())))
def test_a_sum_lies_within_its_bound(known: float, added: list[tuple[float, bool]]) -> None:
    amounts = [amount for amount, _ in added]
    limits = bound("sum", Measured(known), Waiting(len(added), amounts=amounts))
    truth = known + sum(amount for amount, counts in added if counts)
    assert within(truth, limits) or abs(truth - known) < 1e-3


def test_three_of_812_lines_in_quarantine_move_otif_by_the_printed_bound() -> None:
    limits = bound("share", Measured(700 / 809, 700, 809), Waiting(added=3))
    assert (round(limits.low or 0, 6), round(limits.high or 0, 6)) == (
        round(700 / 812, 6),
        round(703 / 812, 6),
    )


def test_nothing_waiting_is_exact() -> None:
    assert bound("index", Measured(1.2), Waiting()) == Bound("exact", 1.2, 1.2)


def test_what_has_no_limits_of_its_own_is_said_to_be_unbounded() -> None:
    waiting = Waiting(added=1)
    for kind in ("index", "mean", "sum", None):
        assert bound(kind, Measured(3.0, 6, 2), Waiting(1, 0, 0, None)).code == "unbounded"
    assert bound("sum", Measured(10.0), Waiting(1, 1, amounts=[5.0])).code == "unbounded"
    assert bound("count", Measured(10.0), Waiting(anywhere=1)) == Bound("unbounded", 0.0)
    assert bound("share", Measured(0.5, 1, 2), Waiting(anywhere=1)) == Bound("bounded", 0.0, 1.0)
    assert bound("share", Measured(0.5), waiting).code == "unbounded"


@given(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), st.none() | st.lists(st.integers(-9, 9)))
def test_what_waits_is_read_back_as_it_was_written(
    added: int, changed: int, anywhere: int, amounts: list[float] | None
) -> None:
    waiting = Waiting(added, changed, anywhere, amounts)
    assert waiting_of(waiting.as_json()) == waiting
