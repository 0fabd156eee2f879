"""Servers as children: started together, waited for until they answer, all gone at the end."""

import contextlib
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from cli.common import EXIT_FAILED, err, fail
from lake.settings import PROJECT_ROOT, Settings
from lake.text import text

READY_SECONDS = 120
STOP_SECONDS = 15


class Stopped(Exception):  # noqa: N818  (a request, not an error)
    """Somebody asked for the end: Ctrl-C or SIGTERM."""


@dataclass(frozen=True)
class Plan:
    """One server to start: its command, its environment, where it answers and where it tells its health."""

    name: str
    command: list[str]
    environment: dict[str, str]
    address: str
    health_path: str
    ready_seconds: float = READY_SECONDS


@dataclass(frozen=True)
class Server:
    """One running server."""

    plan: Plan
    process: subprocess.Popen[bytes]
    log: Path


@contextlib.contextmanager
def serving(settings: Settings, plans: Sequence[Plan]) -> Iterator[list[Server]]:
    """All servers as children in sessions of their own, each with its log; all gone when the block ends."""
    servers: list[Server] = []
    logs = settings.paths.root / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    try:
        for plan in plans:
            log = logs / f"{plan.name}.log"
            with log.open("wb") as output:
                process = subprocess.Popen(
                    plan.command,
                    cwd=PROJECT_ROOT,
                    env=plan.environment,
                    start_new_session=True,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                )
            servers.append(Server(plan, process, log))
        yield servers
    finally:
        _stop([server.process for server in servers])


def wait_until_ready(servers: list[Server]) -> None:
    """Return when every server answers; end with a message when one dies or stays silent."""
    for server in servers:
        deadline = time.monotonic() + server.plan.ready_seconds
        while not _answers(server.plan.address + server.plan.health_path):
            _fail_if_dead(server, wait_seconds=0.25)
            if time.monotonic() > deadline:
                name, address = text(f"cli.up_{server.plan.name}"), server.plan.address
                fail(text("cli.up_silent", None, name=name, address=address, log=server.log), EXIT_FAILED)


def _fail_if_dead(server: Server, wait_seconds: float) -> None:
    with contextlib.suppress(subprocess.TimeoutExpired):
        code = server.process.wait(timeout=wait_seconds)
        name = text(f"cli.up_{server.plan.name}")
        fail(text("cli.up_died", None, name=name, code=code, log=server.log), EXIT_FAILED)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310  (our own loopback address)
            return response.status == 200
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def wait_for_end(servers: list[Server]) -> None:
    """Wait for Stopped; end with a message when a server dies."""
    while True:
        for server in servers:
            _fail_if_dead(server, wait_seconds=1)


def _stop(processes: list[subprocess.Popen[bytes]]) -> None:
    """Ask every server to end, then make sure: whole groups, since Dagster has children of its own."""
    for process in processes:
        _signal(process, signal.SIGINT)
    for process in processes:
        try:
            process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            err.print(text("cli.up_killed", None, pid=process.pid))
        _signal(process, signal.SIGKILL)
        process.wait()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Raise Stopped on Ctrl-C and SIGTERM within the block."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise Stopped

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
