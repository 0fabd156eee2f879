"""The register as a publication holds it (`ops.figure`), read back into objects."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import duckdb

from lake.figures.model import Counting, Evidence, Figure, FigureVersion
from lake.text import text


class FigureError(ValueError):
    """A figure or a filter that is not registered; the message names what is."""


def read_figures(con: duckdb.DuckDBPyConnection) -> dict[str, Figure]:
    """All figures of the publication that `con` has open, by id."""
    answer = con.execute("from ops.figure order by figure_id")
    names = [column[0] for column in answer.description or []]
    rows = (dict(zip(names, row, strict=True)) for row in answer.fetchall())
    return {row["figure_id"]: figure_of(row) for row in rows}


def find_figure(figures: Mapping[str, Figure], figure_id: str, language: str | None = None) -> Figure:
    """The figure of that id; FigureError with the nearest ids otherwise."""
    if figure_id in figures:
        return figures[figure_id]
    near = difflib.get_close_matches(figure_id, figures, 5, 0.4) or sorted(figures)[:5]
    raise FigureError(text("lake.unknown_figure", language, figure=figure_id, known=", ".join(near)))


def figure_of(row: Mapping[str, Any]) -> Figure:
    """A row of `ops.figure` as an object; a publication from before a column existed has it not."""
    return Figure(
        figure_id=row["figure_id"],
        name={"zh": row["name_zh"], "en": row["name_en"]},
        formula={"zh": row["formula_zh"], "en": row["formula_en"]},
        unit=row["unit"],
        grain=row["grain"],
        owner=row["owner"],
        direction=row["direction_code"],
        target=row["target_value"],
        version=row["version"],
        since_on=row["since_on"],
        model=row["model_name"],
        column=row["column_name"],
        of=_counting(row),
        defaults=tuple(_json(row.get("defaults")) or ()),
        versions=tuple(_version(each) for each in _json(row.get("versions")) or ()),
    )


def _counting(row: Mapping[str, Any]) -> Counting | None:
    if not row.get("from_table"):
        return None
    evidence, scale = _json(row["evidence"]), _json(row["scale"])
    return Counting(
        table=row["from_table"],
        where=row["where_sql"] or "",
        value=row["value_sql"],
        kind=row["kind_code"],
        key=row["key_column"],
        filters=_json(row["filters"]) or {},
        grain=_json(row["grain_columns"]) or {},
        scale=(float(scale[0]), float(scale[1])) if scale else None,
        evidence=Evidence(evidence["from"], evidence["on"], evidence["key"]) if evidence else None,
    )


def _version(content: Mapping[str, Any]) -> FigureVersion:
    return FigureVersion(
        content["version"], date.fromisoformat(content["since"]), content["formula"], content.get("why") or {}
    )


def _json(value: str | None) -> Any:
    return json.loads(value) if value else None
