"""The last asset of a night: one publication."""

from collections.abc import Iterable

import dagster as dg

from pipelines.night import Night
from pipelines.publishing import publish_night
from pipelines.timing import timed


def publication_asset(deps: Iterable[dg.AssetKey]) -> dg.AssetsDefinition:
    """The asset `publication`, downstream of everything readers see."""

    @dg.asset(
        name="publication",
        deps=list(deps),
        group_name="publication",
        kinds={"duckdb"},
        owners=["team:data-platform"],
        description="What readers see: marts, ml, ops in one file under a name. Grain: one published state.",
        required_resource_keys={"night"},
    )
    def publication(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        night: Night = context.resources.night
        night.progress.start("publication")
        with timed(night.seconds, "publish"):
            made = publish_night(night)
        night.progress.finish("publication")
        return dg.MaterializeResult(
            metadata={
                "name": made.name,
                "as_of_on": made.as_of_on.isoformat(),
                "snapshot_id": made.snapshot_id,
                "status": made.status_code,
                "file": dg.MetadataValue.path(str(night.settings.paths.published / made.file_name)),
            }
        )

    return publication
