"""What every subcommand shares: common options, settings from them, errors told without a traceback."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import duckdb
import typer
from rich.console import Console

from lake.settings import PROJECT_ROOT, Settings, load_settings
from lake.text import text

EXIT_FAILED, EXIT_USAGE = 2, 64
EXAMPLE = PROJECT_ROOT / "data" / "companies" / "example"
EXAMPLE_DATA = PROJECT_ROOT / "data" / "sandbox"

CompanyOption = Annotated[Path | None, typer.Option("--company", help=text("cli.help_company"))]
DataOption = Annotated[Path | None, typer.Option("--data", help=text("cli.help_data"))]
LakeOption = Annotated[Path | None, typer.Option("--lake", help=text("cli.help_lake"))]
DateOption = Annotated[str | None, typer.Option("--date", metavar="YYYY-MM-DD", help=text("cli.help_date"))]
AsOfOption = Annotated[
    str | None, typer.Option("--as-of", metavar="PUBLICATION|DATE", help=text("cli.help_as_of"))
]
JsonOption = Annotated[bool, typer.Option("--json", help=text("cli.help_json"))]

WIDE = 160

#: Where nobody's window limits it (a pipe, a log), a table keeps its columns whole.
out = Console() if sys.stdout.isatty() else Console(width=int(os.environ.get("COLUMNS") or WIDE))
err = Console(stderr=True)


def settings_of(company: Path | None, data: Path | None, lake: Path | None) -> Settings:
    """Settings with the command line's options on top of environment and file.

    The built-in example brings its own files: they are written at the first use.
    """
    settings = load_settings(company=company, data=data, lake=lake)
    if settings.data is None and settings.company.expanduser().resolve() == EXAMPLE:
        return settings.model_copy(update={"data": _example_data()})
    return settings


def business_date_of(asked: str | None) -> date | None:
    """The date given with --date, or an exit with code 64 that says how dates are written."""
    if asked is None:
        return None
    try:
        return datetime.strptime(asked, "%Y-%m-%d").date()
    except ValueError:
        fail(text("cli.bad_date", None, value=asked), EXIT_USAGE)


def fail(message: str, code: int) -> Any:
    """End with `code` after telling the user why."""
    err.print(f"[red]■[/red] {message}", highlight=False, soft_wrap=True, markup=True)
    raise typer.Exit(code)


@contextmanager
def told_plainly() -> Iterator[None]:
    """Turn what keeps a command from working into its message and exit code 2; bugs keep their traceback."""
    from ingest.problems import MappingError
    from lake.keys import KeyProblemError
    from lake.lock import LakeBusyError
    from lake.owner import OtherCompanyError
    from lake.publication import PublicationError

    try:
        yield
    except MappingError as error:
        fail(_escaped(str(error)), EXIT_FAILED)
    except (LakeBusyError, OtherCompanyError, KeyProblemError, PublicationError) as error:
        fail(_escaped(str(error)), EXIT_FAILED)
    except (OSError, duckdb.IOException) as error:
        fail(_escaped(text("cli.io_error", None, reason=error)), EXIT_FAILED)


def print_json(content: str) -> None:
    """Machine-readable output: nothing but JSON on standard output."""
    sys.stdout.write(content + "\n")


def _escaped(message: str) -> str:
    return message.replace("[", "\\[")


def _example_data() -> Path:
    from sandbox.example import is_written, write_example

    if not is_written(EXAMPLE_DATA):
        err.print(text("cli.writing_example", None, folder=EXAMPLE_DATA))
        write_example(EXAMPLE_DATA)
    return EXAMPLE_DATA
