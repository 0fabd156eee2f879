"""The made-up company on the day after its supplier told that batch G3 comes 12 days late, as facts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from ml.schedule.night import READS
from ml.schedule.outlook import DELAY_SCHEMA
from sandbox import generate

AS_OF = date(2026, 6, 11)
LINE, PROJECT = "PO-G3-2026H1/1", "PJ-G3-2026H1"
World = dict[str, pl.DataFrame]


def golden_world() -> World:
    """The systems' own tables, by contract name."""
    return generate(seed=5, scale=0.005, until=AS_OF)


def company_frames(world: World) -> dict[str, pl.DataFrame]:
    """The frames of the search for alternatives, from the systems' own tables."""
    lines = world["erp__purchase_lines"].join(
        world["erp__receipts"]
        .group_by("purchase_order_id", "line_no")
        .agg(pl.col("quantity_accepted").sum()),
        on=["purchase_order_id", "line_no"],
        how="left",
    )
    state = (
        pl.when(pl.col("finished_on").is_not_null())
        .then(pl.lit("finished"))
        .when(pl.col("started_on").is_not_null())
        .then(pl.lit("started"))
        .otherwise(pl.lit("not_started"))
    )
    stock = world["erp__inventory"].sort("stock_on").group_by("warehouse_id", "product_id").last()
    return {
        "lines": lines.with_columns(
            purchase_line_id=pl.format("{}/{}", "purchase_order_id", "line_no"),
            project_id=pl.lit(None, pl.String),
            quantity_open=pl.col("quantity") - pl.col("quantity_accepted").fill_null(0),
        ),
        "milestones": world["projects__milestones"]
        .join(world["projects__projects"].select("project_id", "region_code"), on="project_id")
        .with_columns(state_code=state),
        "links": world["projects__milestone_links"],
        "prices": world["erp__supplier_prices"],
        "stock": stock,
        "warehouses": world["wms__warehouses"],
        "products": world["erp__products"],
        "tariffs": world["ref__freight_tariffs"],
        "substitutes": world["ref__product_substitutes"],
        "crews": world["projects__crews"],
    }


def night_frames(world: World) -> Mapping[str, pl.DataFrame]:
    """The same as the night reads it, by table."""
    frames = company_frames(world)
    tables = {
        "fct_purchase_line": frames["lines"].with_columns(
            is_cancelled=pl.lit(False), is_otif=pl.lit(None, pl.Boolean)
        ),
        "fct_stock_level": frames["stock"].with_columns(is_current=pl.lit(True)),
        "dim_supplier": world["erp__suppliers"],
        "fct_milestone": frames["milestones"],
        "fct_milestone_link": frames["links"],
        "ml_delay_forecast": pl.DataFrame(schema=DELAY_SCHEMA),
        "dim_supplier_price": frames["prices"],
        "dim_warehouse": frames["warehouses"],
        "dim_product": frames["products"],
        "dim_freight_tariff": frames["tariffs"],
        "dim_product_substitute": frames["substitutes"],
        "dim_crew": frames["crews"],
    }
    return {
        name: tables[name].select(columns)
        for name, columns in ((table.partition(".")[2], columns) for table, columns in READS.items())
    }
