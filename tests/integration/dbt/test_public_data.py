"""Facts and scorecard on public data, loaded past the door: figures counted independently of this project."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

from tests.support.warehouse import Warehouse

SCHOOLS = (
    "read_csv('{data}/nyc_schools/capital_project_schedules.csv', all_varchar=true, normalize_names=true)"
)
DELIVERIES = "read_csv('{data}/scms/delivery_history.csv', all_varchar=true, normalize_names=true)"
SHOP = "read_csv('{data}/olist/{file}.csv', all_varchar=true)"


def test_school_milestones(make_warehouse: Callable[[], Warehouse], shared_data: Path) -> None:
    warehouse = make_warehouse()
    rows = SCHOOLS.format(data=shared_data)
    warehouse.load("projects__projects", "select 'P' as project_id, 'Schools' as name")
    warehouse.load(
        "projects__milestones",
        f"""
        select
            row_number() over () as milestone_id, 'P' as project_id, project_phase_name as name,
            cast(try_strptime(project_phase_actual_start_date, '%m/%d/%Y') as date) as started_on,
            cast(try_strptime(project_phase_planned_end_date, '%m/%d/%Y') as date) as planned_finish_on,
            cast(try_strptime(project_phase_actual_end_date, '%m/%d/%Y') as date) as finished_on
        from {rows}
        """,
    )
    warehouse.prepare()
    warehouse.dbt("build", "--select", "+fct_milestone", "--exclude-resource-type", "unit_test")
    counted = warehouse.row(
        "select count(*) as n, count(started_on) as started, count(planned_finish_on) as planned,"
        " count(finished_on) as finished,"
        " count(*) filter (is_finished and planned_finish_on is not null) as both_dates,"
        " count(*) filter (is_finished and is_late) as late,"
        " count(*) filter (is_overdue and started_on is not null) as overdue from marts.fct_milestone"
    )
    assert counted == {
        "n": 7115,
        "started": 3865,
        "planned": 2735,
        "finished": 2109,
        "both_dates": 2065,
        "late": 1108,
        "overdue": 660,
    }


def test_health_commodity_suppliers(make_warehouse: Callable[[], Warehouse], shared_data: Path) -> None:
    warehouse = make_warehouse()
    warehouse.as_of_on = dt.date(2015, 12, 31)
    rows = DELIVERIES.format(data=shared_data)
    day = "cast(strptime({}, '%d-%b-%y') as date)"
    warehouse.load("erp__suppliers", f"select distinct vendor as supplier_id, vendor as name from {rows}")
    warehouse.load(
        "erp__purchase_orders",
        "select distinct id as purchase_order_id, vendor as supplier_id, 'closed' as status_code"
        f" from {rows}",
    )
    line = f"id as purchase_order_id, 1 as line_no, vendor as supplier_id, {{quantity}} as {{name}}, {day}"
    warehouse.load(
        "erp__purchase_lines",
        f"select {line.format('scheduled_delivery_date', quantity='line_item_quantity', name='quantity')}"
        f" as promised_on from {rows}",
    )
    warehouse.load(
        "erp__receipts",
        f"select id as receipt_id,"
        f" {line.format('delivered_to_client_date', quantity='line_item_quantity', name='quantity_received')}"
        f" as received_on from {rows}",
    )
    warehouse.prepare()
    warehouse.dbt("build", "--select", "+mart_supplier_scorecard", "--exclude-resource-type", "unit_test")
    receipts = warehouse.row(
        "select count(*) as n, count(*) filter (is_late) as late from marts.fct_receipt_line"
    )
    assert receipts == {"n": 7110, "late": 681}
    card = warehouse.row(
        "select count(score) as scored, sum(receipt_count) as receipts, sum(late_receipt_count) as late,"
        " count(*) filter (score > 100) as impossible, count(*) filter (state_code = 'partial') as partial,"
        " sum(otif_line_count) as otif from marts.mart_supplier_scorecard"
    )
    # No lead times and no inspections in this source: every card is partial and says so.
    assert card == {
        "scored": 63,
        "receipts": 7110,
        "late": 681,
        "impossible": 0,
        "partial": 63,
        "otif": 7110 - 681,
    }


def test_marketplace_orders(make_warehouse: Callable[[], Warehouse], shared_data: Path) -> None:
    warehouse = make_warehouse()
    orders, items, sellers = (
        SHOP.format(data=shared_data, file=name)
        for name in ("orders", "order_items", "olist_sellers_dataset")
    )
    warehouse.load("crm__customers", f"select distinct customer_id, customer_id as name from {orders}")
    warehouse.load("erp__suppliers", f"select seller_id as supplier_id, seller_id as name from {sellers}")
    warehouse.load("erp__products", f"select distinct product_id from {items}")
    warehouse.load(
        "erp__orders",
        f"select order_id, customer_id, order_purchase_timestamp as ordered_at,"
        f" cast(cast(order_delivered_customer_date as timestamp) as date) as delivered_on,"
        f" cast(cast(order_estimated_delivery_date as timestamp) as date) as promised_on from {orders}",
    )
    warehouse.load(
        "erp__order_lines",
        f"select order_id, order_item_id as line_no, product_id, seller_id as supplier_id, 1 as quantity,"
        f" price as line_amount, 'BRL' as currency_code from {items}",
    )
    warehouse.reporting_currency = "BRL"
    warehouse.prepare()
    warehouse.dbt(
        "build", "--select", "+mart_supplier_scorecard", "+fct_order", "--exclude-resource-type", "unit_test"
    )
    counted = warehouse.row(
        "select count(*) as lines, count(distinct order_id) as orders,"
        " count(distinct order_id) filter (is_delivered) as delivered,"
        " count(distinct order_id) filter (is_late) as late, count(line_reporting_amount) as valued"
        " from marts.fct_order_line"
    )
    assert counted == {"lines": 11252, "orders": 9889, "delivered": 9648, "late": 574, "valued": 11252}
    # 111 orders have no line.
    headers = warehouse.row(
        "select count(*) as n, count(delivered_on) as delivered, count(*) filter (is_late) as late"
        " from marts.fct_order"
    )
    assert headers == {"n": 10000, "delivered": 9648, "late": 574}
    card = warehouse.row(
        "select count(score) as scored, sum(delivery_count) as deliveries, max(state_code) as state_code"
        " from marts.mart_supplier_scorecard"
    )
    assert card["scored"] == 0
    assert card["state_code"] == "no_data"
    assert card["deliveries"] > 0
