"""Tables that several subcommands print."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rich.table import Table

from lake.contracts import load_contracts
from lake.text import text

if TYPE_CHECKING:
    from ingest.door import TableLoad

EQUATION = ("read", "inserted", "updated", "unchanged", "quarantined", "skipped", "released")


def loads_table(loads: "Iterable[TableLoad]") -> Table:
    """The row equation by table: read = inserted + updated + unchanged + quarantined; the rest apart."""
    loads = list(loads)
    # Most sources never say what they deleted: a column of zeros would only cost width.
    shown = (*EQUATION, "deleted") if any(load.deleted for load in loads) else EQUATION
    table = Table(title=text("cli.equation_title"), title_justify="left", show_edge=False, pad_edge=False)
    table.add_column(text("cli.column_table"), no_wrap=True)
    for name in shown:
        table.add_column(text(f"cli.column_{name}"), justify="right")
    table.add_column(text("cli.column_status"), overflow="fold")
    hidden = set(load_contracts())
    for load in loads:
        if load.status == "no_source":
            continue
        hidden.discard(load.table)
        counts = [f"{getattr(load, name):,}" for name in shown]
        table.add_row(load.table, *counts, _status(load))
    if hidden:
        table.caption = text("cli.without_source", None, count=len(hidden))
        table.caption_justify = "left"
    return table


def _status(load: "TableLoad") -> str:
    shown = text(f"cli.load_{load.status}")
    return f"{shown}: {load.message}" if load.message else shown
