"""Which devices a project is made of and how far they are, computed a second time."""

import polars as pl

from tests.support.figure_day import Frames
from tests.support.warehouse import Warehouse


def test_the_bill_of_devices(built: Warehouse, frames: Frames) -> None:
    devices = frames["iot__devices"].filter(pl.col("project_id").is_not_null())
    states = {"produced": "ordered", "shipped": "ordered"}
    units: dict[tuple[str, str], int] = {}
    registered: dict[tuple[str, str], int] = {}
    for device in devices.iter_rows(named=True):
        key = (device["project_id"], states.get(device["state_code"], device["state_code"]))
        units[key] = units.get(key, 0) + 1
        line = (device["order_id"], device["product_id"])
        registered[line] = registered.get(line, 0) + 1
    orders = frames["erp__orders"].filter(pl.col("project_id").is_not_null()).select("order_id", "project_id")
    kinds = devices["kind_code"].unique().to_list()
    lines = frames["erp__order_lines"].join(orders, on="order_id").join(
        frames["erp__products"].filter(pl.col("category_code").is_in(kinds)), on="product_id"
    )  # fmt: skip
    for line in lines.iter_rows(named=True):
        rest = int(line["quantity"]) - registered.pop((line["order_id"], line["product_id"]), 0)
        key = (line["project_id"], "delivered" if line["delivered_on"] else "ordered")
        units[key] = units.get(key, 0) + rest
    found = built.rows(
        "select project_id, state_code, sum(unit_count)::bigint from marts.mart_project_device group by all"
    )
    assert {(p, s): n for p, s, n in found} == {key: count for key, count in units.items() if count}
    assert built.rows(
        "select count(*) from marts.mart_project_device where kind_code <> 'sensor'"
        " and (order_line_id is null or shipment_id is null or production_order_id is null)"
    ) == [(0,)]
