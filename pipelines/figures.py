"""The register of figures, read from the `meta.figure` blocks of the marts' columns."""

from collections.abc import Mapping
from datetime import date
from typing import Any


def figure_rows(manifest: Mapping[str, Any]) -> list[dict[str, object]]:
    """One row of `ops.figure` per registered figure, by figure id."""
    rows = [
        _row(node["name"], column["name"], figure)
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
        for column in node["columns"].values()
        if (figure := _figure(column)) is not None
    ]
    return sorted(rows, key=lambda row: str(row["figure_id"]))


def _figure(column: Mapping[str, Any]) -> Mapping[str, Any] | None:
    meta = column.get("config", {}).get("meta") or column.get("meta") or {}
    return meta.get("figure")


def _row(model: str, column: str, figure: Mapping[str, Any]) -> dict[str, object]:
    target = figure.get("target")
    since = figure["since"]
    return {
        "figure_id": figure.get("id", f"{model}.{column}"),
        "name_zh": figure["name"]["zh"],
        "name_en": figure["name"]["en"],
        "formula_zh": figure["formula"]["zh"],
        "formula_en": figure["formula"]["en"],
        "unit": figure["unit"],
        "grain": figure["grain"],
        "owner": figure["owner"],
        "direction_code": figure["direction"],
        "target_value": None if target is None else float(target),
        "version": int(figure["version"]),
        "since_on": since if isinstance(since, date) else date.fromisoformat(str(since)),
        "model_name": model,
        "column_name": column,
    }
