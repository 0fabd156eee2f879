"""A little planted dirt, of the kinds that real extracts hold, and the ledger of where it lies.

Only tables that no other refers to are soiled, so that each planted row is the only row it costs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from sandbox.world import World


@dataclass(frozen=True)
class Planted:
    """So many rows of a table were soiled in a column; ``is_refused``: the door must refuse them."""

    table: str
    column: str
    kind: str
    rows: int
    is_refused: bool = True


#: Table, column, kind, share of rows, the wrong value as an expression over the row.
_VALUES: tuple[tuple[str, str, str, float, pl.Expr], ...] = (
    ("erp__order_lines", "product_id", "broken key", 0.002, pl.lit("P-UNKNOWN")),
    ("erp__expenses", "work_order_id", "broken key", 0.003, pl.lit("WO-9999-99")),
    ("erp__receipts", "quantity_accepted", "impossible value", 0.002, pl.col("quantity_received") * 3),
    ("work__ratings", "stars", "impossible value", 0.004, pl.lit(6, pl.Int64)),
    ("work__material_use", "quantity_used", "impossible value", 0.004, pl.lit(-5)),
    ("projects__stage_events", "stage_code", "unknown code", 0.006, pl.lit("结项")),
    ("wms__picks", "quantity_requested", "missing value", 0.001, pl.lit(None)),
)
#: Table, column, kind, share of rows, the wrong text.
_TEXTS: tuple[tuple[str, str, str, float, str], ...] = (
    ("crm__interactions", "happened_at", "impossible date", 0.003, "2025/02/31 10:00:00"),
    ("erp__payments", "paid_amount", "text in a number", 0.003, "约五万元"),
    ("projects__progress_reports", "progress_pct", "text in a number", 0.002, "快完成了"),
)
_CODES = ("待定", "TBD", "暂缓")


def soil_values(
    world: World, frames: dict[str, pl.DataFrame]
) -> tuple[dict[str, pl.DataFrame], list[Planted]]:
    """Plant wrong values, impossible readings and exact duplicates; returns new frames and the ledger."""
    soiled, ledger = dict(frames), []
    for table, column, kind, share, wrong in _VALUES:
        frame = soiled[table]
        chosen = _choose(world, table, column, np.arange(frame.height), share)
        value = wrong.cast(frame.schema[column]).alias(column)
        soiled[table] = _replace(frame, chosen, value)
        ledger.append(Planted(table, column, kind, len(chosen)))
    readings = soiled["iot__readings"]
    warm = np.flatnonzero(readings["metric_code"].str.ends_with("_c").to_numpy())
    cold = _choose(world, "iot__readings", "value", warm, 0.001)
    readings = _replace(readings, cold, pl.lit(-60.0).alias("value"))
    twice = _choose(world, "iot__readings", "twice", np.setdiff1d(np.arange(readings.height), cold), 0.002)
    soiled["iot__readings"] = pl.concat([readings, readings[twice.tolist()]])
    ledger.append(Planted("iot__readings", "value", "impossible value", len(cold)))
    ledger.append(Planted("iot__readings", "device_id", "duplicate", len(twice), is_refused=False))
    return soiled, ledger


def soil_texts(world: World, table: str, frame: pl.DataFrame) -> tuple[pl.DataFrame, list[Planted]]:
    """Plant what only text can hold: impossible dates, words in numbers, codes in date columns."""
    ledger = []
    for name, column, kind, share, wrong in _TEXTS:
        if name == table:
            chosen = _choose(world, table, column, np.arange(frame.height), share)
            frame = _replace(frame, chosen, pl.lit(wrong).alias(column))
            ledger.append(Planted(table, column, kind, len(chosen)))
    if table == "projects__milestones":
        waiting = np.flatnonzero((frame["status_code"] == "not_started").to_numpy())
        chosen = _choose(world, table, "planned_finish_on", waiting, 0.05)
        codes = pl.Series([_CODES[place % len(_CODES)] for place in range(frame.height)])
        frame = _replace(frame, chosen, codes.alias("planned_finish_on"))
        ledger.append(Planted(table, "planned_finish_on", "code in a date", len(chosen), is_refused=False))
    return frame, ledger


def _choose(world: World, table: str, column: str, places: np.ndarray, share: float) -> np.ndarray:
    """At least one of the places where there is one, about ``share`` of them."""
    dice = world.dice("dirt", table, column)
    count = min(len(places), max(1, round(share * len(places))))
    return np.sort(dice.choice(places, count, replace=False)) if count else np.array([], dtype=int)


def _replace(frame: pl.DataFrame, places: np.ndarray, wrong: pl.Expr | pl.Series) -> pl.DataFrame:
    mask = np.zeros(frame.height, dtype=bool)
    mask[places] = True
    name = wrong.name if isinstance(wrong, pl.Series) else wrong.meta.output_name()
    is_wrong = pl.Series("is_wrong", mask)
    return frame.with_columns(pl.when(is_wrong).then(wrong).otherwise(pl.col(name)).alias(name))
