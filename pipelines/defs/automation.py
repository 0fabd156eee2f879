"""When things run by themselves: the night at 02:00, and refreshes when new files or readings arrive."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from datetime import UTC
from typing import Any

import dagster as dg

from actions.kinds import CorrectRow, IgnoreRow
from actions.store import ActionStore
from ingest.company import Company
from ingest.intake.loading import closed_batches
from lake.lock import LakeBusyError, writer_lock
from lake.publication import connect_publication, current_publication
from lake.settings import Settings
from pipelines.night import NIGHT_JOB
from pipelines.refreshes import ACTIONS, CORRECTIONS, Refresh, next_refresh
from pipelines.resources import KIND_TAG, REFRESH

NIGHT_CRON = "0 2 * * *"
INBOX_SECONDS = 60
INTAKE_SECONDS = 10
ACTIONS_SECONDS = 5
LAST_NIGHT = (
    "select max(run.started_at) from ops.run inner join ops.publication using (run_id)"
    " where publication.kind_code = 'night'"
)
UNDER_WAY = [
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
]


def night_job() -> Any:
    """The whole way from the sources to one publication, in one process."""
    return dg.define_asset_job(
        NIGHT_JOB,
        selection=dg.AssetSelection.all() - dg.AssetSelection.groups("upkeep"),
        description="One night: ingest, checks at the door, marts, forecasts, one publication.",
        executor_def=dg.in_process_executor,
    )


def refresh_job(refresh: Refresh, tables: Iterable[str]) -> Any:
    """Closed batches into the lake and the `tables` that depend on them; the rest stays as published."""
    return dg.define_asset_job(
        refresh.job_name,
        selection=dg.AssetSelection.assets("build_context", *sorted(tables), "publication"),
        description=refresh.description,
        executor_def=dg.in_process_executor,
        tags={KIND_TAG: REFRESH},
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
        known, cursor = json.loads(context.cursor), json.dumps(state)
        if state == known:
            return dg.SkipReason("no new or changed files")
        if held_up := _held_up(context, settings):
            return dg.SkipReason(held_up)
        changed = [stat for path, stat in state.items() if stat != known.get(path)]
        began, is_any_gone = _last_night_began(settings), not known.keys() <= state.keys()
        if began and not is_any_gone and all(changed_at < began for _, changed_at in changed):
            return dg.SensorResult(skip_reason="the last night has read them", cursor=cursor)
        key = hashlib.sha256(cursor.encode()).hexdigest()
        return dg.SensorResult([dg.RunRequest(run_key=key, tags={KIND_TAG: REFRESH})], cursor=cursor)

    return watch


def intake_batches(settings: Settings, jobs: Sequence[Any]) -> dg.SensorDefinition:
    """A refresh of what depends on readings, once the intake has closed a batch and nothing else runs."""

    @dg.sensor(
        name="intake_batches",
        jobs=jobs,
        minimum_interval_seconds=INTAKE_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Watches the intake's closed batches; new ones refresh what depends on them.",
    )
    def watch(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        found = next_refresh(closed_batches(settings))
        if found is None:
            return dg.SkipReason("no closed batches")
        refresh, batches = found
        if current_publication(settings) is None:
            return dg.SkipReason("no night has published anything to refresh yet")
        if held_up := _held_up(context, settings):
            return dg.SkipReason(f"{held_up} ({len(batches)} batches wait)")
        key = hashlib.sha256("\n".join(path.name for path in batches).encode()).hexdigest()
        return dg.SensorResult([dg.RunRequest(run_key=key, job_name=refresh.job_name)])

    return watch


def decisions(
    settings: Settings,
    jobs: Mapping[Refresh, Any],
    touched: Callable[[Iterable[str]], set[str]],
    corrected: Callable[[Iterable[str]], set[str]],
) -> dg.SensorDefinition:
    """A refresh of what depends on what people decided, once nothing else runs.

    `touched` says it of kinds of actions, `corrected` of tables (contracts) whose quarantined rows were
    decided about: these enter in the same run.

    The cursor is the number of the newest action that a run was asked for. What rules write after a night
    is taken in too: the marts show it, and who opens the inbox sees the same as on the page.
    """

    @dg.sensor(
        name=ACTIONS.job_name,
        jobs=list(jobs.values()),
        minimum_interval_seconds=ACTIONS_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Watches the action store; new actions refresh what depends on their kinds.",
    )
    def watch(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        seen = int(context.cursor or 0)
        with closing(ActionStore.open(settings)) as store:
            newest = store.last_sequence_no()
            if newest <= seen:
                return dg.SkipReason("no new actions")
            came = list(store.events(after=seen))
        if current_publication(settings) is None:
            return dg.SkipReason("no night has published anything to refresh yet")
        if held_up := _held_up(context, settings):
            return dg.SkipReason(f"{held_up} ({newest - seen} actions wait)")
        payloads = [each.payload for each in came]
        tables = {each.table_name for each in payloads if isinstance(each, CorrectRow | IgnoreRow)}
        wanted = touched({each.kind_code for each in came}) | corrected(tables)
        names = ["build_context", *sorted(wanted), "publication"]
        asked = dg.RunRequest(
            run_key=f"actions-{newest}",
            job_name=(CORRECTIONS if tables else ACTIONS).job_name,
            asset_selection=[dg.AssetKey(name) for name in names],
        )
        return dg.SensorResult([asked], cursor=str(newest))

    return watch


def inbox_state(company: Company) -> dict[str, list[int]]:
    """Size and time of change of each file that the company's sources name."""
    files = sorted(file.path for source in company.sources.values() for file in source.files())
    return {str(path): [(stat := path.stat()).st_size, stat.st_mtime_ns] for path in files}


def _held_up(context: dg.SensorEvaluationContext, settings: Settings) -> str | None:
    """Who is at work on the lake, or about to be; None when nobody is."""
    if running := context.instance.get_runs_count(dg.RunsFilter(statuses=UNDER_WAY)):
        return f"{running} runs are under way"
    try:
        with writer_lock(settings, "sensor"):
            return None
    except LakeBusyError as busy:
        return str(busy)


def _last_night_began(settings: Settings) -> int | None:
    """When the newest published night began, in nanoseconds since 1970: files from before are in the lake."""
    if current_publication(settings) is None:
        return None
    with connect_publication(settings) as con:
        row = con.execute(LAST_NIGHT).fetchone()
    return int(row[0].replace(tzinfo=UTC).timestamp() * 1e9) if row and row[0] else None
