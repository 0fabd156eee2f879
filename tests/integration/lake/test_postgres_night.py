"""One night on a PostgreSQL catalogue, by settings alone, publishes what the same night on SQLite does."""

import pytest

from lake.connection import connect_lake
from lake.publication import connect_publication
from lake.settings import Settings
from tests.support.nights import differences, gantry, run_night_json


@pytest.mark.postgres
@pytest.mark.slow
def test_the_same_night_on_both_catalogues(
    tutorial: Settings, tutorial_night: Settings, postgres: str
) -> None:
    on_postgres = tutorial.model_copy(update={"catalog": postgres})
    report = run_night_json(on_postgres)

    assert not on_postgres.paths.catalog.exists()
    assert differences(tutorial_night, on_postgres) == {}
    assert _loads(on_postgres) == _loads(tutorial_night)
    with connect_lake(on_postgres, read_only=True) as con:
        assert con.execute("select count(*) from lake.raw.raw_projects__milestones").fetchone() == (6,)
    assert gantry("status", settings=on_postgres).returncode == report["exit_code"]


def _loads(settings: Settings) -> list[tuple[object, ...]]:
    """The row equation of every table, as published."""
    with connect_publication(settings) as con:
        return con.execute(
            "select table_name, status_code, rows_read, rows_inserted, rows_updated, rows_unchanged,"
            " rows_quarantined, rows_released from ops.load order by all"
        ).fetchall()
