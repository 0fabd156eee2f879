"""A small company worked out by hand: two customers, projects and suppliers, and forecasts for its night."""

import datetime as dt

from tests.support.warehouse import Warehouse

DAY = dt.date


def load_company(warehouse: Warehouse) -> None:
    """Put the company's rows into the raw tables."""
    _load_customers(warehouse)
    _load_projects(warehouse)
    _load_purchases(warehouse)
    _load_service(warehouse)


def _load_customers(warehouse: Warehouse) -> None:
    warehouse.insert(
        "crm__customers",
        [
            {
                "customer_id": "C1",
                "name": "Bureau",
                "segment_code": "school",
                "industry_code": "education",
                "depth_code": "strategic",
            },
            {"customer_id": "C2", "name": "Clinic", "segment_code": "hospital"},
        ],
    )
    warehouse.insert(
        "ref__exchange_rates",
        [{"from_currency_code": "USD", "to_currency_code": "CNY", "rate_on": "2025-01-01", "rate": 7}],
    )
    warehouse.insert(
        "crm__contracts",
        [
            {
                "contract_id": "K1",
                "customer_id": "C1",
                "status_code": "signed",
                "signed_on": "2025-01-10",
                "contract_amount": 500000,
                "currency_code": "CNY",
            }
        ],
    )
    warehouse.insert("erp__products", [{"product_id": "AC", "name": "Unit", "unit_code": "pcs"}])
    warehouse.insert(
        "erp__orders",
        [
            {
                "order_id": "O1",
                "customer_id": "C1",
                "ordered_at": "2025-09-01 09:00:00",
                "status_code": "delivered",
            },
            {
                "order_id": "O2",
                "customer_id": "C1",
                "ordered_at": "2025-09-11 09:00:00",
                "status_code": "confirmed",
            },
            {
                "order_id": "O3",
                "customer_id": "C1",
                "ordered_at": "2025-09-12 09:00:00",
                "status_code": "cancelled",
            },
            {
                "order_id": "O4",
                "customer_id": "C2",
                "ordered_at": "2025-07-01 09:00:00",
                "status_code": "delivered",
            },
        ],
    )
    line = {"line_no": 1, "quantity": 1, "currency_code": "CNY"}
    warehouse.insert(
        "erp__order_lines",
        [
            line | {"order_id": "O1", "product_id": "AC", "quantity": 10, "line_amount": 1000},
            line
            | {
                "order_id": "O1",
                "line_no": 2,
                "product_id": "AC",
                "quantity": 2,
                "line_amount": 100,
                "kind_code": "return",
            },
            line | {"order_id": "O2", "line_amount": 10, "currency_code": "USD"},
            line | {"order_id": "O3", "product_id": "AC", "line_amount": 5000},
            line | {"order_id": "O4", "line_amount": 10, "currency_code": "EUR"},
        ],
    )
    invoice = {"customer_id": "C1", "currency_code": "CNY", "status_code": "open", "kind_code": "invoice"}
    warehouse.insert(
        "erp__invoices",
        [
            invoice
            | {"invoice_id": "I1", "issued_on": "2025-06-01", "due_on": "2025-07-01", "invoice_amount": 900},
            invoice
            | {"invoice_id": "I2", "issued_on": "2025-09-01", "due_on": "2025-10-01", "invoice_amount": 100},
            invoice
            | {
                "invoice_id": "I3",
                "issued_on": "2025-09-01",
                "due_on": "2025-09-02",
                "invoice_amount": 70,
                "status_code": "cancelled",
            },
        ],
    )
    warehouse.insert(
        "erp__payments",
        [
            {
                "payment_id": "Y1",
                "invoice_id": "I1",
                "customer_id": "C1",
                "paid_on": "2025-08-01",
                "paid_amount": 600,
                "currency_code": "CNY",
            }
        ],
    )


def _load_projects(warehouse: Warehouse) -> None:
    warehouse.insert(
        "projects__projects",
        [
            {
                "project_id": "P1",
                "customer_id": "C1",
                "name": "School",
                "status_code": "active",
                "contract_amount": 500000,
                "currency_code": "CNY",
            },
            {"project_id": "P2", "name": "Annex", "status_code": "planned"},
        ],
    )
    milestone = {"project_id": "P1", "name": "Phase", "currency_code": "CNY"}
    warehouse.insert(
        "projects__milestones",
        [
            milestone
            | {
                "milestone_id": "M1",
                "started_on": "2025-08-01",
                "planned_finish_on": "2025-09-10",
                "finished_on": "2025-09-09",
                "budget_amount": 100,
                "actual_amount": 100,
            },
            milestone
            | {
                "milestone_id": "M2",
                "started_on": "2025-08-02",
                "planned_finish_on": "2025-09-05",
                "finished_on": "2025-09-10",
                "budget_amount": 100,
                "actual_amount": 100,
            },
            milestone
            | {
                "milestone_id": "M3",
                "started_on": "2025-09-01",
                "planned_finish_on": "2025-09-20",
                "weight": 2,
                "progress_pct": 50,
                "budget_amount": 200,
                "actual_amount": 150,
            },
            milestone
            | {
                "milestone_id": "M4",
                "project_id": "P2",
                "started_on": "2025-09-02",
                "planned_finish_on": "2025-12-01",
            },
        ],
    )
    warehouse.insert(
        "projects__date_changes",
        [
            {
                "date_change_id": "D1",
                "milestone_id": "M3",
                "field_code": "forecast_finish_on",
                "new_on": "2025-10-10",
                "changed_by": "li",
                "changed_at": "2025-09-25 08:00:00",
                "reason": "material",
                "origin_code": "cockpit",
                "version": 1,
            }
        ],
    )


def _load_purchases(warehouse: Warehouse) -> None:
    warehouse.insert(
        "erp__suppliers",
        [
            {"supplier_id": "S1", "name": "Fans", "quoted_lead_time_days": 10},
            {"supplier_id": "S2", "name": "Ducts"},
        ],
    )
    warehouse.insert(
        "erp__purchase_orders",
        [
            {
                "purchase_order_id": "PO",
                "supplier_id": "S1",
                "project_id": "P1",
                "ordered_on": "2025-09-01",
                "status_code": "confirmed",
            }
        ],
    )
    line = {"purchase_order_id": "PO", "supplier_id": "S1", "quantity": 10, "promised_on": "2025-09-12"}
    warehouse.insert("erp__purchase_lines", [line | {"line_no": 1}, line | {"line_no": 2}])
    receipt = {"purchase_order_id": "PO", "quantity_rejected": 0}
    warehouse.insert(
        "erp__receipts",
        [
            receipt | {"receipt_id": "R1", "line_no": 1, "received_on": "2025-09-10", "quantity_received": 4},
            receipt | {"receipt_id": "R2", "line_no": 1, "received_on": "2025-09-12", "quantity_received": 6},
            receipt
            | {
                "receipt_id": "R3",
                "line_no": 2,
                "received_on": "2025-09-20",
                "quantity_received": 10,
                "quantity_rejected": 2,
            },
        ],
    )


def _load_service(warehouse: Warehouse) -> None:
    inspection = {"project_id": "P1", "inspected_on": "2025-09-15"}
    warehouse.insert(
        "work__inspections",
        [
            inspection | {"inspection_id": "X1", "attempt_no": 1, "is_passed": True},
            inspection | {"inspection_id": "X2", "attempt_no": 1, "is_passed": False},
            inspection | {"inspection_id": "X3", "attempt_no": 2, "is_passed": True},
        ],
    )
    warehouse.insert(
        "work__work_orders",
        [
            {
                "work_order_id": "W1",
                "customer_id": "C1",
                "project_id": "P1",
                "created_at": "2025-09-15 08:00:00",
            }
        ],
    )
    warehouse.insert(
        "work__ratings",
        [
            {"rating_id": "G1", "work_order_id": "W1", "stars": 5, "rated_at": "2025-09-16 08:00:00"},
            {"rating_id": "G2", "work_order_id": "W1", "stars": 3, "rated_at": "2025-09-17 08:00:00"},
        ],
    )


def forecasts() -> dict[str, list[dict[str, object]]]:
    """Rows of the ml tables by name."""
    delay = {"method_code": "reference_class", "reference_class": "all", "reference_count": 30}
    return {
        "ml_delay_forecast": [
            delay
            | {
                "milestone_id": "M3",
                "delay_p10_days": 11,
                "delay_p50_days": 20,
                "delay_p80_days": 33,
                "delay_p90_days": 40,
                "finish_p80_on": DAY(2025, 10, 23),
            },
            delay
            | {
                "milestone_id": "M4",
                "delay_p10_days": -5,
                "delay_p50_days": 0,
                "delay_p80_days": 3,
                "delay_p90_days": 9,
                "finish_p80_on": DAY(2025, 12, 4),
            },
        ],
        "ml_demand_forecast": [
            {
                "product_id": "AC",
                "period_on": DAY(2025, 10, 1),
                "horizon_months": 1,
                "quantity_p50": 9.0,
                "method_code": "seasonal_naive",
            }
        ],
        "ml_churn_risk": [
            {
                "customer_id": "C1",
                "silence_days": 19,
                "silence_limit_days": 365,
                "churn_probability_share": 0.125,
                "is_silent": False,
                "has_open_project": True,
            }
        ],
    }
