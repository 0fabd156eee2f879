"""The resource `night`: one run's state, held open from its first step to its last."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import dagster as dg

from ingest.company import load_company
from lake.run import Kind, RunContext, utc_now
from lake.settings import Settings
from pipelines.business_date import business_date
from pipelines.dbt_runs import DbtProject
from pipelines.night import Night, open_night

DATE_TAG = "gantry/as_of_on"
KIND_TAG = "gantry/kind"


def night_resource(settings: Settings, project: DbtProject) -> dg.ResourceDefinition:
    """A night opened by a run of Dagster's own (schedule, sensor, UI).

    Its business date comes from the run's tag, else from the company. One process, one night: the job's
    executor is in-process, so the writer lock is held from the first step to the last.
    """

    @dg.resource(description="State of one night: settings, company, lake, build, progress.")
    def night(context: dg.InitResourceContext) -> Iterator[Night]:
        if context.run is None or context.run_id is None:
            raise dg.DagsterInvariantViolationError(
                "a night needs a run; materialize its assets, do not call them"
            )
        tags = context.run.tags
        asked = date.fromisoformat(tags[DATE_TAG]) if DATE_TAG in tags else None
        company = load_company(settings.company, settings.data)
        kind: Kind = "refresh" if tags.get(KIND_TAG) == "refresh" else "night"
        as_of_on = business_date(company, asked, datetime.now(UTC))
        with open_night(settings, RunContext(context.run_id, as_of_on, utc_now(), kind), project) as opened:
            yield opened

    return night
