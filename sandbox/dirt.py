"""Planted dirt, of the kinds that real extracts hold, and the ledger of where it lies.

Only tables that no other refers to are soiled, so that each planted row is the only row it costs. A row is
soiled by its key alone: what is wrong today was wrong yesterday, for nobody mends it. Golden cases are clean.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from lake.contracts import load_contracts

#: One row a planted fault: where (row from 1 in the table as written), what the door has to say of it.
LEDGER = {
    "table": pl.String, "column": pl.String, "kind": pl.String, "key": pl.String, "row_no": pl.Int64,
    "rule_code": pl.String, "is_refused": pl.Boolean,
}  # fmt: skip
#: Goods are booked late from so many days, readings from so many minutes.
LATE_DAYS, LATE_MINUTES = 3, 10
_RANKS = 100_000
_GOLDEN = r"G[1-7]-"


@dataclass(frozen=True)
class Stain:
    """So many of 100,000 rows of a table are wrong in a column.

    ``wrong`` is the value (over the row), or ``text`` what only a text file can hold, or neither: then the
    row stands there twice. ``rule`` is the code under which the door refuses it, empty where it does not.
    """

    table: str
    column: str
    kind: str
    rule: str
    share: int
    wrong: pl.Expr | None = None
    text: str | None = None
    among: pl.Expr | None = None


_LATER = "(重复导出)"
STAINS = (
    Stain("crm__interactions", "customer_id", "broken key", "reference", 300, pl.lit("C-UNKNOWN")),
    Stain("crm__interactions", "happened_at", "impossible date", "type", 300, text="2025/02/31 10:00:00"),
    Stain("crm__interactions", "summary", "repeated key", "duplicate_key", 200, text=_LATER),
    Stain("erp__order_lines", "product_id", "broken key", "reference", 200, pl.lit("P-UNKNOWN")),
    Stain("erp__expenses", "work_order_id", "broken key", "reference", 300, pl.lit("WO-9999-99")),
    Stain(
        "erp__receipts", "quantity_accepted", "impossible value",
        "accepted_and_rejected_within_received", 200, pl.col("quantity_received") * 3,
        among=pl.col("quantity_received") > 0,
    ),
    Stain("erp__payments", "paid_amount", "text in a number", "type", 300, text="约五万元"),
    Stain("projects__stage_events", "stage_code", "unknown code", "vocabulary", 600, pl.lit("结项")),
    Stain("projects__progress_reports", "progress_pct", "text in a number", "type", 200, text="快完成了"),
    Stain("wms__picks", "quantity_requested", "missing value", "required", 100, pl.lit(None)),
    Stain("work__ratings", "stars", "impossible value", "range", 400, pl.lit(6)),
    Stain("work__material_use", "quantity_used", "impossible value", "range", 400, pl.lit(-5)),
    Stain(
        "iot__readings", "value", "impossible value", "temperature_is_possible", 100, pl.lit(-60.0),
        among=pl.col("metric_code").str.ends_with("_c"),
    ),
    Stain("iot__readings", "device_id", "duplicate", "", 200),
    Stain(
        "projects__milestones", "planned_finish_on", "code in a date", "", 5000, text="待定",
        among=pl.col("status_code") == "not_started",
    ),
)  # fmt: skip


def soiled(frames: Mapping[str, pl.DataFrame], seed: int) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """The frames with wrong values and exact repeats in them, and the ledger (``LEDGER``) of where.

    Late arrivals are told too: they come about in the world itself. At least one row of a table is soiled
    where there is one.
    """
    found, ledger = dict(frames), [*_late(frames)]
    for table in dict.fromkeys(stain.table for stain in STAINS):
        marked = _marked(table, frames[table], seed)
        for place, stain in _stains(table):
            rows = marked.filter(pl.col("_stain") == place)
            if stain.text is not None:
                continue
            if stain.wrong is None:
                start = found[table].height + 1
                found[table] = pl.concat([found[table], rows.select(frames[table].columns)])
                rows = rows.with_columns(pl.int_range(start, start + pl.len(), dtype=pl.Int64).alias("_row"))
            else:
                kind = frames[table].schema[stain.column]
                value = pl.when(marked["_stain"].eq_missing(place)).then(stain.wrong.cast(kind))
                found[table] = found[table].with_columns(
                    value.otherwise(pl.col(stain.column)).alias(stain.column)
                )
            ledger.append(_entries(stain, rows))
    return found, pl.concat([pl.DataFrame(schema=LEDGER), *ledger])


def soiled_texts(
    table: str, frame: pl.DataFrame, texts: pl.DataFrame, seed: int
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """A table as text with what only text can hold planted in it, and the ledger; ``frame``: it before."""
    ledger = [pl.DataFrame(schema=LEDGER)]
    if not any(stain.text is not None for _, stain in _stains(table)):
        return texts, ledger[0]
    marked = _marked(table, frame, seed)
    original = texts
    for place, stain in _stains(table):
        if stain.text is None:
            continue
        rows = marked.filter(pl.col("_stain") == place)
        is_wrong = marked["_stain"].eq_missing(place)
        if stain.rule == "duplicate_key":
            again = original.filter(is_wrong).with_columns(pl.col(stain.column) + stain.text)
            start = texts.height + 1
            texts = pl.concat([texts, again])
            rows = rows.with_columns(pl.int_range(start, start + pl.len(), dtype=pl.Int64).alias("_row"))
        else:
            is_wrong = is_wrong.extend_constant(False, texts.height - original.height)
            value = pl.when(is_wrong).then(pl.lit(stain.text)).otherwise(pl.col(stain.column))
            texts = texts.with_columns(value.alias(stain.column))
        ledger.append(_entries(stain, rows))
    return texts, pl.concat(ledger)


def _stains(table: str) -> Iterator[tuple[int, Stain]]:
    return ((place, stain) for place, stain in enumerate(STAINS) if stain.table == table)


def _marked(table: str, frame: pl.DataFrame, seed: int) -> pl.DataFrame:
    """The frame with the number of each row's stain, its key as text, and its row number.

    Ranks are by the key, and each stain has ranks of its own: no row is soiled twice.
    """
    keys = [pl.col(name).cast(pl.String) for name in load_contracts()[table].key]
    title = pl.concat_str(keys, separator="|")
    frame = frame.with_columns(
        title.alias("_key"), pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("_row")
    ).with_columns(
        pl.when(~pl.col("_key").str.contains(_GOLDEN)).then(pl.col("_key").hash(seed) % _RANKS).alias("_rank")
    )
    mark, low = pl.lit(None, dtype=pl.Int64), 0
    for place, stain in _stains(table):
        among = pl.lit(True) if stain.among is None else stain.among
        here = among & pl.col("_rank").is_between(low, low + stain.share, closed="left")
        low += stain.share
        # A toy world may have none: then the first row from there on.
        next_one = (
            pl.col("_rank") == pl.col("_rank").filter(among & (pl.col("_rank") >= low - stain.share)).min()
        )
        mark = (
            pl.when(here | (~here.any() & among & next_one))
            .then(pl.lit(place, dtype=pl.Int64))
            .otherwise(mark)
        )
    return frame.with_columns(mark.alias("_stain"))


def _entries(stain: Stain, rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(
        pl.lit(stain.table).alias("table"),
        pl.lit(stain.column).alias("column"),
        pl.lit(stain.kind).alias("kind"),
        pl.col("_key").alias("key"),
        pl.col("_row").alias("row_no"),
        pl.lit(stain.rule).alias("rule_code"),
        pl.lit(bool(stain.rule)).alias("is_refused"),
    )


def _late(frames: Mapping[str, pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """What came late, in the world's own course: goods booked days after, readings hours after."""
    for table, column, lateness in (
        (
            "erp__receipts",
            "recorded_on",
            (pl.col("recorded_on") - pl.col("received_on")).dt.total_days() / LATE_DAYS,
        ),
        (
            "iot__readings",
            "received_at",
            (pl.col("received_at") - pl.col("read_at")).dt.total_seconds() / 60 / LATE_MINUTES,
        ),
    ):
        keys = [pl.col(name).cast(pl.String) for name in load_contracts()[table].key]
        rows = (
            frames[table]
            .with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("_row"))
            .filter(lateness >= 1)
            .with_columns(pl.concat_str(keys, separator="|").alias("_key"))
        )
        yield _entries(Stain(table, column, "late", "", 0), rows)
