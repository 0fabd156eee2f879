"""Both halves on a small company with figures worked out by hand; equal inputs give equal marts."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest

from tests.support.hand_company import forecasts, load_company
from tests.support.warehouse import Warehouse

DAY = dt.date


@pytest.fixture(scope="module")
def company(make_warehouse: Callable[[], Warehouse]) -> Warehouse:
    """Two customers, projects and suppliers, with forecasts for two milestones, a product and a customer."""
    warehouse = make_warehouse()
    load_company(warehouse)
    warehouse.build(forecasts())
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
    # At P80 M3 ends 33 days after the last plan: 66.67; half is earned 25 days into a plan of 15.
    assert (health["finish_slip_days"], health["time_performance_index"]) == (33, Decimal("0.3000"))
    assert health["schedule_score"] == Decimal("33.34")
    # M1 and M2 earned 200 of 400 (M3 has no start, so no share of it counts), 350 spent: CPI 0.5714, EAC 700.
    assert (health["cost_performance_index"], health["estimate_overrun_share"]) == (
        Decimal("0.5714"),
        Decimal("0.750000"),
    )
    assert health["cost_score"] == Decimal("7.14")
    # The first visit to the project passed; of two ratings of one order the newer counts.
    assert (health["quality_score"], health["supply_score"], health["customer_score"]) == (100, 50, 50)
    assert (health["part_count"], health["is_partial"], health["missing_parts"]) == (5, False, "")
    weighed = 0.30 * 33.34 + 0.25 * 7.14 + 0.15 * (100 + 50 + 50)
    assert float(health["health_score"]) == pytest.approx(weighed, abs=0.01)
    assert (health["critical_parts"], health["is_red_override"], health["health_code"]) == (
        "cost",
        True,
        "bad",
    )
    assert health["reason_1_en"] == "SPI(t) is 0.30"


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
    # 300 + 100 open, 300 of it past due; 300 / 100 of credit sales in 90 days × 90.
    assert (row["receivable_amount"], row["overdue_share"]) == (Decimal("400.00"), Decimal("0.750000"))
    assert (row["mean_delinquent_days"], row["payment_grade"]) == (Decimal("270.00"), 5)
    # The second rating of the same visit replaces the first.
    assert (row["rating_count"], row["mean_rating"], row["csat_share"]) == (1, 3, 0)
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
        "select period_on, due_line_count, otif_share, receipt_count"
        " from marts.mart_supplier_month order by 1"
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
        "select period_on, quantity_actual, quantity_p50, is_forecast"
        " from marts.mart_demand_outlook order by 1"
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
    company.build(forecasts(), "--full-refresh")
    again = {table: sorted(map(repr, company.rows(f"select * from marts.{table}"))) for table in tables}
    assert [table for table in tables if first[table] != again[table]] == []
