"""Stock, money, service and devices of the small published lake, row by row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from tests.support.published_partners import AS_OF, CUSTOMERS

WAREHOUSES = (("W1", "中心仓"), ("W2", "华东仓"))
PRODUCTS = (("A-100", "冷水机组 A-100"), ("B-200", "新风机 B-200"), ("C-300", "风机盘管 C-300"))
SITES = (("L1", "市一院工地", "上海", 31.2, 121.5), ("L2", "理工大学工地", "武汉", 30.5, 114.3))
REGIONS = ("east", "south")
MONTHS = [dt.date(2024 + (9 + i) // 12, (9 + i) % 12 + 1, 1) for i in range(12)]
NOON = dt.datetime(2025, 9, 30, 12)


def operations_rows() -> dict[str, list[dict[str, object]]]:
    """The rows by table."""
    return {
        "marts.mart_stock_position": list(_positions()),
        "marts.mart_stock_month": list(_stock_months()),
        "marts.mart_transfer_proposal": [_transfer()],
        "marts.mart_order_sync": list(_orders()),
        "marts.mart_project_cash": list(_cash()),
        "marts.mart_profit_month": [_profit(month_on=month, i=i) for i, month in enumerate(MONTHS)],
        "marts.mart_profit_quarter": [_profit(quarter_on=MONTHS[i], i=i) for i in (0, 3, 6, 9)],
        "marts.mart_profit_restatement": [_restatement(1), _restatement(2)],
        "marts.mart_money_exception": list(_exceptions()),
        "marts.mart_funnel_month": list(_funnel()),
        "marts.fct_profit_entry": list(_entries()),
        "marts.fct_expense": [_expense()],
        "marts.fct_invoice": [_invoice()],
        "marts.mart_service_month": list(_service_months()),
        "marts.mart_service_group": list(_service_groups()),
        "marts.mart_rating_sequence": [_sequence()],
        "marts.fct_work_order": list(_work_orders()),
        "marts.dim_site": list(_sites()),
        "marts.mart_project_device": list(_project_devices()),
        "marts.mart_device_day": list(_device_days()),
        "marts.mart_site_day": list(_site_days()),
        "marts.mart_site_condition": list(_conditions()),
        "marts.fct_reading_day": list(_readings()),
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


def _orders() -> Iterable[dict[str, object]]:
    for i in range(60):
        is_stuck = i in (17, 58)
        month = MONTHS[i // 5]
        yield {
            "order_id": f"O{i}",
            "customer_id": "C1",
            "project_id": "P1",
            "as_of_on": AS_OF,
            "confirmed_at": dt.datetime(month.year, month.month, 3, 2),
            "confirmed_on": dt.date(month.year, month.month, 3),
            "confirmed_month_on": month,
            "line_count": 4,
            "made_line_count": 2,
            "production_line_count": 2,
            "pick_line_count": 3 if is_stuck else 4,
            "stuck_line_count": int(is_stuck),
            "lag_hours": None if is_stuck else 2 + i % 9,
            "waiting_hours": 600 - i if is_stuck else None,
            "is_due": True,
            "is_synced": not is_stuck,
            "is_stuck": is_stuck,
            "synced_share": int(not is_stuck),
            "state_code": "stuck" if is_stuck else "synced",
            "stuck_reason_code": "not_in_wms" if is_stuck else None,
        }


def _cash() -> Iterable[dict[str, object]]:
    names = (("P1", "市一院新院区", 186_000_000), ("P2", "理工大学校区", 92_000_000))
    for project_id, name, contract in names:
        yield {
            "project_id": project_id,
            "project_name": name,
            "customer_id": "C1",
            "customer_name": "市卫生局",
            "region_code": "east",
            "status_code": "active",
            "as_of_on": AS_OF,
            "currency_code": "CNY",
            "contract_amount": contract,
            "budget_amount": contract * 0.78,
            "committed_purchase_amount": contract * 0.12,
            "committed_expense_amount": contract * 0.03,
            "committed_amount": contract * 0.15,
            "actual_amount": contract * 0.41,
            "invoiced_amount": contract * 0.5,
            "collected_amount": contract * 0.37,
            "receivable_amount": contract * 0.13,
            "overdue_amount": contract * 0.04,
            "eac_amount": contract * 0.78,
            "margin_forecast_amount": contract * 0.22,
            "margin_forecast_share": 0.22,
            "expense_count": 40,
            "traced_expense_count": 39,
            "traced_expense_share": 0.975,
            "untraced_amount": 12_000,
            "invoice_count": 9,
            "overdue_count": 2,
            "payment_count": 7,
            "traced_payment_count": 7,
            "unknown_count": 0,
        }


def _profit(i: int, **period: dt.date) -> dict[str, object]:
    first = next(iter(period.values()))
    months = 3 if "quarter_on" in period else 1
    revenue = (9_000_000 + 400_000 * (i % 5)) * months
    costs = {"material": 0.48, "labour": 0.12, "subcontract": 0.1, "freight": 0.02, "overhead": 0.05}
    return {
        **({"quarter_on": first} if months == 3 else {"month_on": first, "quarter_on": first}),
        "region_code": "east",
        "segment_code": "school",
        "period_end_on": first + dt.timedelta(days=30 * months - 1),
        "as_of_on": AS_OF,
        "currency_code": "CNY",
        "is_closed": i < 9,
        "revenue_amount": revenue,
        **{f"{line}_amount": round(revenue * part, 2) for line, part in costs.items()},
        "cost_amount": round(revenue * 0.77, 2),
        "gross_margin_amount": round(revenue * 0.23, 2),
        "gross_margin_share": 0.23,
        "entry_count": 120,
        "unknown_count": 0,
    }


def _restatement(version: int) -> dict[str, object]:
    return {
        "profit_restatement_id": f"month/2025-03-01/{version}",
        "period_code": "month",
        "period_on": dt.date(2025, 3, 1),
        "period_end_on": dt.date(2025, 3, 31),
        "version_no": version,
        "seen_on": dt.date(2025, 4 + version, 20),
        "currency_code": "CNY",
        "is_restated": version > 1,
        "revenue_amount": 9_000_000,
        "cost_amount": 6_930_000 + 15_000 * version,
        "gross_margin_amount": 2_070_000 - 15_000 * version,
        **(
            {
                "revenue_difference_amount": 0,
                "cost_difference_amount": 15_000,
                "gross_margin_difference_amount": -15_000,
            }
            if version > 1
            else {}
        ),
    }


def _exceptions() -> Iterable[dict[str, object]]:
    for i, (queue, reason) in enumerate(
        (("expense", "closed_order"), ("expense", "no_order"), ("invoice", "unmatched"))
    ):
        yield {
            "money_exception_id": f"{queue}/X{i}",
            "queue_code": queue,
            "reason_code": reason,
            "source_id": f"X{i}",
            "happened_on": AS_OF - dt.timedelta(days=9 * i),
            "month_on": dt.date(2025, 9, 1),
            "as_of_on": AS_OF,
            "project_id": "P1",
            "customer_id": "C1",
            "work_order_id": "WO-9" if reason == "closed_order" else None,
            "person_id": "E4",
            "reporting_amount": 12_000 - 2_000 * i,
            "currency_code": "CNY",
            "description": "吊装费",
        }


def _funnel() -> Iterable[dict[str, object]]:
    for i, month in enumerate(MONTHS):
        yield {
            "month_on": month,
            "as_of_on": AS_OF,
            "lead_count": 50 + i,
            "opportunity_count": 30,
            "quote_count": 24,
            "contract_count": 12,
            "delivery_count": 10,
            "acceptance_count": 9,
            "invoice_count": 9,
            "cash_count": 7,
        }


def _entries() -> Iterable[dict[str, object]]:
    for i, month in enumerate(MONTHS):
        for line, source, amount in (
            ("revenue", "invoice", 9_000_000),
            ("material", "receipt", 5_000_000),
            ("labour", "expense", 1_900_000),
        ):
            is_cost = line != "revenue"
            yield {
                "profit_entry_id": f"{source}/{i}/{line}",
                "source_code": source,
                "source_id": "EX1" if source == "expense" else f"{source}-{i}",
                "line_code": line,
                "booked_on": month + dt.timedelta(days=9),
                "month_on": month,
                "quarter_on": month,
                "project_id": "P1",
                "customer_id": "C1",
                "region_code": "east",
                "segment_code": "school",
                "reporting_amount": amount,
                "margin_amount": -amount if is_cost else amount,
                "is_cost": is_cost,
            }


def _expense() -> dict[str, object]:
    return {
        "expense_id": "EX1",
        "work_order_id": "WO-1",
        "work_order_kind_code": "installation",
        "project_id": "P1",
        "customer_id": "C1",
        "cost_code": "labour",
        "status_code": "booked",
        "trace_code": "traced",
        "expense_reporting_amount": 1_900_000,
        "is_booked": True,
        "is_traced": True,
        "is_cost": True,
        "is_claimed": False,
    }


def _invoice() -> dict[str, object]:
    return {
        "invoice_id": "I1",
        "customer_id": "C2",
        "project_id": "P1",
        "kind_code": "invoice",
        "status_code": "open",
        "issued_on": dt.date(2025, 6, 1),
        "due_on": dt.date(2025, 7, 1),
        "open_amount": 400_000,
        "invoice_reporting_amount": 900_000,
        "open_reporting_amount": 400_000,
        "is_overdue": True,
        "overdue_days": 91,
    }


def _service(n: int, weak: int = 0) -> dict[str, object]:
    """Counts of a month or group in which `n` orders were finished."""
    return {
        "finished_order_count": n,
        "rework_order_count": 2 + weak,
        "sla_due_count": n,
        "sla_met_count": n - 6 - 3 * weak,
        "rated_order_count": n // 2,
        "rating_count": n // 2,
        "star_count": n // 2 * 5 - 12,
        "satisfied_count": n // 2 - 2 - weak,
        "complaint_count": 2 + weak,
        "repeat_complaint_count": 0,
        "first_inspection_count": 20,
        "first_passed_count": 19 - weak,
        "first_item_count": 200,
        "first_failed_item_count": 3,
    }


def _service_months() -> Iterable[dict[str, object]]:
    for region in REGIONS:
        for i, month in enumerate(MONTHS):
            yield {
                "service_month_id": f"{month}/{region}",
                "period_on": month,
                "region_code": region,
                "as_of_on": AS_OF,
                "is_whole_month": True,
                **_service(60 + i, i % 3),
            }


def _service_groups() -> Iterable[dict[str, object]]:
    members = {
        "company": ("company",),
        "region": REGIONS,
        "crew": ("T1", "T2", "T3"),
        "product": ("A-100",),
        "city": ("上海",),
        "kind": ("repair",),
        "stage": ("installation",),
    }
    for dimension, codes in members.items():
        for weak, member in enumerate(codes):
            counts = _service(700, weak)
            yield {
                "service_group_id": f"{dimension}/{member}",
                "dimension_code": dimension,
                "member_code": member,
                "as_of_on": AS_OF,
                "currency_code": "CNY",
                **counts,
                "rework_order_share": counts["rework_order_count"] / 700,
                "response_share": 0.5,
                "sla_share": counts["sla_met_count"] / 700,
                "star_mean": 4.7,
                "csat_share": counts["satisfied_count"] / 350,
                "complaint_rate": counts["complaint_count"] / 7,
                "complaint_change_pct": -14.2,
                "first_pass_share": counts["first_passed_count"] / 20,
                "rework_cost_amount": 380_000,
                "project_cost_amount": 21_000_000,
                "rework_cost_share": 0.018095,
            }
    for cause, count, cumulative in (("delay", 14, 0.56), ("quality", 8, 0.88), ("noise", 3, 1.0)):
        yield {
            "service_group_id": f"cause/{cause}",
            "dimension_code": "cause",
            "member_code": cause,
            "as_of_on": AS_OF,
            "complaint_count": count,
            "repeat_complaint_count": 1,
            "repeat_complaint_share": 1 / count,
            "cumulative_complaint_share": cumulative,
        }


def _sequence() -> dict[str, object]:
    return {
        "rating_sequence_id": "R2",
        "customer_id": "C2",
        "customer_name": "滨江地产",
        "region_code": "east",
        "first_work_order_id": "WO-1",
        "first_stars": 2,
        "second_work_order_id": "WO-2",
        "second_stars": 1,
        "found_on": dt.date(2025, 9, 12),
        "found_month_on": dt.date(2025, 9, 1),
        "low_rating_count": 2,
        "manager_id": "E2",
        "is_national_queue": False,
        "is_recent": True,
        "as_of_on": AS_OF,
    }


def _work_orders() -> Iterable[dict[str, object]]:
    for i in range(12):
        is_finished = i > 7
        is_late = i in (1, 4) and not is_finished
        yield {
            "work_order_id": f"WO-{i}",
            "kind_code": "repair" if i % 2 else "maintenance",
            "priority_code": "urgent" if is_late else "normal",
            "status_code": "closed" if is_finished else "assigned",
            "customer_id": CUSTOMERS[i % len(CUSTOMERS)][0],
            "project_id": "P1",
            "site_id": SITES[i % 2][0],
            "engineer_id": None if i == 3 else "G1",
            "region_code": REGIONS[i % 2],
            "city": SITES[i % 2][2],
            "created_on": AS_OF - dt.timedelta(days=3 + i),
            "due_on": AS_OF - dt.timedelta(days=1) if is_late else AS_OF + dt.timedelta(days=4),
            "working_hours_used": 30 if is_late else 8,
            "target_hours": 16,
            "is_rework": False,
            "is_cancelled": False,
            "is_finished": is_finished,
            "is_unassigned": i == 3,
            "is_sla_due": is_late or is_finished,
            "is_sla_met": False if is_late else True if is_finished else None,
            "is_rated": False,
        }


def _sites() -> Iterable[dict[str, object]]:
    for site_id, name, city, latitude, longitude in SITES:
        yield {
            "site_id": site_id,
            "name": name,
            "kind_code": "construction",
            "region_code": "east",
            "city": city,
            "country_code": "CN",
            "latitude": latitude,
            "longitude": longitude,
        }


def _project_devices() -> Iterable[dict[str, object]]:
    for i, (state, units) in enumerate(
        (("in_service", 1), ("in_service", 1), ("installed", 1), ("delivered", 1), ("ordered", 6))
    ):
        yield {
            "project_device_id": f"D{i}",
            "project_id": "P1",
            "project_name": "市一院新院区",
            "device_id": f"D{i}" if units == 1 else None,
            "is_registered": units == 1,
            "name": f"机组 {i}",
            "kind_code": "chiller" if i % 2 else "pump",
            "unit_count": units,
            "state_code": state,
        }


def _device_days() -> Iterable[dict[str, object]]:
    for d in range(2):
        for i in range(20):
            lost = 6 if (d, i) == (1, 8) else 0
            yield {
                "device_day_id": f"D{d}/{i}",
                "device_id": f"D{d}",
                "day_on": AS_OF - dt.timedelta(days=19 - i),
                "kind_code": "chiller" if d else "pump",
                "project_id": "P1",
                "site_id": SITES[d][0],
                "as_of_on": AS_OF,
                "is_in_service": True,
                "is_reporting": not (d == 0 and i == 19),
                "reading_count": 96,
                "last_read_at": NOON - dt.timedelta(days=19 - i),
                "energy_kwh": 410 + 7 * (i % 6),
                "outage_count": int(lost > 0),
                "service_hours": 24,
                "lost_hours": lost,
                "uptime_share": 1 - lost / 24,
            }


def _site_days() -> Iterable[dict[str, object]]:
    for s, (site_id, name, city, _, _) in enumerate(SITES):
        for i in range(20):
            is_reporting = not (s == 0 and i == 19)
            yield {
                "site_day_id": f"{site_id}/{i}",
                "site_id": site_id,
                "site_name": name,
                "city": city,
                "project_id": "P1",
                "day_on": AS_OF - dt.timedelta(days=19 - i),
                "as_of_on": AS_OF,
                "is_newest": i == 19,
                "is_active": True,
                "is_reporting": is_reporting,
                "is_covered": is_reporting,
                "coverage_share": int(is_reporting) if i == 19 else None,
                "photo_count": 2,
                "last_photo_at": NOON - dt.timedelta(days=19 - i),
            }


def _conditions() -> Iterable[dict[str, object]]:
    for s, (site_id, *_) in enumerate(SITES):
        for metric, value in (("air_temperature_c", 26.4), ("humidity_pct", 61.0)):
            yield {
                "site_id": site_id,
                "metric_code": metric,
                "last_read_at": NOON - dt.timedelta(days=1 - s),
                "device_count": 1,
                "reading_count_24h": 96,
                "value_last": value + s,
                "is_reporting": s == 1,
            }


def _readings() -> Iterable[dict[str, object]]:
    for metric, level in (("power_kw", 18.0), ("supply_air_c", 14.0)):
        for i in range(20):
            yield {
                "device_id": "D1",
                "metric_code": metric,
                "day_on": AS_OF - dt.timedelta(days=19 - i),
                "reading_count": 96,
                "hour_count": 24,
                "value_mean": level + i % 4,
                "value_min": level - 2,
                "value_max": level + 6,
                "value_last": level,
            }
