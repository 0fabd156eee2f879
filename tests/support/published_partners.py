"""Suppliers, customers and demand of the small published lake, row by row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import yaml

PROJECT_ROOT = Path(__file__).resolve().parent.parent.parent
MODELS = PROJECT_ROOT / "dbt_project" / "models"
AS_OF = dt.date(2025, 9, 30)


@cache
def mart_columns() -> dict[str, dict[str, str]]:
    """Columns with their types of every table the cockpit may read, from the contracts in the dbt YAML."""
    return {
        model["name"]: {column["name"]: column["data_type"] for column in model["columns"]}
        for model in mart_models()
        if all("data_type" in column for column in model["columns"])
    } | seed_columns()


@cache
def seed_columns() -> dict[str, dict[str, str]]:
    """Columns with their types of the seeds, which are published beside the marts."""
    text = (PROJECT_ROOT / "dbt_project" / "seeds" / "_seeds.yml").read_text(encoding="utf-8")
    seeds = yaml.load(text, Loader=yaml.CSafeLoader)["seeds"]
    return {seed["name"]: seed["config"]["column_types"] for seed in seeds}


@cache
def mart_models() -> list[dict]:
    """What the dbt YAML says of dimensions, facts and marts."""
    files = sorted([*(MODELS / "marts").rglob("_*.yml"), *(MODELS / "telemetry").glob("_*.yml")])
    texts = [file.read_text(encoding="utf-8") for file in files]
    return [model for text in texts for model in yaml.load(text, Loader=yaml.CSafeLoader).get("models", ())]


def people() -> Iterable[dict[str, object]]:
    """Four who work here, one who has left."""
    roles = ("executive", "region_manager", "project_manager", "finance", "planner")
    for number, role in enumerate(roles, start=1):
        region = "east" if role in ("region_manager", "project_manager") else None
        yield {
            "person_id": f"P{number:02}",
            "role_code": role,
            "region_code": region,
            "language_code": "zh",
            "is_active": role != "planner",
        }


def accepted(model: str, column: str) -> list[str]:
    """The values that the dbt YAML accepts in a column."""
    found = next(each for each in mart_models() if each["name"] == model)
    tests = next(each for each in found["columns"] if each["name"] == column)["data_tests"]
    return next(
        test["accepted_values"]["arguments"]["values"]
        for test in tests
        if isinstance(test, dict) and "accepted_values" in test
    )


SUPPLIERS = ("东港设备", "华冷机组", "Nordic Pumps", "永安阀门", "恒力管道", "新源电气")


def suppliers() -> Iterable[dict[str, object]]:
    for s, name in enumerate(SUPPLIERS):
        due = 180 - 21 * s
        otif = round(due * (0.97 - 0.06 * s))
        yield {
            "supplier_id": f"S{s + 1}",
            "supplier_name": name,
            "category_code": "equipment",
            "country_code": "CN",
            "as_of_on": AS_OF,
            "currency_code": "CNY",
            "purchase_line_count": due + 5,
            "purchase_amount": 12_000_000 - 900_000 * s,
            "due_line_count": due,
            "otif_line_count": otif,
            "otif_share": round(otif / due, 6),
            "open_overdue_line_count": s,
            "receipt_count": due,
            "late_receipt_count": due - otif,
            "dated_receipt_count": due,
            "on_time_share": round(otif / due, 6),
            "lead_time_count": due,
            "lead_time_p50_days": 21 + s,
            "lead_time_p90_days": 34 + 3 * s,
            "lead_time_reliable_share": 0.9 - 0.05 * s,
            "quantity_received": 4_000,
            "quantity_rejected": 2 + s,
            "rejected_ppm": 500 + 250 * s,
            "mean_late_days": 0.4 + s,
            "score": 95 - 7 * s,
            "score_rank": s + 1,
            "missing_parts": "",
            "state_code": "scored",
            "weights_version": 1,
        }
    yield {
        "supplier_id": "S9",
        "supplier_name": "新供应商",
        "as_of_on": AS_OF,
        "purchase_line_count": 0,
        "due_line_count": 0,
        "otif_line_count": 0,
        "open_overdue_line_count": 0,
        "receipt_count": 0,
        "late_receipt_count": 0,
        "dated_receipt_count": 0,
        "lead_time_count": 0,
        "state_code": "no_data",
        "missing_parts": "",
    }


def supplier_months() -> Iterable[dict[str, object]]:
    for s in range(len(SUPPLIERS)):
        for i in range(18):
            year, month = divmod(2024 * 12 + 3 + i, 12)
            due = 8 if (s + i) % 6 else 0
            otif = due - (s * i + i // 3) % 3 if due else 0
            yield {
                "supplier_month_id": f"S{s + 1}-{i}",
                "supplier_id": f"S{s + 1}",
                "period_on": dt.date(year, month + 1, 1),
                "due_line_count": due,
                "otif_line_count": otif,
                "otif_share": otif / due if due else None,
                "receipt_count": due,
                "late_receipt_count": due - otif,
                "is_whole_month": True,
            }


CUSTOMERS = (
    ("C1", "市卫生局", "government", "strategic"),
    ("C2", "滨江地产", "developer", "framework"),
    ("C3", "理工大学", "school", "project"),
    ("C4", "Expo Holding", "retail", "transactional"),
)


def customers() -> Iterable[dict[str, object]]:
    for c, (customer_id, name, segment, depth) in enumerate(CUSTOMERS):
        amount = 92_000_000 / (c + 1)
        yield {
            "customer_id": customer_id,
            "customer_name": name,
            "segment_code": segment,
            "industry_code": "health" if c == 0 else None,
            "depth_code": depth,
            "region_code": "east",
            "is_active": True,
            "as_of_on": AS_OF,
            "currency_code": "CNY",
            "project_count": 2,
            "open_project_count": 2 - c % 3,
            "contract_count": 3,
            "contract_amount": amount * 1.4,
            "order_count": 120 - 20 * c,
            "order_amount": round(amount, 2),
            "order_12m_amount": round(amount / 3, 2),
            "order_12m_count": 40 - 9 * c,
            "first_order_on": dt.date(2021, 3, 1),
            "last_order_on": AS_OF - dt.timedelta(days=20 + 160 * c),
            "since_order_days": 20 + 160 * c,
            "median_gap_days": 18,
            "orders_per_year": 25,
            "invoice_count": 60,
            "receivable_amount": 4_000_000,
            "current_amount": 4_000_000 - 400_000 * c,
            "overdue_amount": 400_000 * c,
            "overdue_1_30_amount": 200_000 * c,
            "overdue_31_60_amount": 100_000 * c,
            "overdue_61_90_amount": 60_000 * c,
            "overdue_over_90_amount": 40_000 * c,
            "dso_days": 41 + 9 * c,
            "overdue_share": 0.1 * c,
            "mean_delinquent_days": 9 * c,
            "payment_grade": 1 + c,
            "rating_count": 12,
            "mean_rating": 4.6 - 0.3 * c,
            "csat_share": 0.92 - 0.1 * c,
            "complaint_count": c,
            "silence_days": 20 + 160 * c,
            "silence_limit_days": 365,
            "churn_probability_share": 0.05 + 0.3 * c,
            "is_silent": c == 3,
            "churn_method_code": "silence",
            "order_amount_peer_share": 0.5,
        }


def churn() -> Iterable[dict[str, object]]:
    kept = mart_columns()["mart_churn_outlook"]
    for row in customers():
        yield {name: value for name, value in row.items() if name in kept} | {
            "has_open_project": row["open_project_count"] != 0,
            "method_code": "silence",
        }


def demand() -> Iterable[dict[str, object]]:
    for p, (product_id, name) in enumerate((("A-100", "冷水机组 A-100"), ("B-200", "新风机 B-200"))):
        for i in range(30):
            year, month = divmod(2023 * 12 + 9 + i, 12)
            ahead = i - 23
            level = 40 + 12 * ((i + p) % 12 > 6) + 3 * (i % 4)
            yield {
                "product_month_id": f"{product_id}-{i}",
                "product_id": product_id,
                "product_name": name,
                "unit_code": "set",
                "period_on": dt.date(year, month + 1, 1),
                "as_of_on": AS_OF,
                "is_forecast": ahead > 0,
                "is_whole_month": ahead <= 0,
                "order_line_count": 4,
                "quantity_actual": level if ahead <= 0 else None,
                **(
                    {
                        "quantity_p10": level - 12,
                        "quantity_p50": level,
                        "quantity_p80": level + 9,
                        "quantity_p90": level + 15,
                        "method_code": "seasonal_naive",
                        "horizon_months": ahead,
                        "history_months": 24,
                    }
                    if ahead > 0
                    else {}
                ),
            }
