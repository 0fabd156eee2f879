"""Both halves on a small company whose figures are worked out by hand; the same inputs give the same marts."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest

from tests.support.warehouse import Warehouse

DAY = dt.date


@pytest.fixture(scope="module")
def company(make_warehouse: Callable[[], Warehouse]) -> Warehouse:
    """Two customers, two projects, two suppliers; built with two forecasts of milestones, one of demand, one of churn."""
    warehouse = make_warehouse()
    _load_customers(warehouse)
    _load_projects(warehouse)
    _load_purchases(warehouse)
    _load_service(warehouse)
    warehouse.build(_forecasts())
    return warehouse


def test_overview_of_the_month_of_the_business_date(company: Warehouse) -> None:
    month = company.row("select * from marts.mart_overview_month where period_on = date '2025-09-01'")
    assert (month["milestone_due_count"], month["milestone_on_time_count"]) == (3, 1)
    assert month["milestone_on_time_share"] == Decimal("0.333333")
    assert (month["milestone_open_count"], month["milestone_overdue_count"]) == (2, 1)
    assert (month["purchase_due_count"], month["purchase_otif_count"]) == (2, 1)
    # 1,000 − 100 returned + 10 USD at 7; the cancelled order is in nothing.
    assert (month["order_count"], month["order_amount"]) == (2, Decimal("970.00"))
    assert month["is_whole_month"]


def test_overview_of_an_earlier_month_is_what_stood_then(company: Warehouse) -> None:
    august = company.row("select * from marts.mart_overview_month where period_on = date '2025-08-01'")
    assert (august["milestone_due_count"], august["milestone_on_time_share"]) == (0, None)
    # M1 and M2 were under way, none past its plan yet.
    assert (august["milestone_open_count"], august["milestone_overdue_count"]) == (2, 0)
    assert (august["order_count"], august["order_amount"]) == (0, 0)


def test_outlook_has_plan_planner_and_band_side_by_side(company: Warehouse) -> None:
    row = company.row("select * from marts.mart_milestone_outlook where milestone_id = 'M3'")
    assert (row["project_name"], row["customer_name"]) == ("School", "Bureau")
    assert (row["planned_finish_on"], row["days_late"]) == (DAY(2025, 9, 20), 10)
    assert (row["forecast_finish_on"], row["planner_delay_days"], row["forecast_changed_by"]) == (
        DAY(2025, 10, 10),
        20,
        "li",
    )
    assert (row["delay_p80_days"], row["finish_p80_on"], row["outlook_code"]) == (
        33,
        DAY(2025, 10, 23),
        "bad",
    )
    assert company.rows("select count(*) from marts.mart_milestone_outlook") == [(2,)]


def test_health_of_a_project_with_all_parts(company: Warehouse) -> None:
    health = company.row("select * from marts.mart_project_health where project_id = 'P1'")
    # M1 100, M2 (5 late, threshold 3) 97.78, M3 (P80 33) 66.67 with weight 2.
    assert health["schedule_score"] == Decimal("82.78")
    # Earned 100 + 100 + half of 200 on 350 spent: CPI 0.8571.
    assert (health["cost_performance_index"], health["cost_score"]) == (Decimal("0.8571"), Decimal("71.42"))
    assert (health["quality_score"], health["supply_score"], health["customer_score"]) == (50, 50, 75)
    assert (health["part_count"], health["is_partial"], health["missing_parts"]) == (5, False, "")
    weighed = 0.30 * 82.78 + 0.25 * 71.42 + 0.15 * (50 + 50 + 75)
    assert float(health["health_score"]) == pytest.approx(weighed, abs=0.01)


def test_health_of_a_project_without_parts(company: Warehouse) -> None:
    health = company.row("select * from marts.mart_project_health where project_id = 'P2'")
    assert (health["health_code"], health["health_score"]) == ("good", 100)
    assert (health["is_partial"], health["missing_parts"]) == (True, "cost,quality,supply,customer")
    assert health["schedule_weight_share"] == 1


def test_portrait_has_its_five_dimensions(company: Warehouse) -> None:
    row = company.row("select * from marts.mart_customer_portrait where customer_id = 'C1'")
    assert (row["industry_code"], row["depth_code"]) == ("education", "strategic")
    assert (row["order_count"], row["order_amount"], row["last_order_on"]) == (
        2,
        Decimal("970.00"),
        DAY(2025, 9, 11),
    )
    assert row["median_gap_days"] == 10
    assert (row["contract_count"], row["contract_amount"]) == (1, Decimal("500000.00"))
    # 300 + 100 open, 300 of it past due; 300 / 1,000 of credit sales × 365.
    assert (row["receivable_amount"], row["overdue_share"]) == (Decimal("400.00"), Decimal("0.750000"))
    assert (row["mean_delinquent_days"], row["payment_grade"]) == (Decimal("109.50"), 5)
    assert (row["rating_count"], row["mean_rating"], row["csat_share"]) == (2, 4, Decimal("0.500000"))
    assert (row["silence_days"], row["churn_probability_share"], row["is_silent"]) == (
        19,
        Decimal("0.125000"),
        False,
    )


def test_portrait_without_a_rate_has_no_amount(company: Warehouse) -> None:
    row = company.row("select * from marts.mart_customer_portrait where customer_id = 'C2'")
    assert (row["order_count"], row["order_amount"], row["order_12m_amount"]) == (1, None, None)
    assert (row["payment_grade"], row["csat_share"], row["silence_days"]) == (None, None, None)


def test_order_amount_equals_the_sum_over_the_facts(company: Warehouse) -> None:
    differing = company.rows(
        "select customer_id from marts.mart_customer_portrait as portrait left join"
        " (select customer_id, sum(line_reporting_amount) as amount from marts.fct_order_line"
        "  where not is_cancelled group by customer_id) as facts using (customer_id)"
        " where portrait.order_amount is distinct from facts.amount"
    )
    assert differing == []


def test_scorecard(company: Warehouse) -> None:
    card = company.row("select * from marts.mart_supplier_scorecard where supplier_id = 'S1'")
    assert (card["due_line_count"], card["otif_line_count"], card["otif_share"]) == (
        2,
        1,
        Decimal("0.500000"),
    )
    assert (card["receipt_count"], card["late_receipt_count"], card["rejected_ppm"]) == (
        3,
        1,
        Decimal("100000.00"),
    )
    assert (card["lead_time_count"], card["lead_time_reliable_share"]) == (3, Decimal("0.666667"))
    months = company.rows(
        "select period_on, due_line_count, otif_share, receipt_count from marts.mart_supplier_month order by 1"
    )
    assert months == [(DAY(2025, 9, 1), 2, Decimal("0.500000"), 3)]
    assert company.row(
        "select state_code, score from marts.mart_supplier_scorecard where supplier_id = 'S2'"
    ) == {
        "state_code": "no_data",
        "score": None,
    }


def test_demand_and_churn_stand_beside_their_history(company: Warehouse) -> None:
    demand = company.rows(
        "select period_on, quantity_actual, quantity_p50, is_forecast from marts.mart_demand_outlook order by 1"
    )
    assert demand == [(DAY(2025, 9, 1), 8, None, False), (DAY(2025, 10, 1), None, 9, True)]
    churn = company.row("select * from marts.mart_churn_outlook")
    assert (churn["customer_name"], churn["order_amount"], churn["silence_limit_days"]) == (
        "Bureau",
        Decimal("970.00"),
        365,
    )


def test_the_same_inputs_give_the_same_marts(company: Warehouse) -> None:
    tables = [
        name for (name,) in company.rows("select table_name from duckdb_tables() where schema_name = 'marts'")
    ]
    first = {table: sorted(map(repr, company.rows(f"select * from marts.{table}"))) for table in tables}
    company.build(_forecasts(), "--full-refresh")
    again = {table: sorted(map(repr, company.rows(f"select * from marts.{table}"))) for table in tables}
    assert [table for table in tables if first[table] != again[table]] == []


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


def _forecasts() -> dict[str, list[dict[str, object]]]:
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
