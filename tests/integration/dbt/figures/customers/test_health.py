"""The health of customers, counted a second time."""

import datetime as dt
import itertools
import shutil
from pathlib import Path

import duckdb
import polars as pl
import pytest

from tests.support.customer_figures import YEAR_AGO, contracts_of, grade, half_up, receivables, same
from tests.support.figure_day import AHEAD, UNTIL, Frames
from tests.support.warehouse import Warehouse


def test_health(
    built: Warehouse,
    frames: Frames,
    left: dict[str, str],
    customers: dict[str, dict],
    lines: pl.DataFrame,
    invoices: list[dict],
    ratings: list[tuple[str, dt.date, int]],
) -> None:
    # Which service levels were due and met is counted a second time in the tests of service.
    levels = {
        left[customer]: (due, met)
        for customer, due, met in built.rows(
            "select customer_id, count(*) filter (is_sla_due), count(*) filter (is_sla_met)"
            " from intermediate.int_work_order_sla where due_on > date '2025-06-30' group by 1"
        )
    }
    expected = {}
    for customer in customers:
        parts = {
            "orders": (30, rhythm_points(frames, left, lines, customer)),
            "ratings": (25, rating_points(customer, ratings)),
            "complaints": (15, complaint_points(frames, left, customer)),
            "payment": (15, payment_points(customer, invoices)),
            "sla": (15, level_points(*levels.get(customer, (0, 0)))),
        }
        known = {name: (weight, points) for name, (weight, points) in parts.items() if points is not None}
        total = sum(weight for weight, _ in known.values())
        score = (
            sum(half_up(weight * points / total, 2) for weight, points in known.values()) if known else None
        )
        expected[customer] = (score, len(known))
    same(built.rows("select customer_id, health_score, part_count from marts.mart_customer_health"), expected)
    waterfall = built.rows(
        "select count(*) from marts.mart_customer_health where health_score is distinct from"
        " orders_points + ratings_points + complaints_points + payment_points + sla_points"
    )
    assert waterfall == [(0,)]


@pytest.mark.parametrize("stars", [1, 2, 3, 4])
def test_lowering_a_rating_never_raises_health(built: Warehouse, tmp_path: Path, stars: int) -> None:
    model = "gantry/models/marts/customers/mart_customer_health.sql"
    query = (built.build_file.parent / "target" / "compiled" / model).read_text("utf-8")
    # The model's own SQL names the database by its file.
    copy = shutil.copy(built.build_file, tmp_path / built.build_file.name)
    with duckdb.connect(str(copy)) as con:
        before = dict(con.execute(f"select customer_id, health_score from ({query})").fetchall())
        lowered = con.execute(
            f"update intermediate.int_customer_relation set star_12m_count = star_12m_count - {stars}"
            f" where star_12m_count - {stars} >= rating_12m_count returning customer_id"
        ).fetchall()
        after = dict(con.execute(f"select customer_id, health_score from ({query})").fetchall())
    assert lowered
    for (customer,) in lowered:
        assert after[customer] < before[customer]
    assert {one: after[one] for one in before if (one,) not in lowered} == {
        one: score for one, score in before.items() if (one,) not in lowered
    }


def line_between(value: float, worst: float, best: float) -> float:
    """0 at the worst, 100 at the best, straight between."""
    return half_up(100 * max(0.0, min(1.0, (value - worst) / (best - worst))), 2)


def rhythm_points(frames: Frames, left: dict[str, str], lines: pl.DataFrame, customer: str) -> float | None:
    """Silence against the own rhythm; a project under way is none."""
    days = sorted(set(lines.filter((pl.col("customer") == customer) & pl.col("is_sale"))["day"]))
    signed = [row["signed_on"] for row in contracts_of(frames, left, customer, UNTIL)]
    if not days and not signed:
        return None
    projects = frames["projects__projects"].filter(~pl.col("status_code").is_in(["completed", "cancelled"]))
    if any(left[one] == customer for one in projects["customer_id"]):
        return 100.0
    gaps = pl.Series([(after - before).days for before, after in itertools.pairwise(days)], dtype=pl.Float64)
    if gaps.is_empty():
        return None
    return line_between((UNTIL - max([*days, *signed])).days / half_up(float(gaps.median()), 2), 3, 1)  # type: ignore[arg-type]


def rating_points(customer: str, ratings: list[tuple[str, dt.date, int]]) -> float | None:
    """Mean stars of twelve months."""
    given = [stars for one, day, stars in ratings if one == customer and day > YEAR_AGO]
    return line_between(sum(given) / len(given), 1, 5) if given else None


def complaint_points(frames: Frames, left: dict[str, str], customer: str) -> float | None:
    """Complaints of twelve months per job; within a day about one order they are one."""
    jobs = sum(
        left[row["customer_id"]] == customer and YEAR_AGO < row["delivered_on"] <= UNTIL
        for row in frames["erp__orders"]
        .filter(pl.col("status_code") != "cancelled")
        .drop_nulls("delivered_on")
        .iter_rows(named=True)
    )
    jobs += sum(
        left[row["customer_id"]] == customer and YEAR_AGO < (row["finished_at"] + AHEAD).date() <= UNTIL
        for row in frames["work__work_orders"]
        .filter(pl.col("status_code") != "cancelled")
        .drop_nulls("finished_at")
        .iter_rows(named=True)
    )
    heard: dict[str, dt.datetime] = {}
    complaints = 0
    for row in frames["work__complaints"].sort("received_at", "complaint_id").iter_rows(named=True):
        subject = row["work_order_id"] or row["order_id"] or row["complaint_id"]
        is_again = subject in heard and row["received_at"] - heard[subject] <= dt.timedelta(hours=24)
        heard[subject] = row["received_at"]
        day = (row["received_at"] + AHEAD).date()
        complaints += left[row["customer_id"]] == customer and not is_again and YEAR_AGO < day <= UNTIL
    return line_between(complaints / max(jobs, complaints), 0.2, 0) if jobs or complaints else None


def payment_points(customer: str, invoices: list[dict]) -> float | None:
    """Payment grade as points."""
    own = [one for one in invoices if one["customer"] == customer and one["issued_on"] <= UNTIL]
    return line_between(grade(receivables(own, UNTIL)), 5, 1) if own else None


def level_points(due: int, met: int) -> float | None:
    """Service levels kept: all is 100, half is 0."""
    return line_between(met / due, 0.5, 1) if due else None
