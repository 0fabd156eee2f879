"""How a night becomes a publication: what it records in the lake, then the switch."""

from dataclasses import replace

import duckdb
import pyarrow as pa

from lake.checks import CheckResult
from lake.figures.reading import figure_of
from lake.publication import Publication
from lake.publishing import new_publication, publish
from lake.run import utc_now
from pipelines.build_file import keep_build
from pipelines.dbt_parse import kept_folder
from pipelines.defs.forecasts import forecast_columns, forecast_reads
from pipelines.figure_history import append, keep_figures
from pipelines.figures import figure_rows
from pipelines.month_ends import keep_month_ends
from pipelines.night import Night
from pipelines.passports import PassportOffice, graph_of, write_models
from pipelines.timing import timed

LAST_CHECKS = """
select check_name, asset_name, severity_code, is_passed, expected, actual, message, checked_at
from lake.ops.check_result
where run_id = (select run_id from lake.ops.publication order by published_at desc, name desc limit 1)
"""


def publish_night(night: Night) -> Publication:
    """Publish the night's build and keep it as the next one's start.

    What a refresh did not build was checked by an earlier run: those results are carried on.
    """
    context = night.begin_build()
    night.let_build_go()
    if night.is_partial:
        night.checks += carried_checks(night.con, night.checks)
    status = "check_failed" if night.has_failed_check else "ok"
    publication = new_publication(
        night.con,
        night.run,
        name=context.publication_name,
        snapshot_id=context.snapshot_id,
        status_code=status,
    )
    write_models(night.build, night.dbt.manifest_json, night.dbt.target)
    publish(night.settings, night.con, publication, night.build, lambda con: _record(con, night, publication))
    keep_build(night.settings.paths, night.build)
    night.publication = publication
    return publication


def carried_checks(con: duckdb.DuckDBPyConnection, renewed: list[CheckResult]) -> list[CheckResult]:
    """The newest publication's check results but those of checks in `renewed`, with their own time."""
    known = {(check.asset_name, check.check_name) for check in renewed}
    last = [CheckResult(*row) for row in con.execute(LAST_CHECKS).fetchall()]
    return [check for check in last if (check.asset_name, check.check_name) not in known]


def _record(con: duckdb.DuckDBPyConnection, night: Night, publication: Publication) -> None:
    """Write what the night leaves in the lake: run, checks, figures with their passports, forecasts."""
    append(con, "ops.run", [_run_row(night, publication.status_code)])
    append(con, "ops.check_result", _check_rows(night))
    keep_month_ends(con, night.settings, night.run.as_of_on, night.dbt.manifest_json)
    with duckdb.connect(str(night.build), read_only=True) as build:
        for table in night.forecasts:
            # What earlier publications said, and a table repeats, stands in the archive already.
            rows = build.execute(f"from ml.{table} where publication_name = ?", [publication.name])
            _keep_history(con, table, rows.to_arrow_table())
        with timed(night.seconds, "passports"):
            _record_figures(con, build, night, publication)


def _record_figures(
    con: duckdb.DuckDBPyConnection, build: duckdb.DuckDBPyConnection, night: Night, publication: Publication
) -> None:
    manifest = night.dbt.manifest_json
    rows = figure_rows(manifest)
    figures = [figure_of(row) for row in rows]
    graph = graph_of(manifest, build, night.dbt.target, kept_folder() / "column_lineage.json")
    office = PassportOffice(
        con=con,
        build=build,
        manifest=manifest,
        forecasts=forecast_reads(),
        checks=night.checks,
        columns=replace(graph, forecasts=forecast_columns()),
        own_defaults=night.company.defaults,
        reporting_currency=night.company.reporting_currency,
    )
    passports = office.rows(figures, publication)
    con.execute("delete from lake.ops.figure")
    append(con, "ops.figure", rows)
    append(con, "ops.figure_run", passports)
    keep_figures(con, build, figures, passports, publication)


def _run_row(night: Night, status: str) -> dict[str, object]:
    return {
        "run_id": night.run.run_id,
        "kind_code": night.run.kind,
        "as_of_on": night.run.as_of_on,
        "started_at": night.run.started_at,
        "finished_at": utc_now(),
        "status_code": status,
        "exit_code": 1 if night.has_failed_check else 0,
        "message": "",
    }


def _check_rows(night: Night) -> list[dict[str, object]]:
    now = utc_now()
    return [
        {
            "run_id": night.run.run_id,
            "check_name": check.check_name,
            "asset_name": check.asset_name,
            "severity_code": check.severity_code,
            "is_passed": check.is_passed,
            "expected": check.expected,
            "actual": check.actual,
            "message": check.message,
            "checked_at": check.checked_at or now,
        }
        for check in night.checks
    ]


def _keep_history(con: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    """Add the forecast's rows to its archive; a column that it has learned to tell since is NULL before."""
    con.register("forecast", rows)
    con.execute(f"create table if not exists lake.history.{table} as from forecast limit 0")
    kept = {name for name, *_ in con.execute(f"describe lake.history.{table}").fetchall()}
    for name, kind, *_ in con.execute("describe from forecast").fetchall():
        if name not in kept:
            con.execute(f'alter table lake.history.{table} add column "{name}" {kind}')
    con.execute(f"insert into lake.history.{table} by name from forecast")
    con.unregister("forecast")
