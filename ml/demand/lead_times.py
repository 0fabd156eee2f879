"""How long a product takes to come: by its receipts, else its master record, else as goods usually do."""

import numpy as np
import polars as pl

from ml.frames import with_schema

#: Columns of `fct_receipt_line`, one row a receipt.
RECEIPT_SCHEMA: dict[str, type[pl.DataType]] = {
    "receipt_id": pl.String,
    "product_id": pl.String,
    "lead_time_days": pl.Float64,
}
#: Columns of `dim_product`: what the master record says of the lead time.
PRODUCT_SCHEMA: dict[str, type[pl.DataType]] = {"product_id": pl.String, "lead_time_days": pl.Float64}

#: One row a product. `days`: equally likely lead times, rising; empty where nothing is known.
LEAD_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "product_id": pl.String,
    "lead_time_days": pl.Float64,
    "lead_time_deviation_days": pl.Float64,
    "lead_time_p90_days": pl.Float64,
    "lead_time_count": pl.Int64,
    "lead_time_source_code": pl.String,
    "days": pl.List(pl.Float64),
}
#: Where a lead time comes from: the product's own receipts, its master record, all receipts, or nowhere.
SOURCES = ("receipts", "product", "company", "none")
#: As many lead times stand for all of a product's receipts: enough for its 95% quantile.
_POINTS = 20


def lead_times(receipts: pl.DataFrame, products: pl.DataFrame) -> pl.DataFrame:
    """LEAD_SCHEMA by product_id, a row a product of either frame.

    receipts: RECEIPT_SCHEMA; one without a lead time says nothing. products: PRODUCT_SCHEMA. One receipt or
    a master record tells no spread. Negative lead times are no lead times. Raises MissingColumnsError.
    """
    known = (
        with_schema(receipts, RECEIPT_SCHEMA, "receipts")
        .filter(pl.col("lead_time_days") >= 0)
        .sort("receipt_id")
    )
    told = with_schema(products, PRODUCT_SCHEMA, "products").unique("product_id", keep="any")
    usual = np.sort(known["lead_time_days"].to_numpy())
    received = (
        known.drop_nulls("product_id").group_by("product_id", maintain_order=True).agg("lead_time_days")
    )
    by_product = {product: np.sort(np.array(days)) for product, days in received.iter_rows()}
    master = dict(told.drop_nulls("product_id").iter_rows())
    rows = [
        _row(product, by_product.get(product), master.get(product), usual)
        for product in sorted({*by_product, *master})
    ]
    return pl.DataFrame(rows, schema=LEAD_SCHEMA, orient="row")


def _row(product: str, days: np.ndarray | None, told: float | None, usual: np.ndarray) -> tuple[object, ...]:
    if days is not None:
        source, count = "receipts", len(days)
    elif told is not None and told >= 0:
        days, source, count = np.array([told]), "product", 0
    elif len(usual):
        days, source, count = usual, "company", 0
    else:
        return product, None, None, None, 0, "none", []
    deviation = float(days.std(ddof=1)) if len(days) > 1 else 0.0
    ninth = float(np.quantile(days, 0.9))
    points = np.quantile(days, (np.arange(_POINTS) + 0.5) / _POINTS) if np.ptp(days) else days[:1]
    return (
        product,
        round(float(days.mean()), 3),
        round(deviation, 3),
        round(ninth, 3),
        count,
        source,
        points.round(3).tolist(),
    )
