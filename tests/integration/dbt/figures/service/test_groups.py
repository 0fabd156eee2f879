"""Service and quality of the last year by crew, region, product and more, computed a second time."""

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping

import polars as pl
import pytest

from tests.support.figure_day import UNTIL, Frames
from tests.support.service_figures import MEAN, RATE, SHARE, YEAR, Row, groups_of, same_ratio
from tests.support.warehouse import Warehouse


@pytest.mark.parametrize(
    ("dimension", "key"),
    [
        ("company", None),
        ("region", "region"),
        ("city", "city"),
        ("crew", "crew_id"),
        ("stage", "stage"),
        ("project", "project_id"),
    ],
)
def test_first_time_acceptance_of_each_group(
    built: Warehouse, first_visits: list[Row], dimension: str, key: str | None
) -> None:
    groups: defaultdict[str, list[Row]] = defaultdict(list)
    for visit in first_visits:
        member = visit[key] if key else "-"
        if visit["inspected_on"] > UNTIL - YEAR and member is not None:
            groups[member].append(visit)
    rows = {row["member_code"]: row for row in groups_of(built, dimension)}
    assert {name for name, row in rows.items() if row["first_inspection_count"]} == set(groups)
    for name, visits in groups.items():
        passed = [visit["is_passed"] for visit in visits]
        by_stage: defaultdict[str, list[bool]] = defaultdict(list)
        for visit in visits:
            by_stage[visit["stage"]].append(visit["is_passed"])
        rolled = math.prod(sum(stage) / len(stage) for stage in by_stage.values())
        same_ratio(rows[name]["first_pass_share"], sum(passed), len(passed), SHARE)
        assert float(rows[name]["rolled_pass_share"]) == pytest.approx(rolled, abs=SHARE)
        assert rows[name]["first_failed_item_count"] == sum(visit["failed_count"] for visit in visits)


@pytest.mark.parametrize(
    ("dimension", "key"),
    [
        ("company", None),
        ("region", "region"),
        ("kind", "kind_code"),
        ("crew", "crew_id"),
        ("product", "product_id"),
        ("project", "project_id"),
    ],
)
def test_service_of_the_last_year_and_of_the_year_before(
    built: Warehouse, orders: list[Row], ratings: list[Row], dimension: str, key: str | None
) -> None:
    def members(rows: Iterable[Row], day: str, *, before: bool = False) -> Mapping[str, list[Row]]:
        last = UNTIL - YEAR if before else UNTIL
        found: defaultdict[str, list[Row]] = defaultdict(list)
        for row in rows:
            if row[day] is not None and last - YEAR < row[day] <= last:
                found[row[key] if key else "-"].append(row)
        return found

    stars = [one["order"] | one for one in ratings]
    rated = {rating["work_order_id"] for rating in ratings}
    finished = members(orders, "finished_on")
    finished_before = members(orders, "finished_on", before=True)
    due = members((one for one in orders if one["is_due"]), "due_on")
    given, given_before = members(stars, "day"), members(stars, "day", before=True)
    for row in groups_of(built, dimension):
        name = row["member_code"]
        done = finished.get(name, [])
        assert row["finished_order_count"] == len(done)
        assert row["finished_order_count_before"] == len(finished_before.get(name, []))
        same_ratio(
            row["response_share"], sum(one["work_order_id"] in rated for one in done), len(done), SHARE
        )
        same_ratio(
            row["sla_share"], sum(one["is_met"] for one in due.get(name, [])), len(due.get(name, [])), SHARE
        )
        for column, some in (("star_mean", given), ("star_mean_before", given_before)):
            same_ratio(
                row[column], sum(one["stars"] for one in some.get(name, [])), len(some.get(name, [])), MEAN
            )


def test_the_complaint_rate_against_the_year_before(
    built: Warehouse, orders: list[Row], complaints: list[Row]
) -> None:
    def rate(last: dt.date) -> float:
        of_window = [one for one in complaints if last - YEAR < one["day"] <= last]
        done = [one for one in orders if one["finished_on"] and last - YEAR < one["finished_on"] <= last]
        return 100 * len(of_window) / len(done)

    now, before = rate(UNTIL), rate(UNTIL - YEAR)
    [company] = groups_of(built, "company")
    assert float(company["complaint_rate"]) == pytest.approx(now, abs=RATE)
    assert float(company["complaint_rate_before"]) == pytest.approx(before, abs=RATE)
    expected = 100 * (now / before - 1) if before else None
    found = company["complaint_change_pct"]
    assert (None if found is None else float(found)) == pytest.approx(expected, abs=0.05)


def test_causes_of_complaints_from_the_most_frequent(built: Warehouse, complaints: list[Row]) -> None:
    causes: defaultdict[str, int] = defaultdict(int)
    for one in complaints:
        if one["day"] > UNTIL - YEAR:
            causes[one["category_code"]] += 1
    total, so_far = sum(causes.values()), 0
    found = {row["member_code"]: row for row in groups_of(built, "cause")}
    assert {name for name, row in found.items() if row["complaint_count"]} == set(causes)
    for name, count in sorted(causes.items(), key=lambda one: (-one[1], one[0])):
        so_far += count
        assert found[name]["complaint_count"] == count
        same_ratio(found[name]["cumulative_complaint_share"], so_far, total, SHARE)


def test_rework_costs_what_was_booked_for_it(built: Warehouse, frames: Frames, orders: list[Row]) -> None:
    rework = {order["work_order_id"] for order in orders if order["is_rework"]}
    booked = frames["erp__expenses"].filter(
        (pl.col("status_code") == "booked") & (pl.col("booked_on") <= UNTIL)
    )
    spent: defaultdict[str, float] = defaultdict(float)
    for row in booked.iter_rows(named=True):
        if row["work_order_id"] in rework:
            spent[row["project_id"]] += float(row["expense_amount"])
    costs = dict(
        built.rows(
            "select project_id, sum(actual_amount) from intermediate.int_project_expense_month group by all"
        )
    )
    rows = {row["member_code"]: row for row in groups_of(built, "project")}
    assert spent
    for project, cost in costs.items():
        assert float(rows[project]["rework_cost_amount"]) == pytest.approx(spent[project], abs=0.01)
        same_ratio(rows[project]["rework_cost_share"], spent[project], float(cost), SHARE)
    [company] = groups_of(built, "company")
    same_ratio(company["rework_cost_share"], sum(spent.values()), float(sum(costs.values())), SHARE)
