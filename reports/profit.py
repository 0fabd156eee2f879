"""Profit and loss of a closed month or quarter, with what a restatement changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal

import duckdb

from lake.labels import code_label
from lake.text import text
from reports.report import Cell, Column, Report, Table

Language = Literal["zh", "en"]
LINES = ("revenue", "material", "labour", "subcontract", "freight", "overhead", "cost", "gross_margin")
KIND = "profit"

_VERSIONS = """
select * from marts.mart_profit_restatement
where period_code = $period and period_on = $on
order by version_no desc
"""
_DUE = """
with newest as (
    select period_code, period_on, period_end_on, max(version_no) as version_no, max(seen_on) as seen_on
    from marts.mart_profit_restatement
    group by period_code, period_on, period_end_on
)
select period_code, period_on, version_no
from newest
where
    seen_on = $as_of and version_no > 1
    or period_end_on = (
        select max(other.period_end_on) from newest as other where other.period_code = newest.period_code
    )
order by period_code, period_on
"""


def due(con: duckdb.DuckDBPyConnection, as_of_on: dt.date) -> list[tuple[str, dt.date, int]]:
    """What a night reports: the newest closed month and quarter, and whatever was restated on its day."""
    return con.execute(_DUE, {"as_of": as_of_on}).fetchall()


def profit_report(
    con: duckdb.DuckDBPyConnection,
    period: str,
    period_on: dt.date,
    language: Language,
    about: Mapping[str, str],
) -> Report | None:
    """The report of the closed `period` (month, quarter) from `period_on` on; None when it is not closed.

    con reads a published state. about: company, publication and as_of, told under the title. Every amount is
    the newest version's own; the parts by region and segment are those of the mart of this state.
    """
    versions = _rows(con, _VERSIONS, {"period": period, "on": period_on})
    if not versions:
        return None
    newest, label = versions[0], _label(period, period_on)

    def say(key: str, **values: object) -> str:
        return text(f"reports.{key}", language, **values)

    currency = newest["currency_code"] or ""
    tables = [_whole(newest, say, currency), *_parts(con, period, period_on, language, say)]
    if newest["is_restated"]:
        tables.insert(1, _difference(newest, say))
    if len(versions) > 1:
        tables.append(_history(versions, say))
    return Report(
        name=f"{KIND}-{label}-v{newest['version_no']}",
        language=language,
        title=say(f"profit_title_{period}", period=label, company=about["company"]),
        lines=[say("about", as_of=about["as_of"], publication=about["publication"], currency=currency)],
        tables=tables,
        warnings=[say("restated", version=newest["version_no"], on=newest["seen_on"])]
        if newest["is_restated"]
        else [],
    )


def _whole(newest: Mapping[str, Any], say: Any, currency: str) -> Table:
    revenue = newest["revenue_amount"]

    def share(amount: Decimal | None) -> Cell:
        return amount / revenue if amount is not None and revenue else None

    return Table(
        title=say("profit_whole"),
        columns=[
            Column(say("line")),
            Column(say("amount", currency=currency), "amount"),
            Column(say("of_revenue"), "share"),
        ],
        rows=[
            [say(f"line_{line}"), newest[f"{line}_amount"], share(newest[f"{line}_amount"])] for line in LINES
        ],
        note=say("unknown_amounts", count=newest["unknown_count"]) if newest["unknown_count"] else "",
    )


def _difference(newest: Mapping[str, Any], say: Any) -> Table:
    return Table(
        title=say("profit_difference"),
        columns=[
            Column(say("line")),
            Column(say("before"), "amount"),
            Column(say("now"), "amount"),
            Column(say("difference"), "amount"),
        ],
        rows=[
            [
                say(f"line_{line}"),
                newest[f"earlier_{line}_amount"],
                newest[f"{line}_amount"],
                newest[f"{line}_difference_amount"],
            ]
            for line in LINES
        ],
    )


def _parts(
    con: duckdb.DuckDBPyConnection, period: str, period_on: dt.date, language: Language, say: Any
) -> Iterable[Table]:
    """The period by region and by segment, and of a quarter by its months too."""
    by = ["region_code", "segment_code", *(["month_on"] if period == "quarter" else [])]
    for column in by:
        source = "mart_profit_month" if period == "month" or column == "month_on" else "mart_profit_quarter"
        where = "quarter_on" if period == "quarter" else "month_on"
        sums = ", ".join(
            f"case when count(*) = count({line}_amount) then sum({line}_amount) end" for line in LINES
        )
        rows = con.execute(
            f"select {column}, {sums} from marts.{source} where {where} = ?"
            f" group by {column} order by {column}",
            [period_on],
        ).fetchall()
        yield Table(
            title=say(f"profit_by_{column}"),
            columns=[Column(say(column)), *(Column(say(f"line_{line}"), "amount") for line in LINES)],
            rows=[[_member(column, row[0], language), *row[1:]] for row in rows],
            total=[say("total"), *_totals([row[1:] for row in rows])],
        )


def _member(column: str, value: Any, language: Language) -> str:
    return (
        f"{value:%Y-%m}"
        if column == "month_on"
        else code_label(column.removesuffix("_code"), value, language)
    )


def _totals(rows: Sequence[Sequence[Cell]]) -> list[Cell]:
    """Sums column by column; one that is not known leaves the sum unknown."""
    columns = zip(*rows, strict=True)
    return [None if any(value is None for value in column) else sum(column) for column in columns]


def _history(versions: Sequence[Mapping[str, Any]], say: Any) -> Table:
    return Table(
        title=say("profit_versions"),
        columns=[
            Column(say("version"), "count"),
            Column(say("seen_on"), "date"),
            Column(say("line_revenue"), "amount"),
            Column(say("line_cost"), "amount"),
            Column(say("line_gross_margin"), "amount"),
        ],
        rows=[
            [
                row["version_no"],
                row["seen_on"],
                row["revenue_amount"],
                row["cost_amount"],
                row["gross_margin_amount"],
            ]
            for row in versions
        ],
    )


def _label(period: str, period_on: dt.date) -> str:
    return f"{period_on:%Y-%m}" if period == "month" else f"{period_on.year}-Q{(period_on.month + 2) // 3}"


def _rows(con: duckdb.DuckDBPyConnection, sql: str, values: Mapping[str, object]) -> list[dict[str, Any]]:
    cursor = con.execute(sql, values)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
