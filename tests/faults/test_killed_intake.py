"""The intake killed twenty times while devices send."""

from pathlib import Path

import pytest

from lake.settings import Settings
from tests.support.intake import UNLIMITED, kill_under_load
from tests.support.mosquitto import running_broker
from tests.support.programs import require_program


@pytest.mark.mosquitto
@pytest.mark.faults
def test_killed_twenty_times_under_load(tmp_lake: Settings, tmp_path: Path) -> None:
    with running_broker(require_program("Mosquitto", "mosquitto"), tmp_path, UNLIMITED) as broker:
        kill_under_load(tmp_lake, broker, tmp_path, kills=20)
