"""The tutorial's company, small enough for tests that need whole nights."""

from pathlib import Path

import pytest

from lake.settings import Settings
from tests.support.nights import run_night_json

TUTORIAL = Path(__file__).resolve().parent.parent.parent / "docs" / "tutorial"


@pytest.fixture
def tutorial(tmp_lake: Settings) -> Settings:
    """The tutorial's company (three tables, two broken rows) on a fresh lake (not created yet)."""
    return tmp_lake.model_copy(update={"company": TUTORIAL, "data": TUTORIAL})


@pytest.fixture(scope="session")
def tutorial_night(tmp_path_factory: pytest.TempPathFactory, test_key: str) -> Settings:
    """The tutorial's company after one undisturbed night; for reading only."""
    lake = tmp_path_factory.mktemp("tutorial_night") / "lake"
    settings = Settings(company=TUTORIAL, data=TUTORIAL, lake=lake, key=test_key)
    report = run_night_json(settings)
    assert report["publication"] is not None
    return settings
