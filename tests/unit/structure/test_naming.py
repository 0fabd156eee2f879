"""The project's names follow the grammar, and the checks of it fail when they should."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.naming import CONTRACTS, bad_columns, bad_model_places, bad_table_names
from tests.support.nights import RUN_COLUMNS


@pytest.fixture(scope="module")
def contracts(project_root: Path) -> dict[str, dict[str, Any]]:
    """The contract files by name, as they are written."""
    files = (project_root / "lake" / "contracts").glob("*.odcs.yaml")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return {
        file.name.removesuffix(".odcs.yaml"): yaml.load(file.read_text("utf-8"), loader) for file in files
    }


def _models(root: Path) -> list[tuple[str, str]]:
    models = root / "dbt_project" / "models"
    return [(file.relative_to(models).parts[0], file.stem) for file in models.rglob("*.sql")]


def test_contracts_are_those_of_the_model(contracts: dict[str, Any]) -> None:
    assert set(contracts) == CONTRACTS


def test_contracts_name_their_raw_table(contracts: dict[str, Any]) -> None:
    named = {name: contract["schema"][0]["physicalName"] for name, contract in contracts.items()}
    assert named == {name: f"raw_{name}" for name in contracts}
    assert bad_table_names(named.values()) == []


def test_contract_columns_keep_what_their_names_promise(contracts: dict[str, Any]) -> None:
    problems = {
        name: bad_columns((p["name"], p["physicalType"]) for p in contract["schema"][0]["properties"])
        for name, contract in contracts.items()
    }
    assert {name: found for name, found in problems.items() if found} == {}


def test_models_follow_the_grammar(project_root: Path) -> None:
    models = _models(project_root)
    assert len(models) > 0
    assert bad_table_names(name for _, name in models) == []
    assert bad_model_places(models) == []


@pytest.mark.parametrize(
    "name",
    [
        "orders",
        "raw_sap__orders",
        "raw_erp_orders",
        "stg_erp__Orders",
        "fct_orders",
        "dim_customers",
        "mart_health",
        "ml_delay",
        "ml_delay_model",
        "int_orders",
        "fct_sap_order",
        "stg_erp__",
        "raw_erp__orders_",
    ],
)
def test_a_wrong_table_name_is_told(name: str) -> None:
    assert len(bad_table_names([name])) == 1


@pytest.mark.parametrize(
    "name",
    [
        "raw_erp__order_lines",
        "stg_ref__people",
        "int_milestone_changes",
        "dim_customer",
        "fct_order_line",
        "mart_project_health",
        "ml_delay_forecast",
        "ml_demand_card",
        "fct_milestone_status",
    ],
)
def test_a_right_table_name_passes(name: str) -> None:
    assert bad_table_names([name]) == []


@pytest.mark.parametrize(
    ("name", "type_text"),
    [
        ("started", "DATE"),
        ("started_on", "VARCHAR"),
        ("loaded", "TIMESTAMP"),
        ("loaded_at", "DATE"),
        ("late", "BOOLEAN"),
        ("is_late", "BIGINT"),
        ("total_amount", "DOUBLE"),
        ("late_days", "VARCHAR"),
        ("status_code", "BIGINT"),
    ],
)
def test_a_column_that_breaks_its_promise_is_told(name: str, type_text: str) -> None:
    assert len(bad_columns([(name, type_text)])) == 1


def test_a_model_in_another_layers_folder_is_told() -> None:
    assert len(bad_model_places([("staging", "fct_order_line"), ("marts", "fct_order_line")])) == 1


def test_marts_tell_the_run_in_columns_that_comparisons_leave_out(project_root: Path) -> None:
    marts = (project_root / "dbt_project" / "models" / "marts").rglob("*.sql")
    system = {name for file in marts for name in re.findall(r"\bas (_\w+)", file.read_text("utf-8"))}
    assert system
    assert system <= set(RUN_COLUMNS)
