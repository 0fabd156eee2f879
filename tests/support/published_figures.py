"""Figures, their passports and the models that hold them, of the small published lake."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable

from tests.support.published_partners import AS_OF, mart_models


def figures() -> Iterable[dict[str, object]]:
    """All figures that the marts register, as the night publishes them."""
    for model in mart_models():
        for column in model["columns"]:
            figure = column.get("config", {}).get("meta", {}).get("figure")
            if figure:
                yield {
                    "figure_id": figure["id"],
                    "name_zh": figure["name"]["zh"],
                    "name_en": figure["name"]["en"],
                    "formula_zh": figure["formula"]["zh"],
                    "formula_en": figure["formula"]["en"],
                    "unit": figure["unit"],
                    "grain": figure["grain"],
                    "owner": figure["owner"],
                    "direction_code": figure["direction"],
                    "target_value": figure["target"],
                    "version": figure["version"],
                    "since_on": figure["since"],
                    "model_name": model["name"],
                    "column_name": column["name"],
                }


def figure_runs(
    publication: str, failed: bool, night: dt.datetime, run_id: str
) -> Iterable[dict[str, object]]:
    """The passports of all figures; those of milestones are in doubt when the check of milestones failed."""
    for model in mart_models():
        for column in model["columns"]:
            figure = column.get("config", {}).get("meta", {}).get("figure")
            if not figure:
                continue
            of = figure.get("of")
            of_milestones = "milestone" in figure["id"]
            of_purchases = bool(of) and of["from"] == "fct_purchase_line"
            is_share = bool(of) and of["kind"] == "share"
            value = (0.9 if is_share else 1_284.0) if of else None
            bounded = of_purchases and is_share
            yield {
                "figure_id": figure["id"],
                "version": figure["version"],
                "publication_name": publication,
                "run_id": run_id,
                "as_of_on": AS_OF,
                "value": value,
                "n": 1_000 if of else 36,
                "status_code": "doubtful" if failed and of_milestones else "ok",
                "message": "",
                "sql": f"select {of['value']} as value from marts.{of['from']}" if of else column["name"],
                "model_name": model["name"],
                "upstream_columns": json.dumps(
                    {
                        "raw_erp__purchase_lines": ["line_id", "ordered_quantity", "promised_on"],
                        "raw_erp__receipts": ["accepted_quantity", "received_on"],
                    }
                    if of_purchases
                    else {"raw_projects__milestones": ["finished_on", "planned_finish_on"]}
                ),
                "sources": json.dumps(_sources(of_purchases, night)),
                "checks_passed": 41,
                "checks_failed": int(failed and of_milestones),
                "failed_checks": json.dumps(
                    ["fct_milestone: finish_after_start"] if failed and of_milestones else []
                ),
                "rows_quarantined": 3 if of_purchases else 0,
                "quarantined": json.dumps({"erp__purchase_lines": 3} if of_purchases else {}),
                "waiting": json.dumps([3 if of_purchases else 0, 0, 0, None]),
                "bound_code": "bounded" if bounded else "unbounded" if of_purchases else "exact",
                "bound_low": 900 / 1003 if bounded else None if of_purchases else value,
                "bound_high": 903 / 1003 if bounded else None if of_purchases else value,
                "own_defaults": "{}",
            }


def _sources(of_purchases: bool, night: dt.datetime) -> list[dict[str, object]]:
    names = ("erp__purchase_lines", "erp__receipts") if of_purchases else ("projects__milestones",)
    return [
        {
            "table": f"raw_{name}",
            "source": "files",
            "data_until_at": f"2025-09-{30 - 3 * age}T00:00:00",
            "loaded_at": night.isoformat(),
        }
        for age, name in enumerate(names)
    ]


def models() -> Iterable[dict[str, object]]:
    """The models that hold figures, each with some SQL."""
    for model in mart_models():
        if any("figure" in (column.get("config", {}).get("meta") or {}) for column in model["columns"]):
            names = ",\n    ".join(column["name"] for column in model["columns"])
            yield {
                "model_name": model["name"],
                "schema_name": "marts",
                "description": model.get("description", ""),
                "compiled_sql": f"select\n    {names}\nfrom int_source",
                "reads": "[]",
            }
