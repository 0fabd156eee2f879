"""Satisfaction of a month: ratings with their response rate, acceptance, complaints, and whom it concerns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

from lake.labels import code_label
from lake.text import text
from reports.profit import Language
from reports.report import Cell, Column, Report, Table

KIND = "satisfaction"
CUSTOMERS_SHOWN = 20
_COUNTS = (
    "finished_order_count",
    "rated_order_count",
    "rating_count",
    "star_count",
    "satisfied_count",
    "complaint_count",
    "first_inspection_count",
    "first_passed_count",
)
_MONTHS = f"""
select region_code, {", ".join(f"sum({name})::bigint" for name in _COUNTS)}
from marts.mart_service_month
where period_on = ?
group by region_code
order by region_code
"""
_TREND = f"""
select strftime(period_on, '%Y-%m'), {", ".join(f"sum({name})::bigint" for name in _COUNTS)}
from marts.mart_service_month
where period_on <= $1 and period_on > $1 - interval 12 month
group by period_on
order by period_on
"""
_CAUSES = """
select member_code, complaint_count, cumulative_complaint_share
from marts.mart_service_group
where dimension_code = 'cause' and complaint_count > 0
order by complaint_count desc, member_code
"""
_CUSTOMERS = """
select coalesce(portrait.customer_name, health.customer_id), health.health_score, portrait.mean_rating,
    portrait.complaint_count
from marts.mart_customer_health as health
inner join marts.mart_customer_portrait as portrait using (customer_id)
where health.health_score is not null
order by health.health_score, health.customer_id
limit ?
"""


def due(con: duckdb.DuckDBPyConnection) -> list[dt.date]:
    """The newest month that has ended and has work done in it."""
    found = con.execute(
        "select max(period_on) from marts.mart_service_month"
        " where is_whole_month and finished_order_count > 0"
    ).fetchone()
    return [found[0]] if found and found[0] else []


def satisfaction_report(
    con: duckdb.DuckDBPyConnection, month_on: dt.date, language: Language, about: Mapping[str, str]
) -> Report | None:
    """The report of the month that begins on `month_on`; None when no work ended in it.

    con reads a published state. Counts are the marts' own; ratios are of sums, never means of ratios.
    """
    rows = [
        (code_label("region", region, language), *counts)
        for region, *counts in con.execute(_MONTHS, [month_on]).fetchall()
    ]
    if not rows or not sum(row[1] for row in rows):
        return None

    def say(key: str, **values: object) -> str:
        return text(f"reports.{key}", language, **values)

    label = f"{month_on:%Y-%m}"
    causes = con.execute(_CAUSES).fetchall()
    tables = [
        _ratios(say("satisfaction_by_region"), say("region_code"), rows, say, has_total=True),
        _ratios(say("satisfaction_trend"), say("month_on"), con.execute(_TREND, [month_on]).fetchall(), say),
        Table(
            title=say("complaint_causes"),
            columns=[
                Column(say("cause")),
                Column(say("complaints"), "count"),
                Column(say("cumulative"), "share"),
            ],
            rows=[[code_label("cause", code, language), *rest] for code, *rest in causes],
        ),
        Table(
            title=say("weakest_customers", count=CUSTOMERS_SHOWN),
            columns=[
                Column(say("customer")),
                Column(say("health"), "number"),
                Column(say("stars"), "number"),
                Column(say("complaints"), "count"),
            ],
            rows=con.execute(_CUSTOMERS, [CUSTOMERS_SHOWN]).fetchall(),
        ),
    ]
    return Report(
        name=f"{KIND}-{label}",
        language=language,
        title=say("satisfaction_title", period=label, company=about["company"]),
        lines=[say("about_plain", as_of=about["as_of"], publication=about["publication"])],
        tables=[table for table in tables if table.rows],
    )


def _ratios(
    title: str, heading: str, rows: Sequence[Sequence[Any]], say: Any, *, has_total: bool = False
) -> Table:
    whole = [say("total"), *(sum(column) for column in zip(*(row[1:] for row in rows), strict=True))]
    return Table(
        title=title,
        columns=[
            Column(heading),
            Column(say("finished_orders"), "count"),
            Column(say("response"), "share"),
            Column(say("ratings"), "count"),
            Column(say("stars"), "number"),
            Column(say("csat"), "share"),
            Column(say("complaints"), "count"),
            Column(say("complaints_per_100"), "number"),
            Column(say("first_pass"), "share"),
        ],
        rows=[_line(row) for row in rows],
        total=_line(whole) if has_total else None,
    )


def _line(row: Sequence[Any]) -> list[Cell]:
    name, finished, rated, ratings, stars, satisfied, complaints, inspected, passed = row

    def share(part: int, whole: int, times: int = 1) -> float | None:
        return times * part / whole if whole else None

    return [
        str(name),
        finished,
        share(rated, finished),
        ratings,
        share(stars, ratings),
        share(satisfied, ratings),
        complaints,
        share(complaints, finished, 100),
        share(passed, inspected),
    ]
