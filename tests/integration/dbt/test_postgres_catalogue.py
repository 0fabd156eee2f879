"""The same project on a lake whose catalogue is PostgreSQL: only the environment differs."""

import datetime as dt
from pathlib import Path

import pytest

from lake.settings import Settings
from tests.support.warehouse import Warehouse

CUSTOMERS = [{"customer_id": "C1", "name": "One"}, {"customer_id": "C2", "name": "Two"}]


@pytest.mark.postgres
def test_models_read_a_postgres_catalogue(postgres: str, tmp_lake: Settings, tmp_path: Path) -> None:
    settings = tmp_lake.model_copy(update={"catalog": postgres})
    warehouse = Warehouse(settings, tmp_path / "build.duckdb", dt.date(2025, 9, 30)).create()
    warehouse.insert("crm__customers", CUSTOMERS)
    warehouse.prepare()
    warehouse.dbt("build", "--select", "+dim_customer", "--exclude-resource-type", "unit_test")
    assert warehouse.rows("select customer_id from marts.dim_customer order by 1") == [("C1",), ("C2",)]
