"""Nights that read what earlier ones told: the steps on tables in memory, the archive kept between."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import duckdb
import polars as pl

from pipelines.defs.forecasts import STEPS, _made
from pipelines.publishing import _keep_history

PRODUCTS = ("P", "Q", "R")


class ArchiveNights:
    """A lake's archive and list of publications beside a build's tables; `night` runs steps and publishes."""

    def __init__(self) -> None:
        self.con = duckdb.connect()
        self.con.execute(
            "attach ':memory:' as lake; create schema lake.history; create schema lake.ops;"
            " create schema marts; create schema ml"
        )
        self.con.execute(
            "create table lake.ops.publication (name varchar, as_of_on date, published_at timestamp)"
        )

    def publish(self, name: str, as_of_on: dt.date) -> None:
        """List a publication, made in the small hours after its business date."""
        at = dt.datetime.combine(as_of_on, dt.time(3)) + dt.timedelta(days=1)
        self.con.execute("insert into lake.ops.publication values (?, ?, ?)", [name, as_of_on, at])

    def keep(self, table: str, rows: pl.DataFrame) -> None:
        """Add rows to an archive."""
        _keep_history(self.con, table, rows.to_arrow())

    def step(self, table: str, as_of_on: dt.date) -> pl.DataFrame:
        """What a step makes on a night; it stands in the build, not yet in the archive."""
        [step] = [each for each in STEPS if each.table == table]
        night = SimpleNamespace(con=self.con, run=SimpleNamespace(run_id="r", as_of_on=as_of_on))
        rows = _made(step, night, self.con, f"night-{as_of_on}")
        self.con.register("made", rows.to_arrow())
        self.con.execute(f"create or replace table ml.{table} as from made")
        self.con.unregister("made")
        return rows

    def night(self, table: str, as_of_on: dt.date) -> pl.DataFrame:
        """A whole night: the step, and what is new of it into the archive under the night's name."""
        rows = self.step(table, as_of_on)
        self.publish(f"night-{as_of_on}", as_of_on)
        self.keep(table, rows.filter(pl.col("publication_name") == f"night-{as_of_on}"))
        return rows


def sold_months(nights: ArchiveNights, first: dt.date, last: dt.date) -> None:
    """Order lines of three products each month, and no word of anybody against a forecast."""
    days = pl.date_range(first, last, "1mo", eager=True)
    lines = pl.DataFrame(
        [
            (product, "C", day, "sale", 10.0 * (place + 1) + day.month, False)
            for day in days
            for place, product in enumerate(PRODUCTS)
        ],
        schema=["product_id", "customer_id", "ordered_on", "kind_code", "quantity", "is_cancelled"],
        orient="row",
    )
    nights.con.register("lines", lines.to_arrow())
    nights.con.execute("create table marts.fct_order_line as from lines")
    nights.con.execute("create table marts.dim_customer as select 'C' as customer_id, 'east' as region_code")
    nights.con.execute(
        "create table marts.fct_action_event (action_id varchar, sequence_no bigint, kind_code varchar,"
        " subject_type_code varchar, subject_id varchar, payload varchar, reason_code varchar,"
        " done_by varchar, done_at timestamp, undoes_action_id varchar)"
    )


def forecast_demand(nights: ArchiveNights, as_of_on: dt.date, months: int = 6) -> None:
    """Archive a night's forecast of the coming months; every night says something else."""
    first = as_of_on.replace(day=1)
    coming = pl.date_range(first, first + dt.timedelta(days=31 * months), "1mo", eager=True)
    rows = [
        {
            "product_id": product,
            "period_on": period,
            "horizon_months": place,
            "as_of_on": as_of_on,
            "quantity_naive": 9.0 + as_of_on.day,
            "quantity_p10": 5.0 + period.month / 7,
            "quantity_p50": 10.0 + as_of_on.day / 3 + period.month,
            "quantity_p80": 25.0 + period.month,
            "quantity_p90": 30.0 + period.month,
            "publication_name": f"night-{as_of_on}",
        }
        for product in PRODUCTS
        for place, period in enumerate(coming, 1)
    ]
    nights.keep("ml_demand_forecast", pl.DataFrame(rows))
