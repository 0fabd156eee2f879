"""`gantry`: the entry point and its subcommands."""

import sys

import click
import typer

from lake.settings import quiet_environment

quiet_environment()

from cli import (  # noqa: E402  (telemetry is off before any library loads)
    backtest,
    bench,
    docs,
    explain,
    ingest,
    intake,
    query,
    reports,
    rules,
    run,
    sandbox,
    status,
    train,
    up,
)
from cli.common import EXIT_USAGE, err  # noqa: E402
from lake.text import text  # noqa: E402

app = typer.Typer(
    name="gantry",
    help=text("cli.help"),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
app.command("run", help=text("cli.help_run"))(run.run)
app.command("ingest", help=text("cli.help_ingest"))(ingest.ingest)
app.command("intake", help=text("cli.help_intake"))(intake.intake)
app.command("query", help=text("cli.help_query"))(query.query)
app.command("rules", help=text("cli.help_rules"))(rules.rules)
app.command("explain", help=text("cli.help_explain"))(explain.explain_figure)
app.command("status", help=text("cli.help_status"))(status.status)
app.command("train", help=text("cli.help_train"))(train.train)
app.command("reports", help=text("cli.help_reports"))(reports.reports)
app.command("docs", help=text("cli.help_docs"))(docs.docs)
app.command("up", help=text("cli.help_up"))(up.up)
app.add_typer(sandbox.app, name="sandbox", help=text("cli.help_sandbox"))
app.add_typer(backtest.app, name="backtest", help=text("cli.help_backtest"))
app.add_typer(bench.app, name="bench", help=text("cli.help_bench"))


def main() -> None:
    """Run the command; wrong use ends with 64, which scripts can tell from a failed night."""
    try:
        code = app(standalone_mode=False)
    except click.UsageError as error:
        error.show()
        code = EXIT_USAGE
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        err.print(text("cli.interrupted"))
        code = 130
    sys.exit(code or 0)


if __name__ == "__main__":
    main()
