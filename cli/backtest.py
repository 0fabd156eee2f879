"""`gantry backtest`: how well each forecast would have done, beside its baselines in the same run."""

import typer

from cli import (
    backtest_churn,
    backtest_delay,
    backtest_demand,
    backtest_devices,
    backtest_record,
    backtest_schedule,
    backtest_value,
)
from lake.text import text

app = typer.Typer(no_args_is_help=True)
app.command("delay", help=text("cli.help_backtest_delay"))(backtest_delay.backtest_delay)
app.command("demand", help=text("cli.help_backtest_demand"))(backtest_demand.demand)
app.command("churn", help=text("cli.help_backtest_churn"))(backtest_churn.churn)
app.command("value", help=text("cli.help_backtest_value"))(backtest_value.value)
app.command("devices", help=text("cli.help_backtest_devices"))(backtest_devices.devices)
app.command("schedule", help=text("cli.help_backtest_schedule"))(backtest_schedule.schedule)
app.command("record", help=text("cli.help_backtest_record"))(backtest_record.record)
