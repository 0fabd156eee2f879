"""Orders on their way and money of the small published lake, row by row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from tests.support.published_field import MONTHS, field_rows
from tests.support.published_partners import AS_OF
from tests.support.published_stock import stock_rows


def operations_rows() -> dict[str, list[dict[str, object]]]:
    """The rows by table."""
    return {
        **stock_rows(),
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
        **field_rows(),
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
