"""Planted dirt in running systems: the same rows are wrong every day, for nobody mends them.

Only tables that no other refers to are soiled, so that each planted row is the only row it costs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from lake.contracts import load_contracts

LEDGER = {"table": pl.String, "column": pl.String, "kind": pl.String, "key": pl.String}


@dataclass(frozen=True)
class Stain:
    """In so many of a thousand rows of a table a column is wrong; `wrong` is the value over the row."""

    table: str
    column: str
    kind: str
    per_mille: float
    wrong: pl.Expr
    among: pl.Expr | None = None


STAINS = (
    Stain("crm__interactions", "customer_id", "broken key", 3, pl.lit("C-UNKNOWN")),
    Stain("erp__order_lines", "product_id", "broken key", 2, pl.lit("P-UNKNOWN")),
    Stain("erp__expenses", "work_order_id", "broken key", 3, pl.lit("WO-9999-99")),
    Stain("erp__receipts", "quantity_accepted", "impossible value", 2, pl.col("quantity_received") * 3,
          pl.col("quantity_received") > 0),
    Stain("work__ratings", "stars", "impossible value", 4, pl.lit(6)),
    Stain("work__material_use", "quantity_used", "impossible value", 4, pl.lit(-5)),
    Stain("projects__stage_events", "stage_code", "unknown code", 6, pl.lit("结项")),
    Stain("wms__picks", "quantity_requested", "missing value", 1, pl.lit(None)),
    Stain("iot__readings", "value", "impossible value", 1, pl.lit(-60.0),
          pl.col("metric_code").str.ends_with("_c")),
)  # fmt: skip


def title_of(table: str) -> pl.Expr:
    """A row's key as one text, as the ledger writes it."""
    key = load_contracts()[table].key
    return pl.concat_str([pl.col(name).cast(pl.String) for name in key], separator="|")


def soiled(frames: Mapping[str, pl.DataFrame], seed: int) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """The frames with wrong values in them, and the ledger of where: table, column, kind, key.

    At least one row of each table is soiled where there is one.
    """
    found, ledger = dict(frames), [pl.DataFrame(schema=LEDGER)]
    for stain in STAINS:
        frame, title = found[stain.table], title_of(stain.table)
        among = pl.lit(True) if stain.among is None else stain.among
        # Ranks among ten thousand, by the key alone: tomorrow the same rows are wrong.
        rank = pl.when(among).then(title.hash(seed) % 10_000)
        is_wrong = ((rank < stain.per_mille * 10) | (rank == rank.min())).fill_null(False)
        frame = frame.with_columns(is_wrong.alias("_wrong"), title.alias("_key"))
        value = pl.when(pl.col("_wrong")).then(stain.wrong.cast(frame.schema[stain.column]))
        found[stain.table] = frame.with_columns(
            value.otherwise(pl.col(stain.column)).alias(stain.column)
        ).drop("_wrong", "_key")
        names = [pl.lit(getattr(stain, name)).alias(name) for name in ("table", "column", "kind")]
        ledger.append(frame.filter("_wrong").select(*names, pl.col("_key").alias("key")))
    return found, pl.concat(ledger)
