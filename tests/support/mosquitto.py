"""A real Mosquitto broker on a free port of this machine."""

import contextlib
import queue
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest

from tests.support.programs import require_program, unprivileged_user

START_TIMEOUT_S = 30


@dataclass(frozen=True)
class Broker:
    """Where a broker listens."""

    host: str
    port: int


def free_port() -> int:
    """A port that nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def running_broker(
    program: str, folder: Path, extra: str = "", *, port: int | None = None
) -> Iterator[Broker]:
    """Start a broker without passwords; ready when it says so, stopped at the end."""
    port = port or free_port()
    configuration = folder / "mosquitto.conf"
    lines = [
        f"listener {port} 127.0.0.1",
        "allow_anonymous true",
        "max_inflight_messages 0",
        "log_dest stderr",
    ]
    configuration.write_text("\n".join([*lines, extra, ""]))
    # Not as root: it would become the user mosquitto, who may not read pytest's folder. Hence stdin.
    command = [program, "-c", "/dev/stdin"]
    with configuration.open() as text:
        process = subprocess.Popen(
            command, stdin=text, stderr=subprocess.PIPE, text=True, user=unprivileged_user(), cwd="/"
        )
    try:
        _wait_until_running(process)
        yield Broker("127.0.0.1", port)
    finally:
        process.terminate()
        process.wait(START_TIMEOUT_S)


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Broker]:
    """A fresh Mosquitto broker; skips where it is not installed."""
    with running_broker(require_program("Mosquitto", "mosquitto"), tmp_path) as broker:
        yield broker


def _wait_until_running(process: subprocess.Popen[str]) -> None:
    """Read the log until the broker says that it runs, and go on reading so that its pipe never fills."""
    lines: queue.Queue[str | None] = queue.Queue()
    threading.Thread(target=_forward, args=(process.stderr, lines), daemon=True).start()
    seen: list[str] = []
    while (line := lines.get(timeout=START_TIMEOUT_S)) is not None:
        seen.append(line)
        if "running" in line:
            return
    raise RuntimeError("mosquitto ended before it ran:\n" + "".join(seen))


def _forward(stream: IO[str] | None, lines: queue.Queue[str | None]) -> None:
    assert stream is not None
    for line in stream:
        lines.put(line)
    lines.put(None)
