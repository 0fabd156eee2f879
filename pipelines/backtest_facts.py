"""A company's tables for a back-test: from a lake's last good build, or from a night in a passing lake."""

import tempfile
from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path

import duckdb
import polars as pl

from lake.settings import Settings
from pipelines.build_file import GOOD
from pipelines.runner import run_night

Frames = Mapping[str, pl.DataFrame]


class NoFactsError(RuntimeError):
    """There is no good build, and the night that should have made one failed; the message says why."""


def company_facts(settings: Settings, reads: Mapping[str, Collection[str]]) -> tuple[Frames, date]:
    """The columns asked for of each table («marts.fct_milestone»: columns), and the business date.

    A lake that has a good build is read as it stands; otherwise a night of the company runs in a lake of its
    own that is thrown away. Raises NoFactsError, and what `run_night` raises.
    """
    good = settings.paths.build / GOOD
    if good.exists():
        return _read(good, reads)
    with tempfile.TemporaryDirectory(prefix="gantry-backtest-") as folder:
        passing = settings.model_copy(update={"lake": Path(folder) / "lake"})
        report = run_night(passing)
        if report.publication is None:
            raise NoFactsError(report.message)
        return _read(passing.paths.build / GOOD, reads)


def _read(build: Path, reads: Mapping[str, Collection[str]]) -> tuple[Frames, date]:
    with duckdb.connect(str(build), read_only=True) as con:
        frames = {
            table: con.execute(f"select {', '.join(columns)} from {table}").pl()
            for table, columns in reads.items()
        }
        (as_of_on,) = con.execute("select as_of_on from ops.build_context").fetchone()
    return frames, as_of_on
