"""Service and quality of every month and region, computed a second time."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

import pytest

from tests.support.service_figures import MEAN, RATE, SHARE, Row, month_of, rows_of, same_ratio
from tests.support.warehouse import Warehouse


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
        stars[month_of(rating["day"]), rating["region"]] += rating["stars"]
    rows = rows_of(built, "mart_service_month")
    told = {(row["period_on"], row["region_code"]) for row in rows}
    assert told >= {key for count in counts.values() for key in count}
    for row in rows:
        n = {name: count[row["period_on"], row["region_code"]] for name, count in counts.items()}
        total = stars[row["period_on"], row["region_code"]]
        assert row["finished_order_count"] == n["finished"]
        same_ratio(row["rework_order_share"], n["rework"], n["finished"], SHARE)
        same_ratio(row["response_share"], n["rated"], n["finished"], SHARE)
        same_ratio(row["sla_share"], n["met"], n["due"], SHARE)
        same_ratio(row["star_mean"], total, n["ratings"], MEAN)
        same_ratio(row["csat_share"], n["satisfied"], n["ratings"], SHARE)
        assert row["low_rating_count"] == n["low"]
        assert row["complaint_count"] == n["complaints"]
        same_ratio(row["complaint_rate"], 100 * n["complaints"], n["finished"], RATE)
        same_ratio(row["first_pass_share"], n["passed"], n["first"], SHARE)


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


def _count(rows: Iterable[Row], day: str) -> defaultdict[tuple[dt.date, str | None], int]:
    counts: defaultdict[tuple[dt.date, str | None], int] = defaultdict(int)
    for row in rows:
        counts[month_of(row[day]), row["region"]] += 1
    return counts
