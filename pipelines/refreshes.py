"""The refreshes: which raw tables each takes in, so that it builds what depends on them and nothing else."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ingest.intake.names import READINGS_TABLE, table_of
from ingest.intake.reports import PHOTOS, WORK_ORDERS


@dataclass(frozen=True)
class Refresh:
    """A job that loads the intake's batches of `tables`."""

    job_name: str
    tables: tuple[str, ...]
    description: str


READINGS = Refresh("refresh_readings", (READINGS_TABLE,), "What devices sent, and what depends on it.")
REPORTS = Refresh("refresh_reports", (WORK_ORDERS, PHOTOS), "What phones sent, and what depends on it.")
REFRESHES = (READINGS, REPORTS)
#: All that devices and phones send.
INTAKE_TABLES = tuple(table for refresh in REFRESHES for table in refresh.tables)


def refresh_of(job_name: str) -> Refresh | None:
    """The refresh that a job is, if it is one."""
    return next((refresh for refresh in REFRESHES if refresh.job_name == job_name), None)


def next_refresh(batches: Iterable[Path]) -> tuple[Refresh, list[Path]] | None:
    """The refresh for the batch that waits longest, with all batches that it would take in."""
    waiting = list(batches)
    for oldest in waiting:
        for refresh in REFRESHES:
            if table_of(oldest) in refresh.tables:
                return refresh, [path for path in waiting if table_of(path) in refresh.tables]
    return None
