"""The resource `night`: one run's state, held open from its first step to its last."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime

import dagster as dg

from ingest.company import Company, load_company
from lake.publication import current_publication
from lake.run import Kind, RunContext, utc_now
from lake.settings import Settings
from pipelines.business_date import business_date
from pipelines.dbt_runs import DbtProject
from pipelines.night import NIGHT_JOB, Night, open_night

DATE_TAG = "gantry/as_of_on"
KIND_TAG = "gantry/kind"
REFRESH: Kind = "refresh"
#: Dagster's own tags of a run for one day, or for a range of days, of partitioned assets.
DAY_TAGS = ("dagster/partition", "dagster/asset_partition_range_start")


def night_resource(settings: Settings, project: DbtProject) -> dg.ResourceDefinition:
    """A night opened by a run of Dagster's own (schedule, sensor, UI).

    Its business date comes from the run's tag, else from the company; a refresh keeps the publication's,
    because only a night moves the date on. One process, one night: the job's executor is in-process, so the
    writer lock is held from the first step to the last.
    """

    @dg.resource(description="State of one night: settings, company, lake, build, progress.")
    def night(context: dg.InitResourceContext) -> Iterator[Night]:
        if context.run is None:
            raise dg.DagsterInvariantViolationError(
                "a night needs a run; materialize its assets, do not call them"
            )
        job_name = context.run.job_name
        kind = kind_of(context.run.tags, is_partial=job_name != NIGHT_JOB)
        company = load_company(settings.company, settings.data)
        as_of_on = date_of(settings, company, context.run.tags, kind)
        run = RunContext(context.run.run_id, as_of_on, utc_now(), kind)
        with open_night(settings, run, project, company=company, job_name=job_name) as opened:
            yield opened

    return night


def kind_of(tags: Mapping[str, str], *, is_partial: bool) -> Kind:
    """What a run with these tags is; a backfill of days is a refresh."""
    is_backfill = is_partial and any(tag in tags for tag in DAY_TAGS)
    return REFRESH if tags.get(KIND_TAG) == REFRESH or is_backfill else "night"


def date_of(settings: Settings, company: Company, tags: Mapping[str, str], kind: Kind) -> date:
    """The business date of a run with these tags."""
    if DATE_TAG in tags:
        return date.fromisoformat(tags[DATE_TAG])
    published = current_publication(settings) if kind == REFRESH else None
    return published.as_of_on if published else business_date(company, None, datetime.now(UTC))
