"""What every test may ask for; servers and browsers stand in tests/support, one file each."""

import base64
import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from lake.settings import QUIET, Settings, quiet_environment

# A slow machine is no fault of what is tested.
hypothesis.settings.register_profile("any_machine", deadline=None)
hypothesis.settings.load_profile("any_machine")

# Before a test loads a library that asks for its number of threads only once.
quiet_environment()

pytest_plugins = [
    "tests.support.browser",
    "tests.support.mosquitto",
    "tests.support.amqtt_broker",
    "tests.support.postgres",
    "tests.support.tutorial",
]

PROJECT_ROOT = Path(__file__).resolve().parent.parent
TEST_KEY = base64.b64encode(bytes(range(32))).decode("ascii")


def pytest_addoption(parser: pytest.Parser) -> None:
    """What `make references` asks for."""
    parser.addoption(
        "--renew-references",
        action="store_true",
        help="keep the pictures of pages as they are now, instead of comparing",
    )


@pytest.fixture(scope="session", autouse=True)
def own_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No setting of the person who runs the tests reaches them, and nothing they write reaches home."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("GANTRY_") and name != "GANTRY_SHARED"]:
            patch.delenv(name)
        for name, value in QUIET.items():
            patch.setenv(name, value)
        patch.setenv("GANTRY_LANGUAGE", "en")
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
        yield


@pytest.fixture(scope="session")
def project_root() -> Path:
    """The project's folder."""
    return PROJECT_ROOT


@pytest.fixture(scope="session")
def test_key() -> str:
    """A fixed key for lakes of tests: equal input gives equal tokens."""
    return TEST_KEY


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The public data sets beside the project (or in `$GANTRY_SHARED/data`); read where they lie."""
    shared = Path(os.environ.get("GANTRY_SHARED") or PROJECT_ROOT.parent / "shared")
    if not (shared / "data").is_dir():
        pytest.skip(f"no public data sets in {shared / 'data'}; GANTRY_SHARED names another folder")
    return shared / "data"


@pytest.fixture
def tmp_lake(tmp_path: Path, test_key: str) -> Settings:
    """Settings on a lake of the test's own (not created yet), with a fixed key."""
    return Settings(lake=tmp_path / "lake", key=test_key)
