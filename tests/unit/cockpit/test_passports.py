"""The cockpit asks for the same passport that `gantry explain` tells."""

import datetime as dt
from pathlib import Path

import duckdb
import pytest

from cockpit.repositories.passports import passport
from cockpit.repositories.published import Reader
from lake.figures import FigureError
from lake.figures.bounds import Waiting
from lake.publication import find_publication
from lake.settings import Settings
from tests.support.published import publish_company


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    """A published company with the passport of one figure."""
    settings = Settings(lake=tmp_path / "lake")
    paths = publish_company(settings.paths.root)
    publication = find_publication(settings)
    row = {
        "figure_id": "project_health_score",
        "publication_name": publication.name,
        "as_of_on": publication.as_of_on,
        "run_id": publication.run_id,
        "status_code": "doubtful",
        "message": "",
        "waiting": Waiting(added=1).as_json(),
        "upstream_columns": '{"raw_projects__milestones": ["finished_on"]}',
        "sources": '[{"table": "raw_projects__milestones", "data_until_at": "2025-09-30T00:00:00"}]',
        "checks_passed": 4,
        "failed_checks": '["fct_milestone: finish_after_start"]',
        "quarantined": '{"projects__milestones": 1}',
        "own_defaults": "{}",
    }
    with duckdb.connect(str(paths.published / publication.file_name)) as con:
        con.execute("delete from ops.figure_run where figure_id = ?", [row["figure_id"]])
        names = ", ".join(row)
        con.execute(
            f"insert into ops.figure_run ({names}) values ({', '.join('?' for _ in row)})", list(row.values())
        )
    return Reader(settings, publication)


def test_a_tile_opens_its_value_its_rows_and_why_it_is_in_doubt(reader: Reader) -> None:
    found = passport(reader, "project_health_score", {"project": "P1"}, rows=1)
    assert (found.value, found.is_doubtful) == (88.0, True)
    assert found.checks_failed == ["fct_milestone: finish_after_start"]
    assert found.sources[0]["data_until_at"] == dt.datetime(2025, 9, 30)
    assert [row["project_id"] for row in found.rows] == ["P1"]


def test_what_is_not_registered_is_told(reader: Reader) -> None:
    with pytest.raises(FigureError, match="project_health_score"):
        passport(reader, "project_health", language="en")
