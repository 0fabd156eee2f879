"""Milestones that wait for each other: the check names the circle, and other projects keep their dates."""

import datetime as dt
from collections.abc import Callable

import pytest

from tests.support.warehouse import BuildFailedError, Warehouse

START = dt.date(2025, 10, 1)


@pytest.fixture(scope="module")
def warehouse(make_warehouse: Callable[[], Warehouse]) -> Warehouse:
    """Two projects of three milestones; the links of the first run in a circle."""
    warehouse = make_warehouse()
    warehouse.insert(
        "projects__projects", [{"project_id": name, "name": name} for name in ("circle", "straight")]
    )
    warehouse.insert(
        "projects__milestones",
        [
            {
                "milestone_id": f"{project}-{name}",
                "project_id": project,
                "name": name,
                "owner_id": "li",
                "planned_start_on": START,
                "planned_finish_on": START + dt.timedelta(days=10),
            }
            for project in ("circle", "straight")
            for name in "ABC"
        ],
    )
    pairs = [("circle", "AB"), ("circle", "BC"), ("circle", "CA"), ("straight", "AB"), ("straight", "BC")]
    warehouse.insert(
        "projects__milestone_links",
        [
            {
                "predecessor_id": f"{project}-{before}",
                "successor_id": f"{project}-{after}",
                "type_code": "FS",
            }
            for project, (before, after) in pairs
        ],
    )
    facts = ("+fct_milestone_link", "+fct_milestone", "schedule_check")
    warehouse.dbt("build", "--select", *facts, "--exclude-resource-type", "unit_test")
    warehouse.write_ml({})
    return warehouse


def test_a_circle_fails_the_check_by_name_and_the_rest_goes_on(warehouse: Warehouse) -> None:
    marts = ("mart_milestone_network", "mart_project_schedule_quality")
    warehouse.dbt("run", "--select", *marts)
    rows = warehouse.rows(
        "select milestone_id, early_finish_on, total_float_days, cycle_text"
        " from marts.mart_milestone_network order by 1"
    )
    circle = "circle-A → circle-B → circle-C → circle-A"
    assert rows[:3] == [(f"circle-{name}", None, None, circle) for name in "ABC"]
    assert rows[3:] == [
        (f"straight-{name}", START + dt.timedelta(days=10 * number), 0, None)
        for number, name in enumerate("ABC", start=1)
    ]
    verdicts = warehouse.rows(
        "select distinct project_id, is_schedule_trusted from marts.mart_project_schedule_quality order by 1"
    )
    assert verdicts == [("circle", False), ("straight", True)]
    with pytest.raises(BuildFailedError, match=f"project circle: {circle}"):
        warehouse.dbt("test", "--select", "test_name:no_cycle")
