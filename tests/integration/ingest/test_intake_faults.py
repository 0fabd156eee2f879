"""The intake and its broker killed under load: what was sent is in the lake, once."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lake.settings import Settings
from tests.support.intake import (
    PATIENCE_S,
    UNLIMITED,
    Sender,
    is_idle,
    kill_under_load,
    load_all,
    readings_in_lake,
    running_intake,
)
from tests.support.mosquitto import Broker, running_broker
from tests.support.phone import TOKENS, Phone
from tests.support.programs import require_program

pytestmark = pytest.mark.mosquitto


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """Mosquitto that queues without limit while the intake is away."""
    with running_broker(require_program("Mosquitto", "mosquitto"), tmp_path, UNLIMITED) as running:
        yield running


def test_killed_under_load(tmp_lake: Settings, broker: Broker, tmp_path: Path) -> None:
    kill_under_load(tmp_lake, broker, tmp_path, kills=3)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that the broker, who is somebody else where we are root, may write."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        yield folder


def test_broker_restarted_under_load(tmp_lake: Settings, tmp_path: Path, open_folder: Path) -> None:
    program = require_program("Mosquitto", "mosquitto")
    kept = f"{UNLIMITED}\npersistence true\npersistence_location {open_folder}/"
    with contextlib.ExitStack() as stack:
        first = contextlib.ExitStack()
        broker = first.enter_context(running_broker(program, tmp_path, kept))
        intake = stack.enter_context(running_intake(tmp_lake, broker, tmp_path))
        sender = Sender(broker)
        sender.send(range(20_000))
        intake.wait_until(lambda state: state["received"] >= 1000)
        first.close()
        assert (open_folder / "mosquitto.db").exists()
        sender.send(range(20_000, 25_000))
        stack.enter_context(running_broker(program, tmp_path, kept, port=broker.port))
        sender.finish()
        intake.wait_until(lambda state: state["connections"] >= 2 and is_idle(state))
        assert intake.stop() == 0
    _, con = load_all(tmp_lake)
    assert readings_in_lake(con) == (25_000, 25_000)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of a few megabytes; skips where none may be mounted."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("a small file system may not be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True, timeout=PATIENCE_S)


def test_a_full_disk_stops_acknowledging_until_there_is_room(
    tmp_lake: Settings, broker: Broker, tmp_path: Path, small_disk: Path
) -> None:
    tmp_lake.paths.root.mkdir()
    tmp_lake.paths.intake.symlink_to(small_disk)
    filler = small_disk / "filler"
    with running_intake(tmp_lake, broker, tmp_path) as intake:
        with contextlib.suppress(OSError), filler.open("wb", buffering=0) as stream:
            while True:
                stream.write(b"x" * 4096)
        sender = Sender(broker)
        sender.send(range(5000))
        sender.finish()
        state = intake.wait_until(lambda state: state["disk"] == "stopped")
        assert state["status"] == "degraded"
        stopped_at = state["acknowledged"]
        assert stopped_at < 5000
        filler.unlink()
        intake.wait_until(lambda state: state["acknowledged"] >= 5000)
        assert intake.health()["status"] == "ok"
        assert intake.stop() == 0
    log = intake.log.read_text()
    assert "Nothing is acknowledged until there is room" in log
    assert "can be written again" in log
    _, con = load_all(tmp_lake)
    assert readings_in_lake(con) == (5000, 5000)


def test_a_phone_is_told_of_a_full_disk_and_sends_again(
    tmp_lake: Settings, broker: Broker, tmp_path: Path, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GANTRY_INTAKE_TOKENS", TOKENS)
    tmp_lake.paths.root.mkdir()
    tmp_lake.paths.intake.symlink_to(small_disk)
    order = {"work_order_id": "W1", "created_at": "2026-03-01T00:00:00Z"}
    with running_intake(tmp_lake, broker, tmp_path) as intake:
        phone, filler = Phone(intake.http_port), small_disk / "filler"
        with contextlib.suppress(OSError), filler.open("wb", buffering=0) as stream:
            while True:
                stream.write(b"x" * 4096)
        refused = phone.work_orders(order, key="k1")
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "not_stored")
        assert int(refused.headers["Retry-After"]) > 0
        assert intake.health()["http"]["disk"] == "stopped"
        filler.unlink()
        assert phone.work_orders(order, key="k1").status_code == 202
        assert intake.health()["status"] == "ok"
        assert intake.stop() == 0
    [load], con = load_all(tmp_lake)
    assert (load.table, load.read, load.inserted, load.unchanged) == ("work__work_orders", 2, 1, 1)
    con.close()


def test_two_instances_split_the_load(tmp_lake: Settings, broker: Broker, tmp_path: Path) -> None:
    first_folder, second_folder = tmp_path / "1", tmp_path / "2"
    first_folder.mkdir()
    second_folder.mkdir()
    with (
        running_intake(tmp_lake, broker, first_folder, "--group", "g", "--client-id", "one") as one,
        running_intake(tmp_lake, broker, second_folder, "--group", "g", "--client-id", "two") as two,
    ):
        sender = Sender(broker)
        sender.send(range(4000))
        sender.finish()
        one.wait_until(lambda state: state["acknowledged"] + two.health()["acknowledged"] == 4000)
        assert min(one.health()["acknowledged"], two.health()["acknowledged"]) > 1000
        assert (one.stop(), two.stop()) == (0, 0)
    _, con = load_all(tmp_lake)
    assert readings_in_lake(con) == (4000, 4000)


def test_a_converter_that_dies_is_started_again(tmp_lake: Settings, broker: Broker, tmp_path: Path) -> None:
    settings = tmp_lake.model_copy(update={"intake_batch_seconds": 0.2})
    with running_intake(settings, broker, tmp_path) as intake:
        [child] = _children(intake.process.pid)
        os.kill(child, 9)
        sender = Sender(broker)
        sender.send(range(1000))
        sender.finish()
        intake.wait_until(lambda state: state["readings"] == 1000)
        assert intake.stop() == 0
    _, con = load_all(settings)
    assert readings_in_lake(con) == (1000, 1000)


def _children(pid: int) -> list[int]:
    threads = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in threads for child in (task / "children").read_text().split()]
