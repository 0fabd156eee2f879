"""What a night asks about late material: what each late batch does to its project, and what can be done."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from ml.schedule.alternative_frames import INPUT_SCHEMAS
from ml.schedule.alternatives import alternatives

Frames = Mapping[str, pl.DataFrame]

_LINES = "marts.fct_purchase_line"
_STOCK = "marts.fct_stock_level"
_SUPPLIERS = "marts.dim_supplier"
#: The frames of the search that are tables as they stand.
_TABLES = {
    "milestones": "marts.fct_milestone",
    "links": "marts.fct_milestone_link",
    "delays": "ml.ml_delay_forecast",
    "prices": "marts.dim_supplier_price",
    "warehouses": "marts.dim_warehouse",
    "products": "marts.dim_product",
    "tariffs": "marts.dim_freight_tariff",
    "substitutes": "marts.dim_product_substitute",
    "crews": "marts.dim_crew",
}
#: What the alternatives read, by table.
READS = {
    _LINES: (*INPUT_SCHEMAS["lines"], "is_cancelled", "is_otif"),
    _STOCK: (*INPUT_SCHEMAS["stock"], "is_current"),
    _SUPPLIERS: ("supplier_id", "is_active"),
    **{table: tuple(INPUT_SCHEMAS[name]) for name, table in _TABLES.items()},
}


def options(frames: Frames, as_of_on: date, *, publication_name: str, run_id: str) -> pl.DataFrame:
    """`ml_alternative_forecast`: each late batch left alone (rank 0), and its options from the best on.

    frames: the tables of READS by their bare names. A supplier's chance to deliver in time is the share of
    its lines due so far that came in time and in full. Empty where nothing is late.
    """
    lines = frames["fct_purchase_line"]
    given = {name: frames[table.partition(".")[2]] for name, table in _TABLES.items()}
    given |= {
        "lines": lines.filter(~pl.col("is_cancelled").fill_null(False)),
        "stock": frames["fct_stock_level"].filter("is_current"),
        "suppliers": frames["dim_supplier"].join(_on_time(lines), on="supplier_id", how="left"),
    }
    return alternatives(
        given, as_of_on, publication_name=publication_name, run_id=run_id, is_waiting_told=True
    )


def _on_time(lines: pl.DataFrame) -> pl.DataFrame:
    """Of each supplier with lines due: the share of them that came in time and in full."""
    return (
        lines.drop_nulls(["supplier_id", "is_otif"])
        .group_by("supplier_id")
        .agg(on_time_share=pl.col("is_otif").sum() / pl.len())
    )
