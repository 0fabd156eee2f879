"""`gantry docs`: the documentation of models, columns and lineage as one file."""

from pathlib import Path
from typing import Annotated

import typer

from cli.common import CompanyOption, LakeOption, out, told_plainly
from lake.settings import load_settings
from lake.text import text

OutOption = Annotated[Path | None, typer.Option("--out", help=text("cli.help_docs_out"))]


def docs(company: CompanyOption = None, lake: LakeOption = None, folder: OutOption = None) -> None:
    """Write the site and say where it lies."""
    with told_plainly():
        from pipelines.dbt_docs import write_docs
        from pipelines.dbt_runs import DbtProject

        settings = load_settings(company=company, lake=lake)
        written = write_docs(settings, DbtProject(settings), folder)
    out.print(text("cli.docs_written", settings.language, path=written), soft_wrap=True, highlight=False)
