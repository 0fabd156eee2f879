"""A night killed anywhere and started again publishes what an undisturbed night would have."""

import pytest

from lake.connection import connect_lake
from lake.publication import current_publication
from lake.settings import Settings
from tests.support.nights import differences, gantry, kill_night, run_night_json

# Two of them are quick enough for every test run: one kill at the door, one in the midst of dbt.
QUICK = [("start", "raw_erp__order_lines"), ("finish", "fct_order_line")]
SLOW = [
    ("finish", "raw_crm__customers"),
    ("call", "ingest.merge.merge"),
    ("start", "build_context"),
    ("finish", "ml_delay_forecast"),
    ("finish", "mart_project_health"),
    ("start", "publication"),
    ("call", "lake.publishing.point_to"),
]
KILLS = [*QUICK, *(pytest.param(*kill, marks=pytest.mark.faults) for kill in SLOW)]


@pytest.mark.parametrize(("moment", "place"), KILLS)
def test_a_night_killed_and_run_again_equals_an_undisturbed_one(
    lake: Settings, undisturbed: Settings, moment: str, place: str
) -> None:
    kill_night(lake, moment, place)
    assert current_publication(lake) is None, "a killed night published something"

    run_night_json(lake)

    assert differences(lake, undisturbed) == {}
    assert _broken_row_equations(lake) == []
    assert _leftovers(lake) == []


@pytest.mark.faults
def test_a_night_killed_again_and_again_comes_through(lake: Settings, undisturbed: Settings) -> None:
    for moment, place in (*QUICK, *SLOW):
        kill_night(lake, moment, place)
    run_night_json(lake)
    assert differences(lake, undisturbed) == {}


@pytest.mark.faults
@pytest.mark.parametrize(
    ("moment", "place"), [("start", "raw_erp__order_lines"), ("finish", "fct_order_line")]
)
def test_readers_keep_the_last_good_state_after_a_kill(lake: Settings, moment: str, place: str) -> None:
    first = run_night_json(lake)["publication"]["name"]
    kill_night(lake, moment, place)
    publication = current_publication(lake)
    assert publication is not None
    assert publication.name == first
    answer = gantry("query", "select count(*) as n from marts.fct_milestone", "--json", settings=lake)
    assert answer.returncode == 0, answer.stderr


def _broken_row_equations(settings: Settings) -> list[tuple[object, ...]]:
    """Loads whose rows do not add up, over every run of the lake."""
    with connect_lake(settings, read_only=True) as con:
        total = con.execute("select count(*) from lake.ops.load where rows_read > 0").fetchone()
        assert total is not None
        assert total[0] > 0
        return con.execute(
            "select run_id, table_name, rows_read from lake.ops.load"
            " where status_code = 'loaded'"
            " and rows_read <> rows_inserted + rows_updated + rows_unchanged + rows_quarantined"
        ).fetchall()


def _leftovers(settings: Settings) -> list[str]:
    """Drafts and build files of dead runs."""
    drafts = [path.name for path in settings.paths.published.glob("*.draft*")]
    builds = [path.name for path in settings.paths.build.glob("*.duckdb") if path.name != "good.duckdb"]
    return drafts + builds
