"""What Dagster loads: the definitions of one company on one lake, assembled by a function."""

import dagster as dg

from ingest.company import Company, load_company
from lake.contracts import load_contracts
from lake.settings import Settings, load_settings, quiet_environment
from pipelines.dbt_runs import DbtProject
from pipelines.defs.automation import decisions, inbox, intake_batches, night_job, nightly, refresh_job
from pipelines.defs.forecasts import LESSONS, forecast_assets, forecast_reads
from pipelines.defs.ingest import door_assets, source_checks, source_specs, waiting_asset
from pipelines.defs.items import items_asset
from pipelines.defs.maintenance import maintenance_asset, maintenance_job, weekly
from pipelines.defs.publication import publication_asset
from pipelines.defs.reports import daily, reports_asset, reports_job
from pipelines.defs.told_value import told_value_asset
from pipelines.defs.training import daily_training, training_asset, training_job
from pipelines.defs.transform import AFTER_ML, BEFORE_ML, TELEMETRY, dbt_step, telemetry_step
from pipelines.lineage import downstream
from pipelines.refreshes import ACTIONS, CORRECTIONS, INTAKE_REFRESHES, Refresh, touched_by
from pipelines.resources import night_resource


def build_definitions(
    settings: Settings,
    project: DbtProject,
    night: dg.ResourceDefinition | None = None,
    company: Company | None = None,
) -> dg.Definitions:
    """Assets, checks, job, schedule and sensor of `settings.company`; `night` overrides the resource.

    A caller that has read the company file already hands it on.
    """
    company = company or load_company(settings.company, settings.data)
    manifest = project.manifest_json
    doors = door_assets(company)
    before, after = (
        dbt_step("dbt_before_ml", BEFORE_ML, manifest),
        dbt_step("dbt_after_ml", AFTER_ML, manifest),
    )
    telemetry = telemetry_step("dbt_telemetry", TELEMETRY, manifest, company.time_zone)
    forecasts = forecast_assets()
    read = [key for definition in (before, telemetry, after, *forecasts) for key in definition.keys]

    def depending_on(refresh: Refresh) -> set[str]:
        sent = [load_contracts()[table].raw_table for table in refresh.tables]
        return downstream(manifest, forecast_reads(), sent)

    intake = [refresh_job(each, depending_on(each)) for each in INTAKE_REFRESHES]
    actions = refresh_job(ACTIONS, depending_on(ACTIONS))
    raw_tables = {name: contract.raw_table for name, contract in load_contracts().items()}
    corrections = refresh_job(CORRECTIONS, downstream(manifest, forecast_reads(), raw_tables.values()))
    fed_by_actions = [raw_tables[table] for table in ACTIONS.tables]
    return dg.Definitions(
        assets=[
            *source_specs(company),
            *doors,
            waiting_asset(),
            told_value_asset(),
            before,
            telemetry,
            *forecasts,
            after,
            publication_asset(read),
            items_asset(settings),
            maintenance_asset(settings),
            reports_asset(settings),
            training_asset(settings, LESSONS),
        ],
        asset_checks=source_checks(company),
        jobs=[night_job(), *intake, actions, corrections, maintenance_job(), reports_job(), training_job()],
        schedules=[nightly(company), weekly(company), daily(company), daily_training(company)],
        sensors=[
            inbox(company, settings),
            intake_batches(settings, intake),
            decisions(
                settings,
                {ACTIONS: actions, CORRECTIONS: corrections},
                lambda kinds: touched_by(kinds, manifest, forecast_reads(), fed_by_actions),
                lambda tables: downstream(
                    manifest, forecast_reads(), (raw_tables[name] for name in tables if name in raw_tables)
                ),
            ),
        ],
        resources={"night": night or night_resource(settings, project)},
        executor=dg.in_process_executor,
    )


@dg.definitions
def gantry() -> dg.Definitions:
    """Definitions for the settings of this process' environment."""
    quiet_environment()
    settings = load_settings()
    return build_definitions(settings, DbtProject(settings))
