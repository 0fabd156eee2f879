"""Earned value, earned schedule, networks, promises and schedule checks, computed a second time.

Milestone by milestone in plain Python over the generator's own tables: cumulative amounts are looked at on a
day, where the models add up what happened in months.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import duckdb
import polars as pl
import pytest

from tests.support.figure_day import UNTIL
from tests.support.warehouse import Warehouse

Row = dict[str, Any]
MONTH = Fraction("30.4375")
CENT = Decimal("0.01")


@pytest.fixture(scope="module")
def plans(frames: dict[str, pl.DataFrame]) -> dict[str, list[Row]]:
    """The milestones of each project with their frozen baseline and what was reported of them."""
    baselines = {row["milestone_id"]: row for row in frames["projects__baselines"].iter_rows(named=True)}
    reports = defaultdict(list)
    for row in frames["projects__progress_reports"].sort("reported_at").iter_rows(named=True):
        day = (row["reported_at"] + dt.timedelta(hours=8)).date()
        reports[row["milestone_id"]].append((day, row["progress_pct"]))
    projects = defaultdict(list)
    for row in frames["projects__milestones"].iter_rows(named=True):
        baseline = baselines[row["milestone_id"]]
        row["baseline"] = (baseline["planned_start_on"], baseline["planned_finish_on"])
        row["budget"] = Fraction(str(baseline["budget_amount"]))
        row["reports"] = reports[row["milestone_id"]]
        projects[row["project_id"]].append(row)
    return projects


def cents(amount: Fraction) -> Decimal:
    return (Decimal(amount.numerator) / Decimal(amount.denominator)).quantize(CENT, ROUND_HALF_UP)


def share_of_days(start: dt.date, finish: dt.date, day: dt.date) -> Fraction:
    """How much of a stretch of days is over on a day, 0–1; a point in time is over on its day."""
    if day >= finish:
        return Fraction(1)
    return Fraction(max((day - start).days, 0), max((finish - start).days, 1))


def planned_share(row: Row, day: dt.date) -> Fraction:
    start, finish = row["baseline"]
    if (finish - start).days <= 31:
        return Fraction(day >= finish)
    return share_of_days(start, finish, day)


def earned_share(row: Row, day: dt.date) -> Fraction:
    start, finish = row["baseline"]
    if row["finished_on"] and row["finished_on"] <= day:
        return Fraction(1)
    if (finish - start).days <= 31:
        return Fraction(0)
    if any(when <= UNTIL for when, _ in row["reports"]):
        told = [pct for when, pct in row["reports"] if when <= day]
        return Fraction(str(told[-1])) / 100 if told else Fraction(0)
    return Fraction(1, 2) if row["started_on"] and row["started_on"] <= day else Fraction(0)


def spent(row: Row, day: dt.date) -> Decimal:
    ends = row["finished_on"] or UNTIL
    begins = min(row["started_on"] or ends, ends)
    return cents(Fraction(str(row["actual_amount"] or 0)) * share_of_days(begins, ends, day))


def end_of_month(day: dt.date) -> dt.date:
    return (day.replace(day=1) + dt.timedelta(days=32)).replace(day=1) - dt.timedelta(days=1)


def months_from(start: dt.date, day: dt.date) -> Fraction:
    return max(Fraction(0), Fraction((day - start).days) / MONTH)


def curve_of(rows: list[Row]) -> list[tuple[Fraction, Decimal]]:
    """The planned curve at the end of each month, from nothing at its start to all at its finish."""
    start, finish = min(r["baseline"][0] for r in rows), max(r["baseline"][1] for r in rows)
    corners, month = [(Fraction(0), Decimal(0))], start
    while True:
        day = end_of_month(month)
        value = sum((cents(r["budget"] * planned_share(r, day)) for r in rows), Decimal(0))
        corners.append((months_from(start, min(day, finish)), value))
        if day >= finish:
            return corners
        month = day + dt.timedelta(days=1)


def earned_schedule(corners: list[tuple[Fraction, Decimal]], earned: Decimal) -> Fraction:
    last = max(at for at, (_, value) in enumerate(corners) if value <= earned)
    if last == len(corners) - 1:
        return corners[last][0]
    (time, value), (later, more) = corners[last], corners[last + 1]
    return time + Fraction(earned - value) / Fraction(more - value) * (later - time)


def near(found: object, expected: Fraction | Decimal | None, digits: float = 0.01) -> bool:
    if expected is None or found is None:
        return found is None and expected is None
    return abs(Fraction(str(found)) - Fraction(expected)) <= Fraction(str(digits))


def table(built: Warehouse, query: str) -> Iterator[Row]:
    with duckdb.connect(str(built.build_file), read_only=True) as con:
        return iter(con.execute(query).pl().to_dicts())


def test_value_planned_earned_and_spent_stands_as_counted_on_each_day(
    built: Warehouse, plans: dict[str, list[Row]]
) -> None:
    found, wrong = 0, []
    for row in table(built, "from marts.mart_project_month where is_known"):
        rows, day = plans[row["project_id"]], min(end_of_month(row["month_on"]), UNTIL)
        planned = sum((cents(r["budget"] * planned_share(r, day)) for r in rows), Decimal(0))
        earned = sum((cents(r["budget"] * earned_share(r, day)) for r in rows), Decimal(0))
        cost = sum((spent(r, day) for r in rows), Decimal(0))
        ok = (
            near(row["budget_at_completion_amount"], sum(r["budget"] for r in rows))
            and near(row["planned_amount"], planned)
            and near(row["earned_amount"], earned)
            and near(row["actual_amount"], cost)
            and near(row["schedule_variance_amount"], earned - planned)
            and near(row["cost_variance_amount"], earned - cost)
        )
        found += 1
        wrong += [] if ok else [(row["project_month_id"], planned, earned, cost)]
    assert found > 100
    assert wrong == []


def test_indices_and_estimates_follow_from_the_amounts(built: Warehouse, plans: dict[str, list[Row]]) -> None:
    wrong, seen = [], set()
    for row in table(built, "from marts.mart_project_earned_value"):
        rows = plans[row["project_id"]]
        start, finish = min(r["baseline"][0] for r in rows), max(r["baseline"][1] for r in rows)
        whole, earned = Fraction(row["budget_at_completion_amount"]), Fraction(row["earned_amount"])
        planned, cost = Fraction(row["planned_amount"]), Fraction(row["actual_amount"])
        done = max(r["finished_on"] for r in rows) if all(r["finished_on"] for r in rows) else None
        elapsed = months_from(start, min(done or UNTIL, row["status_on"]))
        duration = months_from(start, finish)
        es = earned_schedule(curve_of(rows), row["earned_amount"])
        spi_t = es / elapsed if elapsed else None
        by_cost = whole / earned * cost if earned and cost else None
        eac = by_cost if by_cost is not None else cost + whole - earned
        checks = {
            "earned_share": near(row["earned_share"], earned / whole, 1e-6),
            "spi": near(row["schedule_performance_index"], earned / planned if planned else None, 1e-4),
            "cpi": near(row["cost_performance_index"], earned / cost if cost else None, 1e-4),
            "eac": near(row["estimate_at_completion_amount"], eac),
            "unstable": row["is_estimate_unstable"] == (earned / whole < Fraction(1, 5)),
            "es": near(row["earned_schedule_months"], es, 1e-4),
            "sv_t": near(row["schedule_time_variance_months"], es - elapsed, 1e-4),
            "spi_t": near(row["schedule_time_index"], spi_t, 1e-3),
            "ieac_t": near(row["estimated_duration_months"], duration / spi_t if spi_t else None, 1e-2),
            "tspi": near(
                row["time_index_to_complete"],
                (duration - es) / (duration - elapsed) if elapsed < duration else None,
                1e-2,
            ),
        }
        seen.add(row["project_id"])
        wrong += [(row["project_id"], name) for name, ok in checks.items() if not ok]
    assert wrong == []
    assert seen == set(plans)


def test_the_campus_of_six_months_done_in_four_has_an_index_of_one_and_a_half(built: Warehouse) -> None:
    row = built.row("select * from marts.mart_project_earned_value where project_id = 'PJ-G2-1'")
    assert row["schedule_time_index"] == Decimal("1.5000")
    assert row["budget_at_completion_amount"] == Decimal("86400000.00")
    assert row["schedule_performance_index"] == 1, "which is why the index in time stands beside it"


def floats_of(rows: list[Row], links: list[tuple[str, str]]) -> dict[str, int]:
    """Total float of each milestone of a finished project whose links all run from finish to start."""
    finish = {r["milestone_id"]: r["finished_on"] for r in rows}
    start = {r["milestone_id"]: r["started_on"] for r in rows}
    after = defaultdict(list)
    for before, behind in links:
        after[before].append(behind)

    def latest(name: str) -> dt.date:
        limits = [
            latest(each) - (finish[each] - start[each]) for each in after[name] if start[each] >= finish[name]
        ]
        return min([*limits, max(finish.values())])

    return {name: (latest(name) - finish[name]).days for name in finish}


def test_floats_of_what_was_built_are_those_of_a_walk_backwards(
    built: Warehouse, frames: dict[str, pl.DataFrame], plans: dict[str, list[Row]]
) -> None:
    links = frames["projects__milestone_links"].select("predecessor_id", "successor_id").rows()
    found = dict(built.rows("select milestone_id, total_float_days from marts.mart_milestone_network"))
    expected: dict[str, int] = {}
    for rows in plans.values():
        if all(r["finished_on"] for r in rows):
            names = {r["milestone_id"] for r in rows}
            expected |= floats_of(rows, [link for link in links if link[0] in names])
    assert len(expected) > 100
    assert {name: found[name] for name in expected} == expected


def test_the_critical_path_of_the_hospital_is_the_one_solved_by_hand(built: Warehouse, world: Any) -> None:
    golden = world.truth["golden"].filter(pl.col("case_code") == "G7")
    told = dict(golden.select("item", "value").iter_rows())
    editions = [name.partition(" ")[0] for name in told if name.endswith("critical_path")]
    assert editions
    for edition in editions:
        rows = built.rows(
            "select milestone_id, is_critical, total_float_days from marts.mart_milestone_network"
            f" where project_id = '{told[f'{edition} project_id']}' order by 1"
        )
        path = told[f"{edition} critical_path"].split()
        assert [name for name, is_critical, _ in rows if is_critical] == path
        floats = {name: days for name, is_critical, days in rows if not is_critical}
        assert set(floats.values()) == {int(told[f"{edition} float_days"])}


def test_days_late_are_calendar_days_after_the_baseline(
    built: Warehouse, plans: dict[str, list[Row]]
) -> None:
    expected = {}
    for rows in plans.values():
        for r in rows:
            plan, done = r["baseline"][1], r["finished_on"]
            until = done or (UNTIL if plan < UNTIL else None)
            late = (until - plan).days if until else None
            expected[r["milestone_id"]] = (late, late is not None and late > 3)
    found = built.rows("select milestone_id, days_late, is_over_threshold from marts.mart_milestone_network")
    assert {name: (late, is_over) for name, late, is_over in found} == expected


def test_every_move_is_in_the_ledger_with_its_days(built: Warehouse, frames: dict[str, pl.DataFrame]) -> None:
    expected = {
        row["date_change_id"]: (row["changed_by"], (row["new_on"] - row["old_on"]).days)
        for row in frames["projects__date_changes"].iter_rows(named=True)
    }
    lines = frames["erp__purchase_lines"].join(
        frames["erp__purchase_orders"]
        .filter(~pl.col("status_code").is_in(["draft", "cancelled"]))
        .select("purchase_order_id"),
        on="purchase_order_id",
    )
    for row in lines.filter(pl.col("current_promised_on") != pl.col("promised_on")).iter_rows(named=True):
        days = (row["current_promised_on"] - row["promised_on"]).days
        expected[f"{row['purchase_order_id']}/{row['line_no']}"] = (row["supplier_id"], days)
    found = built.rows("select promise_move_id, moved_by, moved_days from marts.mart_promise_move")
    assert {name.split("/", 2)[2]: (who, days) for name, who, days in found} == expected


def test_schedule_checks_count_what_is_open(
    built: Warehouse, frames: dict[str, pl.DataFrame], plans: dict[str, list[Row]]
) -> None:
    links = frames["projects__milestone_links"]
    behind = set(links["successor_id"])
    before = set(links["predecessor_id"])
    found = {
        (row["project_id"], row["check_code"]): row["value"]
        for row in table(built, "from marts.mart_project_schedule_quality")
    }
    open_projects = 0
    for project, rows in plans.items():
        still = [r for r in rows if not r["finished_on"]]
        due = [r for r in rows if r["baseline"][1] <= UNTIL]
        missed = [r for r in due if not r["finished_on"] or r["finished_on"] > r["baseline"][1]]
        done = [r for r in rows if r["finished_on"]]
        assert near(found[project, "missed_tasks"], Fraction(len(missed), len(due)) if due else None, 1e-6)
        bei = Fraction(len(done), len(due)) if due else None
        assert near(found[project, "baseline_execution_index"], bei, 1e-6)
        if not still:
            continue
        open_projects += 1
        lacking = [
            r
            for r in still
            if (r["milestone_id"] not in behind and not r["milestone_id"].endswith("-01"))
            or (r["milestone_id"] not in before and r["sequence_no"] != len(rows))
        ]
        stale = [r for r in still if r["forecast_finish_on"] < UNTIL]
        long = [r for r in still if (r["baseline"][1] - r["baseline"][0]).days * 5 > 44 * 7]
        assert near(found[project, "missing_logic"], Fraction(len(lacking), len(still)), 1e-6)
        assert near(found[project, "invalid_dates"], Fraction(len(stale)), 1e-6)
        assert near(found[project, "long_duration"], Fraction(len(long), len(still)), 1e-6)
        assert near(found[project, "finish_to_start"], Fraction(1), 1e-6)
        assert near(found[project, "critical_path_test"], Fraction(1), 1e-6)
        assert found[project, "hard_constraints"] is None
    assert open_projects > 2
