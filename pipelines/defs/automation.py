"""When things run by themselves: the night at 02:00, and a refresh when new files arrive."""

import hashlib
import json
from typing import Any

import dagster as dg

from ingest.company import Company
from lake.lock import LakeBusyError, writer_lock
from lake.settings import Settings
from pipelines.resources import KIND_TAG

NIGHT_JOB = "night"
NIGHT_CRON = "0 2 * * *"
INBOX_SECONDS = 60


def night_job() -> Any:
    """The whole way from the sources to one publication, in one process."""
    return dg.define_asset_job(
        NIGHT_JOB,
        selection=dg.AssetSelection.all(),
        description="One night: ingest, checks at the door, marts, forecasts, one publication.",
        executor_def=dg.in_process_executor,
    )


def nightly(company: Company) -> dg.ScheduleDefinition:
    """The night at 02:00 in the company's time zone; off for a fixed extract, which never changes."""
    is_living = company.as_of_on is None
    return dg.ScheduleDefinition(
        name="nightly",
        job_name=NIGHT_JOB,
        cron_schedule=NIGHT_CRON,
        execution_timezone=company.time_zone,
        default_status=dg.DefaultScheduleStatus.RUNNING if is_living else dg.DefaultScheduleStatus.STOPPED,
        description=f"One night at 02:00 {company.time_zone}.",
    )


def inbox(company: Company, settings: Settings) -> dg.SensorDefinition:
    """A refresh when a file of a source is new or changed; it waits while a night runs."""

    @dg.sensor(
        name="inbox",
        job_name=NIGHT_JOB,
        minimum_interval_seconds=INBOX_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Watches the files of the company's sources; new or changed ones start a refresh.",
    )
    def watch(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        state = inbox_state(company)
        if context.cursor is None:
            return dg.SensorResult(cursor=json.dumps(state))
        if state == json.loads(context.cursor):
            return dg.SkipReason("no new or changed files")
        try:
            with writer_lock(settings, "inbox sensor"):
                pass
        except LakeBusyError as busy:
            return dg.SkipReason(str(busy))
        cursor = json.dumps(state)
        key = hashlib.sha256(cursor.encode()).hexdigest()
        return dg.SensorResult([dg.RunRequest(run_key=key, tags={KIND_TAG: "refresh"})], cursor=cursor)

    return watch


def inbox_state(company: Company) -> dict[str, list[int]]:
    """Size and time of change of each file that the company's sources name."""
    files = sorted(file.path for source in company.sources.values() for file in source.files())
    return {str(path): [(stat := path.stat()).st_size, stat.st_mtime_ns] for path in files}
