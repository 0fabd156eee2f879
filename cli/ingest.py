"""`gantry ingest`: only the door; with --check it reports and writes nothing."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from cli.common import (
    CompanyOption,
    DataOption,
    DateOption,
    JsonOption,
    LakeOption,
    business_date_of,
    out,
    print_json,
    settings_of,
    told_plainly,
)
from cli.tables import loads_table
from lake.text import text

CheckOption = Annotated[bool, typer.Option("--check", help=text("cli.help_check"))]


def ingest(
    company: CompanyOption = None,
    data: DataOption = None,
    lake: LakeOption = None,
    date: DateOption = None,
    check: CheckOption = False,
    as_json: JsonOption = False,
) -> None:
    """Load what is new through the door, or with --check only say what it would find."""
    with told_plainly():
        settings = settings_of(company, data, lake)
        asked = business_date_of(date)
        if check:
            from cli.mapping_report import report_mapping

            raise typer.Exit(report_mapping(settings, asked, as_json))
        from pipelines.loading import ingest_all

        loads = ingest_all(settings, asked)
    if as_json:
        print_json(json.dumps([asdict(load) for load in loads], default=str, ensure_ascii=False))
    else:
        out.print(loads_table(loads))
    raise typer.Exit(1 if any(not load.is_well for load in loads) else 0)
