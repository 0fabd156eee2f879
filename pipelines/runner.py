"""Running one night from here to the end, and telling how it went."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

import dagster as dg

from ingest.company import Company, load_company
from ingest.door import TableLoad
from lake.checks import CheckResult
from lake.publication import LastRun, Publication, finished, note_run
from lake.run import RunContext, new_run, utc_now
from lake.settings import Settings
from pipelines.business_date import business_date
from pipelines.dbt_runs import DbtProject
from pipelines.definitions import build_definitions
from pipelines.instance import dagster_instance
from pipelines.night import NIGHT_JOB, Night, open_night
from pipelines.outcomes import NodeOutcome
from pipelines.progress import Progress
from pipelines.refreshes import Refresh
from pipelines.resources import DATE_TAG, KIND_TAG, REFRESH, date_of

EXIT_WELL, EXIT_CHECK_FAILED, EXIT_NIGHT_FAILED = 0, 1, 2
QUIET_CONSOLE = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True)
class NightReport:
    """How a night went: what the door did, what was built, what was checked, what readers now see."""

    run: RunContext
    status_code: str
    exit_code: int
    message: str
    loads: list[TableLoad]
    nodes: list[NodeOutcome]
    checks: list[CheckResult]
    publication: Publication | None
    seconds: dict[str, float]


def run_night(settings: Settings, asked: date | None = None, progress: Progress | None = None) -> NightReport:
    """Run one night in this process and report it; a failed step is reported, not raised.

    Raises what keeps a night from beginning: MappingError, LakeBusyError, OSError, duckdb.Error.
    """
    company = load_company(settings.company, settings.data)
    run = new_run(business_date(company, asked, datetime.now(UTC)))
    return _run(settings, company, run, NIGHT_JOB, progress)


def run_refresh(
    settings: Settings,
    refresh: Refresh,
    progress: Progress | None = None,
    only: Iterable[dg.AssetKey] | None = None,
) -> NightReport:
    """Take in what has come, build what depends on it, publish; else as `run_night`.

    With `only` the run has these assets of the refresh alone, as a sensor asks for them.
    """
    company = load_company(settings.company, settings.data)
    run = new_run(date_of(settings, company, {}, REFRESH), REFRESH)
    return _run(settings, company, run, refresh.job_name, progress, only)


def _run(
    settings: Settings,
    company: Company,
    run: RunContext,
    job_name: str,
    progress: Progress | None,
    only: Iterable[dg.AssetKey] | None = None,
) -> NightReport:
    with open_night(settings, run, DbtProject(settings), progress, company, job_name=job_name) as night:
        resource = dg.ResourceDefinition.hardcoded_resource(night)
        job = build_definitions(settings, night.dbt, resource, company).resolve_job_def(job_name)
        selection = list(only) if only is not None else None
        night.progress.begin(len(selection or job.asset_layer.selected_asset_keys))
        with dagster_instance(settings) as instance:
            result = job.execute_in_process(
                instance=instance,
                raise_on_error=False,
                run_config=QUIET_CONSOLE,
                run_id=run.run_id,
                asset_selection=selection,
                tags={DATE_TAG: run.as_of_on.isoformat(), KIND_TAG: run.kind},
            )
    message = "" if result.success else _failure(result)
    if not result.success:
        _note_failure(settings, run, message)
    return _report(night, result.success, message)


def _report(night: Night, is_done: bool, message: str) -> NightReport:
    status = "failed" if not is_done else "check_failed" if night.has_failed_check else "ok"
    code = {"ok": EXIT_WELL, "check_failed": EXIT_CHECK_FAILED, "failed": EXIT_NIGHT_FAILED}[status]
    return NightReport(
        night.run,
        status,
        code,
        message,
        night.loads,
        night.nodes,
        night.checks,
        night.publication,
        night.seconds,
    )


def _failure(result: dg.ExecuteInProcessResult) -> str:
    """The first failed step's own words: the innermost cause, without Dagster's wrapping."""
    for event in result.filter_events(lambda event: event.is_step_failure):
        error = event.step_failure_data.error
        while error is not None and error.cause is not None:
            error = error.cause
        return f"{event.step_key}: {error.message.strip() if error else event.message}"
    return "the run failed before its first step"


def _note_failure(settings: Settings, run: RunContext, message: str) -> None:
    state = LastRun(run.run_id, run.kind, run.as_of_on, run.started_at, None, "running", "")
    note_run(settings.paths, finished(state, at=utc_now(), status_code="failed", message=message))
