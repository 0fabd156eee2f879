"""`gantry bench`: speeds as ratios within one run."""

import json
from typing import Annotated

import typer

from cli.common import CompanyOption, DataOption, LakeOption, print_json, settings_of, told_plainly
from lake.text import text

app = typer.Typer(no_args_is_help=True)


@app.command("ingest", help=text("cli.help_bench_ingest"))
def ingest(
    rows: Annotated[int, typer.Option("--rows", help=text("cli.help_rows"))] = 5_000_000,
) -> None:
    """The door against DuckDB's own typed reader, all rows good and with 1% broken."""
    from benchmarks.bench_ingest import run

    for broken_share in (0.0, 0.01):
        print_json(json.dumps(run(rows=rows, broken_share=broken_share), default=str))


@app.command("extract", help=text("cli.help_bench_extract"))
def extract(
    database: Annotated[str, typer.Option("--database", help=text("cli.help_bench_database"))],
    rows: Annotated[int, typer.Option("--rows", help=text("cli.help_rows"))] = 1_000_000,
) -> None:
    """The SQL connector against PostgreSQL's own COPY."""
    from benchmarks.bench_extract import run

    print_json(json.dumps(run(database, rows), default=str))


@app.command("night", help=text("cli.help_bench_night"))
def night(
    scale: Annotated[float | None, typer.Option("--scale", help=text("cli.help_bench_live_scale"))] = None,
) -> None:
    """Where a night spends its time: on the example's files, or on running systems of a size."""
    from benchmarks.bench_night import run, run_live

    print_json(json.dumps(run() if scale is None else run_live(scale), default=str))


@app.command("increment", help=text("cli.help_bench_increment"))
def increment(
    scale: Annotated[float, typer.Option("--scale", help=text("cli.help_scale"))] = 1.0,
    days: Annotated[int, typer.Option("--days", min=1, help=text("cli.help_bench_days"))] = 3,
) -> None:
    """One more day on one year of history and on four."""
    from benchmarks.bench_increment import run

    print_json(json.dumps(run(scale, days)))


@app.command("demand", help=text("cli.help_bench_demand"))
def demand(
    series: Annotated[int, typer.Option("--series", min=1, help=text("cli.help_bench_series"))] = 100,
) -> None:
    """Demand forecasts of a panel, and of panels 4 and 16 times as large."""
    from benchmarks.bench_demand import run

    print_json(json.dumps(run(series)))


@app.command("sandbox", help=text("cli.help_bench_sandbox"))
def sandbox(
    scale: Annotated[float, typer.Option("--scale", help=text("cli.help_scale"))] = 1.0,
) -> None:
    """How long the make-believe company takes to make."""
    from benchmarks.bench_sandbox import run

    print_json(json.dumps(run(scale)))


@app.command("mqtt", help=text("cli.help_bench_mqtt"))
def mqtt(
    messages: Annotated[int, typer.Option("--messages", help=text("cli.help_messages"))] = 200_000,
    publishers: Annotated[int, typer.Option("--publishers", help=text("cli.help_publishers"))] = 2,
    rounds: Annotated[int, typer.Option("--rounds", min=1, help=text("cli.help_rounds"))] = 3,
) -> None:
    """The intake against a bare subscriber."""
    from benchmarks.bench_mqtt import run

    print_json(json.dumps(run(messages=messages, publishers=publishers, rounds=rounds)))


@app.command("cockpit", help=text("cli.help_bench_cockpit"))
def cockpit(
    company: CompanyOption = None,
    data: DataOption = None,
    lake: LakeOption = None,
    rounds: Annotated[int, typer.Option("--rounds", min=1, help=text("cli.help_rounds"))] = 3,
    sessions: Annotated[int, typer.Option("--sessions", min=0, help=text("cli.help_bench_sessions"))] = 0,
    writers: Annotated[int, typer.Option("--writers", min=0, help=text("cli.help_bench_writers"))] = 5,
) -> None:
    """Pages, a first visit, a rerun, all nodes and a write; or many sessions beside a night."""
    from benchmarks import bench_cockpit, bench_cockpit_load

    with told_plainly():
        settings = settings_of(company, data, lake)
        if sessions:
            load = bench_cockpit_load.run(settings, sessions=sessions, writers=min(writers, sessions))
            print_json(json.dumps(load, default=str))
        else:
            print_json(json.dumps(bench_cockpit.run(settings, rounds)))
