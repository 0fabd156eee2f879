"""A real cockpit server for tests: started on a free port, waited for by its health signal, stopped after."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from cockpit.launch import HEALTH_PATH, address, command, environment
from lake.settings import Settings

START_SECONDS = 90


@contextlib.contextmanager
def serving(settings: Settings, log: Path) -> Iterator[str]:
    """The address of a cockpit on `settings`; the server's words go to `log`."""
    placed = settings.model_copy(update={"cockpit_port": free_port()})
    with log.open("wb") as words:
        server = subprocess.Popen(
            command(placed), env=environment(placed), stdout=words, stderr=subprocess.STDOUT, cwd=log.parent
        )
        try:
            _wait(server, address(placed) + HEALTH_PATH, log)
            yield address(placed)
        finally:
            server.terminate()
            server.wait(timeout=20)


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait(server: subprocess.Popen, health: str, log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            urllib.request.urlopen(health, timeout=2).close()
            return
        # The server's end is the signal waited on between two questions.
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(timeout=0.2)
            break
    raise RuntimeError(f"the cockpit did not answer at {health}:\n{log.read_text(errors='replace')[-2000:]}")
