"""A real PostgreSQL: one cluster a session, one fresh database a test."""

import contextlib
import itertools
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from tests.support.programs import require_program, unprivileged_user

START_TIMEOUT_S = 60


@dataclass
class Cluster:
    """A running cluster that listens on a socket in its own folder only."""

    folder: Path
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def dsn(self, database: str) -> str:
        """The libpq connection text of one database."""
        return f"host={self.folder} user=gantry dbname={database}"

    def create_database(self) -> str:
        """A fresh database; its connection text."""
        name = f"test_{next(self._numbers)}"
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            connection.execute(f"create database {name}")
        return self.dsn(name)


@contextlib.contextmanager
def running_cluster(programs: Path, user: str | None) -> Iterator[Cluster]:
    """Start a cluster as `user` in a temporary folder; stop and remove it at the end."""
    # Not in pytest's folder: only its owner may pass there, and a socket's path may have 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="gantry-pg-"))
    if user:
        shutil.chown(folder, user)
    data = folder / "data"

    def call(program: str, *arguments: str) -> None:
        command = [programs / program, "-D", str(data), *arguments]
        done = subprocess.run(command, user=user, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            said = f"{done.stdout}{done.stderr}{_log(folder)}"
            raise RuntimeError(f"{program} failed ({done.returncode}):\n{said}")

    try:
        call("initdb", "-U", "gantry", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        options = f"-k {folder} -c listen_addresses='' -c fsync=off"
        # -w: returns when the server answers, and fails when it does not in time.
        start = ("-w", "-t", str(START_TIMEOUT_S), "-l", str(folder / "log"), "-o", options, "start")
        call("pg_ctl", *start)
        try:
            yield Cluster(folder)
        finally:
            call("pg_ctl", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[Cluster]:
    """The session's PostgreSQL cluster; skips where PostgreSQL is not installed."""
    pattern = "usr/lib/postgresql/*/bin/initdb"
    programs = Path(require_program("PostgreSQL", "initdb", patterns=(pattern,))).resolve().parent
    with running_cluster(programs, unprivileged_user()) as cluster:
        yield cluster


@pytest.fixture
def postgres(postgres_cluster: Cluster) -> str:
    """The libpq connection text of a fresh, empty PostgreSQL database."""
    return postgres_cluster.create_database()


def _log(folder: Path) -> str:
    log = folder / "log"
    return log.read_text(errors="replace") if log.exists() else ""
