"""The passport of a figure in words: value, bound, checks, how old its sources are, what it is made of."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from cockpit.services import numbers
from cockpit.services.figures import Figure
from cockpit.services.words import code_label, say

Line = tuple[str, str]
#: Units that say nothing beside the number.
BARE_UNITS = ("count", "index", "ratio", "quantity", "code", "grade")


@dataclass(frozen=True)
class Passport:
    """What the card shows of one figure; all texts are ready to read."""

    name: str
    value: str
    formula: str
    state: str
    is_good: bool
    worth: list[Line]
    origin: list[Line]
    failed_checks: list[str]
    sources: pl.DataFrame
    columns: pl.DataFrame
    sql: str


def choices(figures: Mapping[str, Figure]) -> dict[str, str]:
    """The label of every figure by id, in the order of the names; the id tells equal names apart."""
    ordered = sorted(figures.values(), key=lambda figure: (figure.name.lower(), figure.figure_id))
    return {figure.figure_id: f"{figure.name} · {figure.figure_id}" for figure in ordered}


def passport(figure: Figure, run: Mapping[str, Any], currency: str | None, language: str) -> Passport:
    """The passport of a figure from what the night wrote (a row of `ops.figure_run`)."""
    failed = json.loads(run["failed_checks"])
    return Passport(
        name=figure.name,
        value=value_told(run["value"], figure.unit, currency, language),
        formula=figure.formula,
        state=say(f"figure_state_{run['status_code']}", language),
        is_good=run["status_code"] == "ok",
        worth=_worth(figure, run, currency, language, len(failed)),
        origin=_origin(figure, run, language),
        failed_checks=failed,
        sources=source_table(json.loads(run["sources"]), run["as_of_on"]),
        columns=column_table(json.loads(run["upstream_columns"])),
        sql=run["sql"],
    )


def value_told(value: float | None, unit: str | None, currency: str | None, language: str) -> str:
    """A figure's value in its unit."""
    if numbers.is_missing(value):
        return numbers.NO_DATA
    if unit == "share":
        return numbers.share(value)
    if unit == "currency":
        return numbers.money(value, currency, language)
    shown = numbers.count(value, language) if unit == "count" else numbers.quantity(value, language)
    if not unit or unit in BARE_UNITS:
        return shown
    return f"{shown} {code_label('figure_unit', unit.replace(' ', '_'), language)}"


def bound_told(run: Mapping[str, Any], unit: str | None, currency: str | None, language: str) -> str:
    """How far the rows in quarantine could move the figure, as a sentence."""
    waiting: dict[str, int] = json.loads(run["quarantined"])
    if run["bound_code"] == "exact":
        return say("figure_exact", language)
    low, high = (value_told(run[side], unit, currency, language) for side in ("bound_low", "bound_high"))
    key = (
        "bounded"
        if run["bound_code"] == "bounded"
        else "at_least"
        if run["bound_low"] is not None
        else "open"
    )
    rows = numbers.count(sum(waiting.values()), language)
    return say(f"figure_{key}", language, rows=rows, tables=_listed(waiting, language), low=low, high=high)


def source_table(sources: list[dict[str, Any]], as_of_on: dt.date) -> pl.DataFrame:
    """Each source with how far its data reach and how many days before the business date that is."""
    rows = []
    for source in sorted(sources, key=lambda each: (each["data_until_at"] or "", each["table"])):
        until = dt.datetime.fromisoformat(source["data_until_at"]) if source["data_until_at"] else None
        rows.append(
            {
                "table_name": source["table"].removeprefix("raw_"),
                "source_name": source.get("source"),
                "data_until_at": until,
                "age_days": max(0, (as_of_on - until.date()).days) if until else None,
            }
        )
    schema = {
        "table_name": pl.String,
        "source_name": pl.String,
        "data_until_at": pl.Datetime("us"),
        "age_days": pl.Int64,
    }
    return pl.DataFrame(rows, schema=schema)


def column_table(upstream: Mapping[str, list[str]]) -> pl.DataFrame:
    """The raw columns behind the figure, a row a table."""
    rows = [(table.removeprefix("raw_"), ", ".join(names)) for table, names in sorted(upstream.items())]
    return pl.DataFrame(rows, schema={"table_name": pl.String, "columns": pl.String}, orient="row")


def rows_table(rows: list[dict[str, Any]]) -> pl.DataFrame:
    """The rows behind a figure as a frame; decimals become floats, as everywhere in the cockpit."""
    return pl.DataFrame(rows, infer_schema_length=None).with_columns(pl.selectors.decimal().cast(pl.Float64))


def _worth(
    figure: Figure, run: Mapping[str, Any], currency: str | None, language: str, failed: int
) -> list[Line]:
    shown = numbers.count(run["n"], language)
    # A figure that is no aggregate has a value a row of its mart.
    each = say("figure_one_each", language) if run["value"] is None and run["n"] else ""
    lines = [
        (say("figure_n", language), f"{shown} · {each}" if each else shown),
        (say("figure_bound", language), bound_told(run, figure.unit, currency, language)),
        (
            say("figure_checks", language),
            say("figure_checked", language, passed=run["checks_passed"], failed=failed),
        ),
    ]
    if figure.target is not None:
        target = value_told(figure.target, figure.unit, currency, language)
        lines.insert(0, (say("figure_target", language), target))
    if run["message"]:
        lines.append((say("col_message", language), run["message"]))
    return lines


def _origin(figure: Figure, run: Mapping[str, Any], language: str) -> list[Line]:
    version = say("figure_since", language, version=run["version"], since=numbers.date(figure.since_on))
    own = json.loads(run["own_defaults"])
    lines = [
        (say("figure_version", language), version),
        (say("figure_owner", language), code_label("figure_owner", figure.owner, language)),
        (say("figure_model", language), f"{figure.model}.{figure.column}"),
        (say("figure_publication", language), run["publication_name"]),
        (say("col_as_of_on", language), numbers.date(run["as_of_on"])),
        (say("col_run_id", language), run["run_id"]),
    ]
    if own:
        told = [f"{name} = {value:g}" for name, value in own.items()]
        lines.insert(1, (say("figure_own", language), _comma(language).join(told)))
    return lines


def _listed(waiting: Mapping[str, int], language: str) -> str:
    return _comma(language).join(f"{table} {rows}" for table, rows in waiting.items())


def _comma(language: str) -> str:
    return "、" if language == "zh" else ", "
