"""A night killed anywhere and started again publishes what an undisturbed night would have."""

import pytest

from lake.connection import connect_lake
from lake.publication import current_publication
from lake.settings import Settings
from tests.faults.conftest import DAY
from tests.support.nights import RUN_COLUMNS, differences, gantry, kill_night, run_night_json

DATE = DAY.isoformat()
AT_THE_DOOR = ("start", "raw_projects__milestones")
IN_DBT = ("finish", "fct_milestone")
RECORDED = ("call", "lake.publishing.point_to")
KILLS = [
    ("finish", "raw_crm__customers"),
    ("start", "raw_erp__order_lines"),
    ("call", "ingest.door.merge"),
    ("start", "build_context"),
    ("finish", "fct_order_line"),
    ("finish", "ml_delay_forecast"),
    ("finish", "mart_project_health"),
    ("start", "publication"),
    RECORDED,
]


@pytest.mark.slow
@pytest.mark.parametrize(("moment", "place"), [IN_DBT, pytest.param(*AT_THE_DOOR, marks=pytest.mark.faults)])
def test_a_small_night_killed_and_run_again(
    tutorial: Settings, tutorial_night: Settings, moment: str, place: str
) -> None:
    kill_night(tutorial, moment, place)
    assert current_publication(tutorial) is None, "a killed night published something"

    run_night_json(tutorial)

    assert differences(tutorial, tutorial_night) == {}
    assert _broken_row_equations(tutorial) == []
    assert _leftovers(tutorial) == []


@pytest.mark.faults
@pytest.mark.parametrize(("moment", "place"), KILLS)
def test_a_night_killed_and_run_again(lake: Settings, undisturbed: Settings, moment: str, place: str) -> None:
    kill_night(lake, moment, place, DATE)
    assert current_publication(lake) is None, "a killed night published something"

    run_night_json(lake, "--date", DATE)

    # Killed between recording and pointing, the first night counts after all: the second has its own name.
    was_recorded = place == RECORDED[1]
    assert (
        differences(lake, undisturbed, (*RUN_COLUMNS, "publication_name") if was_recorded else RUN_COLUMNS)
        == {}
    )
    assert _broken_row_equations(lake) == []
    assert _leftovers(lake) == []


@pytest.mark.faults
def test_a_night_killed_again_and_again_comes_through(lake: Settings, undisturbed: Settings) -> None:
    for moment, place in KILLS[:-1]:
        kill_night(lake, moment, place, DATE)
    run_night_json(lake, "--date", DATE)
    assert differences(lake, undisturbed) == {}


@pytest.mark.faults
@pytest.mark.parametrize(("moment", "place"), [AT_THE_DOOR, IN_DBT])
def test_readers_keep_the_last_good_state_after_a_kill(tutorial: Settings, moment: str, place: str) -> None:
    first = run_night_json(tutorial)["publication"]["name"]
    kill_night(tutorial, moment, place)
    publication = current_publication(tutorial)
    assert publication is not None
    assert publication.name == first
    answer = gantry("query", "select count(*) as n from marts.fct_milestone", "--csv", settings=tutorial)
    assert (answer.returncode, answer.stdout.split()) == (0, ["n", "6"])


def _broken_row_equations(settings: Settings) -> list[tuple[object, ...]]:
    """Loads whose rows do not add up, over every run of the lake."""
    with connect_lake(settings, read_only=True) as con:
        total = con.execute("select count(*) from lake.ops.load where rows_read > 0").fetchone()
        assert total is not None
        assert total[0] > 0
        return con.execute(
            "select run_id, table_name, rows_read from lake.ops.load where status_code = 'loaded'"
            " and rows_read <> rows_inserted + rows_updated + rows_unchanged + rows_quarantined"
        ).fetchall()


def _leftovers(settings: Settings) -> list[str]:
    """Drafts and build files of dead runs."""
    drafts = [path.name for path in settings.paths.published.glob("*.draft*")]
    builds = [path.name for path in settings.paths.build.glob("*.duckdb*") if path.name != "good.duckdb"]
    return drafts + builds
