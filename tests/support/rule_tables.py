"""The published tables that the alert rules read, with the columns they name, for rows put in by hand."""

from typing import Any

import duckdb

TABLES = """
create schema marts; create schema ml; create schema ops;
create table marts.dim_project (project_id varchar, name varchar, manager_id varchar, region_code varchar);
create table marts.fct_milestone (milestone_id varchar, project_id varchar, customer_id varchar, name varchar,
    owner_id varchar, region_code varchar, planned_start_on date, planned_finish_on date,
    forecast_finish_on date, finished_on date, threshold_days bigint, state_code varchar,
    is_finished boolean, frozen_reporting_amount decimal(18, 2));
create table marts.fct_purchase_line (purchase_line_id varchar, purchase_order_id varchar,
    supplier_id varchar, project_id varchar, milestone_id varchar, product_id varchar, ordered_on date,
    requested_on date, promised_on date, current_promised_on date, last_received_on date,
    quantity_open decimal(18, 2),
    line_reporting_amount decimal(18, 2), is_cancelled boolean);
create table marts.mart_batch_risk (purchase_line_id varchar, as_of_on date, project_shift_p50_days bigint,
    project_shift_p80_days bigint, moved_count bigint, option_count bigint);
create table marts.mart_batch_option (purchase_line_id varchar, option_rank bigint, option_code varchar,
    option_name varchar, arrival_on date, saved_p50_days bigint, cost_amount decimal(18, 2));
create table marts.dim_product (product_id varchar, name varchar);
create table marts.dim_supplier (supplier_id varchar, name varchar);
create table marts.mart_rating_sequence (rating_sequence_id varchar, customer_id varchar,
    customer_name varchar, region_code varchar, first_work_order_id varchar, second_work_order_id varchar,
    first_stars bigint, second_stars bigint, second_rated_at timestamp, found_on date, manager_id varchar,
    is_national_queue boolean);
create table marts.mart_customer_portrait (customer_id varchar, tier_code varchar,
    order_12m_amount decimal(18, 2));
create table marts.mart_customer_health (customer_id varchar, health_score decimal(5, 2));
create table marts.mart_stock_position (product_id varchar, product_name varchar, warehouse_id varchar,
    as_of_on date, quantity_on_hand decimal(18, 2), quantity_on_order decimal(18, 2),
    safety_stock_quantity decimal(18, 2), unit_cost_amount decimal(18, 2), lead_time_days decimal(9, 2));
create table marts.mart_stock_warning (product_id varchar, product_name varchar, period_on date, peak_on date,
    ahead_days bigint, as_of_on date, quantity_p80 decimal(18, 3), safety_stock_quantity decimal(18, 3),
    quantity_on_hand decimal(18, 3), quantity_on_order decimal(18, 3), quantity_short decimal(18, 3),
    unit_cost_amount decimal(18, 4), order_by_on date, is_short boolean, is_told boolean);
create table ml.ml_demand_forecast (product_id varchar, period_on date, as_of_on date, quantity_p80 double);
create table ops.build_context (run_id varchar); insert into ops.build_context values ('now');
create table ops.check_result (run_id varchar, check_name varchar, asset_name varchar, severity_code varchar,
    is_passed boolean, expected varchar, actual varchar, message varchar);
create table ops.freshness (table_name varchar, status_code varchar, message varchar);
"""


def insert(con: duckdb.DuckDBPyConnection, table: str, **row: Any) -> None:
    """One row; what is not named is NULL."""
    marks = ", ".join("?" for _ in row)
    con.execute(f"insert into {table} ({', '.join(row)}) values ({marks})", list(row.values()))
