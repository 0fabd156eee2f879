"""The company that nights are broken on, and the night that nothing disturbed."""

from datetime import date
from pathlib import Path

import pytest

from lake.settings import Settings
from tests.support.nights import run_night_json

DAY = date(2026, 6, 30)
SCALE = 0.015


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory, project_root: Path, test_key: str) -> Settings:
    """Settings on the example company, with its files in a folder of the session's own; no lake yet."""
    from sandbox.example import write_example

    data = tmp_path_factory.mktemp("example")
    write_example(data, scale=SCALE, until=DAY)
    return Settings(company=project_root / "data" / "companies" / "example", data=data, key=test_key)


@pytest.fixture(scope="session")
def undisturbed(example: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The example company after one whole night."""
    settings = example.model_copy(update={"lake": tmp_path_factory.mktemp("undisturbed") / "lake"})
    report = run_night_json(settings, "--date", DAY.isoformat())
    assert report["publication"] is not None
    return settings


@pytest.fixture
def lake(example: Settings, tmp_path: Path) -> Settings:
    """The example company on a lake of the test's own (not created yet)."""
    return example.model_copy(update={"lake": tmp_path / "lake"})
