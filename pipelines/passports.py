"""The passport of every figure, made when a night publishes: value, rows, SQL, columns, sources, checks.

One row of `ops.figure_run` a figure and publication; what a reader then asks about a figure is looked up, not
found out.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from lake.checks import CheckResult
from lake.contracts import load_contracts
from lake.figures import Figure
from lake.figures.bounds import Waiting, bound
from lake.figures.values import FigureValue, figure_values
from lake.publication import Publication
from lake.tables import raw_columns
from pipelines.column_lineage import ColumnGraph, Place, column_graph, places_in
from pipelines.figures import defaults_in
from pipelines.lineage import upstream
from pipelines.waiting_rows import WaitingRows

#: What a run tells its build: no source of the company's.
CONTEXT = ("build_context", "figure_default", "told_value")
REACHED = (
    "select table_name, arg_max(source_name, finished_at) filter (source_name <> ''), max(data_until_at),"
    " max(finished_at) filter (status_code in ('loaded', 'unchanged'))"
    " from lake.ops.load group by table_name"
)
OK, DOUBTFUL, FAILED = "ok", "doubtful", "failed"


@dataclass
class PassportOffice:
    """What passports are made from: the lake, the build, what is upstream of what, and what was checked."""

    con: duckdb.DuckDBPyConnection
    build: duckdb.DuckDBPyConnection
    manifest: Mapping[str, Any]
    forecasts: Mapping[str, Iterable[str]]
    checks: Iterable[CheckResult]
    columns: ColumnGraph
    own_defaults: Mapping[str, float]
    reporting_currency: str

    def rows(self, figures: Collection[Figure], publication: Publication) -> list[dict[str, object]]:
        """One row of `ops.figure_run` a figure."""
        values = figure_values(self.build, figures)
        return [self._row(figure, values[figure.figure_id], publication) for figure in figures]

    def _row(self, figure: Figure, found: FigureValue, publication: Publication) -> dict[str, object]:
        above = self._above[figure.table] | self._above[figure.model]
        failed = [check for name in above for check in self._checks.get(name, ()) if not check.is_passed]
        passed = sum(check.is_passed for name in above for check in self._checks.get(name, ()))
        sources = [self._reached[name] for name in sorted(above) if name in self._reached]
        value_columns = self.columns.leaves(self._places(figure, with_where=False))
        effects = self._effects(figure, above, value_columns)
        of = figure.of
        limits = bound(of.kind if of else None, found.measured, effects, of.scale if of else None)
        waiting = self._waiting.above(above)
        is_doubtful = any(check.is_failed_error for check in failed)
        return {
            "figure_id": figure.figure_id,
            "version": figure.version,
            "publication_name": publication.name,
            "run_id": publication.run_id,
            "as_of_on": publication.as_of_on,
            "value": found.measured.value,
            "n": found.n,
            "status_code": FAILED if found.problem else DOUBTFUL if is_doubtful else OK,
            "message": found.problem,
            "sql": figure.sql(),
            "model_name": figure.model,
            "upstream_columns": _json(self._columns_told(figure)),
            "sources": _json(sources),
            "data_until_at": min((at for each in sources if (at := each["data_until_at"])), default=None),
            "checks_passed": passed,
            "checks_failed": len(failed),
            "failed_checks": _json(sorted(f"{check.asset_name}: {check.check_name}" for check in failed)),
            "rows_quarantined": sum(waiting.values()),
            "quarantined": _json(waiting),
            "waiting": effects.as_json(),
            "bound_code": limits.code,
            "bound_low": limits.low,
            "bound_high": limits.high,
            "own_defaults": _json(self._own(figure, above)),
        }

    def _effects(self, figure: Figure, above: Collection[str], value_columns: set[Place]) -> Waiting:
        own = set()
        if figure.of:
            leaves = self.columns.leaves([(figure.of.table, figure.of.key)])
            own = {table for table, _ in leaves if table.startswith("raw_")}
        return self._waiting.waiting(figure, above, own, value_columns)

    def _places(self, figure: Figure, *, with_where: bool) -> set[Place]:
        if figure.of is None:
            return {(figure.model, figure.column)}
        places = places_in(figure.of.value, figure.of.table)
        if with_where and figure.of.where:
            places |= places_in(figure.of.where, figure.of.table)
        return places

    def _columns_told(self, figure: Figure) -> dict[str, list[str]]:
        """The raw columns behind the figure, by table; a count's are those of its condition and its key."""
        places = self._places(figure, with_where=True)
        if figure.of:
            places.add((figure.of.table, figure.of.key))
        told: dict[str, list[str]] = defaultdict(list)
        for table, column in sorted(self.columns.leaves(places)):
            if table not in CONTEXT:
                told[table].append(column)
        return dict(told)

    def _own(self, figure: Figure, above: Collection[str]) -> dict[str, float]:
        """The company's own choices that the figure depends on."""
        used = set(figure.defaults) or {name for table in above for name in self._defaults.get(table, ())}
        return {name: value for name, value in self.own_defaults.items() if name in used}

    @cached_property
    def _defaults(self) -> dict[str, set[str]]:
        return {
            node["name"]: defaults_in(node["raw_code"])
            for node in self.manifest["nodes"].values()
            if node["resource_type"] == "model"
        }

    @cached_property
    def _above(self) -> dict[str, frozenset[str]]:
        models = [
            node["name"] for node in self.manifest["nodes"].values() if node["resource_type"] == "model"
        ]
        return upstream(self.manifest, self.forecasts, models)

    @cached_property
    def _checks(self) -> dict[str, list[CheckResult]]:
        by_asset: dict[str, list[CheckResult]] = defaultdict(list)
        for check in self.checks:
            by_asset[check.asset_name].append(check)
        return dict(by_asset)

    @cached_property
    def _reached(self) -> dict[str, dict[str, Any]]:
        return {
            f"raw_{table}": {
                "table": f"raw_{table}",
                "source": source,
                "data_until_at": until,
                "loaded_at": loaded,
            }
            for table, source, until, loaded in self.con.execute(REACHED).fetchall()
            if loaded is not None
        }

    @cached_property
    def _waiting(self) -> WaitingRows:
        return WaitingRows(self.con, self.build, self.reporting_currency)


def graph_of(
    manifest: Mapping[str, Any], build: duckdb.DuckDBPyConnection, target: Path, kept: Path
) -> ColumnGraph:
    """The columns of all models as dbt compiled them under `target`; `kept` remembers what was parsed."""
    names = {key: node["name"] for kind in ("nodes", "sources") for key, node in manifest[kind].items()}
    models = compiled_models(manifest, target)
    parents = {
        node["name"]: [names[each] for each in node["depends_on"]["nodes"] if each in names]
        for node in manifest["nodes"].values()
        if node["name"] in models
    }
    return column_graph(models, parents, _schema(build), kept)


def compiled_models(manifest: Mapping[str, Any], target: Path) -> dict[str, str]:
    """The SQL of every model as dbt ran it last, by name."""
    found: dict[str, str] = {}
    for node in manifest["nodes"].values():
        path = target / "compiled" / node["package_name"] / node["original_file_path"]
        if node["resource_type"] == "model" and path.exists():
            found[node["name"]] = path.read_text(encoding="utf-8")
    return found


def write_models(build_file: Path, manifest: Mapping[str, Any], target: Path) -> None:
    """Put `ops.model` into the build: each model and the SQL that made it. Grain: one row per model."""
    sql = compiled_models(manifest, target)
    rows = [
        {
            "model_name": node["name"],
            "schema_name": node["schema"],
            "description": node["description"],
            "compiled_sql": sql.get(node["name"]),
            "reads": _json(sorted(each.rpartition(".")[2] for each in node["depends_on"]["nodes"])),
        }
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
    ]
    with duckdb.connect(str(build_file)) as build:
        build.register("model_rows", pa.Table.from_pylist(sorted(rows, key=lambda row: row["model_name"])))
        build.execute("create or replace table ops.model as from model_rows")
        build.unregister("model_rows")


def _schema(build: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    """Columns and types by table, of the build and of the raw tables."""
    schema: dict[str, dict[str, str]] = {
        contract.raw_table: raw_columns(contract) for contract in load_contracts().values()
    }
    for table, column, kind in build.execute(
        "select table_name, column_name, data_type from duckdb_columns() where not internal"
        " order by table_name, column_index"
    ).fetchall():
        schema.setdefault(table, {})[column] = kind
    return schema


def _json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, default=_iso)


def _iso(value: date | datetime) -> str:
    return value.isoformat()
