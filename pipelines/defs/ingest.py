"""Assets of the door: one raw table each, one step a domain, one asset check a table."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, timedelta
from typing import Any

import dagster as dg

from ingest.company import Company
from ingest.door import TableLoad
from ingest.ledger import INTAKE
from ingest.sessions import looking
from lake.checks import CheckResult
from lake.contracts import Contract, load_contracts
from lake.contracts.model import DOMAINS
from pipelines.decisions import ACTION_SOURCE, ACTION_TABLES
from pipelines.defs.forecasts import forecast_reads
from pipelines.exchange import exchange
from pipelines.loading import load_decisions, load_domain, load_intake, look_after_sources, release
from pipelines.night import Night
from pipelines.preview import table_metadata
from pipelines.refreshes import DECISION_REFRESHES, INTAKE_TABLES, replayable
from pipelines.source_health import FRESH_CHECK, SourceHealth
from pipelines.timing import timed

OWNERS = ["team:data-platform"]
FRESH_FOR = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=36), warn_window=timedelta(hours=28))
DOOR_CHECK = "door"
LAST = "last"
COUNTS = ("read", "inserted", "updated", "unchanged", "quarantined", "skipped", "released", "deleted")


def door_assets(company: Company) -> list[dg.AssetsDefinition | dg.AssetSpec]:
    """One step a domain, in loading order, and a last one for tables that refer to later domains.

    Tables without a source take part in lineage but in no step: nothing would ever happen to them.
    """
    contracts = load_contracts().values()
    fed = [contract for contract in contracts if _sources_of(contract, company)]
    bare = [_spec(contract, company) for contract in contracts if not _sources_of(contract, company)]
    steps = {
        domain: [each for each in fed if each.source == domain and not _is_late(each)] for domain in DOMAINS
    }
    steps[LAST] = [contract for contract in fed if _is_late(contract)]
    return [*(_step(f"door_{name}", tables, company) for name, tables in steps.items() if tables), *bare]


def source_specs(company: Company) -> list[dg.AssetSpec]:
    """The company's sources as external assets, so that lineage begins where the data does."""
    return (
        [
            dg.AssetSpec(
                ["source", name],
                group_name="sources",
                kinds={source.connector},
                owners=OWNERS,
                description=f"Source {name} of {company.name['en']}. Grain: as the source has it.",
            )
            for name, source in company.sources.items()
        ]
        + [
            dg.AssetSpec(
                ["source", ACTION_SOURCE],
                group_name="sources",
                kinds={"sqlalchemy"},
                owners=OWNERS,
                description="What people decided in the cockpit, append-only. Grain: one row per action.",
            )
        ]
        + [
            dg.AssetSpec(
                ["source", INTAKE],
                group_name="sources",
                kinds={"mqtt", "http"},
                owners=OWNERS,
                description="What devices and phones send to the intake. Grain: one row per message.",
            )
        ]
    )


def waiting_asset() -> dg.AssetsDefinition:
    """The end of the door: the intake's batches and rows that waited enter; the marts' snapshot is pinned."""

    @dg.asset(
        name="build_context",
        deps=[contract.raw_table for contract in load_contracts().values()],
        group_name="build",
        kinds={"duckdb"},
        owners=OWNERS,
        description="Business date, pinned snapshot and currency of this build. Grain: one row.",
        required_resource_keys={"night"},
    )
    def build_context(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        night: Night = context.resources.night
        night.progress.start("build_context")
        with timed(night.seconds, "ingest"):
            for load in [*load_intake(night), *load_decisions(night)]:
                raw_table = load_contracts()[load.table].raw_table
                context.log_event(dg.AssetMaterialization(raw_table, metadata=_counts(load)))
            selected = {key.to_user_string() for key in context.job_def.asset_layer.selected_asset_keys}
            release(night, replayable(selected, night.dbt.manifest_json, forecast_reads()))
            if night.refresh in (None, *DECISION_REFRESHES):
                night.checks.append(exchange(night.settings, night.company).check())
            look_after_sources(night)
        for source in night.health:
            context.log_event(dg.AssetObservation(["source", source.name], metadata=_health_told(source)))
        with timed(night.seconds, "prepare"):
            pinned = night.begin_build()
        night.progress.finish("build_context")
        return dg.MaterializeResult(
            metadata={
                "snapshot_id": pinned.snapshot_id,
                "as_of_on": pinned.as_of_on,
                "publication": pinned.publication_name,
            }
        )

    return build_context


def _is_late(contract: Contract) -> bool:
    return any(reference.is_deferred for reference in contract.references)


def _step(name: str, contracts: list[Contract], company: Company) -> dg.AssetsDefinition:
    @dg.multi_asset(
        name=name,
        specs=[_spec(contract, company) for contract in contracts],
        check_specs=[
            dg.AssetCheckSpec(
                DOOR_CHECK,
                asset=contract.raw_table,
                description="The row equation, and the batch's profile against the last loads.",
            )
            for contract in contracts
        ],
        required_resource_keys={"night"},
    )
    def load_tables(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
        night: Night = context.resources.night
        with timed(night.seconds, "ingest"):
            found = load_domain(night, contracts)
            with looking(night.con):
                shown = [_metadata(night, contract, load) for contract, load, _ in found]
        for (contract, _, checks), metadata in zip(found, shown, strict=True):
            yield dg.MaterializeResult(
                asset_key=contract.raw_table,
                metadata=metadata,
                check_results=[_check_result(contract, checks)],
            )

    return load_tables


def _spec(contract: Contract, company: Company) -> dg.AssetSpec:
    parents = {
        load_contracts()[reference.table].raw_table
        for reference in contract.references
        if reference.table != contract.name
    }
    origins = _sources_of(contract, company)
    if contract.name in INTAKE_TABLES:
        origins = [*origins, INTAKE]
    sources = [dg.AssetKey(["source", name]) for name in origins]
    return dg.AssetSpec(
        contract.raw_table,
        deps=[*sorted(parents), *sources],
        group_name=contract.source,
        kinds={"ducklake"},
        owners=OWNERS,
        description=f"{contract.label['en']} · {contract.label['zh']}. {contract.meaning['en']}",
        freshness_policy=FRESH_FOR if sources else None,
    )


def _sources_of(contract: Contract, company: Company) -> list[str]:
    table = company.tables.get(contract.name)
    named = {feed.source.name for feed in table.feeds} if table else set()
    return sorted(named | ({ACTION_SOURCE} if contract.name in ACTION_TABLES else set()))


def source_checks(company: Company) -> list[dg.AssetChecksDefinition]:
    """One check a source that names a target: its data are young enough, whenever they were read."""
    specs = [
        dg.AssetCheckSpec(
            FRESH_CHECK,
            asset=["source", name],
            additional_deps=["build_context"],
            description=f"Data at most {source.fresh_within_hours:g} hours old at the end of the day.",
        )
        for name, source in company.sources.items()
        if source.fresh_within_hours is not None
    ]

    @dg.multi_asset_check(name="source_health", specs=specs, required_resource_keys={"night"})
    def tell_health(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        night: Night = context.resources.night
        for source in night.health:
            if source.target_hours is not None:
                yield dg.AssetCheckResult(
                    passed=source.is_fresh,
                    asset_key=["source", source.name],
                    check_name=FRESH_CHECK,
                    severity=dg.AssetCheckSeverity.WARN,
                    metadata=_health_told(source),
                )

    return [tell_health] if specs else []


def _health_told(source: SourceHealth) -> dict[str, Any]:
    told: dict[str, Any] = {
        "connector": source.connector,
        "is_well": source.is_well,
        "failed_tables": ", ".join(source.failed_tables) or "–",
    }
    if source.data_until_at is not None and source.age_hours is not None:
        # Dagster's own name for the age of the data, which its UI plots.
        moment = source.data_until_at.replace(tzinfo=UTC).timestamp()
        told["dagster/last_updated_timestamp"] = dg.MetadataValue.timestamp(moment)
        told["age_hours"] = source.age_hours
    return told


def _counts(load: TableLoad) -> dict[str, Any]:
    told: dict[str, Any] = {name: count for name, count in asdict(load).items() if name in COUNTS}
    return told | {"status": load.status}


def _metadata(night: Night, contract: Contract, load: TableLoad) -> dict[str, Any]:
    told = _counts(load)
    if load.status != "loaded":
        return told
    shown = [
        f'"{column.name}"' for column in contract.columns if column.classification in ("public", "internal")
    ]
    table = f"lake.raw.{contract.raw_table}"
    return told | table_metadata(night.con, table, ", ".join(shown))


def _check_result(contract: Contract, checks: list[CheckResult]) -> dg.AssetCheckResult:
    """All of a table's checks as one: each event costs Dagster some milliseconds."""
    failed = [check for check in checks if not check.is_passed]
    is_error = any(check.is_failed_error for check in failed)
    return dg.AssetCheckResult(
        passed=not failed,
        asset_key=contract.raw_table,
        check_name=DOOR_CHECK,
        severity=dg.AssetCheckSeverity.ERROR if is_error or not failed else dg.AssetCheckSeverity.WARN,
        metadata={check.check_name: _told(check) for check in checks},
    )


def _told(check: CheckResult) -> str:
    mark = "●" if check.is_passed else "■"
    return f"{mark} expected {check.expected}, actual {check.actual} {check.message}".rstrip()
