"""Row numbers for rows that were read in file order with some refused in between."""

from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

#: Rows a bucket: small enough that a bucket rarely holds more than a few refused rows.
BUCKET = 64


@dataclass(frozen=True)
class Numbered:
    """SQL that gives the row number of each row of a table."""

    relation: str
    expression: str


def number_rows(
    con: duckdb.DuckDBPyConnection, table: str, refused: list[int], *, position: str = "rowid"
) -> Numbered:
    """How to number the rows of `table`, filled in file order without the `refused` numbers.

    `position` is its column with 0-based positions.
    Kept row k (0-based) has number k + 1 + (refused rows before it). The refused are looked up by bucket of
    kept rows, which is a hash join with a small side instead of a sort of the whole table.
    """
    if not refused:
        return Numbered(table, f"{table}.{position} + 1")
    # Refused row j (0-based, number r) has r - 1 - j kept rows before it: those from there on shift by one
    # more.
    starts = np.asarray(refused, dtype=np.int64) - 1 - np.arange(len(refused), dtype=np.int64)
    count = con.execute(f"select count(*) from {table}").fetchone()[0]  # type: ignore[index]
    edges = np.arange(0, count // BUCKET + 1, dtype=np.int64) * BUCKET
    before = np.searchsorted(starts, edges, side="right")
    offsets = np.append(before, len(starts)).astype(np.int32)
    inside = pa.ListArray.from_arrays(pa.array(offsets), pa.array(starts))
    shifts = f"{table}_shifts"
    con.register("shift_frame", pa.table({"_bucket": edges // BUCKET, "_before": before, "_starts": inside}))
    con.execute(f"create or replace temp table {shifts} as select * from shift_frame")
    con.unregister("shift_frame")
    at = f"{table}.{position}"
    expression = f"{at} + 1 + _before + len(list_filter(_starts, lambda start: start <= {at}))"
    return Numbered(f"{table} join {shifts} on {at} // {BUCKET} = _bucket", expression)
