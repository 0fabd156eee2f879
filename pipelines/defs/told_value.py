"""The asset `told_value`: what the night before told of customers' worth, as tiers follow it."""

import dagster as dg
import duckdb

from pipelines.night import Night
from pipelines.told_value import TABLE_NAME


def told_value_asset() -> dg.AssetsDefinition:
    """The asset that lays an earlier night's forecast into the build; no edge from tonight's own forecast."""

    @dg.asset(
        name=TABLE_NAME,
        deps=["build_context"],
        group_name="build",
        kinds={"duckdb"},
        owners=["team:data-science"],
        description="The value forecast of the night before, from the archive. Grain: one row per customer.",
        required_resource_keys={"night"},
    )
    def told_value(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        night: Night = context.resources.night
        night.progress.start(TABLE_NAME)
        night.begin_build()
        night.let_build_go()
        with duckdb.connect(str(night.build), read_only=True) as con:
            told = con.execute(f"select count(*), max(as_of_on) from ops.{TABLE_NAME}").fetchone() or (
                0,
                None,
            )
        night.progress.finish(TABLE_NAME)
        return dg.MaterializeResult(
            metadata={"customers": told[0], "told_on": told[1].isoformat() if told[1] else "–"}
        )

    return told_value
