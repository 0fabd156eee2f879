"""Assets that dbt builds: staging to facts, then, after the forecasts, marts; data tests as asset checks."""

from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
import duckdb
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, build_dbt_asset_specs

from lake.checks import CheckResult
from pipelines.dbt_runs import BUILT, DbtFailedError, NodeOutcome
from pipelines.night import Night
from pipelines.preview import table_metadata
from pipelines.timing import timed

BEFORE_ML = "tag:before_ml"
AFTER_ML = "tag:after_ml"
PREVIEWED = ("marts", "intermediate")
OWNERS = ["team:data-platform"]
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
    """
    specs = build_dbt_asset_specs(
        manifest=manifest, select=select, dagster_dbt_translator=AssetNames(NO_CHECKS)
    )
    tests = _tests_of(manifest, {spec.key.to_user_string() for spec in specs})

    @dg.multi_asset(
        name=name,
        specs=[spec.replace_attributes(owners=OWNERS, kinds={"dbt", "duckdb"}) for spec in specs],
        check_specs=list(tests.values()),
        required_resource_keys={"night"},
    )
    def build_models(
        context: dg.AssetExecutionContext,
    ) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        night: Night = context.resources.night
        snapshot = night.begin_build().snapshot_id
        with timed(night.seconds, "dbt"):
            outcomes = night.dbt.build(night.build, snapshot, select, night.progress.finish)
        night.nodes += outcomes
        built = {outcome.name: outcome for outcome in outcomes if outcome.resource_type in BUILT}
        missing = {spec.key.to_user_string() for spec in specs} - set(built)
        if missing:
            raise DbtFailedError(f"dbt built nothing for {', '.join(sorted(missing))}")
        yield from _materializations(night, built)
        with timed(night.seconds, "checks"):
            results = night.dbt.test(night.build, snapshot, select)
        for outcome in results:
            night.checks.append(_check_result(outcome))
            if spec := tests.get(outcome.unique_id):
                yield _asset_check_result(outcome, spec)

    return build_models


def _tests_of(manifest: Mapping[str, Any], assets: set[str]) -> dict[str, dg.AssetCheckSpec]:
    """Data tests of the models and seeds in `assets`, by dbt's id; tests of sources are told in ops alone."""
    nodes = manifest["nodes"]
    return {
        node["unique_id"]: dg.AssetCheckSpec(
            name=node["name"], asset=nodes[tested]["name"], description=node.get("description") or None
        )
        for node in nodes.values()
        if node["resource_type"] == "test"
        and (tested := node.get("attached_node")) in nodes
        and nodes[tested]["name"] in assets
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


def _asset_check_result(outcome: NodeOutcome, spec: dg.AssetCheckSpec) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=outcome.is_ok and not outcome.is_warning,
        asset_key=spec.asset_key,
        check_name=spec.name,
        severity=dg.AssetCheckSeverity.WARN if outcome.is_warning else dg.AssetCheckSeverity.ERROR,
        metadata={"expected": "0 rows", "actual": f"{outcome.failures} rows", "message": outcome.message},
    )
