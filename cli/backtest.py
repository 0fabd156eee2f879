"""`gantry backtest`: how well each forecast would have done, beside its baselines in the same run."""

import typer

from cli.backtest_delay import backtest_delay
from lake.text import text

app = typer.Typer(no_args_is_help=True)
app.command("delay", help=text("cli.help_backtest_delay"))(backtest_delay)
