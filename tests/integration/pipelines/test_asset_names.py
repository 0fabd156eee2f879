"""Assets are named as their tables are, by the grammar; what is no table is on a short list."""

from pathlib import Path

import dagster as dg
import pytest

from lake.contracts import load_contracts
from lake.settings import Settings
from tests.support.naming import bad_table_names

NO_TABLES = {
    "build_context",
    "told_value",
    "publication",
    "action_items",
    "lake_maintenance",
    "management_reports",
    "trained_models",
}


@pytest.fixture(scope="module")
def specs(tmp_path_factory: pytest.TempPathFactory) -> list[dg.AssetSpec]:
    """The specs of every asset of the example company."""
    from pipelines.dbt_runs import DbtProject
    from pipelines.definitions import build_definitions

    settings = Settings(lake=tmp_path_factory.mktemp("lake"), data=tmp_path_factory.mktemp("data"))
    return list(build_definitions(settings, DbtProject(settings)).resolve_all_asset_specs())


def test_assets_follow_the_grammar(specs: list[dg.AssetSpec], project_root: Path) -> None:
    seeds = {seed.stem for seed in (project_root / "dbt_project" / "seeds").glob("*.csv")}
    tables = {spec.key.path[-1] for spec in specs if spec.group_name != "sources"}
    assert bad_table_names(tables - seeds - NO_TABLES) == []


def test_each_raw_table_is_an_asset(specs: list[dg.AssetSpec]) -> None:
    names = {spec.key.path[-1] for spec in specs}
    assert {contract.raw_table for contract in load_contracts().values()} <= names


def test_each_asset_has_an_owner_a_group_and_a_description(specs: list[dg.AssetSpec]) -> None:
    bare = [s.key.to_user_string() for s in specs if not (s.owners and s.group_name and s.description)]
    assert bare == []
