"""`gantry backtest`: how well each forecast would have done, beside its baselines in the same run."""

import typer

from cli.backtest_schedule import schedule
from lake.text import text

app = typer.Typer(no_args_is_help=True)
app.command("schedule", help=text("cli.help_backtest_schedule"))(schedule)
from cli import backtest_devices
from lake.text import text

app = typer.Typer(no_args_is_help=True)
app.command("devices", help=text("cli.help_backtest_devices"))(backtest_devices.devices)
from cli import backtest_demand
from lake.text import text

app = typer.Typer(no_args_is_help=True)
app.command("demand", help=text("cli.help_backtest_demand"))(backtest_demand.demand)


@app.callback()
def backtest() -> None:
    """One subcommand a question."""
