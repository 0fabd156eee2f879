"""One night on a PostgreSQL catalogue, by settings alone, publishes what the same night on SQLite does."""

from pathlib import Path

import pytest

from lake.connection import connect_lake
from lake.settings import Settings
from tests.support.nights import differences, gantry, run_night_json


@pytest.fixture
def tutorial(tmp_lake: Settings, project_root: Path) -> Settings:
    """The tutorial's company: customers, projects and tasks, two of them broken."""
    folder = project_root / "docs" / "tutorial"
    return tmp_lake.model_copy(update={"company": folder, "data": folder})


@pytest.mark.postgres
@pytest.mark.slow
def test_the_same_night_on_both_catalogues(tutorial: Settings, postgres: str, tmp_path: Path) -> None:
    on_postgres = tutorial.model_copy(update={"catalog": postgres, "lake": tmp_path / "on_postgres"})
    reports = [run_night_json(settings) for settings in (tutorial, on_postgres)]

    assert not on_postgres.paths.catalog.exists()
    assert _counts(reports[0]) == _counts(reports[1])
    assert differences(tutorial, on_postgres) == {}
    with connect_lake(on_postgres, read_only=True) as con:
        assert con.execute("select count(*) from lake.raw.raw_projects__milestones").fetchone() == (6,)

    again = run_night_json(on_postgres)
    assert sum(load["inserted"] + load["updated"] for load in again["loads"]) == 0
    assert gantry("status", settings=on_postgres).returncode == reports[1]["exit_code"]


def _counts(report: dict) -> list[tuple[object, ...]]:
    names = ("table", "status", "read", "inserted", "updated", "unchanged", "quarantined", "released")
    return [tuple(load[name] for name in names) for load in report["loads"]]
