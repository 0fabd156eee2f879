"""Running nights as a user does, breaking them on purpose, and comparing what they publish."""

import json
import os
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from lake.publication import find_publication
from lake.settings import Settings, child_environment

PROJECT_ROOT = Path(__file__).resolve().parent.parent.parent
NIGHT_TIMEOUT_S = 600
# What differs between two runs of the same night by its nature.
RUN_COLUMNS = ("_run_id", "_loaded_at", "_snapshot_id")
COMPARED_SCHEMAS = ("marts", "ml")

# A night in a process of its own that kills itself, without any chance to tidy up, when an asset is begun or
# done (the night tells its progress in the midst of work) or when a function is called. No timing in it.
KILLED_NIGHT = """
import datetime, importlib, os, signal, sys
from lake.settings import Settings, quiet_environment
quiet_environment()
from pipelines.progress import Silent
from pipelines.runner import run_night

moment, place, day = sys.argv[1:]

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

if moment == "call":
    module, _, function = place.rpartition(".")
    assert callable(getattr(importlib.import_module(module), function))
    setattr(importlib.import_module(module), function, die)

class Killer(Silent):
    def kill(self, at, name):
        if (at, name) == (moment, place):
            die()
    def start(self, asset):
        self.kill("start", asset)
    def finish(self, asset):
        self.kill("finish", asset)

run_night(Settings(), datetime.date.fromisoformat(day) if day else None, Killer())
"""


def gantry(
    *arguments: str, settings: Settings, prefix: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[str]:
    """The command line, in a process of its own, started by `prefix`."""
    command = [*prefix, sys.executable, "-m", "cli.main", *arguments]
    return subprocess.run(
        command,
        env=night_environment(settings),
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        timeout=NIGHT_TIMEOUT_S,
        check=False,
    )


def run_night_json(settings: Settings, *arguments: str) -> dict[str, Any]:
    """One night by the command line; its report. Fails the test with all it said when it went wrong."""
    done = gantry("run", "--json", *arguments, settings=settings)
    assert done.returncode in (0, 1), f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
    return json.loads(done.stdout)


def run_night_here(settings: Settings, day: date | None = None) -> dict[str, Any]:
    """One night in this process, for tests that are not about the command; its report as the command's.

    A process of its own needs ten seconds to begin.
    """
    from cli.run import summary
    from pipelines.runner import run_night

    report = run_night(settings, day)
    assert report.exit_code in (0, 1), report.message
    return json.loads(json.dumps(summary(report), default=str))


def kill_night(settings: Settings, moment: str, place: str, day: str = "") -> None:
    """Run a night that gets SIGKILL at `moment`: start or finish of an asset, or call of a function."""
    command = [sys.executable, "-c", KILLED_NIGHT, moment, place, day]
    done = subprocess.run(
        command,
        env=night_environment(settings),
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        timeout=NIGHT_TIMEOUT_S,
        check=False,
    )
    said = f"{done.stdout}\n{done.stderr}"
    assert done.returncode == -signal.SIGKILL, (
        f"never killed at {moment} of {place}: {done.returncode}\n{said}"
    )


def night_environment(settings: Settings) -> dict[str, str]:
    """The environment of a night on `settings`, the test's key included."""
    environment = {**os.environ, **child_environment(settings)}
    if settings.key is not None:
        environment["GANTRY_KEY"] = settings.key.get_secret_value()
    return environment


def published_file(settings: Settings) -> Path:
    """The newest published file of a lake."""
    return settings.paths.published / find_publication(settings).file_name


def differences(one: Settings, other: Settings, ignored: tuple[str, ...] = RUN_COLUMNS) -> dict[str, str]:
    """Tables of the newest publications of two lakes that differ, as `file_differences` tells them."""
    return file_differences(published_file(one), published_file(other), ignored)


def file_differences(one: Path, other: Path, ignored: tuple[str, ...] = RUN_COLUMNS) -> dict[str, str]:
    """Tables of two build or published files that differ by EXCEPT ALL, either way; {} when equal.

    Raises AssertionError when there is nothing to compare: an empty comparison proves nothing.
    """
    with duckdb.connect() as con:
        for name, file in (("one", one), ("other", other)):
            con.execute(f"attach '{file}' as {name} (read_only)")
        ours, theirs = (_columns(con, name, ignored) for name in ("one", "other"))
        found = {
            table: f"columns: {ours.get(table)} and {theirs.get(table)}"
            for table in ours.keys() | theirs.keys()
            if ours.get(table) != theirs.get(table)
        }
        alike = sorted(ours.keys() - found.keys())
        found |= {table: told for table in alike if (told := row_difference(con, table, ours[table]))}
        rows = sum(con.sql(f"select count(*) from one.{table}").fetchall()[0][0] for table in alike)
    assert found or rows, "nothing to compare: all published tables are empty"
    return found


def _columns(
    con: duckdb.DuckDBPyConnection, database: str, ignored: tuple[str, ...]
) -> dict[str, dict[str, str]]:
    """The columns to compare and their types, by table."""
    rows = con.execute(
        "select schema_name || '.' || table_name, column_name, data_type from duckdb_columns()"
        " where database_name = ? and list_contains(?, schema_name) and not list_contains(?, column_name)"
        " order by all",
        [database, list(COMPARED_SCHEMAS), list(ignored)],
    ).fetchall()
    columns: dict[str, dict[str, str]] = {}
    for table, column, data_type in rows:
        columns.setdefault(table, {})[column] = data_type
    return columns


def row_difference(con: duckdb.DuckDBPyConnection, table: str, columns: dict[str, str]) -> str | None:
    """How a table of the attached files `one` and `other` differs by EXCEPT ALL; None when it does not."""
    listed = ", ".join(f'"{column}"' for column in columns)
    for left, right in (("one", "other"), ("other", "one")):
        query = f"select {listed} from {left}.{table} except all select {listed} from {right}.{table}"
        if extra := con.sql(query).fetchall():
            return f"{len(extra)} rows only in {left}, such as {extra[0]}"
    return None
