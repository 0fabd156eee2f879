"""The refreshes: which raw tables each takes in, so that it builds what depends on them and nothing else."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.intake.names import READINGS_TABLE, table_of
from ingest.intake.reports import PHOTOS, WORK_ORDERS
from lake.contracts import load_contracts
from pipelines.decisions import ACTION_TABLES
from pipelines.lineage import downstream, upstream


@dataclass(frozen=True)
class Refresh:
    """A job that loads what has come for `tables`: batches of the intake, or people's actions."""

    job_name: str
    tables: tuple[str, ...]
    description: str


READINGS = Refresh("refresh_readings", (READINGS_TABLE,), "What devices sent, and what depends on it.")
REPORTS = Refresh("refresh_reports", (WORK_ORDERS, PHOTOS), "What phones sent, and what depends on it.")
ACTIONS = Refresh("refresh_actions", ACTION_TABLES, "What people decided, and what depends on it.")
CORRECTIONS = Refresh(
    "refresh_corrections",
    ACTION_TABLES,
    "Rows that people put right, let in, with what else was decided, and what depends on either.",
)
INTAKE_REFRESHES = (READINGS, REPORTS)
#: Both take in all that people decided; a row that was put right may touch any mart.
DECISION_REFRESHES = (ACTIONS, CORRECTIONS)
REFRESHES = (*INTAKE_REFRESHES, *DECISION_REFRESHES)
#: All that devices and phones send.
INTAKE_TABLES = tuple(table for refresh in INTAKE_REFRESHES for table in refresh.tables)

#: Where actions enter models that much depends on: each is built again only for the kinds that it reads.
GATES: Mapping[str, tuple[str, ...]] = {
    "stg_projects__date_changes": ("replan_milestone",),
    "stg_projects__progress_reports": ("report_progress",),
    "fct_milestone": ("replan_milestone", "set_milestone", "report_progress"),
    "fct_milestone_link": ("set_predecessors",),
    "mart_rating_sequence": ("close_item", "verify_item", "dismiss_item"),
    # What is said today counts for months at least 30 days off, and is booked by the night after their end.
    "ml_override_backtest": (),
}


def refresh_of(job_name: str) -> Refresh | None:
    """The refresh that a job is, if it is one."""
    return next((refresh for refresh in REFRESHES if refresh.job_name == job_name), None)


def next_refresh(batches: Iterable[Path]) -> tuple[Refresh, list[Path]] | None:
    """The refresh for the batch that waits longest, with all batches that it would take in."""
    waiting = list(batches)
    for oldest in waiting:
        for refresh in INTAKE_REFRESHES:
            if table_of(oldest) in refresh.tables:
                return refresh, [path for path in waiting if table_of(path) in refresh.tables]
    return None


def touched_by(
    kinds: Iterable[str],
    manifest: Mapping[str, Any],
    forecasts: Mapping[str, Iterable[str]],
    raw_tables: Iterable[str],
) -> set[str]:
    """The models and forecasts that actions of these kinds change.

    An acknowledgement moves its item and nothing else; a new date moves milestones and all that follows.
    """
    came = set(kinds)
    everything = downstream(manifest, forecasts, raw_tables)
    closed = {gate for gate, readers in GATES.items() if not came.intersection(readers)}
    opened = set(GATES) - closed
    left = everything - closed - downstream(manifest, forecasts, closed)
    return left | ((opened | downstream(manifest, forecasts, opened)) & everything)


def replayable(
    selected: Collection[str], manifest: Mapping[str, Any], forecasts: Mapping[str, Iterable[str]]
) -> frozenset[str]:
    """The contracts into whose tables a run that builds the `selected` may let rows.

    What reads them is built with it; anything that is left out would go on showing them as missing.
    """
    models = {
        node["name"] for node in manifest["nodes"].values() if node["resource_type"] in ("model", "snapshot")
    }
    left_out = (models | set(forecasts)) - set(selected)
    read = frozenset().union(*upstream(manifest, forecasts, left_out).values())
    return frozenset(name for name, contract in load_contracts().items() if contract.raw_table not in read)
