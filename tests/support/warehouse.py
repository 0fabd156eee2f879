"""A small lake filled by hand and built by dbt in this process, for tests that look at marts."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from dbt.adapters.duckdb import connections as dbt_duckdb
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest

from lake.connection import attach_target, connect_lake, current_snapshot, data_path
from lake.contracts import load_contracts
from lake.settings import PROJECT_ROOT, Settings
from lake.tables import ensure_lake, settle_empty_tables
from ml.schedule import LINK_SCHEMA, MILESTONE_SCHEMA, milestone_network
from pipelines.dbt_runs import DbtProject
from pipelines.told_value import TABLE as TOLD_VALUE

DBT_PROJECT = PROJECT_ROOT / "dbt_project"
ML_TABLES = {
    "ml_delay_forecast": "milestone_id varchar, as_of_on date, method_code varchar, reference_class varchar,"
    " reference_count bigint, delay_p10_days bigint, delay_p50_days bigint, delay_p80_days bigint,"
    " delay_p90_days bigint, finish_p10_on date, finish_p50_on date, finish_p80_on date, finish_p90_on date,"
    " late_probability_share double,"
    " driver_1_code varchar, driver_1_value double, driver_1_effect_share double,"
    " driver_2_code varchar, driver_2_value double, driver_2_effect_share double,"
    " driver_3_code varchar, driver_3_value double, driver_3_effect_share double,"
    " publication_name varchar, _run_id varchar",
    "ml_project_forecast": "project_id varchar, as_of_on date, method_code varchar,"
    " open_milestone_count bigint, planned_finish_on date, delay_p10_days bigint, delay_p50_days bigint,"
    " delay_p80_days bigint, delay_p90_days bigint, finish_p10_on date, finish_p50_on date,"
    " finish_p80_on date, finish_p90_on date, late_probability_share double, driver_1_id varchar,"
    " driver_2_id varchar, driver_3_id varchar, driver_1_share double, driver_2_share double,"
    " driver_3_share double, publication_name varchar, _run_id varchar",
    "ml_demand_forecast": "product_id varchar, period_on date, horizon_months bigint, as_of_on date,"
    " method_code varchar, history_months bigint, quantity_naive double, quantity_p10 double,"
    " quantity_p50 double,"
    " quantity_p80 double, quantity_p90 double, publication_name varchar, _run_id varchar",
    "ml_stock_forecast": "product_id varchar, as_of_on date, method_code varchar, class_code varchar,"
    " service_share double, lead_time_days double, lead_time_deviation_days double,"
    " lead_time_p90_days double, lead_time_count bigint, lead_time_source_code varchar,"
    " lead_demand_quantity double, safety_stock_quantity double, reorder_point_quantity double,"
    " publication_name varchar, _run_id varchar",
    "ml_stock_risk": "product_id varchar, period_on date, peak_on date, ahead_days bigint, as_of_on date,"
    " quantity_usual double, quantity_p80 double, safety_stock_quantity double, quantity_on_hand double,"
    " quantity_on_order double, quantity_short double, order_by_on date, is_short boolean,"
    " is_told boolean, told_on date, publication_name varchar, _run_id varchar",
    "ml_stock_backtest": "product_id varchar, period_on date, judged_on date, method_code varchar,"
    " quantity_usual double, quantity_p50 double, quantity_actual double, is_peak boolean, is_told boolean,"
    " as_of_on date, publication_name varchar, _run_id varchar",
    "ml_churn_risk": "customer_id varchar, as_of_on date, method_code varchar, last_order_on date,"
    " order_count bigint, median_gap_days double, silence_days bigint, silence_limit_days bigint,"
    " churn_probability_share double, is_silent boolean, has_open_project boolean,"
    " publication_name varchar, _run_id varchar",
    "ml_alternative_forecast": "purchase_line_id varchar, option_rank bigint, option_code varchar,"
    " milestone_id varchar, project_id varchar, product_id varchar, as_of_on date, promised_on date,"
    " expected_on date, project_shift_p50_days bigint, project_shift_p80_days bigint, moved_count bigint,"
    " arrival_on date, line_days_saved bigint, project_days_saved_p50 bigint, project_days_saved_p80 bigint,"
    " cost_amount double, currency_code varchar, risk_share double, supplier_id varchar,"
    " warehouse_id varchar, substitute_id varchar, crew_id varchar, work_milestone_id varchar,"
    " work_days bigint, work_new_days bigint, quantity double, quantity_available double,"
    " lead_time_days bigint, unit_price_amount double, is_approval_needed boolean,"
    " publication_name varchar, _run_id varchar",
}


class BuildFailedError(AssertionError):
    """dbt ended with failures; the message names each with its message and, for tests, the failing rows."""


@dataclass
class Warehouse:
    """One lake and one build file; `insert` plays the door, `build` the night, with forecasts given."""

    settings: Settings
    build_file: Path
    as_of_on: dt.date
    reporting_currency: str = "CNY"
    threads: int = 2
    manifest: Manifest | None = None
    results: list[Any] = field(default_factory=list)
    defaults: dict[str, float] = field(default_factory=dict)
    _loads: int = 0

    def create(self) -> "Warehouse":
        """Make the lake with all tables of the contracts, empty."""
        with connect_lake(self.settings) as con:
            ensure_lake(con)
            settle_empty_tables(con)
        return self

    def insert(self, contract: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Load rows into the raw table of `contract` (such as `erp__orders`) as one run of the door."""
        self._write(contract, rows, keys=())

    def replace(self, contract: str, keys: tuple[str, ...], rows: Sequence[Mapping[str, Any]]) -> None:
        """Load rows that replace those with the same keys, as the door does, under a new run."""
        self._write(contract, rows, keys)

    def change(self, changes: Mapping[str, Mapping[tuple[Any, ...], Mapping[str, Any] | None]]) -> None:
        """Load changes under one run: by contract and key the new row, or None for a deleted one."""
        stamp = self._stamp()
        with connect_lake(self.settings) as con:
            con.execute("begin")
            for contract, rows in changes.items():
                keys = load_contracts()[contract].key
                match = " and ".join(f"{key} = ?" for key in keys)
                for key, row in rows.items():
                    con.execute(f"delete from lake.raw.raw_{contract} where {match}", list(key))
                    if row is not None:
                        _insert(con, f"lake.raw.raw_{contract}", dict(row) | stamp)
            con.execute("commit")

    def clear(self, contracts: Iterable[str]) -> None:
        """Take all rows out of these raw tables."""
        with connect_lake(self.settings) as con:
            for contract in contracts:
                con.execute(f"delete from lake.raw.raw_{contract}")

    def load(self, contract: str, query: str) -> None:
        """Load the answer of a query, whose columns carry the contract's names, as one run of the door."""
        with connect_lake(self.settings) as con:
            con.execute(
                f"insert into lake.raw.raw_{contract} by name"
                f" select *, ? as _run_id, ? as _loaded_at from ({query})",
                list(self._stamp().values()),
            )

    def load_frames(self, frames: Mapping[str, pl.DataFrame]) -> None:
        """Load whole tables by contract name, clean as they are; a personal column stands in clear."""
        with connect_lake(self.settings) as con:
            con.execute("begin")
            for name, frame in frames.items():
                tokens = [column.name for column in load_contracts()[name].columns if column.is_personal]
                con.register(
                    "frame", frame.with_columns(pl.col(each).alias(f"{each}_token") for each in tokens)
                )
                stamp = self._stamp()
                con.execute(
                    f"insert into lake.raw.raw_{name} by name"
                    " select *, ? as _run_id, ? as _loaded_at from frame",
                    list(stamp.values()),
                )
            con.execute("commit")

    def _write(self, contract: str, rows: Sequence[Mapping[str, Any]], keys: tuple[str, ...]) -> None:
        stamp = self._stamp()
        with connect_lake(self.settings) as con:
            con.execute("begin")
            for row in rows:
                if keys:
                    match = " and ".join(f"{key} = ?" for key in keys)
                    con.execute(
                        f"delete from lake.raw.raw_{contract} where {match}", [row[key] for key in keys]
                    )
                _insert(con, f"lake.raw.raw_{contract}", dict(row) | stamp)
            con.execute("commit")

    def _stamp(self) -> dict[str, Any]:
        self._loads += 1
        return {
            "_run_id": f"load-{self._loads:04}",
            "_loaded_at": dt.datetime(2025, 1, 1) + dt.timedelta(minutes=self._loads),
        }

    def build(self, ml: Mapping[str, Iterable[Mapping[str, Any]]] | None = None, *options: str) -> None:
        """Build both halves with the given ml rows between them, then test; raises BuildFailedError.

        Tests run as a night runs them: one by one dbt needs more time for them than for all models.
        """
        self.prepare()
        project = self.project()
        models = ("--exclude-resource-type", "test", "unit_test", *options)
        self.dbt("build", "--select", "tag:before_ml", "tag:telemetry", *models)
        built = [node.node.name for node in self.results]
        self.write_ml(ml or {})
        self.dbt("build", "--select", "tag:after_ml", *models)
        self._test(project, [*built, *(node.node.name for node in self.results)])

    def project(self) -> DbtProject:
        """The dbt project as a night has it, parsed from what its last parse left."""
        project = DbtProject(self.settings)
        if self.manifest is None:
            self.manifest = project.manifest
        project.manifest = self.manifest
        return project

    def _test(self, project: DbtProject, built: Sequence[str]) -> None:
        with connect_lake(self.settings, read_only=True) as con:
            snapshot = current_snapshot(con)
        outcomes = project.test(self.build_file, snapshot, built)
        assert outcomes, "nothing was tested"
        if broken := [each for each in outcomes if not each.is_ok]:
            raise BuildFailedError("\n\n".join(f"{each.name}: {each.message}" for each in broken))

    def write_ml(self, rows_by_table: Mapping[str, Iterable[Mapping[str, Any]]]) -> None:
        """Create the ml tables in the build file and fill them."""
        with duckdb.connect(str(self.build_file)) as con:
            con.execute("create schema if not exists ml")
            for table, columns in ML_TABLES.items():
                con.execute(f"create or replace table ml.{table} ({columns})")
                for row in rows_by_table.get(table, ()):
                    _insert(con, f"ml.{table}", {"as_of_on": self.as_of_on} | row)
            self._write_network(con)

    def _write_network(self, con: duckdb.DuckDBPyConnection) -> None:
        """The network as the night computes it; without its facts there is nothing to compute."""
        reads = {"fct_milestone": MILESTONE_SCHEMA, "fct_milestone_link": LINK_SCHEMA}
        there = con.execute("select table_name from duckdb_tables() where schema_name = 'marts'").fetchall()
        if not set(reads) <= {name for (name,) in there}:
            return
        frames = [con.execute(f"select {', '.join(reads[name])} from marts.{name}").pl() for name in reads]
        con.register("network", milestone_network(*frames, self.as_of_on, run_id="run-1").to_arrow())
        con.execute("create or replace table intermediate.int_milestone_network as from network")

    def dbt(self, *arguments: str) -> dbtRunnerResult:
        """Run one dbt command in process and let go of the build file; raises BuildFailedError."""
        folders = ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
        own = self.build_file.parent
        folders += [
            "--target-path",
            str(own / "target"),
            "--log-path",
            str(own / "logs"),
            "--log-level-file",
            "none",
        ]
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.environment().items():
                patch.setenv(name, value)
            result = dbtRunner(manifest=self.manifest).invoke([*arguments, "--quiet", *folders])
            self._let_go()
        if result.exception is not None:
            raise BuildFailedError(str(result.exception)) from result.exception
        self.results = list(getattr(result.result, "results", []))
        if not result.success:
            raise BuildFailedError("\n\n".join(self._tell(node) for node in self.results if _is_bad(node)))
        return result

    def environment(self) -> dict[str, str]:
        """What the profile reads."""
        with connect_lake(self.settings, read_only=True) as con:
            snapshot = current_snapshot(con)
        return {
            "GANTRY_BUILD_FILE": str(self.build_file),
            "GANTRY_LAKE_ATTACH": attach_target(self.settings),
            "GANTRY_LAKE_DATA_PATH": data_path(self.settings),
            "GANTRY_LAKE_SNAPSHOT": str(snapshot),
            "GANTRY_THREADS": str(self.threads),
        }

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query on the build file."""
        with duckdb.connect(str(self.build_file), read_only=True) as con:
            return con.execute(query).fetchall()

    def row(self, query: str) -> dict[str, Any]:
        """The only row of a query, by column name."""
        with duckdb.connect(str(self.build_file), read_only=True) as con:
            answer = con.execute(query)
            names = [column[0] for column in answer.description or []]
            found = answer.fetchall()
        assert len(found) == 1, f"{len(found)} rows instead of one: {query}"
        return dict(zip(names, found[0], strict=True))

    def prepare(self) -> None:
        """Write what the run tells its build."""
        self.build_file.parent.mkdir(parents=True, exist_ok=True)
        with duckdb.connect(str(self.build_file)) as con:
            con.execute("create schema if not exists ops")
            con.execute(
                "create or replace table ops.build_context (run_id varchar, publication_name varchar,"
                " as_of_on date, snapshot_id bigint, reporting_currency varchar, time_zone varchar,"
                " rebuild_from_on date, rebuild_to_on date, pinned_at timestamp,"
                " checked_until_at timestamp)"
            )
            con.execute(
                "insert into ops.build_context (run_id, publication_name, as_of_on, snapshot_id,"
                " reporting_currency, time_zone) values ('run-1', 'night-test', ?, 0, ?, 'Asia/Shanghai')",
                [self.as_of_on, self.reporting_currency],
            )
            con.execute("create or replace table ops.figure_override (name varchar, value decimal(18, 4))")
            con.execute(TOLD_VALUE)
            for own in self.defaults.items():
                con.execute("insert into ops.figure_override values (?, ?)", list(own))

    @staticmethod
    def _let_go() -> None:
        # dbt keeps the connection of the last run until the process ends; the next step needs the file.
        environment = dbt_duckdb.DuckDBConnectionManager._ENV
        if environment is not None:
            environment.close()
        dbt_duckdb.DuckDBConnectionManager.close_all_connections()

    def _tell(self, node: Any) -> str:
        told = f"{node.node.unique_id}: {node.status}\n{node.message}"
        code = getattr(node.node, "compiled_code", None)
        if node.node.resource_type != "test" or not code:
            return told
        with connect_lake(self.settings, read_only=True) as con:
            con.execute(f"attach '{self.build_file}' as build (read_only)")
            con.execute("use build")
            return f"{told}\n{con.sql(code).limit(20)}"


def _is_bad(node: Any) -> bool:
    return str(node.status) in ("error", "fail", "runtime error")


def _insert(con: duckdb.DuckDBPyConnection, table: str, row: Mapping[str, Any]) -> None:
    names = ", ".join(row)
    marks = ", ".join("?" for _ in row)
    con.execute(f"insert into {table} ({names}) values ({marks})", list(row.values()))
