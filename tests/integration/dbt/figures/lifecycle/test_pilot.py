"""The pilot's projects against those before them, computed a second time."""

from math import sqrt
from typing import Any

import polars as pl
import pytest

from sandbox.company import simulate
from tests.support.figure_day import UNTIL, Frames
from tests.support.project_lives import assert_close, cycles_of, mean
from tests.support.warehouse import Warehouse


@pytest.mark.parametrize("figure", ["project_cycle", "delivery_cycle", "start"])
def test_the_pilot_before_and_after(built: Warehouse, frames: Frames, figure: str) -> None:
    cohort = [one for one in cycles_of(frames).values() if one["pilot"] != "none"]
    middle = pl.Series([one["amount"] for one in cohort]).median()
    assert isinstance(middle, float)
    found = built.rows(
        "select city, before_count, after_count, before_mean_days, after_mean_days, change_share,"
        " change_low_share, change_high_share, like_for_like_count, like_for_like_change_share"
        f" from marts.mart_pilot_comparison where figure_code = '{figure}'"
    )
    assert {row[0] for row in found} == {None, *(one["city"] for one in cohort)}
    for city, *cells in found:
        scope = [one for one in cohort if city in (None, one["city"]) and one[figure] is not None]
        before = [one for one in scope if one["pilot"] == "before"]
        after = [one for one in scope if one["pilot"] == "after"]
        right = [
            len(before),
            len(after),
            *_comparison(before, after, figure),
            *_alike(before, after, figure, middle),
        ]
        assert_close(dict(enumerate(cells)), dict(enumerate(right)))


def test_the_cohort_of_the_pilot(built: Warehouse, frames: Frames) -> None:
    projects = frames["projects__projects"].filter("is_pilot")
    ((count, cities),) = built.rows(
        "select count(*), count(distinct city) from marts.dim_project where pilot_code = 'after'"
    )
    assert (count, cities) == (len(projects), 3)
    assert built.rows(
        "select distinct after_project_count from marts.mart_pilot_comparison where scope_code = 'all'"
    ) == [(len(projects),)]


def test_a_claim_is_a_line_beside_the_figure_and_nothing_it_is_made_of(
    built: Warehouse, frames: Frames
) -> None:
    """Another company, other outcomes: what the tiles say is what the dice brought, not what was claimed."""
    other = simulate(seed=8, scale=0.01, until=UNTIL).frames
    claims = dict(
        built.rows("select comparison_code, value from marts.source_claim where comparison_code is not null")
    )
    assert set(claims) == {"project_cycle", "delivery_cycle", "start"}
    for figure, claimed in claims.items():
        changes = []
        for company in (frames, other):
            cohort = [one for one in cycles_of(company).values() if one[figure] is not None]
            before = [one for one in cohort if one["pilot"] == "before"]
            after = [one for one in cohort if one["pilot"] == "after"]
            changes.append(_comparison(before, after, figure)[2])
        assert changes[0] != changes[1]
        assert all(abs((change or 0) - float(claimed)) > 0.01 for change in changes)


def _comparison(
    before: list[dict[str, Any]], after: list[dict[str, Any]], figure: str
) -> tuple[float | None, ...]:
    """Both means, the relative change and its 95% interval by the delta method."""
    old, new = ([float(one[figure]) for one in each] for each in (before, after))
    a, b = mean(old), mean(new)
    if a is None or b is None:
        return a, b, None, None, None
    if len(old) < 2 or len(new) < 2:
        return a, b, b / a - 1, None, None
    variances = [sum((x - sum(xs) / len(xs)) ** 2 for x in xs) / (len(xs) - 1) / len(xs) for xs in (old, new)]
    width = 1.96 * sqrt(variances[1] / a**2 + variances[0] * b**2 / a**4)
    return a, b, b / a - 1, b / a - 1 - width, b / a - 1 + width


def _alike(
    before: list[dict[str, Any]], after: list[dict[str, Any]], figure: str, middle: float
) -> tuple[int, float | None]:
    """How many of the pilot's projects have a like before them, and the change among these."""
    like: dict[tuple[str, bool], list[int]] = {}
    for one in before:
        like.setdefault((one["type"], one["amount"] > middle), []).append(one[figure])
    pairs = [(one[figure], mean(like.get((one["type"], one["amount"] > middle), []))) for one in after]
    known = [(days, usual) for days, usual in pairs if usual is not None]
    if not known:
        return 0, None
    return len(known), sum(days for days, _ in known) / sum(usual for _, usual in known) - 1
