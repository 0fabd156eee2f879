"""Service and quality of the made-up company, computed a second time from what its systems show."""

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import polars as pl
import pytest

from sandbox.company import Simulation
from tests.integration.dbt.figures.conftest import UNTIL
from tests.support.warehouse import Warehouse

Frames = dict[str, pl.DataFrame]
Row = dict[str, Any]

CHINA = dt.timedelta(hours=8)
YEAR = dt.timedelta(days=365)
#: People begin at half past eight, as the shifts of the made-up company do.
OPENS = dt.timedelta(hours=8, minutes=30)
SHARE, MEAN, RATE = 0.000_001, 0.005, 0.005


@pytest.fixture(scope="module")
def regions(frames: Frames) -> Callable[..., str | None]:
    """The region of what happened: of its site, else its project, else its customer."""
    sites = _lookup(frames["ref__sites"], "site_id", "region_code")
    projects = {row["project_id"]: row for row in frames["projects__projects"].iter_rows(named=True)}
    customers = _lookup(frames["crm__customers"], "customer_id", "region_code")

    def region(site_id: str | None, project_id: str | None, customer_id: str | None) -> str | None:
        project = projects.get(project_id or "", {})
        found = sites.get(site_id or project.get("site_id") or "")
        return found or project.get("region_code") or customers.get(customer_id or "")

    return region


@pytest.fixture(scope="module")
def orders(frames: Frames, regions: Callable[..., str | None]) -> list[Row]:
    """Work orders with region, local days and the service level counted minute by working day."""
    calendar = {
        day: dt.timedelta(hours=hours) if works else dt.timedelta()
        for day, works, hours in frames["ref__work_calendar"]
        .select("day_on", "is_working", "working_hours")
        .iter_rows()
    }
    found = []
    for row in frames["work__work_orders"].iter_rows(named=True):
        order = row | {"region": regions(row["site_id"], row["project_id"], row["customer_id"])}
        found.append(order | _service_level(order, calendar))
    return found


@pytest.fixture(scope="module")
def ratings(frames: Frames, orders: list[Row], regions: Callable[..., str | None]) -> list[Row]:
    """The newest rating of each work order, by time."""
    by_order = {order["work_order_id"]: order for order in orders}
    newest: dict[str, Row] = {}
    for row in sorted(
        frames["work__ratings"].to_dicts(), key=lambda one: (one["rated_at"], one["rating_id"])
    ):
        order = by_order[row["work_order_id"]]
        newest[row["work_order_id"]] = row | {
            "day": _day(row["rated_at"]),
            "region": order["region"],
            "order": order,
        }
    return sorted(newest.values(), key=lambda one: (one["rated_at"], one["rating_id"]))


@pytest.fixture(scope="module")
def complaints(frames: Frames, orders: list[Row], regions: Callable[..., str | None]) -> list[Row]:
    """Complaints without those that repeat one on the same order within 24 hours."""
    by_order = {order["work_order_id"]: order for order in orders}
    counted: list[Row] = []
    last_on_order: dict[str, dt.datetime] = {}
    for row in frames["work__complaints"].sort("received_at", "complaint_id").to_dicts():
        order_id = row["work_order_id"]
        before = last_on_order.get(order_id or "")
        if order_id:
            last_on_order[order_id] = row["received_at"]
        if before is None or row["received_at"] - before > dt.timedelta(hours=24):
            order = by_order.get(order_id, {})
            region = order.get("region") or regions(None, row["project_id"], row["customer_id"])
            counted.append(row | {"day": _day(row["received_at"]), "region": region})
    return counted


@pytest.fixture(scope="module")
def first_visits(frames: Frames) -> list[Row]:
    """First inspections of work: one a milestone and kind, whatever came of later visits."""
    milestones = {row["milestone_id"]: row for row in frames["projects__milestones"].iter_rows(named=True)}
    projects = {row["project_id"]: row for row in frames["projects__projects"].iter_rows(named=True)}
    sites = {row["site_id"]: row for row in frames["ref__sites"].iter_rows(named=True)}
    visits = []
    for row in frames["work__inspections"].filter(pl.col("kind_code") != "incoming").iter_rows(named=True):
        if row["attempt_no"] == 1:
            place = sites.get(row["site_id"], projects[row["project_id"]])
            stage = milestones[row["milestone_id"]]["phase_code"]
            visits.append(row | {"region": place["region_code"], "city": place["city"], "stage": stage})
    return visits


def test_working_hours_are_those_of_the_calendar(built: Warehouse, orders: list[Row]) -> None:
    found = {
        row[0]: row[1:]
        for row in built.rows(
            "select work_order_id, target_hours, working_hours_used, is_sla_due, is_sla_met"
            " from intermediate.int_work_order_sla"
        )
    }
    assert len(found) == len(orders)
    for order in orders:
        target, used, is_due, is_met = found[order["work_order_id"]]
        assert float(target) == pytest.approx(order["target"], abs=0.006), order["work_order_id"]
        assert float(used) == pytest.approx(order["used"], abs=0.006), order["work_order_id"]
        assert (is_due, is_met) == (order["is_due"], order["is_met"] if order["is_due"] else None)
    assert {order["is_met"] for order in orders if order["is_due"]} == {True, False}


def test_service_of_every_month_and_region(
    built: Warehouse,
    orders: list[Row],
    ratings: list[Row],
    complaints: list[Row],
    first_visits: list[Row],
) -> None:
    finished = [order for order in orders if order["finished_on"]]
    rated = {rating["work_order_id"] for rating in ratings}
    counts = {
        "finished": _count(finished, "finished_on"),
        "rework": _count((one for one in finished if one["is_rework"]), "finished_on"),
        "rated": _count((one for one in finished if one["work_order_id"] in rated), "finished_on"),
        "due": _count((one for one in orders if one["is_due"]), "due_on"),
        "met": _count((one for one in orders if one["is_due"] and one["is_met"]), "due_on"),
        "ratings": _count(ratings, "day"),
        "satisfied": _count((one for one in ratings if one["stars"] >= 4), "day"),
        "low": _count((one for one in ratings if one["stars"] < 3), "day"),
        "complaints": _count(complaints, "day"),
        "first": _count(first_visits, "inspected_on"),
        "passed": _count((one for one in first_visits if one["is_passed"]), "inspected_on"),
    }
    stars: defaultdict[tuple[dt.date, str | None], int] = defaultdict(int)
    for rating in ratings:
        stars[_month(rating["day"]), rating["region"]] += rating["stars"]
    rows = _rows(built, "mart_service_month")
    told = {(row["period_on"], row["region_code"]) for row in rows}
    assert told >= {key for count in counts.values() for key in count}
    for row in rows:
        n = {name: count[row["period_on"], row["region_code"]] for name, count in counts.items()}
        total = stars[row["period_on"], row["region_code"]]
        assert row["finished_order_count"] == n["finished"]
        _same(row["rework_order_share"], n["rework"], n["finished"], SHARE)
        _same(row["response_share"], n["rated"], n["finished"], SHARE)
        _same(row["sla_share"], n["met"], n["due"], SHARE)
        _same(row["star_mean"], total, n["ratings"], MEAN)
        _same(row["csat_share"], n["satisfied"], n["ratings"], SHARE)
        assert row["low_rating_count"] == n["low"]
        assert row["complaint_count"] == n["complaints"]
        _same(row["complaint_rate"], 100 * n["complaints"], n["finished"], RATE)
        _same(row["first_pass_share"], n["passed"], n["first"], SHARE)


def test_complaints_of_the_same_thing_within_90_days_are_repeated(
    built: Warehouse, complaints: list[Row]
) -> None:
    repeated = set()
    for later in complaints:
        for earlier in complaints:
            same = (earlier["customer_id"], earlier["category_code"]) == (
                later["customer_id"],
                later["category_code"],
            )
            before = (earlier["received_at"], earlier["complaint_id"]) < (
                later["received_at"],
                later["complaint_id"],
            )
            if same and before and (later["day"] - earlier["day"]).days <= 90:
                repeated.add(later["complaint_id"])
    found = built.rows("select complaint_id from marts.fct_complaint where is_repeat")
    assert {row[0] for row in found} == repeated
    [(total,)] = built.rows("select sum(repeat_complaint_count) from marts.mart_service_month")
    assert total == len(repeated)


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
    rows = {row["member_code"]: row for row in _groups(built, dimension)}
    assert {name for name, row in rows.items() if row["first_inspection_count"]} == set(groups)
    for name, visits in groups.items():
        passed = [visit["is_passed"] for visit in visits]
        by_stage: defaultdict[str, list[bool]] = defaultdict(list)
        for visit in visits:
            by_stage[visit["stage"]].append(visit["is_passed"])
        rolled = math.prod(sum(stage) / len(stage) for stage in by_stage.values())
        _same(rows[name]["first_pass_share"], sum(passed), len(passed), SHARE)
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
    for row in _groups(built, dimension):
        name = row["member_code"]
        done = finished.get(name, [])
        assert row["finished_order_count"] == len(done)
        assert row["finished_order_count_before"] == len(finished_before.get(name, []))
        _same(row["response_share"], sum(one["work_order_id"] in rated for one in done), len(done), SHARE)
        _same(
            row["sla_share"], sum(one["is_met"] for one in due.get(name, [])), len(due.get(name, [])), SHARE
        )
        for column, some in (("star_mean", given), ("star_mean_before", given_before)):
            _same(row[column], sum(one["stars"] for one in some.get(name, [])), len(some.get(name, [])), MEAN)


def test_the_complaint_rate_against_the_year_before(
    built: Warehouse, orders: list[Row], complaints: list[Row]
) -> None:
    def rate(last: dt.date) -> float:
        of_window = [one for one in complaints if last - YEAR < one["day"] <= last]
        done = [one for one in orders if one["finished_on"] and last - YEAR < one["finished_on"] <= last]
        return 100 * len(of_window) / len(done)

    now, before = rate(UNTIL), rate(UNTIL - YEAR)
    [company] = _groups(built, "company")
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
    found = {row["member_code"]: row for row in _groups(built, "cause")}
    assert {name for name, row in found.items() if row["complaint_count"]} == set(causes)
    for name, count in sorted(causes.items(), key=lambda one: (-one[1], one[0])):
        so_far += count
        assert found[name]["complaint_count"] == count
        _same(found[name]["cumulative_complaint_share"], so_far, total, SHARE)


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
    rows = {row["member_code"]: row for row in _groups(built, "project")}
    assert spent
    for project, cost in costs.items():
        assert float(rows[project]["rework_cost_amount"]) == pytest.approx(spent[project], abs=0.01)
        _same(rows[project]["rework_cost_share"], spent[project], float(cost), SHARE)
    [company] = _groups(built, "company")
    _same(company["rework_cost_share"], sum(spent.values()), float(sum(costs.values())), SHARE)


def test_low_ratings_in_a_row_are_one_case_each(built: Warehouse, frames: Frames, ratings: list[Row]) -> None:
    customers = _lookup(frames["crm__customers"], "customer_id", "region_code")
    by_customer: defaultdict[str, list[Row]] = defaultdict(list)
    for rating in ratings:
        by_customer[rating["customer_id"]].append(rating)
    expected = {}
    for customer, given in by_customer.items():
        for first, second in _low_pairs(given):
            region = customers[customer]
            manager = _manager(frames["ref__region_managers"], region, second["day"])
            expected[second["rating_id"]] = (customer, first["rating_id"], manager)
    found = {
        row["rating_sequence_id"]: (row["customer_id"], row["first_rating_id"], row["manager_id"])
        for row in _rows(built, "mart_rating_sequence")
    }
    assert found == expected
    [(told,)] = built.rows("select sum(rating_sequence_count) from marts.mart_service_month")
    assert told == len(expected)


def test_the_golden_sequences_of_ratings(built: Warehouse, world: Simulation) -> None:
    """Nobody has closed a care plan yet, so the second case of G5-C5 still belongs to the first."""
    plans = {
        row["item"].split()[0]: int(row["value"])
        for row in world.truth["golden"].filter(pl.col("case_code") == "G5").iter_rows(named=True)
    }
    assert plans == {"G5-C1": 1, "G5-C2": 0, "G5-C3": 0, "G5-C4": 1, "G5-C5": 2}
    found = dict(
        built.rows(
            "select customer_id, count(*) from marts.mart_rating_sequence"
            " where customer_id like 'G5-%' and year(found_on) = 2026 group by all"
        )
    )
    assert found == {"G5-C1": 1, "G5-C4": 1, "G5-C5": 1}
    of_five = built.row(
        "select * from marts.mart_rating_sequence where customer_id = 'G5-C5' and year(found_on) = 2026"
    )
    assert (of_five["first_stars"], of_five["second_stars"], of_five["low_rating_count"]) == (2, 2, 4)
    assert of_five["is_recent"]
    assert not of_five["is_national_queue"]


def test_material_used_against_its_plan(built: Warehouse, frames: Frames) -> None:
    found = {row["material_use_id"]: row["material_use_share"] for row in _rows(built, "mart_material_use")}
    uses = frames["work__material_use"].filter(pl.col("used_on") <= UNTIL)
    assert len(found) == uses.height > 0
    for row in uses.iter_rows(named=True):
        _same(found[row["material_use_id"]], row["quantity_used"], row["quantity_planned"], SHARE)


def test_engineers_are_as_far_away_as_the_crow_flies(built: Warehouse, frames: Frames) -> None:
    sites = {row["site_id"]: row for row in frames["ref__sites"].iter_rows(named=True)}
    bases = _lookup(frames["work__engineers"], "engineer_id", "base_site_id")
    found = dict(built.rows("select work_order_id, distance_km from marts.fct_work_order"))
    measured = 0
    for row in frames["work__work_orders"].iter_rows(named=True):
        here, there = sites.get(row["site_id"]), sites.get(bases.get(row["engineer_id"], ""))
        distance = found[row["work_order_id"]]
        if here is None or there is None:
            assert distance is None
            continue
        measured += 1
        assert float(distance) == pytest.approx(_kilometres(here, there), abs=0.06)
    assert measured > 100


def _kilometres(here: Row, there: Row) -> float:
    """The angle between two points by their vectors from the centre of the earth."""

    def vector(place: Row) -> tuple[float, float, float]:
        latitude, longitude = math.radians(place["latitude"]), math.radians(place["longitude"])
        return (
            math.cos(latitude) * math.cos(longitude),
            math.cos(latitude) * math.sin(longitude),
            math.sin(latitude),
        )

    # By the chord, because the arc cosine of nearly one is good for nothing.
    chord = math.dist(vector(here), vector(there))
    return 6371.0088 * 2 * math.asin(min(chord / 2, 1))


def _low_pairs(given: list[Row]) -> list[tuple[Row, Row]]:
    """The first two ratings of each run below three stars, in order of time."""
    pairs, run = [], []
    for rating in given:
        if rating["stars"] >= 3:
            run = []
            continue
        if run and (rating["day"] - run[-1]["day"]).days > 365:
            run = []
        run.append(rating)
        if len(run) == 2:
            pairs.append((run[0], run[1]))
    return pairs


def _manager(terms: pl.DataFrame, region: str, day: dt.date) -> str | None:
    held = [
        row
        for row in terms.filter(pl.col("region_code") == region).iter_rows(named=True)
        if row["valid_from_on"] <= day <= (row["valid_to_on"] or day)
    ]
    return max(held, key=lambda row: row["valid_from_on"])["person_id"] if held else None


def _service_level(order: Row, calendar: Mapping[dt.date, dt.timedelta]) -> Row:
    """Target and used working hours of an order, whether it is due and whether it was met."""
    end_of_time = dt.datetime.combine(UNTIL + dt.timedelta(days=1), dt.time())
    created, due = _second(order["created_at"]), _second(order["due_at"])
    finished = _second(order["finished_at"]) if order["finished_at"] else None
    if finished and finished >= end_of_time:
        finished = None
    target = _worked(created, due, calendar)
    rested = dt.timedelta(seconds=round((order["waiting_hours"] or 0) * 3600))
    used = max(_worked(created, finished or end_of_time, calendar) - rested, dt.timedelta())
    return {
        "target": target / dt.timedelta(hours=1),
        "used": used / dt.timedelta(hours=1),
        "due_on": due.date(),
        "finished_on": finished.date() if finished else None,
        "is_due": due.date() <= UNTIL and (finished is not None or used > target),
        "is_met": used <= target,
    }


def _worked(start: dt.datetime, end: dt.datetime, calendar: Mapping[dt.date, dt.timedelta]) -> dt.timedelta:
    """Working time between two local moments, day by day."""
    total, day = dt.timedelta(), start.date()
    while day <= end.date():
        opens = dt.datetime.combine(day, dt.time()) + OPENS
        closes = opens + calendar[day]
        total += max(min(end, closes) - max(start, opens), dt.timedelta())
        day += dt.timedelta(days=1)
    return total


def _second(moment: dt.datetime) -> dt.datetime:
    """The wall clock in China, to the second."""
    return (moment + CHINA).replace(microsecond=0)


def _day(moment: dt.datetime) -> dt.date:
    return (moment + CHINA).date()


def _month(day: dt.date) -> dt.date:
    return day.replace(day=1)


def _count(rows: Iterable[Row], day: str) -> defaultdict[tuple[dt.date, str | None], int]:
    counts: defaultdict[tuple[dt.date, str | None], int] = defaultdict(int)
    for row in rows:
        counts[_month(row[day]), row["region"]] += 1
    return counts


def _same(found: Any, numerator: Any, denominator: Any, tolerance: float) -> None:
    """Compare a ratio; without a denominator there is none."""
    if not denominator:
        assert found is None
        return
    assert float(found) == pytest.approx(float(numerator) / float(denominator), abs=tolerance)


def _lookup(frame: pl.DataFrame, key: str, value: str) -> dict[str, str]:
    return dict(frame.select(key, value).iter_rows())


def _rows(built: Warehouse, mart: str) -> list[Row]:
    names = [row[0] for row in built.rows(f"select column_name from (describe marts.{mart})")]
    return [dict(zip(names, row, strict=True)) for row in built.rows(f"select * from marts.{mart}")]


def _groups(built: Warehouse, dimension: str) -> list[Row]:
    return [row for row in _rows(built, "mart_service_group") if row["dimension_code"] == dimension]
