"""How every back-test is told: a table of methods and measures, or one JSON object."""

from typing import TYPE_CHECKING

from rich.table import Table

from cli.common import err, out, print_json
from lake.text import text

if TYPE_CHECKING:
    from ml.backtest.results import BacktestResult


def tell(result: "BacktestResult", as_json: bool) -> None:
    """Print the result; notes go to standard error where the output is for machines."""
    if as_json:
        print_json(result.to_json())
        return
    out.print(text("cli.backtest_title", None, task=result.task, count=f"{result.n:,}"))
    if result.origins:
        first, last = str(result.origins[0]), str(result.origins[-1])
        out.print(text("cli.backtest_origins", None, count=len(result.origins), first=first, last=last))
    out.print(_measures(result))
    for difference in result.differences:
        out.print(
            text(
                "cli.backtest_difference",
                None,
                method=difference.method,
                baseline=difference.baseline,
                metric=difference.metric,
                value=f"{difference.value:+.4f}",
                low=f"{difference.low:+.4f}",
                high=f"{difference.high:+.4f}",
            )
        )
    for note in result.notes:
        err.print(f"▲ {note}", markup=False, highlight=False, soft_wrap=True)


def _measures(result: "BacktestResult") -> Table:
    """One row a measure, one column a method: methods are few and their names short."""
    table = Table(show_edge=False, pad_edge=False)
    table.add_column(text("cli.backtest_measure"))
    methods = list(result.metrics)
    for method in methods:
        table.add_column(method, justify="right")
    names = dict.fromkeys(name for measures in result.metrics.values() for name in measures)
    for name in names:
        table.add_row(name, *(_shown(result.metrics[method].get(name)) for method in methods))
    table.add_row(text("cli.backtest_seconds"), *(_shown(result.seconds.get(method)) for method in methods))
    return table


def _shown(value: float | int | None) -> str:
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.4f}"
