"""The naming grammar of tables, models, assets and columns, as functions that list what breaks it."""

import re
from collections.abc import Iterable

RAW_TABLES = {
    "crm": "customers contacts tags leads opportunities interactions emails quotes contracts",
    "erp": "products orders order_lines suppliers purchase_orders purchase_lines receipts supplier_prices"
    " inventory stock_movements reservations budgets expenses invoices payments acceptances",
    "projects": "projects stage_events milestones milestone_links baselines date_changes progress_reports"
    " crews",
    "mes": "production_orders",
    "wms": "warehouses picks shipments",
    "work": "work_orders engineers inspections ratings complaints material_use photos",
    "iot": "devices readings events",
    "actions": "events",
    "ref": "people region_managers compensation_policy sites engineer_skills shifts work_calendar"
    " school_terms exchange_rates freight_tariffs product_substitutes",
}
CONTRACTS = frozenset(
    f"{source}__{table}" for source, tables in RAW_TABLES.items() for table in tables.split()
)

_WORDS = r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*"
_SOURCE = f"(?:{'|'.join(RAW_TABLES)})"
GRAMMAR = {
    "raw": re.compile(f"raw_{_SOURCE}__{_WORDS}"),
    "stg": re.compile(f"stg_{_SOURCE}__{_WORDS}"),
    "int": re.compile(r"int_[a-z]+_[a-z0-9_]*[a-z0-9]"),
    "dim": re.compile(f"dim_{_WORDS}"),
    "fct": re.compile(f"fct_{_WORDS}"),
    "mart": re.compile(r"mart_[a-z]+_[a-z0-9_]*[a-z0-9]"),
    "ml": re.compile(r"ml_[a-z0-9_]*[a-z0-9]_(?:forecast|risk|backtest|card)"),
}
SINGULAR_LAYERS = ("dim", "fct")
SINGULAR_WORDS = ("status", "process", "class", "analysis", "progress")
MODEL_FOLDERS = {"staging": ("stg",), "intermediate": ("int",), "marts": ("dim", "fct", "mart")}
VENDORS = ("sap", "salesforce", "oracle", "odoo", "erpnext", "dynamics", "kingdee", "yonyou", "haier")


def bad_table_names(names: Iterable[str]) -> list[str]:
    """Names (of tables, models or assets) that the grammar does not know, each with what is wrong."""
    return [problem for name in names if (problem := _table_problem(name))]


def bad_model_places(models: Iterable[tuple[str, str]]) -> list[str]:
    """Models, given as (top folder, name), that lie in another layer's folder."""
    return [
        f"{name}: models/{folder}/ holds {', '.join(MODEL_FOLDERS[folder])} only"
        for folder, name in models
        if folder in MODEL_FOLDERS and name.partition("_")[0] not in MODEL_FOLDERS[folder]
    ]


def bad_columns(columns: Iterable[tuple[str, str]]) -> list[str]:
    """Columns, given as (name, DuckDB type), whose name and type contradict each other."""
    return [problem for name, type_text in columns if (problem := _column_problem(name, type_text.upper()))]


def _table_problem(name: str) -> str | None:
    layer = name.partition("_")[0]
    if layer not in GRAMMAR:
        return f"{name}: begins with none of {', '.join(f'{known}_' for known in GRAMMAR)}"
    if not GRAMMAR[layer].fullmatch(name):
        return f"{name}: is not of the form {GRAMMAR[layer].pattern}"
    if layer in SINGULAR_LAYERS and name.endswith("s") and not name.endswith(SINGULAR_WORDS):
        return f"{name}: {layer}_ names are singular"
    if any(part in VENDORS for part in name.split("_")):
        return f"{name}: names a vendor; a source is a domain"
    return None


def _column_problem(name: str, type_text: str) -> str | None:
    base = type_text.partition("(")[0]
    expected = _expected_types(name)
    if expected and base not in expected:
        return f"{name}: is {type_text}, its name promises {' or '.join(expected)}"
    if base == "DATE" and not name.endswith("_on"):
        return f"{name}: a date's name ends in _on"
    if base.startswith("TIMESTAMP") and not name.endswith("_at"):
        return f"{name}: a timestamp's name ends in _at"
    if base == "BOOLEAN" and not name.startswith(("is_", "has_")):
        return f"{name}: a boolean's name begins with is_ or has_"
    return None


def _expected_types(name: str) -> tuple[str, ...]:
    if name.startswith(("is_", "has_")):
        return ("BOOLEAN",)
    numbers = ("DOUBLE", "DECIMAL", "BIGINT", "INTEGER", "HUGEINT")
    by_ending = {"_on": ("DATE",), "_at": ("TIMESTAMP",), "_amount": ("DECIMAL",), "_code": ("VARCHAR",)}
    by_ending |= dict.fromkeys(("_days", "_hours", "_pct", "_share", "_kwh", "_c"), numbers)
    return next((types for ending, types in by_ending.items() if name.endswith(ending)), ())
