"""Stock of the small published lake: positions, what to hold, peaks ahead and past, a transfer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from tests.support.published_field import MONTHS
from tests.support.published_partners import AS_OF

WAREHOUSES = (("W1", "中心仓"), ("W2", "华东仓"))
PRODUCTS = (("A-100", "冷水机组 A-100"), ("B-200", "新风机 B-200"), ("C-300", "风机盘管 C-300"))


def stock_rows() -> dict[str, list[dict[str, object]]]:
    """The rows by table."""
    return {
        "marts.mart_stock_position": list(_positions()),
        "marts.mart_stock_month": list(_stock_months()),
        "marts.mart_stock_policy": list(_policies()),
        "marts.mart_stock_warning": list(_warnings()),
        "marts.mart_stock_peak": list(_peaks()),
        "marts.mart_transfer_proposal": [_transfer()],
    }


def _positions() -> Iterable[dict[str, object]]:
    for w, (warehouse_id, warehouse_name) in enumerate(WAREHOUSES):
        for p, (product_id, product_name) in enumerate(PRODUCTS):
            risk = round(0.05 + 0.2 * w + 0.12 * p, 3)
            on_hand, cost = 40 - 12 * w, 9_000 - 2_500 * p
            idle = 14 if (w, p) == (0, 2) else 0
            yield {
                "stock_position_id": f"{warehouse_id}/{product_id}",
                "warehouse_id": warehouse_id,
                "warehouse_name": warehouse_name,
                "region_code": "east",
                "product_id": product_id,
                "product_name": product_name,
                "unit_code": "set",
                "as_of_on": AS_OF,
                "currency_code": "CNY",
                "quantity_on_hand": on_hand,
                "quantity_reserved": 6,
                "quantity_claimed": 0,
                "quantity_available": on_hand - 6,
                "quantity_on_order": 8,
                "quantity_position": on_hand + 2,
                "unit_cost_amount": cost,
                "stock_amount": on_hand * cost,
                "quantity_idle": idle,
                "idle_amount": idle * cost,
                "is_idle": idle > 0,
                "last_issued_on": AS_OF - dt.timedelta(days=4 + 40 * p),
                "still_days": 4 + 40 * p,
                "is_count_due": False,
                "daily_demand_quantity": 1.2,
                "lead_time_days": 21,
                "safety_stock_quantity": 8,
                "reorder_point_quantity": 33,
                "supply_days": round((on_hand - 6) / 1.2, 1),
                "stockout_share": risk,
                "stockout_code": "good" if risk < 0.1 else "watch" if risk < 0.3 else "bad",
                "is_short": risk >= 0.1,
            }


def _policies() -> Iterable[dict[str, object]]:
    for p, (product_id, product_name) in enumerate(PRODUCTS):
        is_known = product_id != "C-300"
        yield {
            "product_id": product_id,
            "product_name": product_name,
            "unit_code": "set",
            "as_of_on": AS_OF,
            "method_code": ("normal", "empirical", "no_forecast")[p],
            "class_code": ("smooth", "lumpy", "short")[p],
            "service_share": 0.95,
            "lead_time_days": 21 + p,
            "lead_time_deviation_days": 3,
            "lead_time_p90_days": 26 + p,
            "lead_time_count": 12 if is_known else 0,
            "lead_time_source_code": "receipts" if is_known else "company",
            "lead_demand_quantity": 50 if is_known else None,
            "safety_stock_quantity": 12 if is_known else None,
            "reorder_point_quantity": 62 if is_known else None,
            "quantity_on_hand": 68 - 20 * p,
            "quantity_on_order": 16,
            "quantity_position": 72 - 20 * p,
            "is_below": product_id == "B-200",
        }


def _warnings() -> Iterable[dict[str, object]]:
    for product_id, product_name, ahead, short in (
        ("B-200", "新风机 B-200", 30, 28),
        ("A-100", "冷水机组 A-100", 33, 0),
        ("C-300", "风机盘管 C-300", 92, 5),
    ):
        peak_on = AS_OF + dt.timedelta(days=ahead)
        yield {
            "stock_warning_id": f"{product_id}/{peak_on:%Y-%m}",
            "product_id": product_id,
            "product_name": product_name,
            "unit_code": "set",
            "period_on": peak_on.replace(day=1),
            "peak_on": peak_on,
            "ahead_days": ahead,
            "as_of_on": AS_OF,
            "currency_code": "CNY",
            "quantity_usual": 20,
            "quantity_p80": 80,
            "safety_stock_quantity": 12,
            "quantity_on_hand": 48,
            "quantity_on_order": 44 - short,
            "quantity_short": short,
            "unit_cost_amount": 6_500,
            "short_amount": 6_500 * short,
            "order_by_on": peak_on - dt.timedelta(days=27),
            "is_order_late": False,
            "is_short": short > 0,
            "is_told": ahead <= 44,
            "told_on": AS_OF if ahead <= 44 else None,
        }


def _peaks() -> Iterable[dict[str, object]]:
    for month, is_peak, is_told in (
        (dt.date(2024, 7, 1), True, True),
        (dt.date(2024, 12, 1), True, True),
        (dt.date(2025, 3, 1), True, False),
        (dt.date(2025, 7, 1), True, True),
        (dt.date(2025, 8, 1), False, True),
    ):
        yield {
            "stock_peak_id": f"B-200/{month:%Y-%m}",
            "product_id": "B-200",
            "product_name": "新风机 B-200",
            "period_on": month,
            "judged_on": month - dt.timedelta(days=30),
            "as_of_on": AS_OF,
            "method_code": "seasonal_naive",
            "quantity_usual": 20,
            "quantity_p50": 70 if is_told else 22,
            "quantity_actual": 74 if is_peak else 25,
            "is_peak": is_peak,
            "is_told": is_told,
        }


def _stock_months() -> Iterable[dict[str, object]]:
    for i, month in enumerate(MONTHS):
        idle = 200_000 - 4_000 * i
        yield {
            "stock_month_id": f"W1/{month}",
            "warehouse_id": "W1",
            "period_on": month,
            "as_of_on": AS_OF,
            "currency_code": "CNY",
            "stock_amount": 1_000_000,
            "idle_amount": idle,
            "idle_share": idle / 1_000_000,
            "earlier_stock_amount": 1_000_000,
            "earlier_idle_amount": 220_000,
            "earlier_idle_share": 0.22,
        }


def _transfer() -> dict[str, object]:
    return {
        "transfer_proposal_id": "W1/B-200/W2",
        "as_of_on": AS_OF,
        "product_id": "B-200",
        "product_name": "新风机 B-200",
        "unit_code": "set",
        "from_warehouse_id": "W1",
        "from_warehouse_name": "中心仓",
        "to_warehouse_id": "W2",
        "to_warehouse_name": "华东仓",
        "quantity": 5,
        "from_quantity_available": 34,
        "from_reorder_point_quantity": 24,
        "to_quantity_position": 30,
        "to_reorder_point_quantity": 33,
        "to_stockout_share": 0.37,
        "is_idle_stock": False,
        "transit_days": 3,
        "currency_code": "CNY",
        "goods_amount": 32_500,
        "freight_amount": 900,
        "freight_share": 0.027692,
    }
