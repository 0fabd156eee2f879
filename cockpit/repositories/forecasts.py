"""Queries about forecasts: delay, demand and churn, each with the method that made it."""

import polars as pl

from cockpit.repositories.published import Reader


def delay_by_class(reader: Reader) -> pl.DataFrame:
    """The delay bands by reference class: how many open milestones use it and what it says, in days."""
    return reader.rows(
        """
        select
            reference_class, method_code,
            count(*) as milestone_count,
            max(reference_count) as reference_count,
            round(median(delay_p10_days))::bigint as delay_p10_days,
            round(median(delay_p50_days))::bigint as delay_p50_days,
            round(median(delay_p80_days))::bigint as delay_p80_days,
            round(median(delay_p90_days))::bigint as delay_p90_days
        from marts.mart_milestone_outlook
        where has_forecast
        group by all
        order by milestone_count desc, reference_class
        """
    )


def products_with_forecast(reader: Reader, limit: int) -> pl.DataFrame:
    """Products with a forecast, the largest expected demand first."""
    return reader.rows(
        """
        select
            product_id, coalesce(any_value(product_name), product_id) as product_name,
            any_value(category_code) as category_code, any_value(unit_code) as unit_code,
            any_value(method_code) as method_code, max(history_months) as history_months,
            sum(quantity_p50) as quantity_p50, sum(quantity_p90) as quantity_p90, count(*) as month_count
        from marts.mart_demand_outlook
        where is_forecast
        group by product_id
        order by sum(quantity_p50) desc nulls last, product_id
        limit ?
        """,
        limit,
    )


def demand(reader: Reader, product_id: str) -> pl.DataFrame:
    """One product's months, oldest first: what was ordered and what is forecast."""
    return reader.rows(
        "select period_on, is_forecast, is_whole_month, quantity_actual,"
        " quantity_p10, quantity_p50, quantity_p80, quantity_p90, method_code, unit_code"
        " from marts.mart_demand_outlook where product_id = ? order by period_on",
        product_id,
    )


def demand_total(reader: Reader) -> pl.DataFrame:
    """One row: products with a forecast and how many months of it."""
    return reader.rows(
        "select count(distinct product_id) as product_count, max(horizon_months) as horizon_months"
        " from marts.mart_demand_outlook where is_forecast"
    )


def churn(reader: Reader) -> pl.DataFrame:
    """Customers by what their silence puts at stake: silent ones first, then by probability."""
    return reader.rows(
        "select * from marts.mart_churn_outlook order by is_silent desc nulls last,"
        " churn_probability_share desc nulls last, order_amount desc nulls last, customer_id"
    )
