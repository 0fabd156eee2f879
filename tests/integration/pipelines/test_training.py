"""A night that trains: cards and back-tests of every question, once a week; forecasts say their method."""

from pathlib import Path

import duckdb
import pytest

from lake.publication import connect_publication
from lake.settings import Settings
from pipelines.defs.forecasts import LESSONS, STEPS
from pipelines.runner import run_night
from pipelines.trained_models import ModelShelf
from pipelines.training import train_due
from sandbox.example import write_example
from tests.conftest import PROJECT_ROOT


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory, test_key: str) -> tuple[Settings, list, list]:
    """The example company: a night, a training, a second training, and the night that scores with it."""
    folder = tmp_path_factory.mktemp("training")
    write_example(folder / "data")
    settings = Settings(
        company=PROJECT_ROOT / "data" / "companies" / "example",
        data=folder / "data",
        lake=folder / "lake",
        key=test_key,
    )
    first = run_night(settings)
    trainings = [train_due(settings, LESSONS), train_due(settings, LESSONS)]
    return settings, [first, run_night(settings)], trainings


def test_the_nights_before_and_after_end_well(nights):
    _, reports, _ = nights
    assert [report.publication is not None for report in reports] == [True, True]


def test_a_training_is_due_once_a_week_and_fails_for_no_question(nights):
    _, _, (first, second) = nights
    assert first.failed == {}
    assert set(first.trained) == {lesson.question for lesson in LESSONS}
    assert second.trained == {}
    assert set(second.still_good) == set(first.trained)


def test_every_question_has_a_card_that_says_whether_it_ships_and_why_not(nights):
    settings, _, _ = nights
    with connect_publication(settings) as con:
        for lesson in LESSONS:
            rows = con.execute(
                f"select value, is_shipped, reason_codes, notes from ml.ml_{lesson.question}_card"
                " where method_code = 'gate'"
            ).fetchall()
            assert len(rows) == 1, lesson.question
            value, is_shipped, reasons, notes = rows[0]
            assert bool(value) == is_shipped
            assert is_shipped or reasons or notes


def test_forecasts_say_how_they_were_made_and_are_kept(nights):
    settings, _, _ = nights
    shelf = ModelShelf(settings.paths)
    with connect_publication(settings) as con:
        for step in (each for each in STEPS if each.question):
            columns = {row[0] for row in con.execute(f"describe ml.{step.table}").fetchall()}
            assert {"method_code", "as_of_on", "publication_name"} <= columns
        methods = con.execute("select distinct method_code from ml.ml_delay_forecast").fetchall()
        as_of_on = con.execute("select max(as_of_on) from ml.ml_delay_forecast").fetchone()[0]
    has_model = shelf.usable("delay", as_of_on) is not None
    assert (("model",) in methods) == has_model


def test_the_archive_holds_every_publication(nights):
    settings, _, _ = nights
    from lake.connection import connect_lake

    with connect_lake(settings, read_only=True) as con:
        assert isinstance(con, duckdb.DuckDBPyConnection)
        kept = con.execute(
            "select count(distinct publication_name) from lake.history.ml_delay_forecast"
        ).fetchone()
    assert kept == (2,)


def test_no_model_file_holds_a_pickle(nights):
    settings, _, _ = nights
    files = list(Path(settings.paths.models).rglob("*"))
    assert files
    assert not [file for file in files if file.suffix in (".pkl", ".pickle", ".joblib")]
