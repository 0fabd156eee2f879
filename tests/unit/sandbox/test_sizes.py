"""The sizes that a scale stands for, the pilot's cohort, and texts that vary."""

from __future__ import annotations

import polars as pl
import pytest

from sandbox import generate
from sandbox.geography import PILOT_CITIES, city, pilot_start
from sandbox.sizes import SMALLEST, YEARS, sizes
from tests.unit.sandbox.conftest import UNTIL

#: By table, what there is at scale 1, and how far 0.05 is from its share: it has the whole pilot.
PROMISED = {
    "crm__customers": (1_000, 0.02),
    "erp__suppliers": (300, 0.02),
    "projects__projects": (2_000, 0.25),
    "projects__milestones": (40_000, 0.2),
    "erp__purchase_lines": (100_000, 0.2),
    "work__work_orders": (60_000, 0.25),
    "iot__devices": (5_000, 0.25),
    "iot__readings": (10_000_000, 0.25),
}


@pytest.mark.parametrize("table", PROMISED)
def test_the_smallest_world_is_a_twentieth(table: str, small: dict[str, pl.DataFrame]) -> None:
    promised, tolerance = PROMISED[table]
    assert small[table].height == pytest.approx(promised * SMALLEST, rel=tolerance)


@pytest.mark.parametrize("scale", [0.2, 1, 10])
def test_numbers_grow_with_the_scale(scale: float) -> None:
    size = sizes(scale)
    assert size.customers + 12 == 1000 * scale
    assert size.suppliers + 1 == 300 * scale
    assert size.projects_a_year * YEARS + 98 == pytest.approx(2000 * scale, rel=0.01)


def test_another_seed_is_of_the_same_size_and_changes_every_outcome(small: dict[str, pl.DataFrame]) -> None:
    other = generate(seed=6, scale=SMALLEST, until=UNTIL)

    def outcomes(frames: dict[str, pl.DataFrame]) -> dict[str, object]:
        milestones, projects = frames["projects__milestones"], frames["projects__projects"]
        cycle = (projects["finished_on"] - projects["initiated_on"]).dt.total_days()
        waits = (projects["started_on"] - projects["initiated_on"]).dt.total_days()
        ratings = frames["work__ratings"]["stars"]
        inspections = frames["work__inspections"].filter(attempt_no=1)
        receipts = frames["erp__receipts"]
        return {
            "late share": (milestones["finished_on"] > milestones["planned_finish_on"]).mean(),
            "cycle": cycle.mean(),
            "to start": waits.mean(),
            "stars": ratings.mean(),
            "satisfied": (ratings >= 4).mean(),
            "first pass": inspections["is_passed"].mean(),
            "complaints": frames["work__complaints"].height / frames["erp__orders"].height,
            "orders": frames["erp__orders"]["total_amount"].sum(),
            "rejected": receipts["quantity_rejected"].sum() / receipts["quantity_received"].sum(),
            "stock": frames["erp__inventory"]["quantity_on_hand"].sum(),
            "faults": frames["iot__events"].height,
            "energy": frames["iot__readings"].filter(metric_code="energy_kwh")["value"].sum(),
        }

    one, another = outcomes(small), outcomes(other)
    assert [name for name in one if one[name] == another[name]] == []
    assert other["crm__customers"].height == small["crm__customers"].height


def test_the_pilot_has_a_before_and_an_after_in_three_cities(small: dict[str, pl.DataFrame]) -> None:
    projects = small["projects__projects"].filter(
        pl.col("city").is_in(PILOT_CITIES) & ~pl.col("project_id").str.contains("G[1-7]-")
    )
    assert projects.height > 80
    assert set(projects["city"]) == set(PILOT_CITIES)
    for name, cohort in projects.group_by("city"):
        starts = pilot_start(city(str(name[0])))
        assert cohort.filter(pl.col("initiated_on") < starts)["is_pilot"].sum() == 0
        after = cohort.filter(pl.col("initiated_on") >= starts)
        assert after["is_pilot"].all()
        assert min(after.height, cohort.height - after.height) >= 10
    assert small["projects__projects"].filter("is_pilot")["city"].is_in(PILOT_CITIES).all()


@pytest.mark.parametrize(
    ("table", "column", "least"),
    [
        ("crm__customers", "name", 45),
        ("crm__emails", "body", 200),
        ("crm__emails", "subject", 60),
        ("crm__interactions", "summary", 10),
        ("projects__projects", "name", 100),
        ("work__ratings", "comment", 15),
        ("work__complaints", "description", 6),
        ("work__inspections", "findings", 6),
        ("work__work_orders", "description", 500),
        ("erp__suppliers", "name", 15),
    ],
)
def test_texts_are_chinese_and_vary(
    table: str, column: str, least: int, small: dict[str, pl.DataFrame]
) -> None:
    texts = small[table][column].drop_nulls()
    assert texts.n_unique() >= least
    assert texts.str.contains(r"\p{Han}{2,}").all()
