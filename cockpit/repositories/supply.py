"""Queries about supply: stock, what it must carry, idle stock, transfers, orders in factory and warehouse."""

import polars as pl

from actions.policy import PURCHASE_LIMIT
from cockpit.repositories.published import Reader

STUCK_SHOWN = 500


def totals(reader: Reader) -> pl.DataFrame:
    """One row: positions, those that run a risk, value of stock and of what lies idle, days of supply."""
    return reader.rows(
        """
        select
            count(*) as position_count,
            count(*) filter (stockout_code = 'bad') as bad_count,
            count(*) filter (stockout_code = 'watch') as watch_count,
            count(*) filter (stockout_code in ('good', 'watch', 'bad')) as judged_count,
            count(distinct warehouse_id) as warehouse_count,
            sum(stock_amount) as stock_amount,
            sum(idle_amount) as idle_amount,
            any_value(currency_code) as currency_code,
            any_value(as_of_on) as as_of_on
        from marts.mart_stock_position
        """
    )


def positions(reader: Reader) -> pl.DataFrame:
    """One row a warehouse and product, the highest risk of a stock-out first."""
    return reader.rows(
        """
        select
            warehouse_id, coalesce(warehouse_name, warehouse_id) as warehouse_name,
            product_id, coalesce(product_name, product_id) as product_name, unit_code,
            stockout_code, stockout_share, supply_days, lead_time_days, daily_demand_quantity,
            quantity_on_hand, quantity_reserved, quantity_available, quantity_on_order,
            reorder_point_quantity, safety_stock_quantity, is_short,
            stock_amount, idle_amount, still_days, last_issued_on, is_count_due, currency_code
        from marts.mart_stock_position
        order by
            stockout_share desc nulls last, daily_demand_quantity * unit_cost_amount desc nulls last,
            stock_position_id
        """
    )


def months(reader: Reader) -> pl.DataFrame:
    """Value of stock and idle share by month over all warehouses, oldest first; a year before beside it."""
    return reader.rows(
        """
        select
            period_on,
            sum(stock_amount) as stock_amount,
            sum(idle_amount) as idle_amount,
            sum(idle_amount) / nullif(sum(stock_amount), 0) as idle_share,
            sum(idle_amount) filter (earlier_stock_amount is not null)
                / nullif(sum(stock_amount) filter (earlier_stock_amount is not null), 0) as compared_share,
            sum(earlier_idle_amount) / nullif(sum(earlier_stock_amount), 0) as earlier_share
        from marts.mart_stock_month
        group by period_on
        order by period_on
        """
    )


def demand_ahead(reader: Reader) -> pl.DataFrame:
    """Next month's demand by product against its stock over all warehouses, the largest gap first.

    Gap: P80 and safety stock less what is in stock and on order, at least nothing.
    """
    return reader.rows(
        """
        with ahead as (
            select product_id, product_name, unit_code, period_on, method_code, quantity_p50, quantity_p80
            from marts.mart_demand_outlook
            where is_forecast
            -- The running month is nearly over or over: the month ahead begins after the business date.
            qualify row_number() over (partition by product_id order by period_on <= as_of_on, period_on) = 1
        ),

        stock as (
            select
                product_id,
                sum(quantity_on_hand - quantity_reserved - quantity_claimed) as quantity_available,
                sum(quantity_on_order) as quantity_on_order,
                sum(quantity_position) as quantity_position,
                sum(safety_stock_quantity) as safety_stock_quantity
            from marts.mart_stock_position
            group by product_id
        )

        select
            ahead.product_id, coalesce(ahead.product_name, ahead.product_id) as product_name,
            ahead.unit_code, ahead.period_on, ahead.method_code, ahead.quantity_p50, ahead.quantity_p80,
            stock.quantity_available, stock.quantity_on_order, stock.quantity_position,
            coalesce(stock.safety_stock_quantity, 0) as safety_stock_quantity,
            greatest(
                0, ahead.quantity_p80 + coalesce(stock.safety_stock_quantity, 0) - stock.quantity_position
            ) as quantity_gap
        from ahead
        inner join stock on ahead.product_id = stock.product_id
        where ahead.quantity_p80 > 0
        order by quantity_gap desc, ahead.quantity_p80 desc, ahead.product_id
        """
    )


def transfers(reader: Reader) -> pl.DataFrame:
    """One row a proposed move, the most urgent receiver first."""
    return reader.rows(
        """
        select
            coalesce(product_name, product_id) as product_name, unit_code, quantity,
            coalesce(from_warehouse_name, from_warehouse_id) as from_warehouse_name,
            coalesce(to_warehouse_name, to_warehouse_id) as to_warehouse_name,
            to_stockout_share, is_idle_stock, transit_days, goods_amount, freight_amount, freight_share,
            from_quantity_available, from_reorder_point_quantity,
            to_quantity_position, to_reorder_point_quantity, currency_code
        from marts.mart_transfer_proposal
        order by to_stockout_share desc nulls last, goods_amount desc nulls last, transfer_proposal_id
        """
    )


def sync_totals(reader: Reader) -> pl.DataFrame:
    """One row: orders due for factory and warehouse, how far their lines got, and the lag."""
    return reader.rows(
        """
        select
            count(*) filter (is_due) as due_count,
            count(*) filter (is_due and is_synced) as synced_count,
            count(*) filter (is_stuck) as stuck_count,
            coalesce(sum(stuck_line_count) filter (is_due), 0)::bigint as stuck_line_count,
            sum(line_count) filter (is_due)::bigint as line_count,
            sum(made_line_count) filter (is_due)::bigint as made_line_count,
            sum(production_line_count) filter (is_due)::bigint as production_line_count,
            sum(pick_line_count) filter (is_due)::bigint as pick_line_count,
            quantile_cont(lag_hours, 0.5) filter (is_synced) as lag_p50_hours,
            quantile_cont(lag_hours, 0.95) filter (is_synced) as lag_p95_hours
        from marts.mart_order_sync
        """
    )


def sync_months(reader: Reader) -> pl.DataFrame:
    """Orders due and in sync, and the lag, by month of confirmation, oldest first."""
    return reader.rows(
        """
        select
            confirmed_month_on as period_on,
            count(*) filter (is_due) as due_count,
            count(*) filter (is_due and is_synced) as synced_count,
            quantile_cont(lag_hours, 0.95) filter (is_synced) as lag_p95_hours
        from marts.mart_order_sync
        group by confirmed_month_on
        order by confirmed_month_on
        """
    )


def stuck(reader: Reader) -> pl.DataFrame:
    """Orders on the stuck list, those that wait longest first."""
    return reader.rows(
        f"""
        select
            sync.order_id, coalesce(customer.customer_name, sync.customer_id) as customer_name,
            sync.project_id, sync.confirmed_on, sync.waiting_hours, sync.stuck_reason_code, sync.line_count,
            sync.made_line_count, sync.production_line_count, sync.pick_line_count, sync.stuck_line_count
        from marts.mart_order_sync as sync
        left join marts.mart_customer_portrait as customer on sync.customer_id = customer.customer_id
        where sync.is_stuck
        order by sync.waiting_hours desc nulls last, sync.order_id
        limit {STUCK_SHOWN}
        """
    )


def peaks_ahead(reader: Reader) -> pl.DataFrame:
    """One row a product and coming peak: those that are told first, of these the short ones, by start."""
    return reader.rows(
        """
        select
            product_id, coalesce(product_name, product_id) as product_name, unit_code, period_on, peak_on,
            ahead_days, quantity_usual, quantity_p80, safety_stock_quantity, quantity_on_hand,
            quantity_on_order, quantity_short, order_by_on, is_order_late, is_short, is_told, told_on,
            unit_cost_amount, short_amount, currency_code
        from marts.mart_stock_warning
        order by is_told desc, is_short desc, peak_on, short_amount desc nulls last, product_id
        """
    )


def policies(reader: Reader) -> pl.DataFrame:
    """One row a product: what to hold and why, those below their reorder point first."""
    return reader.rows(
        """
        select
            product_id, coalesce(product_name, product_id) as product_name, unit_code,
            method_code, class_code, service_share,
            lead_time_days, lead_time_p90_days, lead_time_count, lead_time_source_code,
            lead_demand_quantity, safety_stock_quantity, reorder_point_quantity, quantity_position, is_below
        from marts.mart_stock_policy
        order by is_below desc, reorder_point_quantity - quantity_position desc nulls last, product_id
        """
    )


def warning_record(reader: Reader) -> pl.DataFrame:
    """One row: past peaks, those that were told in time, months told to be one, false alarms among them."""
    return reader.rows(
        """
        select
            count(*) filter (where is_peak) as peak_count,
            count(*) filter (where is_peak and is_told) as warned_count,
            count(*) filter (where is_told) as told_count,
            count(*) filter (where is_told and not is_peak) as false_alarm_count
        from marts.mart_stock_peak
        """
    )


def purchase_limit(reader: Reader) -> float | None:
    """Up to which amount a purchase needs no second person, in the reporting currency; None: not said."""
    found = reader.rows("select value from marts.figure_default where name = ?", PURCHASE_LIMIT)
    return None if found.is_empty() else found["value"].item()
