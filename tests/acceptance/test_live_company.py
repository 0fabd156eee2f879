"""`make run`: the made-up company on its running systems, and a next day that brings what it did."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from lake.connection import connect_lake
from lake.publication import find_publication
from lake.settings import Settings
from tests.conftest import TEST_KEY
from tests.support.nights import NIGHT_TIMEOUT_S, night_environment
from tests.support.reconciling import assert_reconciled

pytestmark = pytest.mark.slow

UNTIL = date(2025, 6, 30)
STOP_SECONDS = 90
READY, STOPPED = "Ctrl-C stops everything", "Stopped."


@dataclass
class Shown:
    """All that `make run` starts, and what it said."""

    process: subprocess.Popen[str]
    said: list[str]
    settings: Settings
    project_root: Path

    @property
    def company(self) -> Path:
        return self.settings.paths.root / "sandbox"

    def state(self) -> dict[str, Any]:
        address = json.loads((self.company / "state.json").read_text())["control"]
        with urllib.request.urlopen(f"{address}/state", timeout=20) as answer:
            return json.load(answer)

    def next_day(self) -> dict[str, Any]:
        command = [*(sys.executable, "-m", "cli.main", "sandbox", "next-day", "--json")]
        done = subprocess.run(
            [*command, "--url", self.state()["control"]],
            env=environment_of(self.settings),
            cwd=self.project_root,
            capture_output=True,
            text=True,
            timeout=NIGHT_TIMEOUT_S,
            check=False,
        )
        assert done.returncode in (0, 1), f"{done.stdout}\n{done.stderr}"
        return json.loads(done.stdout)

    def lake(self) -> duckdb.DuckDBPyConnection:
        return connect_lake(self.settings)


def environment_of(settings: Settings) -> dict[str, str]:
    """The environment of a person who chose a lake and nothing else."""
    environment = night_environment(settings)
    chosen = {"GANTRY_LAKE", "GANTRY_KEY", "GANTRY_LANGUAGE"}
    return {name: value for name, value in environment.items() if name[:7] != "GANTRY_" or name in chosen}


@pytest.fixture
def shown(tmp_path: Path, project_root: Path) -> Iterator[Shown]:
    settings = Settings(lake=tmp_path / "lake", key=TEST_KEY)
    process = subprocess.Popen(
        ["bash", "tools/run.sh", str(Path(sys.executable).parent), "--date", str(UNTIL), "--"],
        env=environment_of(settings),
        cwd=project_root,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said: list[str] = []
    assert process.stdout is not None
    try:
        for line in process.stdout:
            said.append(line)
            if READY in " ".join(line.split()) or READY in "".join(said[-2:]).replace("\n", " "):
                break
        assert process.poll() is None, "".join(said)
        yield Shown(process, said, settings, project_root)
    finally:
        # Its servers have sessions of their own: only it can end them.
        if process.poll() is None:
            process.terminate()
            process.communicate(timeout=STOP_SECONDS)


def assert_all_arrived(shown: Shown) -> None:
    """What the systems hold is in the lake; what is soiled waits with its reason."""
    con = shown.lake()
    ledger = pl.read_parquet(shown.company / "truth" / "dirt.parquet")
    assert_reconciled(con, shown.state()["tables"], ledger)
    con.close()


def test_a_company_runs_and_its_next_day_is_in_the_cockpits_publication(shown: Shown) -> None:
    assert find_publication(shown.settings).as_of_on == UNTIL
    assert_all_arrived(shown)
    first = shown.state()

    report = shown.next_day()
    tomorrow = UNTIL + timedelta(days=1)
    assert report["as_of_on"] == tomorrow.isoformat()
    assert find_publication(shown.settings).as_of_on == tomorrow
    kinds = ("inserted", "updated", "deleted")
    changed = {load["table"] for load in report["loads"] if any(load[kind] for kind in kinds)}
    assert len(changed) > 5
    state = shown.state()
    assert state["today"] == tomorrow.isoformat()
    assert state["sent"]["messages"] > state["sent"]["readings"] > first["sent"]["readings"]

    assert_all_arrived(shown)

    shown.process.send_signal(signal.SIGINT)
    out, _ = shown.process.communicate(timeout=STOP_SECONDS)
    assert shown.process.returncode == 0
    assert STOPPED in out
    left = subprocess.run(["pgrep", "-f", str(shown.company)], capture_output=True, text=True, check=False)
    assert left.stdout == "", "its processes are gone"
