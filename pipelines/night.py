"""One night: what its steps share, how it begins, and how it ends well or badly.

The steps themselves are Dagster assets (defs/); they reach this object as the resource `night`.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb

from ingest.company import Company, load_company
from ingest.door import TableLoad
from ingest.ledger import Past
from lake.checks import CheckResult
from lake.connection import connect_lake, current_snapshot
from lake.lock import writer_lock
from lake.owner import OtherCompanyError, claim
from lake.publication import LastRun, Publication, finished, note_run
from lake.publishing import mend_pointer, publication_name
from lake.run import RunContext, utc_now
from lake.settings import Settings
from lake.tables import ensure_lake, settle_empty_tables
from lake.text import text
from pipelines.build_file import BuildContext, build_path, discard_builds, prepare_build
from pipelines.dbt_runs import DbtProject
from pipelines.decisions import with_decisions
from pipelines.outcomes import NodeOutcome
from pipelines.progress import Progress, Silent
from pipelines.refreshes import Refresh, refresh_of
from pipelines.source_health import SourceHealth
from pipelines.told_value import TABLE_NAME as TOLD_VALUE
from pipelines.told_value import lay_told_value

#: The job that builds everything; every other run builds part, on the last good build.
NIGHT_JOB = "night"


class RefreshError(RuntimeError):
    """A refresh cannot carry on from the last night; the message says what to do."""


@dataclass
class Night:
    """State of one run, filled by its steps in order."""

    settings: Settings
    company: Company
    run: RunContext
    con: duckdb.DuckDBPyConnection
    dbt: DbtProject
    progress: Progress
    loads: list[TableLoad] = field(default_factory=list)
    checks: list[CheckResult] = field(default_factory=list)
    nodes: list[NodeOutcome] = field(default_factory=list)
    #: Views that stand in a build which carries on: as good as built.
    standing: set[str] = field(default_factory=set)
    #: The dbt tests that this run has had: one whose tables come in two steps is told once.
    tested: set[str] = field(default_factory=set)
    seconds: dict[str, float] = field(default_factory=dict)
    forecasts: list[str] = field(default_factory=list)
    #: The tables that Python has written into the build: those it begins with, and those of steps.
    made: set[str] = field(default_factory=set)
    health: list[SourceHealth] = field(default_factory=list)
    past: Past | None = None
    context: BuildContext | None = None
    publication: Publication | None = None
    #: Whether only part is built: the rest stands in the last good build, which must be there then.
    is_partial: bool = False
    #: Whether the build began as a copy of the last good one, made by the same project.
    carries_on: bool = False
    refresh: Refresh | None = None
    #: Days whose roll-ups a backfill builds again, both included.
    rebuild: tuple[date, date] | None = None
    _held: duckdb.DuckDBPyConnection | None = None

    @property
    def build(self) -> Path:
        """The run's build file."""
        return build_path(self.settings.paths, self.run)

    def begin_build(self) -> BuildContext:
        """Pin the lake's newest snapshot and start the build file on it; a second call changes nothing.

        Steps that need the build call it themselves, so that part of a night can be run alone. Raises
        RefreshError when only part is to be built and there is no good build to carry on from.
        """
        if self.context is None:
            settle_empty_tables(self.con)
            first, last = self.rebuild or (None, None)
            context = BuildContext(
                run_id=self.run.run_id,
                publication_name=publication_name(self.con, self.run),
                as_of_on=self.run.as_of_on.isoformat(),
                snapshot_id=current_snapshot(self.con),
                reporting_currency=self.company.reporting_currency,
                time_zone=self.company.time_zone,
                project_hash=self.dbt.project_hash,
                rebuild_from_on=first.isoformat() if first else None,
                rebuild_to_on=last.isoformat() if last else None,
                pinned_at=None if self.is_partial else utc_now(),
                defaults=self.company.defaults,
            )
            self.carries_on = prepare_build(self.settings.paths, self.build, context)
            if not self.carries_on and self.is_partial:
                raise RefreshError(text("pipelines.nothing_to_refresh", self.settings.language))
            lay_told_value(self.con, self.build, self.run.as_of_on)
            self.made |= {"build_context", TOLD_VALUE}
            self.context = context
        return self.context

    def hold_build(self) -> None:
        """Keep the build file open between steps in Python: each opening and closing takes 0.15 s."""
        if self._held is None:
            self._held = duckdb.connect(str(self.build))

    def let_build_go(self) -> None:
        """Close the build file, all of it written, for who opens it in another way: dbt, the publication."""
        if self._held is not None:
            self._held.close()
            self._held = None

    def test_built(self, pending: Collection[str]) -> list[NodeOutcome]:
        """Run the data tests that became possible: on what was built so far, without the `pending` tables."""
        snapshot = self.begin_build().snapshot_id
        built = {node.name for node in self.nodes} | self.standing
        outcomes = self.dbt.test(self.build, snapshot, built, pending, self.tested)
        self.tested |= {outcome.unique_id for outcome in outcomes}
        return outcomes

    @property
    def has_failed_check(self) -> bool:
        """Whether any check of error level failed."""
        return any(check.is_failed_error for check in self.checks)


@contextmanager
def open_night(
    settings: Settings,
    run: RunContext,
    project: DbtProject,
    progress: Progress | None = None,
    company: Company | None = None,
    *,
    job_name: str = NIGHT_JOB,
) -> Iterator[Night]:
    """Hold the writer lock and the lake for one run; readers see it running, and how it ended.

    Leftovers of a killed run are mended first. A run that ends without a publication is noted as failed.
    A caller that has read the company file already hands it on. Any job but the night's builds part.
    """
    company = company or load_company(settings.company, settings.data)
    with writer_lock(settings, f"gantry {run.kind}"):
        state = LastRun(run.run_id, run.kind, run.as_of_on, run.started_at, None, "running", "")
        try:
            with connect_lake(settings) as con:
                ensure_lake(con)
                claim(con, settings, run.run_id)
                note_run(settings.paths, state)
                mend_pointer(settings, con)
                discard_builds(settings.paths)
                company = with_decisions(company, settings)
                night = Night(settings, company, run, con, project, progress or Silent())
                night.is_partial, night.refresh = job_name != NIGHT_JOB, refresh_of(job_name)
                night.past = Past.read(con)
                try:
                    yield night
                finally:
                    night.let_build_go()
        except OtherCompanyError:
            # Not a night of this lake's company: its readers need not hear of it.
            raise
        except Exception as error:
            note_run(settings.paths, finished(state, at=utc_now(), status_code="failed", message=str(error)))
            raise
        note_run(settings.paths, finished(state, at=utc_now(), status_code=_status(night)))


def _status(night: Night) -> str:
    if night.publication is None:
        return "failed"
    return "check_failed" if night.has_failed_check else "ok"
