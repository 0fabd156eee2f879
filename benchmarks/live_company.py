"""The made-up company's systems as a process of their own, and nights on them, for whoever measures or tests.

A company's folder holds all of it: its files and databases, the lake, the key.
"""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lake.settings import PROJECT_ROOT, Settings, child_environment

COMPANY = PROJECT_ROOT / "data" / "companies" / "sandbox"
MOVE_SECONDS = 1800


@dataclass(frozen=True)
class Systems:
    """Running systems: their control address and their process."""

    url: str
    process: subprocess.Popen[str]

    def state(self) -> dict[str, Any]:
        """Day, addresses and counts."""
        return _ask(f"{self.url}/state")

    def move(self, days: int = 1) -> dict[str, Any]:
        """Move the clock on; the state when all is done."""
        return _ask(f"{self.url}/clock", {"days": days})


@contextmanager
def running_systems(folder: Path, until: str, scale: float) -> Iterator[Systems]:
    """The company's systems, served by a process of their own."""
    port = _free_port()
    options = ["--folder", str(folder), "--until", until, "--scale", str(scale), "--port", str(port)]
    log = folder / "systems.log"
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [sys.executable, "-m", "cli.main", "sandbox", "serve", *options],
            cwd=PROJECT_ROOT,
            stdout=subprocess.PIPE,
            stderr=output,
            text=True,
        ) as process,
    ):
        try:
            assert process.stdout is not None
            # It tells its addresses when it takes requests, and ends its output when it cannot.
            for line in process.stdout:
                if f":{port}" in line:
                    break
            else:
                raise RuntimeError(log.read_text(encoding="utf-8"))
            yield Systems(f"http://127.0.0.1:{port}", process)
        finally:
            process.terminate()


def night(folder: Path, state: dict[str, Any]) -> tuple[float, dict[str, float]]:
    """Seconds of a night for the company's day: the whole process, and its own count by phase."""
    settings = settings_of(folder)
    reach = {
        "SANDBOX_CRM_URL": state["crm"],
        "SANDBOX_CRM_TOKEN": (folder / "crm.token").read_text(encoding="utf-8").strip(),
        "SANDBOX_ERP_URL": state["erp"],
    }
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", "run", "--date", state["today"], "--json"],
        cwd=PROJECT_ROOT,
        env={**os.environ, **child_environment(settings), **reach},
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - started
    if done.returncode > 1:
        raise RuntimeError(done.stderr or done.stdout)
    return seconds, json.loads(done.stdout)["seconds"]


def settings_of(folder: Path) -> Settings:
    """The settings of the company that lives in this folder."""
    return Settings(lake=folder / "lake", company=COMPANY, data=folder, key_file=folder / "key")


def _ask(address: str, content: dict[str, Any] | None = None) -> dict[str, Any]:
    body = None if content is None else json.dumps(content).encode()
    request = urllib.request.Request(address, data=body, headers={"Content-Type": "application/json"})  # noqa: S310 - our own page
    with urllib.request.urlopen(request, timeout=MOVE_SECONDS) as answer:  # noqa: S310 - our own page
        return json.load(answer)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
