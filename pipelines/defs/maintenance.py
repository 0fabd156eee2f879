"""The weekly upkeep of the lake as an asset of its own, outside the night."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import dagster as dg

from ingest.company import Company
from lake.lock import LakeBusyError
from lake.settings import Settings
from pipelines.maintenance import maintain

MAINTENANCE_JOB = "maintenance"
ASSET = "lake_maintenance"
#: Sundays, well after the night has begun at 02:00.
WEEKLY_CRON = "30 5 * * 0"


def maintenance_asset(settings: Settings) -> dg.AssetsDefinition:
    """The asset `lake_maintenance`: it refuses while anyone writes the lake."""

    @dg.asset(
        name=ASSET,
        group_name="upkeep",
        kinds={"ducklake"},
        owners=["team:data-platform"],
        description="Published files past their time, snapshots nobody needs, small files. Grain: one lake.",
    )
    def lake_maintenance() -> dg.MaterializeResult:
        try:
            done = maintain(settings, datetime.now(UTC).replace(tzinfo=None))
        except LakeBusyError as busy:
            raise dg.Failure(str(busy), allow_retries=False) from busy
        told: dict[str, Any] = {f"{name}_before": value for name, value in asdict(done.before).items()}
        told |= {f"{name}_after": value for name, value in asdict(done.after).items()}
        for name in ("deleted", "compacted"):
            told[name] = ", ".join(getattr(done, name)) or "–"
        return dg.MaterializeResult(metadata=told)

    return lake_maintenance


def maintenance_job() -> Any:
    """The upkeep alone."""
    return dg.define_asset_job(
        MAINTENANCE_JOB,
        selection=dg.AssetSelection.assets(ASSET),
        description="Cleans the lake up; what is published stays as it is.",
        executor_def=dg.in_process_executor,
    )


def weekly(company: Company) -> dg.ScheduleDefinition:
    """The upkeep on Sundays in the company's time zone; off for a fixed extract, which grows no further."""
    is_living = company.as_of_on is None
    return dg.ScheduleDefinition(
        name="weekly_maintenance",
        job_name=MAINTENANCE_JOB,
        cron_schedule=WEEKLY_CRON,
        execution_timezone=company.time_zone,
        default_status=dg.DefaultScheduleStatus.RUNNING if is_living else dg.DefaultScheduleStatus.STOPPED,
        description=f"Upkeep of the lake on Sundays at 05:30 {company.time_zone}.",
    )
