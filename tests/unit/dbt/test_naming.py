"""The dbt project keeps its grammar: grains, keys, contracts, figures, pages. Read as files, without dbt."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from cockpit.shell.navigation import PAGES
from tests.support.naming import bad_columns

Model = dict[str, Any]

GRAIN = re.compile(r"Grain: one row(?: per .+|, the run's)\.\s*$", re.DOTALL)
KEY_TESTS = {"not_null", "unique"}
CLOCK = re.compile(
    r"\b(?:current_date|current_timestamp|now|today|get_current_\w+)\b\s*(?:\(|\b)|\brandom\s*\(", re.I
)
FIGURE = {"id", "name", "formula", "unit", "grain", "owner", "direction", "target", "version", "since"}


@pytest.fixture(scope="module")
def models_folder(project_root: Path) -> Path:
    return project_root / "dbt_project" / "models"


@pytest.fixture(scope="module")
def models(models_folder: Path) -> dict[str, Model]:
    """What the YAML says of each model, by name."""
    return {model["name"]: model for model in _entries(models_folder, "models")}


def test_every_model_is_described_and_no_other(models: dict[str, Model], models_folder: Path) -> None:
    assert sorted(models) == sorted(file.stem for file in models_folder.rglob("*.sql"))


def test_yaml_files_begin_with_an_underscore(models_folder: Path) -> None:
    assert [file.name for file in models_folder.rglob("*.yml") if not file.name.startswith("_")] == []


def test_descriptions_end_with_the_grain(models: dict[str, Model], project_root: Path) -> None:
    seeds = {seed["name"]: seed for seed in _entries(project_root / "dbt_project" / "seeds", "seeds")}
    assert [name for name, each in (models | seeds).items() if not GRAIN.search(each["description"])] == []


def test_every_model_has_a_tested_key(models: dict[str, Model]) -> None:
    assert [name for name, model in models.items() if not _has_tested_key(model)] == []


def test_what_the_cockpit_reads_is_under_contract(models: dict[str, Model]) -> None:
    loose = [name for name, model in models.items() if name.startswith("mart_") and not _is_enforced(model)]
    assert loose == []
    for name, model in models.items():
        if _is_enforced(model):
            assert [
                c["name"] for c in model["columns"] if not {"data_type", "description"} <= set(c)
            ] == [], name


def test_columns_keep_what_their_names_promise(models: dict[str, Model]) -> None:
    typed = {
        name: bad_columns((c["name"], c["data_type"]) for c in model["columns"] if "data_type" in c)
        for name, model in models.items()
    }
    assert {name: problems for name, problems in typed.items() if problems} == {}


def test_marts_say_in_which_half_they_are_built(models: dict[str, Model], models_folder: Path) -> None:
    sql = {file.stem: file.read_text("utf-8") for file in models_folder.rglob("*.sql")}
    telemetry = {file.stem for file in (models_folder / "telemetry").glob("*.sql")}
    for name, model in models.items():
        if name.startswith("mart_"):
            half = "after_ml" if _waits_for_ml(name, sql) else "before_ml"
            # Roll-ups of readings are a step of their own, so that a refresh and a backfill can run it alone.
            assert model["config"]["tags"] == ["telemetry" if name in telemetry else half], name


def test_only_marts_read_forecasts(models_folder: Path) -> None:
    sql = {file.stem: file.read_text("utf-8") for file in models_folder.rglob("*.sql")}
    assert [name for name in sql if not name.startswith("mart_") and _waits_for_ml(name, sql)] == []


def test_staging_reads_one_source_and_joins_nothing(models_folder: Path) -> None:
    for file in (models_folder / "staging").rglob("*.sql"):
        sql = file.read_text("utf-8")
        source, table = file.stem.removeprefix("stg_").split("__")
        assert re.findall(r"source\('(\w+)', '(\w+)'\)", sql) == [(source, f"raw_{source}__{table}")]
        assert " join " not in sql


def test_no_model_reads_the_clock_or_a_variable(project_root: Path) -> None:
    files = [*(project_root / "dbt_project" / "models").rglob("*.sql")]
    files += (project_root / "dbt_project" / "macros").rglob("*.sql")
    assert [file.name for file in files if CLOCK.search(file.read_text("utf-8"))] == []
    assert [file.name for file in files if "var(" in file.read_text("utf-8")] == []


@pytest.mark.parametrize(
    "sql", ["select current_date", "select now()", "select random()", "where d < today()"]
)
def test_the_clock_is_recognised(sql: str) -> None:
    assert CLOCK.search(sql)


def test_figures_are_complete_and_named_once(models: dict[str, Model]) -> None:
    figures = {
        f"{name}.{column['name']}": column["config"]["meta"]["figure"]
        for name, model in models.items()
        for column in model["columns"]
        if "figure" in column.get("config", {}).get("meta", {})
    }
    ids = [figure["id"] for figure in figures.values()]
    assert len(ids) == len(set(ids)) >= 15
    for column, figure in figures.items():
        assert FIGURE <= set(figure) <= FIGURE | {"of", "earlier", "why", "defaults"}, column
        assert all(
            figure[part][language].strip() for part in ("name", "formula") for language in ("zh", "en")
        )
        assert figure["direction"] in ("higher", "lower", "neutral"), column
        assert column.startswith("mart_")


def test_exposures_are_the_pages_of_the_cockpit(models: dict[str, Model], project_root: Path) -> None:
    pages = {page.key for page in PAGES}
    exposures = {
        each["name"]: each for each in _entries(project_root / "dbt_project" / "models", "exposures")
    }
    assert set(exposures) == pages
    for name, exposure in exposures.items():
        assert exposure["owner"]["name"], name
        assert exposure["owner"]["email"], name
        read = re.findall(r"ref\('(\w+)'\)", " ".join(exposure["depends_on"]))
        assert [model for model in read if model not in models] == [], name


def test_marts_have_an_owner(models: dict[str, Model], models_folder: Path) -> None:
    groups = {group["name"] for group in _entries(models_folder, "groups")}
    assert {model["config"]["group"] for name, model in models.items() if name.startswith("mart_")} <= groups


def _entries(folder: Path, kind: str) -> Iterator[Model]:
    for file in sorted(folder.rglob("_*.yml")):
        yield from _parsed(file).get(kind) or ()


@cache
def _parsed(file: Path) -> Model:
    return yaml.load(file.read_text("utf-8"), Loader=yaml.CSafeLoader)


def _waits_for_ml(name: str, sql: dict[str, str]) -> bool:
    """Whether a model reads what Python computes between the halves, itself or through another model."""
    if re.search(r"source\('(?:ml|network)'", sql[name]):
        return True
    return any(_waits_for_ml(each, sql) for each in re.findall(r"ref\('(\w+)'\)", sql[name]) if each in sql)


def _is_enforced(model: Model) -> bool:
    return model.get("config", {}).get("contract", {}).get("enforced", False)


def _has_tested_key(model: Model) -> bool:
    tests = [test for test in model.get("data_tests", []) if isinstance(test, dict) and "unique_key" in test]
    columns = [set(filter(_is_name, column.get("data_tests", []))) for column in model["columns"]]
    return bool(tests) or any(found >= KEY_TESTS for found in columns)


def _is_name(test: object) -> bool:
    return isinstance(test, str)
