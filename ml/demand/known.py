"""Demand that is known of beyond history: what contracts commit to, and the deals that may be won."""

from datetime import date

import numpy as np
import polars as pl

from ml.frames import with_schema

#: One row a commitment or deal: its month, quantity, and probability (1 for a signed contract).
KNOWN_SCHEMA: dict[str, type[pl.DataType]] = {
    "product_id": pl.String,
    "period_on": pl.Date,
    "quantity": pl.Float64,
    "probability_share": pl.Float64,
}
_QUANTITIES = {"quantity_p10": 0.1, "quantity_p50": 0.5, "quantity_p80": 0.8, "quantity_p90": 0.9}
_DRAWS = 2000


def with_known_demand(forecasts: pl.DataFrame, known: pl.DataFrame, seed: int = 0) -> pl.DataFrame:
    """The forecasts with commitments and deals counted in; rows without any stay as they were.

    A month can't need less than is committed. Deals no greater than the month's P90 are what history is made
    of and are counted in it already; greater ones come on top, each with its probability (drawn with a fixed
    seed). Rows that changed end their method_code in `_known`.
    """
    rows = with_schema(known, KNOWN_SCHEMA, "known").filter(pl.col("quantity") > 0)
    by_key: dict[tuple[str, date], list[tuple[float, float]]] = {}
    for product, month, quantity, share in rows.sort(list(KNOWN_SCHEMA)).iter_rows():
        if product is not None and month is not None and share is not None:
            by_key.setdefault((product, month.replace(day=1)), []).append(
                (quantity, min(max(share, 0.0), 1.0))
            )
    if not by_key:
        return forecasts
    changed = [_counted_in(row, by_key, seed) for row in forecasts.iter_rows(named=True)]
    return pl.DataFrame(changed, schema=forecasts.schema)


def _counted_in(
    row: dict[str, object], by_key: dict[tuple[str, date], list[tuple[float, float]]], seed: int
) -> dict[str, object]:
    deals = by_key.get((row["product_id"], row["period_on"]))
    if not deals or row["quantity_p50"] is None:
        return row
    usual = np.array([float(row[name]) for name in _QUANTITIES])
    committed = sum(quantity for quantity, share in deals if share >= 1)
    large = [(quantity, share) for quantity, share in deals if share < 1 and quantity > usual[-1]]
    if committed <= usual[0] and not large:
        return row
    rng = np.random.default_rng(seed)
    levels = list(_QUANTITIES.values())
    drawn = np.maximum(
        np.interp(rng.random(_DRAWS), [0.0, *levels, 1.0], [usual[0], *usual, usual[-1]]), committed
    )
    for quantity, share in large:
        drawn += quantity * (rng.random(_DRAWS) < share)
    found = np.maximum(np.quantile(drawn, levels), np.maximum(usual, committed))
    counted = dict(zip(_QUANTITIES, found.round(3).tolist(), strict=True))
    return {**row, **counted, "method_code": f"{row['method_code']}_known"}
