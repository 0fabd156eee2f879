"""Projects of the small published lake in depth: what the page of one project reads."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from functools import wraps

from tests.support.published_batches import batch_rows
from tests.support.published_depth import partner_rows
from tests.support.published_partners import AS_OF

Rows = dict[str, list[dict[str, object]]]
#: A finished project: 86.4 m planned over six months, done in four.
GOLDEN = "G2"
STAGES = ("lead", "solution", "contract", "production", "delivery", "installation", "maintenance")
CHECKS = (
    ("missing_logic", "share", 0.0, 0.05, "at_most", True),
    ("leads", "share", 0.0, 0.0, "at_most", True),
    ("negative_float", "share", 0.25, 0.0, "at_most", False),
    ("missing_resources", "share", 0.0, None, "report", False),
    ("baseline_execution_index", "index", 0.91, 0.95, "at_least", False),
)


def with_depth(company_rows: Callable[[], Rows]) -> Callable[[], Rows]:
    """Rows with those of the pages of one project, customer and supplier; what is there already stays."""

    @wraps(company_rows)
    def deepened() -> Rows:
        rows = company_rows()
        nodes = rows["marts.fct_milestone"]
        for table, more in (*_more(nodes).items(), *batch_rows(nodes).items()):
            have = rows.setdefault(table, [])
            by_key = {next(iter(row.values())): row for row in have}
            for row in more:
                known = by_key.get(next(iter(row.values())))
                if known is None:
                    have.append(row)
                else:
                    known.update({name: value for name, value in row.items() if name not in known})
        return rows

    return deepened


def _more(milestones: Iterable[Mapping[str, object]]) -> Rows:
    nodes = list(milestones)
    return {
        "marts.dim_project": [_project("P1", is_open=True), _project(GOLDEN, is_open=False)],
        "marts.mart_project_health": [_health("P1", 79.0), _health(GOLDEN, 96.0)],
        "marts.mart_project_earned_value": [_value("P1"), _golden_value()],
        "marts.mart_project_cycle": [
            {
                "project_id": GOLDEN,
                "accepted_on": dt.date(2025, 6, 29),
                "cycle_days": 120,
                "planned_days": 180,
                "compression_share": 0.333333,
            }
        ],
        "marts.mart_project_month": [_month(i) for i in range(6)],
        "marts.mart_project_lifecycle": [_stage(i) for i in range(len(STAGES))],
        "marts.fct_stage_event": [_event(i) for i in range(4)],
        "marts.mart_milestone_network": [_node(row) for row in nodes],
        "marts.fct_milestone_link": [_link(f"P{p}", m) for p in range(1, 7) for m in range(1, 4)],
        "marts.mart_project_cash": [_cash()],
        "marts.fct_expense": [_expense(i) for i in range(3)],
        "marts.mart_site_day": [_site_day(i) for i in range(5)],
        "marts.mart_site_condition": [_condition()],
        "marts.mart_material_use": [_material()],
        "marts.mart_project_device": [_device(i) for i in range(4)],
        "marts.mart_project_schedule_quality": [_check(i) for i in range(len(CHECKS))],
        "marts.mart_promise_move": [_move(1, 12), _move(2, -3)],
        **partner_rows(),
    }


def _project(project_id: str, *, is_open: bool) -> dict[str, object]:
    return {
        "project_id": project_id,
        "name": "新建校区",
        "customer_id": "C1",
        "site_id": f"ST-{project_id}",
        "type_code": "campus",
        "region_code": "east",
        "manager_id": "E9",
        "stage_code": "delivery" if is_open else "maintenance",
        "status_code": "active" if is_open else "completed",
        "is_open": is_open,
        "contract_reporting_amount": 112_000_000,
        "planned_finish_on": dt.date(2025, 8, 28),
        "finished_on": None if is_open else dt.date(2025, 6, 29),
    }


BAND = {
    "finish_p10_on": dt.date(2025, 11, 10),
    "finish_p50_on": dt.date(2025, 11, 20),
    "finish_p80_on": dt.date(2025, 12, 1),
    "finish_p90_on": dt.date(2025, 12, 9),
    "late_probability_share": 0.62,
}


def _health(project_id: str, schedule: float) -> dict[str, object]:
    """Five parts of which supply is not known: the other four carry its weight."""
    weights = {"schedule": 0.3, "cost": 0.25, "quality": 0.15, "customer": 0.15}
    scores = {"schedule": schedule, "cost": 90.0, "quality": 100.0, "customer": 100.0}
    return {
        "project_id": project_id,
        "project_name": "新建校区",
        "customer_name": "市卫生局",
        "status_code": "active" if project_id == "P1" else "completed",
        "currency_code": "CNY",
        **(BAND if project_id == "P1" else dict.fromkeys(BAND)),
        "health_score": round(sum(weights[part] / 0.85 * scores[part] for part in weights), 2),
        "health_code": "good",
        "part_count": 4,
        "major_complaint_count": 0,
        "is_red_override": False,
        "reason_1_zh": "原因一",
        "reason_1_en": "First reason",
        **{f"{part}_score": score for part, score in scores.items()},
        **{f"{part}_weight_share": weight / 0.85 for part, weight in weights.items()},
        "supply_weight_share": 0.0,
    }


def _value(project_id: str, **changes: object) -> dict[str, object]:
    return {
        "project_id": project_id,
        "project_name": "新建校区",
        "status_on": AS_OF,
        "baseline_finish_on": dt.date(2025, 11, 20),
        "budget_at_completion_amount": 60_000_000,
        "planned_amount": 41_000_000,
        "earned_amount": 38_000_000,
        "actual_amount": 40_000_000,
        "earned_share": 0.633333,
        "schedule_variance_amount": -3_000_000,
        "cost_variance_amount": -2_000_000,
        "schedule_performance_index": 0.9268,
        "cost_performance_index": 0.95,
        "estimate_at_completion_amount": 63_157_894,
        "is_estimate_unstable": False,
        "planned_duration_months": 10.0,
        "elapsed_months": 8.0,
        "earned_schedule_months": 7.4,
        "schedule_time_index": 0.925,
        "schedule_time_variance_months": -0.6,
        "estimated_duration_months": 10.8108,
        "time_index_to_complete": 1.3,
    } | changes


def _golden_value() -> dict[str, object]:
    return _value(
        GOLDEN,
        baseline_finish_on=dt.date(2025, 8, 28),
        budget_at_completion_amount=86_400_000,
        earned_amount=86_400_000,
        earned_share=1.0,
        schedule_time_index=1.5,
        planned_duration_months=5.913758,
        elapsed_months=3.942505,
        estimated_duration_months=3.9425,
        time_index_to_complete=0.0,
    )


def _month(i: int) -> dict[str, object]:
    """Six months of P1, the last two still to come."""
    is_known = i < 4
    return {
        "project_month_id": f"P1/{i}",
        "project_id": "P1",
        "month_on": dt.date(2025, 6 + i, 1),
        "status_on": dt.date(2025, 6 + i, 28) if is_known else None,
        "is_known": is_known,
        "budget_at_completion_amount": 60_000_000,
        "curve_amount": 10_000_000 * (i + 1),
        "planned_amount": 10_000_000 * (i + 1) if is_known else None,
        "earned_amount": 9_500_000 * (i + 1) if is_known else None,
        "actual_amount": 10_200_000 * (i + 1) if is_known else None,
        "earned_share": 0.16 * (i + 1) if is_known else None,
        "schedule_time_index": 0.95 if is_known else None,
        "cost_performance_index": 0.93 if is_known else None,
        "estimate_at_completion_amount": 63_000_000 if is_known else None,
    }


def _stage(i: int) -> dict[str, object]:
    state = "passed" if i < 4 else "current" if i == 4 else "ahead"
    return {
        "project_stage_id": f"P1/{STAGES[i]}",
        "project_id": "P1",
        "stage_code": STAGES[i],
        "stage_no": i + 1,
        "state_code": state,
        "entered_on": dt.date(2025, 1 + i, 10) if i < 5 else None,
        "stage_days": 24.5 if i < 4 else None,
        "wait_days": 1.5 if i < 4 else None,
        "current_days": 142 if i == 4 else None,
        "event_count": 1 if i < 5 else 0,
    }


def _event(i: int) -> dict[str, object]:
    return {
        "event_id": f"P1-E{i + 1}",
        "project_id": "P1",
        "event_no": i + 1,
        "stage_code": STAGES[i],
        "entered_at": dt.datetime(2025, 1 + i, 10, 2),
        "actor_id": "E9",
        "team_code": "sales",
        "wait_seconds": 129_600 if i else None,
        "source_row": f"PMS-{i + 1}",
        "is_out_of_order": False,
    }


def _node(row: Mapping[str, object]) -> dict[str, object]:
    kept = (
        "milestone_id", "project_id", "name", "phase_code", "sequence_no", "owner_id", "region_code",
        "planned_start_on", "planned_finish_on", "started_on", "finished_on", "threshold_days", "state_code",
        "days_late", "is_finished",
    )  # fmt: skip
    number = int(str(row["sequence_no"]))
    return {name: row.get(name) for name in kept} | {
        "project_name": dict(_names()).get(str(row["project_id"])),
        "is_project_open": True,
        "is_critical": number != 2,
        "total_float_days": 0 if number != 2 else 9,
        "predecessor_text": f"{row['project_id']}-{number - 1} FS" if number > 1 else None,
        "expected_finish_on": row["planned_finish_on"],
        "finish_p50_on": None if row["is_finished"] else AS_OF + dt.timedelta(days=19),
    }


def _names() -> Iterable[tuple[str, str]]:
    from tests.support.published import PROJECTS

    return ((project_id, name) for project_id, name, _ in PROJECTS)


def _link(project_id: str, m: int) -> dict[str, object]:
    return {
        "milestone_link_id": f"{project_id}-{m}>{project_id}-{m + 1}",
        "predecessor_id": f"{project_id}-{m}",
        "successor_id": f"{project_id}-{m + 1}",
        "project_id": project_id,
        "type_code": "FS",
        "lag_days": 0,
        "is_within_project": True,
    }


def _cash() -> dict[str, object]:
    return {
        "project_id": "P1",
        "currency_code": "CNY",
        "budget_amount": 60_000_000,
        "committed_amount": 4_000_000,
        "actual_amount": 40_000_000,
        "invoiced_amount": 52_000_000,
        "collected_amount": 45_000_000,
        "overdue_amount": 2_000_000,
        "retention_amount": 5_600_000,
        "retention_due_on": dt.date(2027, 8, 1),
        "margin_forecast_amount": 48_000_000,
        "margin_forecast_share": 0.43,
        "expense_count": 3,
        "traced_expense_share": 0.666667,
        "untraced_amount": 900,
    }


def _expense(i: int) -> dict[str, object]:
    return {
        "expense_id": f"P1-X{i}",
        "work_order_id": f"P1-W{i // 2}" if i < 2 else None,
        "work_order_kind_code": "installation" if i < 2 else None,
        "project_id": "P1",
        "cost_code": "labour",
        "status_code": "booked",
        "trace_code": "traced" if i < 2 else "no_order",
        "spent_on": dt.date(2025, 8, 3 + i),
        "expense_reporting_amount": 900,
        "is_booked": True,
        "is_traced": i < 2,
        "is_claimed": False,
        "description": "安装人工",
    }


def _site_day(i: int) -> dict[str, object]:
    return {
        "site_day_id": f"ST-P1/{i}",
        "site_id": "ST-P1",
        "project_id": "P1",
        "day_on": AS_OF - dt.timedelta(days=4 - i),
        "is_active": True,
        "is_reporting": True,
        "temperature_c": 21.5 + i,
        "humidity_pct": 55.0 + i,
        "last_photo_path": "photos/P1/W0.jpg",
        "last_photo_at": dt.datetime(2025, 9, 20, 3),
    }


def _condition() -> dict[str, object]:
    return {
        "site_id": "ST-P1",
        "metric_code": "air_temperature_c",
        "last_read_at": dt.datetime(2025, 9, 30, 9),
        "value_last": 25.5,
        "value_min_24h": 19.0,
        "value_max_24h": 27.5,
    }


def _material() -> dict[str, object]:
    return {
        "material_use_id": "P1-MU1",
        "project_id": "P1",
        "product_id": "M-1",
        "product_name": "支吊架",
        "unit_code": "pcs",
        "quantity_used": 81,
        "quantity_planned": 75,
        "quantity_wasted": 1,
        "is_planned": True,
    }


def _device(i: int) -> dict[str, object]:
    return {
        "project_device_id": f"P1-D{i}",
        "project_id": "P1",
        "name": "分体空调",
        "kind_code": "split_unit",
        "unit_count": 497 if i == 3 else 1,
        "state_code": ("in_service", "installed", "delivered", "ordered")[i],
        "order_line_id": f"SO-1/{i}",
        "device_work_order_count": 2,
    }


def _check(i: int) -> dict[str, object]:
    code, unit, value, threshold, comparison, is_decisive = CHECKS[i]
    kept = {
        "at_most": lambda: value <= (threshold or 0),
        "at_least": lambda: value >= (threshold or 0),
        "report": lambda: None,
    }[comparison]()
    return {
        "project_check_id": f"P1/{code}",
        "project_id": "P1",
        "check_no": i + 1,
        "check_code": code,
        "unit": unit,
        "value": value,
        "threshold": threshold,
        "comparison_code": comparison,
        "is_passed": kept,
        "is_decisive": is_decisive,
        "threshold_source": "DCMA 14-point assessment",
        "is_schedule_trusted": True,
        "failed_checks": "",
    }


def _move(number: int, days: int) -> dict[str, object]:
    """Two moves of one promise: 12 days later, then 3 earlier, 9 in all."""
    first = dt.date(2025, 9, 1)
    start = first if number == 1 else first + dt.timedelta(days=12)
    return {
        "promise_move_id": f"P1-MV{number}",
        "subject_code": "milestone",
        "subject_id": "P1-3",
        "promise_id": "milestone/forecast_finish_on/P1-3",
        "project_id": "P1",
        "field_code": "forecast_finish_on",
        "move_no": number,
        "moved_on": dt.date(2025, 7, 10 + number),
        "moved_by": "E9",
        "reason_code": "weather" if number == 1 else "supplier_late",
        "reason": "大雨",
        "from_on": start,
        "to_on": start + dt.timedelta(days=days),
        "moved_days": days,
        "first_on": first,
        "final_on": first + dt.timedelta(days=9),
    }
