"""What does dbt cost beside the SQL that it runs? All models, once by dbt and once by one DuckDB process.

Both start from the same file (seeds, forecasts and the build's context, no models), read the same snapshot of
the lake and run the same compiled statements with the same number of threads, in turns; the best turn counts.
"""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from lake.connection import attach_statement, connection_config, load_extensions
from lake.settings import Settings
from pipelines.build_file import GOOD
from pipelines.dbt_runs import DbtProject

#: A view over one raw table: what an invocation costs before it builds anything.
SMALLEST = "stg_ref__exchange_rates"
MODELS = ["resource_type:model"]


@dataclass(frozen=True)
class _Statement:
    relation: str
    kind: str
    sql: str

    @property
    def whole(self) -> str:
        return f"create or replace {self.kind} {self.relation} as {self.sql}"


def compare(settings: Settings, folder: Path, repeats: int = 2) -> dict[str, Any]:
    """Seconds of models, tests and start-up by dbt, of the models by DuckDB alone, and `models_ratio`.

    The lake has had a night with this project; `folder` takes copies of its build.
    """
    start = folder / "start.duckdb"
    project = DbtProject(settings)
    parse = _seconds(lambda: project.manifest)
    snapshot = _without_models(settings.paths.build / GOOD, start, project)
    models, tests, startups, plain = [], [], [], []
    for turn in range(repeats):
        by_dbt, by_duckdb = (folder / f"{name}{turn}.duckdb" for name in ("dbt", "plain"))
        shutil.copyfile(start, by_dbt)
        startups.append(_seconds(project.build, by_dbt, snapshot, [SMALLEST], _ignore))
        models.append(_seconds(project.build, by_dbt, snapshot, MODELS, _ignore))
        statements = _statements(project)
        tests.append(_seconds(project.test, by_dbt, snapshot, [node.name for node in project.built]))
        shutil.copyfile(start, by_duckdb)
        plain.append(_seconds(_run, settings, by_duckdb, snapshot, statements))
    alone = min(models) - min(startups)
    return {
        "models": len(statements),
        "parse_seconds": round(parse, 2),
        "startup_seconds": round(min(startups), 2),
        "models_seconds": round(alone, 2),
        "tests_seconds": round(min(tests) - min(startups), 2),
        "duckdb_seconds": round(min(plain), 2),
        "models_ratio": round(alone / min(plain), 3),
    }


def _without_models(good: Path, start: Path, project: DbtProject) -> int:
    """Copy what no model makes into a new file; the snapshot of the lake that the build was made of."""
    made = {node.name for node in project.manifest.nodes.values() if str(node.resource_type) == "model"}
    with duckdb.connect(str(start)) as con:
        con.execute(f"attach '{good}' as good (read_only)")
        tables = con.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = 'good'"
        ).fetchall()
        for schema, table in tables:
            con.execute(f'create schema if not exists "{schema}"')
            if table not in made:
                con.execute(f'create table "{schema}"."{table}" as from good."{schema}"."{table}"')
        found = con.execute("select snapshot_id from ops.build_context").fetchone()
    assert found is not None
    return found[0]


def _statements(project: DbtProject) -> list[_Statement]:
    """The statements of dbt's last build, in the order in which they ended."""
    return [
        _Statement(
            node.relation_name,
            "view" if node.config.materialized == "view" else "table",
            node.compiled_code,
        )
        for node in project.built
    ]


def _run(settings: Settings, build_file: Path, snapshot: int, statements: list[_Statement]) -> None:
    with duckdb.connect(config=connection_config(settings)) as con:
        load_extensions(con, settings)
        con.execute(f"attach '{build_file}' as build")
        con.execute(attach_statement(settings, snapshot_version=snapshot))
        con.execute("set timezone = 'UTC'")
        for schema in sorted({each.relation.rpartition(".")[0] for each in statements}):
            con.execute(f"create schema if not exists {schema}")
        for each in statements:
            con.execute(each.whole)


def _seconds(work: Callable[..., object], *arguments: Any) -> float:
    started = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - started


def _ignore(_: str) -> None:
    """Nobody watches the progress."""
