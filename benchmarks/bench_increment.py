"""Does one more day cost more the longer a company has existed?

The made-up company on its running systems, once with one year of history and once with four, the same size:
a first night takes the history in, then the clock moves on day by day and each night takes in what is new.
Readings are left out: how many there are does not depend on the company's age.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lake.settings import PROJECT_ROOT, Settings, child_environment

COMPANY = PROJECT_ROOT / "data" / "companies" / "sandbox"
HISTORIES = {"one_year": "2022-12-31", "four_years": "2025-12-31"}
MOVE_SECONDS = 1800


def run(scale: float = 1.0, days: int = 3) -> dict[str, Any]:
    """Seconds of the first night and of the best of `days` further ones by history, and how they compare."""
    found = {name: _history(until, scale, days) for name, until in HISTORIES.items()}
    best = {name: each["one_more_day_seconds"] for name, each in found.items()}
    return {"scale": scale, **found, "cost_ratio": round(best["four_years"] / best["one_year"], 3)}


def _history(until: str, scale: float, days: int) -> dict[str, Any]:
    with (
        tempfile.TemporaryDirectory(prefix="gantry-bench-") as name,
        _systems(Path(name), until, scale) as url,
    ):
        folder = Path(name)
        first, _ = _night(folder, _state(url))
        nights = [_night(folder, _ask(f"{url}/clock", {"days": 1})) for _ in range(days)]
        rows = sum(table["living"] for table in _state(url)["tables"].values())
    seconds, phases = min(nights, key=lambda night: night[0])
    return {
        "rows": rows,
        "first_night_seconds": round(first, 1),
        "one_more_day_seconds": round(seconds, 1),
        "phases": phases,
    }


@contextmanager
def _systems(folder: Path, until: str, scale: float) -> Iterator[str]:
    """The company's systems, served by a process of their own; their control address."""
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
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _night(folder: Path, state: dict[str, Any]) -> tuple[float, dict[str, float]]:
    """Seconds of a night for the company's day: the whole process, and its own count by phase."""
    settings = Settings(lake=folder / "lake", company=COMPANY, data=folder, key_file=folder / "key")
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


def _state(url: str) -> dict[str, Any]:
    return _ask(f"{url}/state")


def _ask(address: str, content: dict[str, Any] | None = None) -> dict[str, Any]:
    body = None if content is None else json.dumps(content).encode()
    request = urllib.request.Request(address, data=body, headers={"Content-Type": "application/json"})  # noqa: S310 - our own page
    with urllib.request.urlopen(request, timeout=MOVE_SECONDS) as answer:  # noqa: S310 - our own page
        return json.load(answer)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
