"""Orders of the make-believe company, counted a second time."""

import polars as pl

from tests.support.warehouse import Warehouse


def test_the_order_amount_of_every_customer_is_the_sum_of_its_lines(
    built: Warehouse, frames: dict[str, pl.DataFrame]
) -> None:
    orders = frames["erp__orders"].filter(pl.col("status_code") != "cancelled")
    merged = frames["crm__customers"].drop_nulls("merged_into_id").select("customer_id", "merged_into_id")
    orders = orders.with_columns(pl.col("customer_id").replace(dict(merged.iter_rows())))
    lines = frames["erp__order_lines"].join(orders.select("order_id", "customer_id"), on="order_id")
    expected = dict(lines.group_by("customer_id").agg(pl.col("line_amount").sum()).iter_rows())
    found = dict(built.rows("select customer_id, order_amount from marts.mart_customer_portrait"))
    assert {name: amount for name, amount in found.items() if amount is not None} == expected
