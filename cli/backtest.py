"""`gantry backtest`: how well each forecast would have done, beside its baselines in the same run."""

import typer

app = typer.Typer(no_args_is_help=True)
