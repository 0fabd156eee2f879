"""Management reports as an asset of their own: made each morning from what is published, whoever is away."""

from typing import Any

import dagster as dg

from ingest.company import Company
from lake.publication import current_publication
from lake.settings import Settings
from pipelines.reports import make_reports

REPORTS_JOB = "reports"
ASSET = "management_reports"
#: After the night, before the first reader.
DAILY_CRON = "0 6 * * *"


def reports_asset(settings: Settings) -> dg.AssetsDefinition:
    """The asset `management_reports`; a report once written stays as it was given out."""

    @dg.asset(
        name=ASSET,
        deps=["publication"],
        group_name="upkeep",
        kinds={"html", "pdf", "excel"},
        owners=["team:finance"],
        description="Profit and loss of closed periods, satisfaction. Grain: report × language × format.",
    )
    def management_reports() -> dg.MaterializeResult:
        if current_publication(settings) is None:
            return dg.MaterializeResult(metadata={"written": 0, "reason": "nothing is published yet"})
        written = make_reports(settings)
        return dg.MaterializeResult(
            metadata={
                "written": len(written),
                "files": ", ".join(path.name for path in written) or "–",
                "folder": dg.MetadataValue.path(str(settings.paths.reports)),
            }
        )

    return management_reports


def reports_job() -> Any:
    """The reports alone."""
    return dg.define_asset_job(
        REPORTS_JOB,
        selection=dg.AssetSelection.assets(ASSET),
        description="Writes the reports that the newest publication owes.",
        executor_def=dg.in_process_executor,
    )


def daily(company: Company) -> dg.ScheduleDefinition:
    """The reports at 06:00 in the company's time zone; off for a fixed extract, whose periods never close."""
    is_living = company.as_of_on is None
    return dg.ScheduleDefinition(
        name="daily_reports",
        job_name=REPORTS_JOB,
        cron_schedule=DAILY_CRON,
        execution_timezone=company.time_zone,
        default_status=dg.DefaultScheduleStatus.RUNNING if is_living else dg.DefaultScheduleStatus.STOPPED,
        description=f"Reports at 06:00 {company.time_zone}.",
    )
