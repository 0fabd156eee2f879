"""Warehouses for the tests of this folder; the dbt project is parsed once for all of them."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from lake.settings import Settings
from tests.support.warehouse import Warehouse

AS_OF_ON = dt.date(2025, 9, 30)
MakeWarehouse = Callable[[], Warehouse]


@pytest.fixture(scope="session")
def make_warehouse(tmp_path_factory: pytest.TempPathFactory) -> MakeWarehouse:
    """Make a warehouse on an empty lake of its own; all share one parsed manifest."""
    parsed: list[Warehouse] = []

    def make() -> Warehouse:
        folder: Path = tmp_path_factory.mktemp("warehouse")
        warehouse = Warehouse(Settings(lake=folder / "lake"), folder / "build.duckdb", AS_OF_ON).create()
        warehouse.prepare()
        if not parsed:
            warehouse.project()
            parsed.append(warehouse)
        warehouse.manifest = parsed[0].manifest
        return warehouse

    return make


@pytest.fixture(scope="session")
def empty_warehouse(make_warehouse: MakeWarehouse) -> Warehouse:
    """Built on a lake with all tables and no rows; tests only read it."""
    warehouse = make_warehouse()
    warehouse.build()
    return warehouse
