"""A late batch of the small published lake: pumps that a node of P1 waits for, with three ways out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from tests.support.published_partners import AS_OF

Rows = dict[str, list[dict[str, object]]]
LINE = "PO-17/1"
EXPECTED = AS_OF + dt.timedelta(days=20)


def batch_rows(nodes: Sequence[Mapping[str, object]]) -> Rows:
    """The rows by table; `nodes` are the milestones, of which the last of P1 waits for the pumps."""
    waiting = [row for row in nodes if row["project_id"] == "P1"][-1]
    milestone = str(waiting["milestone_id"])
    return {
        "marts.fct_purchase_line": [
            {
                "purchase_line_id": LINE,
                "purchase_order_id": "PO-17",
                "supplier_id": "S1",
                "project_id": "P1",
                "milestone_id": milestone,
                "product_id": "pump",
                "ordered_on": AS_OF - dt.timedelta(days=40),
                "promised_on": AS_OF + dt.timedelta(days=8),
                "current_promised_on": EXPECTED,
                "quantity": 12,
                "quantity_open": 12,
                "line_amount": 12_000,
                "currency_code": "CNY",
                "is_cancelled": False,
            }
        ],
        "marts.mart_batch_risk": [_risk(milestone, waiting)],
        "ml.ml_batch_risk": [
            {
                "batch_id": LINE,
                "kind_code": "purchase_line",
                "project_id": "P1",
                "milestone_id": milestone,
                "due_on": AS_OF + dt.timedelta(days=8),
                "expected_p50_on": EXPECTED,
                "expected_p80_on": EXPECTED,
                "as_of_on": AS_OF,
                "steps": 0,
                "shift_p50_days": 12,
                "shift_p80_days": 12,
                "project_shift_p50_days": 12,
                "project_shift_p80_days": 12,
            }
        ],
        "marts.mart_batch_option": [
            _option(1, "other_supplier", "海港配件", milestone, 4, 380.0, supplier_id="S2"),
            _option(2, "other_warehouse", "上海中央仓", milestone, 9, 250_000.0, warehouse_id="W1"),
            _option(3, "substitute_model", "大泵 · 海港配件", milestone, 12, None, substitute_id="big pump"),
        ],
        "marts.dim_supplier_price": [
            {
                "supplier_price_id": "S2|pump|2025-01-01|1",
                "supplier_id": "S2",
                "product_id": "pump",
                "valid_from_on": dt.date(2025, 1, 1),
                "min_quantity": 1,
                "unit_price_amount": 1_031.5,
                "currency_code": "CNY",
                "lead_time_days": 4,
            }
        ],
        "marts.dim_crew": [
            {
                "crew_id": f"CR{number}",
                "name": f"Crew {number}",
                "trade_code": "hvac",
                "region_code": "south",
                "head_count": 6,
                "hourly_cost_amount": 50 + number,
                "currency_code": "CNY",
                "is_active": True,
            }
            for number in (1, 2)
        ],
    }


def _risk(milestone: str, waiting: Mapping[str, object]) -> dict[str, object]:
    return {
        "purchase_line_id": LINE,
        "purchase_order_id": "PO-17",
        "as_of_on": AS_OF,
        "product_id": "pump",
        "product_name": "冷冻水泵",
        "supplier_id": "S1",
        "supplier_name": "江南泵业",
        "milestone_id": milestone,
        "milestone_name": waiting["name"],
        "project_id": "P1",
        "project_name": "市一院新院区",
        "region_code": "south",
        "needed_on": AS_OF + dt.timedelta(days=10),
        "promised_on": AS_OF + dt.timedelta(days=8),
        "expected_on": EXPECTED,
        "late_days": 12,
        "quantity_open": 12,
        "line_amount": 12_000,
        "currency_code": "CNY",
        "project_shift_p50_days": 12,
        "project_shift_p80_days": 9,
        "moved_count": 1,
        "option_count": 3,
        "best_option_code": "other_supplier",
        "best_saved_p50_days": 12,
        "best_saved_p80_days": 9,
    }


def _option(
    rank: int, code: str, name: str, milestone: str, days: int, cost: float | None, **source: str
) -> dict[str, object]:
    arrival = AS_OF + dt.timedelta(days=days)
    return {
        "batch_option_id": f"{LINE}|{rank}",
        "purchase_line_id": LINE,
        "option_rank": rank,
        "option_code": code,
        "option_name": name,
        "as_of_on": AS_OF,
        "project_id": "P1",
        "milestone_id": milestone,
        "product_id": "pump",
        "arrival_on": arrival,
        "line_days_saved": (EXPECTED - arrival).days,
        "saved_p50_days": min(12, (EXPECTED - arrival).days),
        "saved_p80_days": min(9, (EXPECTED - arrival).days),
        "cost_amount": cost,
        "currency_code": "CNY",
        "risk_share": 0.1 * rank,
        "quantity": 12,
        "lead_time_days": days,
        "is_consent_needed": code == "substitute_model",
    } | source
