"""The made-up company's customers as churn and value read them, without a night in between.

`python -m tests.support.churn --scale 0.3 7 11` says of some companies whether the model of churn ships.
"""

import argparse
import datetime as dt
import sys
from collections.abc import Mapping

import polars as pl

from ml.churn.backtest import backtest
from ml.churn.frames import ChurnFrames
from ml.churn.gate import verdict
from sandbox.company import generate


def sandbox_frames(seed: int, scale: float, until: dt.date) -> ChurnFrames:
    """The facts of the made-up company on `until`; orders it has cancelled are none."""
    return frames_of(generate(seed, scale, until))


def frames_of(tables: Mapping[str, pl.DataFrame]) -> ChurnFrames:
    """Raw tables in the shape of the facts that are made of them."""
    orders = tables["erp__orders"].select(
        "order_id",
        "customer_id",
        ordered_on=pl.col("ordered_at").cast(pl.Date),
        is_cancelled=pl.col("status_code") == "cancelled",
    )
    lines = (
        tables["erp__order_lines"]
        .join(orders, on="order_id")
        .with_columns(line_reporting_amount=pl.col("line_amount"))
    )
    sales = lines.filter(pl.col("kind_code") == "sale", ~pl.col("is_cancelled"))
    signed = tables["crm__contracts"].filter(pl.col("status_code").is_in(["signed", "closed"]))
    activity = pl.concat(
        [
            sales.group_by("customer_id", active_on="ordered_on").agg(
                order_count=pl.col("order_id").n_unique().cast(pl.Int64)
            ),
            signed.drop_nulls("signed_on")
            .group_by("customer_id", active_on="signed_on")
            .agg(order_count=pl.lit(0, pl.Int64)),
        ]
    )
    activity = activity.group_by("customer_id", "active_on").agg(pl.col("order_count").sum())
    projects = tables["projects__projects"].with_columns(
        is_open=pl.col("finished_on").is_null() & (pl.col("status_code") != "cancelled"),
        initiated_on=pl.coalesce("initiated_on", "planned_start_on"),
    )
    return ChurnFrames(
        activity=activity,
        projects=projects,
        lines=lines,
        ratings=tables["work__ratings"].with_columns(rated_on=pl.col("rated_at").cast(pl.Date)),
        complaints=tables["work__complaints"].with_columns(
            received_on=pl.col("received_at").cast(pl.Date), is_counted=pl.lit(True)
        ),
        invoices=tables["erp__invoices"],
        payments=tables["erp__payments"],
        interactions=tables["crm__interactions"].with_columns(
            happened_on=pl.col("happened_at").cast(pl.Date), is_human=~pl.col("is_automatic")
        ),
    )


def main() -> None:
    """Print the gate of churn for made-up companies: each check with what was found and needed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=0.3)
    parser.add_argument("--until", type=dt.date.fromisoformat, default=dt.date(2026, 6, 30))
    parser.add_argument("seeds", type=int, nargs="*", default=[7])
    asked = parser.parse_args()
    for seed in asked.seeds:
        result = backtest(sandbox_frames(seed, asked.scale, asked.until), asked.until)
        found = verdict(result)
        checks = ", ".join(f"{code} {value} / {needed}" for code, value, needed, _ in found.reasons)
        sys.stdout.write(f"seed {seed}: {'ships' if found.ships else 'does not ship'}; {checks}\n")


if __name__ == "__main__":
    main()
