"""`gantry up`: the cockpit and the Dagster UI together, until Ctrl-C."""

import contextlib
import sys
import threading
from collections.abc import Callable
from typing import Annotated

import typer
from websockets.exceptions import WebSocketException

from cli.common import (
    CompanyOption,
    DataOption,
    LakeOption,
    err,
    out,
    settings_of,
    told_plainly,
)
from cli.servers import Plan, Server, Stopped, interruptible, serving, wait_for_end, wait_until_ready
from lake.settings import Settings, child_environment
from lake.text import text

PortOption = Annotated[int | None, typer.Option("--port", help=text("cli.help_port"))]
DagsterPortOption = Annotated[int | None, typer.Option("--dagster-port", help=text("cli.help_dagster_port"))]


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
        with interruptible(), contextlib.suppress(Stopped), serving(settings, plans_of(settings)) as servers:
            wait_until_ready(servers)
            warm_up(settings)
            out.print(text("cli.up_ready", None))
            show(servers)
            out.print(text("cli.up_stop", None))
            wait_for_end(servers)
    out.print(text("cli.up_stopped", None))


def warm_up(settings: Settings) -> None:
    """Have the start page ready before anybody is told of it, and the other pages soon after."""
    from cockpit import launch, visitor
    from cockpit.shell.navigation import PAGES

    address = launch.address(settings)
    try:
        visitor.warm_up(address, [])
    except (OSError, WebSocketException) as error:
        err.print(text("cli.up_cold", None, reason=error), highlight=False)
        return
    rest = [page.key for page in PAGES]
    # Nobody waits for it: who opens such a page first waits as they would have.
    threading.Thread(target=_warm_rest, args=(visitor.warm_up, address, rest), daemon=True).start()


def _warm_rest(visit: Callable[[str, list[str]], None], address: str, pages: list[str]) -> None:
    # The server may be stopped while it is visited.
    with contextlib.suppress(OSError, WebSocketException):
        visit(address, pages)


def plans_of(settings: Settings) -> list[Plan]:
    """The cockpit and the Dagster UI."""
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


def _dagster_command(settings: Settings) -> list[str]:
    return [
        *(sys.executable, "-m", "dagster", "dev"),
        *("-m", "pipelines.definitions"),
        *("--host", "127.0.0.1", "--port", str(settings.dagster_port)),
        *("--log-level", "warning"),
    ]


def show(servers: list[Server]) -> None:
    """The names and addresses of servers, one a line."""
    for server in servers:
        label = text(f"cli.up_{server.plan.name}")
        out.print(f"  {label}  [bold]{server.plan.address}[/bold]", highlight=False)
