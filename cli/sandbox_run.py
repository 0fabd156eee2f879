"""`gantry sandbox run`: the live company whole: its systems, the intake, a night, cockpit and Dagster."""

import contextlib
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from cli.common import CompanyOption, LakeOption, out, told_plainly
from cli.sandbox_place import LIVE, PHONE_TOKEN, PORT, connect, kept_state
from cli.sandbox_serve import SCALE, SEED, ErpOption, UntilOption
from cli.servers import STOP_SECONDS, Plan, Stopped, interruptible, serving, wait_for_end, wait_until_ready
from cli.up import plans_of, show
from lake.settings import PROJECT_ROOT, Settings, child_environment, load_settings
from lake.text import text

#: The night's codes after which there may be something to show; with another one there is not.
SHOWN_CODES = (0, 1, 2)
#: A company of full size lives through its years before it answers: a minute and a half at best.
BIRTH_SECONDS = 900


def run(
    folder: Annotated[Path | None, typer.Option("--folder", help=text("cli.help_run_folder"))] = None,
    seed: Annotated[int, typer.Option("--seed", help=text("cli.help_seed"))] = SEED,
    scale: Annotated[float, typer.Option("--scale", help=text("cli.help_scale"))] = SCALE,
    until: UntilOption = None,
    erp: ErpOption = None,
    company: CompanyOption = None,
    lake: LakeOption = None,
) -> None:
    """Run all of it until Ctrl-C; the exit code is the night's when there is nothing to show."""
    # A lake of its own has a company of its own: what was once sent to one lake does not come again.
    place = (folder or load_settings(lake=lake).paths.root / "sandbox").expanduser().resolve()
    company_options = ["--folder", str(place), "--seed", str(seed), "--scale", str(scale)]
    company_options += ["--until", until] if until else []
    company_options += ["--erp", erp] if erp else []
    code = 0
    with told_plainly(), interruptible(), contextlib.suppress(Stopped):
        out.print(text("cli.sandbox_starting"))
        settings = _placed(load_settings(company=company or LIVE, data=place, lake=lake))
        with serving(settings, [_intake(settings)]) as intakes:
            wait_until_ready(intakes)
            with serving(settings, [_systems(settings, company_options)]) as systems:
                wait_until_ready(systems)
                connect(_state(place))
                today = _state(place)["today"]
                out.print(text("cli.sandbox_first_night", None, today=today))
                code = _night(settings, today)
                if code in SHOWN_CODES:
                    code = 0
                    with serving(settings, plans_of(settings)) as shown:
                        wait_until_ready(shown)
                        out.print(text("cli.up_ready", None))
                        show([*shown, *systems, *intakes])
                        out.print(text("cli.sandbox_how_on", None, folder=place))
                        wait_for_end([*shown, *systems, *intakes])
    out.print(text("cli.up_stopped", None))
    raise typer.Exit(code)


def _placed(settings: Settings) -> Settings:
    """The settings with ports that are free on this machine, and a token for the phones of this run."""
    broker = f"127.0.0.1:{_port(1883)}"
    update = {
        "intake_broker": broker,
        "intake_embedded_broker": True,
        "intake_protocol": "3.1.1",
        "intake_health_port": _port(settings.intake_health_port),
        "intake_http_port": _port(settings.intake_http_port),
        # The company's clock is its own: any time may be now.
        "intake_future_hours": 0,
        "intake_late_hours": 0,
        "cockpit_port": _port(settings.cockpit_port),
        "dagster_port": _port(settings.dagster_port),
        "sandbox_url": f"http://127.0.0.1:{_port(PORT)}",
    }
    token = os.environ.setdefault(PHONE_TOKEN, secrets.token_urlsafe(32))
    os.environ.setdefault("GANTRY_INTAKE_TOKENS", f"phones:{token}")
    return settings.model_copy(update=update)


def _port(usual: int) -> int:
    """The usual port, or a free one where somebody else has it."""
    for port in (usual, 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return probe.getsockname()[1]
    raise OSError("no port is free on 127.0.0.1")


def _intake(settings: Settings) -> Plan:
    command = [*_gantry(), "intake"]
    return Plan("intake", command, child_environment(settings), _health(settings), "/health")


def _health(settings: Settings) -> str:
    return f"http://{settings.intake_health_host}:{settings.intake_health_port}"


def _systems(settings: Settings, options: list[str]) -> Plan:
    url = settings.sandbox_url or ""
    port = url.rpartition(":")[2]
    command = [*_gantry(), "sandbox", "serve", *options, "--port", port]
    phones = f"http://{settings.intake_http_host}:{settings.intake_http_port}"
    command += ["--broker", settings.intake_broker, "--intake", phones, "--intake-health", _health(settings)]
    return Plan("sandbox", command, child_environment(settings), url, "/state", BIRTH_SECONDS)


def _night(settings: Settings, day: str) -> int:
    """The exit code of a night for the company's day, run as a child that ends with us."""
    with _child([*_gantry(), "run", "--date", day], child_environment(settings)) as night:
        return night.wait()


@contextlib.contextmanager
def _child(command: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, cwd=PROJECT_ROOT, env=environment)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(STOP_SECONDS)
            process.kill()
            process.wait()


def _state(folder: Path) -> dict:
    state = kept_state(folder)
    assert state is not None, "a company that serves has written its state"
    return state


def _gantry() -> list[str]:
    return [sys.executable, "-m", "cli.main"]
