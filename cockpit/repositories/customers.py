"""Queries about customers: the portrait."""

import polars as pl

from cockpit.repositories.published import Reader


def portraits(reader: Reader) -> pl.DataFrame:
    """One row a customer, the largest order amount first."""
    return reader.rows(
        "select * from marts.mart_customer_portrait order by order_amount desc nulls last, customer_id"
    )


def orders_by_month(reader: Reader) -> pl.DataFrame:
    """Orders, their amount and active customers by month, oldest first."""
    return reader.rows(
        "select period_on, is_whole_month, order_count, active_customer_count, order_amount, currency_code"
        " from marts.mart_overview_month order by period_on"
    )
