"""The health of projects and its reasons, computed a second time."""

import datetime as dt
from decimal import Decimal

import polars as pl
import pytest

from tests.support.figure_day import UNTIL, Frames
from tests.support.project_lives import assert_close, folded
from tests.support.warehouse import Warehouse

#: Part, weight within the part, value of 0 points, value of 100 points.
COMPONENTS = {
    "time_index": ("schedule", 0.5, 0.5, 1), "finish_slip": ("schedule", 0.5, 93, 3),
    "cost_index": ("cost", 0.5, 0.5, 1), "estimate_overrun": ("cost", 0.5, 0.5, 0),
    "first_acceptance": ("quality", 0.6, 0, 1), "rework_share": ("quality", 0.4, 0.2, 0),
    "path_supply": ("supply", 1, 0, 1),
    "mean_stars": ("customer", 0.6, 1, 5), "complaints": ("customer", 0.4, 5, 0),
}  # fmt: skip

WEIGHTS = {"schedule": 30, "cost": 25, "quality": 15, "supply": 15, "customer": 15}


def test_the_health_of_every_project(built: Warehouse, frames: Frames) -> None:
    expected = {one: _health(parts) for one, parts in _parts(built, frames).items()}
    found = built.rows(
        "select project_id, schedule_score, cost_score, quality_score, supply_score, customer_score,"
        " health_score from marts.mart_project_health"
    )
    assert {row[0] for row in found} == set(expected)
    for project_id, *scores in found:
        assert_close(dict(enumerate(scores)), dict(enumerate(expected[project_id])))


def test_every_health_says_why(built: Warehouse, frames: Frames) -> None:
    """Up to three reasons, in both languages; the first is what takes most from the score."""
    found = built.rows(
        "select project_id, reason_1_code, reason_2_code, reason_3_code,"
        " concat(reason_1_zh, reason_2_zh, reason_3_zh, reason_1_en, reason_2_en, reason_3_en)"
        " from marts.mart_project_health"
    )
    parts = _parts(built, frames)
    for project_id, *codes, text in found:
        losses = _losses(parts[project_id])
        told = [code for code in codes if code is not None]
        assert len(told) == len(set(told)) == min(3, len(losses))
        assert losses[told[0]] == pytest.approx(max(losses.values()), abs=0.01)
        assert text
        assert "{" not in text


def test_the_campus_of_the_documents(built: Warehouse) -> None:
    """86.4 million, planned for six months, done in four, nobody complained."""
    campus = built.row("select * from marts.mart_project_cycle where project_id = 'PJ-G2-1'")
    assert campus["budget_amount"] == Decimal("86400000.00")
    assert campus["budget_amount"] > 80_000_000
    assert (campus["planned_days"], campus["cycle_days"]) == (180, 120)
    assert round(100 * campus["compression_share"], 1) == Decimal("33.3")
    health = built.row("select * from marts.mart_project_health where project_id = 'PJ-G2-1'")
    assert round(health["time_performance_index"], 2) == Decimal("1.50")
    assert health["major_complaint_count"] == 0
    assert health["finish_slip_days"] == -60


def _parts(built: Warehouse, frames: Frames) -> dict[str, dict[str, float | None]]:
    """Each component of each project's health; what other tests count a second time is read from its mart."""
    firsts = frames["work__inspections"].filter(
        (pl.col("attempt_no") == 1) & (pl.col("kind_code") != "incoming")
    )
    passed = folded(firsts, "is_passed", lambda each: sum(each) / len(each))
    stars = _current_stars(frames)
    said = _complaints(frames)
    rework = _rework(built, frames)
    cost = dict(
        built.rows(
            "select project_id, sum(actual_amount) from intermediate.int_project_expense_month group by 1"
        )
    )
    earned = {
        row[0]: row[1:]
        for row in built.rows(
            "select project_id, schedule_time_index, cost_performance_index, estimate_at_completion_amount,"
            " budget_at_completion_amount, is_estimate_unstable from marts.mart_project_earned_value"
        )
    }
    supply, slips = _path_supply(built), _slips(frames)
    parts: dict[str, dict[str, float | None]] = {}
    for project in frames["projects__projects"].iter_rows(named=True):
        name = project["project_id"]
        pace, index, estimate, budget, is_unstable = earned.get(name, (None, None, None, None, True))
        parts[name] = {
            "time_index": pace,
            "finish_slip": slips[name],
            "cost_index": None if is_unstable else index,
            "estimate_overrun": None if is_unstable or not budget else float(estimate) / float(budget) - 1,
            "first_acceptance": passed.get(name),
            "rework_share": float(rework.get(name, 0)) / float(cost[name]) if cost.get(name) else None,
            "path_supply": supply.get(name),
            "mean_stars": stars.get(name),
            "complaints": said.get(name, 0) if project["started_on"] or name in said else None,
        }
    return parts


def _rework(built: Warehouse, frames: Frames) -> dict[str, Decimal]:
    """Booked expenses of rework by project."""
    again = set(frames["work__work_orders"].filter("is_rework")["work_order_id"])
    found: dict[str, Decimal] = {}
    for project_id, order_id, amount in built.rows(
        "select project_id, work_order_id, expense_reporting_amount from marts.fct_expense where is_cost"
    ):
        if order_id in again:
            found[project_id] = found.get(project_id, Decimal(0)) + amount
    return found


def _current_stars(frames: Frames) -> dict[str, float]:
    """Mean of the newest rating of each work order, by project."""
    orders = frames["work__work_orders"].select("work_order_id", "project_id")
    newest = frames["work__ratings"].sort("rated_at").group_by("work_order_id", maintain_order=True).last()
    rated = newest.join(orders, on="work_order_id").filter(pl.col("project_id").is_not_null())
    return dict(rated.group_by("project_id").agg(pl.col("stars").mean()).iter_rows())


def _complaints(frames: Frames) -> dict[str, int]:
    """Complaints by project; one about the same order within a day of the one before says nothing new."""
    found: dict[str, int] = {}
    newest: dict[str, dt.datetime] = {}
    for row in frames["work__complaints"].sort("received_at").iter_rows(named=True):
        subject = row["work_order_id"] or row["order_id"]
        is_again = subject in newest and row["received_at"] - newest[subject] <= dt.timedelta(days=1)
        if subject:
            newest[subject] = row["received_at"]
        if not is_again:
            found[row["project_id"]] = found.get(row["project_id"], 0) + 1
    return found


def _path_supply(built: Warehouse) -> dict[str, float]:
    """Share of due purchase lines on the critical path that came on time in full, by project."""
    critical = dict(built.rows("select milestone_id, is_critical from intermediate.int_milestone_network"))
    lines: dict[str, list[bool]] = {}
    for project_id, milestone_id, is_otif in built.rows(
        "select project_id, milestone_id, is_otif from marts.fct_purchase_line"
        " where is_due and project_id is not null"
    ):
        if critical.get(milestone_id, True):
            lines.setdefault(project_id, []).append(is_otif)
    return {project_id: sum(each) / len(each) for project_id, each in lines.items()}


def _slips(frames: Frames) -> dict[str, int]:
    """Days from the last planned finish to the last one, actual or expected; this build has no forecasts."""
    slips = {}
    for (name,), group in frames["projects__milestones"].group_by("project_id"):
        rows = group.to_dicts()
        expected = [
            row["finished_on"]
            or max(row["planned_finish_on"], UNTIL if row["planned_finish_on"] < UNTIL else dt.date.min)
            for row in rows
        ]
        slips[str(name)] = (max(expected) - max(row["planned_finish_on"] for row in rows)).days
    return slips


def _health(components: dict[str, float | None]) -> list[float | None]:
    """The scores of the five parts and of the whole; what has no data passes its weight on."""
    points: dict[str, list[tuple[float, float]]] = {part: [] for part in WEIGHTS}
    for name, value in components.items():
        part, weight, zero, full = COMPONENTS[name]
        if value is not None:
            points[part].append((weight, 100 * max(0.0, min(1.0, (float(value) - zero) / (full - zero)))))
    parts = [_weighed(points[part]) for part in WEIGHTS]
    known = [
        (float(WEIGHTS[part]), score) for part, score in zip(WEIGHTS, parts, strict=True) if score is not None
    ]
    return [*parts, _weighed(known)]


def _losses(components: dict[str, float | None]) -> dict[str, float]:
    """By component with data, how many points it takes from the whole."""
    known = {name: float(value) for name, value in components.items() if value is not None}
    used = {part for name in known for part in [COMPONENTS[name][0]]}
    losses = {}
    for name, value in known.items():
        part, weight, zero, full = COMPONENTS[name]
        beside = sum(COMPONENTS[other][1] for other in known if COMPONENTS[other][0] == part)
        share = WEIGHTS[part] / sum(WEIGHTS[one] for one in used) * weight / beside
        losses[name] = share * (100 - 100 * max(0.0, min(1.0, (value - zero) / (full - zero))))
    return losses


def _weighed(each: list[tuple[float, float]]) -> float | None:
    return sum(weight * value for weight, value in each) / sum(weight for weight, _ in each) if each else None
