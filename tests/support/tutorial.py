"""The tutorial's company, small enough for tests that need whole nights."""

from pathlib import Path

import pytest

from lake.settings import Settings
from tests.support.made_once import made_once
from tests.support.nights import run_night_json

TUTORIAL = Path(__file__).resolve().parent.parent.parent / "docs" / "tutorial"


@pytest.fixture
def tutorial(tmp_lake: Settings) -> Settings:
    """The tutorial's company (three tables, two broken rows) on a fresh lake (not created yet)."""
    return tmp_lake.model_copy(update={"company": TUTORIAL, "data": TUTORIAL})


@pytest.fixture(scope="session")
def tutorial_night(tmp_path_factory: pytest.TempPathFactory, test_key: str) -> Settings:
    """The tutorial's company after one undisturbed night; for reading only."""

    def at(folder: Path) -> Settings:
        return Settings(company=TUTORIAL, data=TUTORIAL, lake=folder / "lake", key=test_key)

    def make(folder: Path) -> None:
        report = run_night_json(at(folder))
        assert report["publication"] is not None

    return at(made_once(tmp_path_factory, "tutorial_night", make))
