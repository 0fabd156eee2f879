"""`gantry sandbox`: the make-believe company."""

from pathlib import Path
from typing import Annotated

import typer

from cli.common import EXAMPLE_DATA, DateOption, business_date_of, out
from cli.sandbox_next_day import next_day
from cli.sandbox_run import run
from cli.sandbox_serve import serve
from lake.text import text

app = typer.Typer(no_args_is_help=True)


@app.callback()
def sandbox() -> None:
    """A company with a known truth, to try and to test Gantry with."""


@app.command("files", help=text("cli.help_sandbox_files"))
def files(
    folder: Annotated[Path, typer.Option("--out", help=text("cli.help_out"))] = EXAMPLE_DATA,
    seed: Annotated[int, typer.Option("--seed", help=text("cli.help_seed"))] = 1,
    scale: Annotated[float, typer.Option("--scale", help=text("cli.help_scale"))] = 0.05,
    reading_days: Annotated[
        int, typer.Option("--reading-days", min=1, help=text("cli.help_reading_days"))
    ] = 14,
    until: DateOption = None,
) -> None:
    """Write the example company's files."""
    from sandbox.example import write_example

    day = business_date_of(until)
    write_example(folder, seed=seed, scale=scale, until=day, reading_days=reading_days)
    out.print(text("cli.wrote_example", None, folder=folder))


app.command("serve", help=text("cli.help_sandbox_serve"))(serve)
app.command("next-day", help=text("cli.help_sandbox_next_day"))(next_day)
app.command("run", help=text("cli.help_sandbox_run"))(run)
