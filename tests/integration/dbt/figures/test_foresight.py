"""Out of time: health of projects, built as known on an earlier day, against their fate a year later."""

import datetime as dt
from collections.abc import Callable

from tests.support.foresight import area_under_curve, foresight, told

KNOWN_ON = dt.date(2025, 6, 30)
UNTIL = dt.date(2026, 6, 30)


def test_projects_in_poor_health_are_late_more_often(record_property: Callable[[str, object], None]) -> None:
    # Only lateness is asserted; what health says of cost, and why not, is told by the decision record 0012.
    found = foresight(seed=7, scale=0.15, days=[KNOWN_ON], until=UNTIL)
    record_property("foresight", told(found))
    area = area_under_curve(found["health_score"].to_list(), found["is_late"].to_list())

    assert found.height >= 20
    assert area is not None
    assert area > 0.5


def test_a_score_that_orders_all_is_one_and_one_that_says_nothing_a_half() -> None:
    assert area_under_curve([10, 20, 30, 40], [True, True, False, False]) == 1
    assert area_under_curve([40, 30, 20, 10], [True, True, False, False]) == 0
    assert area_under_curve([50, 50, 50], [True, False, False]) == 0.5
    assert area_under_curve([10, 20, 20, 30], [False, True, False, True]) == 0.125
    assert area_under_curve([10, 20], [True, True]) is None
