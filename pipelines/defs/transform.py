"""Assets that dbt builds: staging to facts, then, after the forecasts, marts; data tests as asset checks."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import dagster as dg
import duckdb
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, build_dbt_asset_specs

from lake.checks import CheckResult
from lake.contracts import load_contracts
from pipelines.dbt_runs import BUILT, DbtFailedError
from pipelines.lineage import downstream
from pipelines.night import Night
from pipelines.outcomes import NodeOutcome
from pipelines.preview import table_metadata
from pipelines.publishing import publish_night
from pipelines.timing import timed

BEFORE_ML = "tag:before_ml"
AFTER_ML = "tag:after_ml"
TELEMETRY = "tag:telemetry"
#: The published roll-up of readings by day, and the first day that has a partition.
DAYS_TABLE, FIRST_DAY = "fct_reading_day", "2015-01-01"
PREVIEWED = ("marts", "intermediate")
OWNERS = ["team:data-platform"]
#: All data tests of a table are one asset check: each event costs Dagster some milliseconds.
TESTS_CHECK = "tests"
Events = Iterator[dg.MaterializeResult | dg.AssetCheckResult]
NO_CHECKS = DagsterDbtTranslatorSettings(enable_asset_checks=False)


class AssetNames(DagsterDbtTranslator):
    """Assets are named as their tables, grouped by layer; tests are run by a step of their own."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """The table's name, sources included: a raw table is one asset, whoever mentions it."""
        return dg.AssetKey(dbt_resource_props["name"])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """The dbt schema: staging, intermediate, marts, seeds."""
        return dbt_resource_props.get("schema")


def dbt_step(name: str, select: str, manifest: Mapping[str, Any]) -> dg.AssetsDefinition:
    """The models and seeds of `select` as one step, with their data tests as asset checks.

    No check blocks: what is wrong is published greyed, and told by the exit code, rather than held back.
    A refresh may ask for some of the models alone.
    """
    specs, checks = _specs_and_checks(manifest, select)

    @dg.multi_asset(
        name=name,
        specs=specs,
        check_specs=list(checks.values()),
        can_subset=True,
        required_resource_keys={"night"},
    )
    def build_models(context: dg.AssetExecutionContext) -> Events:
        yield from _build(context, context.resources.night, select, len(specs), checks)

    return build_models


def telemetry_step(
    name: str, select: str, manifest: Mapping[str, Any], time_zone: str
) -> dg.AssetsDefinition:
    """Roll-ups of readings, a partition a day of the company.

    A night builds the days for which readings came. A backfill builds a range of days again and publishes it
    at once with all that depends on it: a run that publishes nothing leaves nothing.
    """
    specs, checks = _specs_and_checks(manifest, select)
    days = dg.DailyPartitionsDefinition(FIRST_DAY, timezone=time_zone, end_offset=1)

    @dg.multi_asset(
        name=name,
        specs=[_by_day(spec, days) for spec in specs],
        check_specs=list(checks.values()),
        can_subset=True,
        backfill_policy=dg.BackfillPolicy.single_run(),
        required_resource_keys={"night"},
    )
    def build_days(context: dg.AssetExecutionContext) -> Events:
        night: Night = context.resources.night
        is_backfill = context.has_partition_key or context.has_partition_key_range
        if is_backfill:
            asked = context.partition_key_range
            night.rebuild = (date.fromisoformat(asked.start), date.fromisoformat(asked.end))
        yield from _build(context, night, select, len(specs), checks, is_whole=is_backfill)
        if not is_backfill:
            for day in _days_built(night):
                context.log_event(dg.AssetMaterialization(DAYS_TABLE, partition=day))
        elif night.is_partial:
            _publish_backfill(night, manifest, {spec.key.to_user_string() for spec in specs})

    return build_days


def _by_day(spec: dg.AssetSpec, days: dg.DailyPartitionsDefinition) -> dg.AssetSpec:
    """Partitions for the published table: without days no partitioned asset can feed another."""
    is_published = spec.key == dg.AssetKey(DAYS_TABLE)
    return spec.replace_attributes(partitions_def=days) if is_published else spec


def _specs_and_checks(
    manifest: Mapping[str, Any], select: str
) -> tuple[list[dg.AssetSpec], dict[str, dg.AssetCheckSpec]]:
    specs = build_dbt_asset_specs(
        manifest=manifest, select=select, dagster_dbt_translator=AssetNames(NO_CHECKS)
    )
    checks = _checks_of(manifest, {spec.key.to_user_string() for spec in specs})
    return [spec.replace_attributes(owners=OWNERS, kinds={"dbt", "duckdb"}) for spec in specs], checks


def _build(
    context: dg.AssetExecutionContext,
    night: Night,
    select: str,
    whole: int,
    checks: Mapping[str, dg.AssetCheckSpec],
    *,
    is_whole: bool = False,
) -> Events:
    """Build the models that the run selected (or all), tell what was made, then test them."""
    wanted = {key.to_user_string() for key in context.selected_asset_keys}
    chosen = [select] if is_whole or len(wanted) == whole else sorted(wanted)
    snapshot = night.begin_build().snapshot_id
    night.let_build_go()
    with timed(night.seconds, "dbt"):
        outcomes = night.dbt.build(
            night.build, snapshot, chosen, night.progress.finish, views_stand=night.carries_on
        )
    night.nodes += outcomes
    built = {outcome.name: outcome for outcome in outcomes if outcome.resource_type in BUILT}
    standing = wanted & night.dbt.views - set(built) if night.carries_on else set()
    night.standing |= standing
    if missing := wanted - standing - set(built):
        raise DbtFailedError(f"dbt built nothing for {', '.join(sorted(missing))}")
    for name in sorted(standing):
        night.progress.finish(name)
        yield dg.MaterializeResult(asset_key=name, metadata={"standing": True})
    yield from _materializations(night, {name: built[name] for name in built if name in wanted})
    with timed(night.seconds, "checks"):
        results = night.test_built(_pending(context, night))
    night.checks += [_check_result(outcome) for outcome in results]
    for name, spec in checks.items():
        if spec.key in context.selected_asset_check_keys:
            yield _asset_check_result(spec, [each for each in results if each.tested == name])


def _pending(context: dg.AssetExecutionContext, night: Night) -> set[str]:
    """What this run will build in later steps; what the door has loaded stands already."""
    selected = {key.to_user_string() for key in context.job_def.asset_layer.selected_asset_keys}
    done = {node.name for node in night.nodes} | night.standing | night.made
    return selected - done - {contract.raw_table for contract in load_contracts().values()}


def _days_built(night: Night) -> list[str]:
    """The days that this build made anew, as far as there are partitions for them."""
    with duckdb.connect(str(night.build), read_only=True) as con:
        rows = con.execute(
            f"select distinct day_on from marts.{DAYS_TABLE} where day_on >= ? and _loaded_at >= ? "
            "order by 1",
            [date.fromisoformat(FIRST_DAY), night.run.started_at],
        ).fetchall()
    return [day.isoformat() for (day,) in rows]


def _publish_backfill(night: Night, manifest: Mapping[str, Any], built: set[str]) -> None:
    """Build what depends on the days and publish."""
    snapshot = night.begin_build().snapshot_id
    if rest := sorted(downstream(manifest, {}, built) - built):
        night.nodes += night.dbt.build(night.build, snapshot, rest, night.progress.finish)
        night.checks += [_check_result(each) for each in night.test_built(())]
    publish_night(night)


def _checks_of(manifest: Mapping[str, Any], assets: set[str]) -> dict[str, dg.AssetCheckSpec]:
    """One check for each model or seed in `assets` that has tests; those of sources are told in ops alone."""
    nodes = manifest["nodes"]
    counts: Counter[str] = Counter(
        nodes[tested]["name"]
        for node in nodes.values()
        if node["resource_type"] == "test" and (tested := node.get("attached_node")) in nodes
    )
    return {
        name: dg.AssetCheckSpec(TESTS_CHECK, asset=name, description=f"Its {counts[name]} dbt tests.")
        for name in sorted(assets)
        if counts[name]
    }


def _materializations(night: Night, built: Mapping[str, NodeOutcome]) -> Iterator[dg.MaterializeResult]:
    with duckdb.connect(str(night.build), read_only=True) as con:
        tables = dict(
            con.execute("select table_name, schema_name from duckdb_tables() where not internal").fetchall()
        )
        for name, outcome in built.items():
            metadata: dict[str, Any] = {"seconds": outcome.seconds}
            if tables.get(name) in PREVIEWED:
                metadata |= table_metadata(con, f'{tables[name]}."{name}"')
            yield dg.MaterializeResult(asset_key=name, metadata=metadata)


def _check_result(outcome: NodeOutcome) -> CheckResult:
    return CheckResult(
        check_name=outcome.name,
        asset_name=outcome.tested,
        severity_code="warn" if outcome.is_warning else "error",
        is_passed=outcome.is_ok and not outcome.is_warning,
        expected="0",
        actual=str(outcome.failures),
        message=outcome.message,
    )


def _asset_check_result(spec: dg.AssetCheckSpec, outcomes: list[NodeOutcome]) -> dg.AssetCheckResult:
    """A table's tests as one result; those that failed by name, with what dbt said."""
    failed = [each for each in outcomes if not each.is_ok or each.is_warning]
    is_error = any(not each.is_warning for each in failed)
    told = {each.name: f"{each.failures} rows: {each.message}" for each in failed}
    return dg.AssetCheckResult(
        passed=not failed,
        asset_key=spec.asset_key,
        check_name=spec.name,
        severity=dg.AssetCheckSeverity.ERROR if is_error or not failed else dg.AssetCheckSeverity.WARN,
        metadata={"passed": f"{len(outcomes) - len(failed)} of {len(outcomes)}", **told},
    )
