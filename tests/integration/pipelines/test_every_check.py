"""No data test is declared and then left out of nights."""

import duckdb
import pytest

from lake.settings import Settings
from pipelines.dbt_runs import DbtProject
from tests.support.nights import published_file

pytestmark = pytest.mark.slow


def test_a_night_runs_every_data_test(tutorial_night: Settings) -> None:
    nodes = DbtProject(tutorial_night).manifest.nodes.values()
    declared = {node.name for node in nodes if node.resource_type == "test"}
    with duckdb.connect(str(published_file(tutorial_night)), read_only=True) as con:
        told = {name for (name,) in con.execute("select check_name from ops.check_result").fetchall()}
    assert len(declared) > 500
    assert declared - told == set()
