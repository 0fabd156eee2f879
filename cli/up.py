"""`gantry up`: the cockpit and the Dagster UI together, until Ctrl-C."""

import contextlib
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
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
            for name, (_, address, _) in servers.items():
                out.print(f"  {text(f'cli.up_{name}')}  [bold]{address}[/bold]", highlight=False)
            out.print(text("cli.up_stop", None))
            _wait_for_end(servers)
    out.print(text("cli.up_stopped", None))


Server = tuple[subprocess.Popen[bytes], str, str]


@contextlib.contextmanager
def _serving(settings: Settings) -> Iterator[dict[str, Server]]:
    """Both servers as children in sessions of their own; all of them gone when the block ends."""
    from cockpit.launch import command as cockpit_command
    from pipelines.runner import dagster_home

    environment = child_environment(settings) | {"DAGSTER_HOME": str(dagster_home(settings))}
    cockpit, dagster = (f"http://127.0.0.1:{port}" for port in (settings.cockpit_port, settings.dagster_port))
    servers: dict[str, Server] = {}
    try:
        for name, address, health, command in (
            ("cockpit", cockpit, "/_stcore/health", cockpit_command(settings)),
            ("dagster", dagster, "/server_info", _dagster_command(settings)),
        ):
            process = subprocess.Popen(
                command, cwd=PROJECT_ROOT, env=environment, start_new_session=True, stdout=subprocess.DEVNULL
            )
            servers[name] = (process, address, address + health)
        yield servers
    finally:
        _stop([process for process, _, _ in servers.values()])


def _dagster_command(settings: Settings) -> list[str]:
    return [
        *(sys.executable, "-m", "dagster", "dev"),
        *("-m", "pipelines.definitions"),
        *("--host", "127.0.0.1", "--port", str(settings.dagster_port)),
        *("--log-level", "warning"),
    ]


def _wait_until_ready(servers: dict[str, Server]) -> None:
    """Return when every server answers; end with a message when one dies or stays silent."""
    for name, (process, address, health) in servers.items():
        for _ in range(READY_SECONDS * 4):
            if _answers(health):
                break
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=0.25)
                fail(
                    text("cli.up_died", None, name=text(f"cli.up_{name}"), code=process.returncode),
                    EXIT_FAILED,
                )
        else:
            fail(text("cli.up_silent", None, name=text(f"cli.up_{name}"), address=address), EXIT_FAILED)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310  (our own loopback address)
            return response.status == 200
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def _wait_for_end(servers: dict[str, Server]) -> None:
    while True:
        for name, (process, _, _) in servers.items():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=1)
                fail(
                    text("cli.up_died", None, name=text(f"cli.up_{name}"), code=process.returncode),
                    EXIT_FAILED,
                )


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
