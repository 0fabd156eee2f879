"""`gantry up`: the cockpit and the Dagster UI together, until Ctrl-C."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from cli.common import (
    EXIT_FAILED,
    CompanyOption,
    DataOption,
    LakeOption,
    err,
    fail,
    out,
    settings_of,
    told_plainly,
)
from lake.settings import PROJECT_ROOT, Settings, child_environment
from lake.text import text

READY_SECONDS = 120
STOP_SECONDS = 15
PortOption = Annotated[int | None, typer.Option("--port", help=text("cli.help_port"))]
DagsterPortOption = Annotated[int | None, typer.Option("--dagster-port", help=text("cli.help_dagster_port"))]


class Stopped(Exception):  # noqa: N818  (a request, not an error)
    """Somebody asked for the end: Ctrl-C or SIGTERM."""


def up(
    company: CompanyOption = None,
    data: DataOption = None,
    lake: LakeOption = None,
    port: PortOption = None,
    dagster_port: DagsterPortOption = None,
) -> None:
    """Serve the cockpit and the Dagster UI without running a night; Ctrl-C stops both."""
    with told_plainly():
        settings = settings_of(company, data, lake)
        ports = {"cockpit_port": port, "dagster_port": dagster_port}
        settings = settings.model_copy(update={name: value for name, value in ports.items() if value})
        with _interruptible(), contextlib.suppress(Stopped), _serving(settings) as servers:
            _wait_until_ready(servers)
            out.print(text("cli.up_ready", None))
            for server in servers:
                out.print(
                    f"  {text(f'cli.up_{server.plan.name}')}  [bold]{server.plan.address}[/bold]",
                    highlight=False,
                )
            out.print(text("cli.up_stop", None))
            _wait_for_end(servers)
    out.print(text("cli.up_stopped", None))


@dataclass(frozen=True)
class Plan:
    """One server to start: its command, its environment, where it answers and where it tells its health."""

    name: str
    command: list[str]
    environment: dict[str, str]
    address: str
    health_path: str


@dataclass(frozen=True)
class Server:
    """One running server."""

    plan: Plan
    process: subprocess.Popen[bytes]
    log: Path


def _plans(settings: Settings) -> list[Plan]:
    from cockpit import launch
    from pipelines.instance import dagster_home

    return [
        Plan(
            "cockpit",
            launch.command(settings),
            launch.environment(settings),
            launch.address(settings),
            launch.HEALTH_PATH,
        ),
        Plan(
            "dagster",
            _dagster_command(settings),
            child_environment(settings) | {"DAGSTER_HOME": str(dagster_home(settings))},
            f"http://127.0.0.1:{settings.dagster_port}",
            "/server_info",
        ),
    ]


@contextlib.contextmanager
def _serving(settings: Settings) -> Iterator[list[Server]]:
    """All servers as children in sessions of their own, each with its log; all gone when the block ends."""
    servers: list[Server] = []
    logs = settings.paths.root / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    try:
        for plan in _plans(settings):
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


def _dagster_command(settings: Settings) -> list[str]:
    return [
        *(sys.executable, "-m", "dagster", "dev"),
        *("-m", "pipelines.definitions"),
        *("--host", "127.0.0.1", "--port", str(settings.dagster_port)),
        *("--log-level", "warning"),
    ]


def _wait_until_ready(servers: list[Server]) -> None:
    """Return when every server answers; end with a message when one dies or stays silent."""
    for server in servers:
        deadline = time.monotonic() + READY_SECONDS
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


def _wait_for_end(servers: list[Server]) -> None:
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
def _interruptible() -> Iterator[None]:
    def stop(_number: int, _frame: FrameType | None) -> None:
        raise Stopped

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
