"""The folder into which offices put files: work orders as Excel, one file a day; lists that no system owns.

A file appears under its name when it is whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from lake.contracts import contract
from sandbox.excel import write_excel
from sandbox.formats import as_text, format_of, header
from sandbox.systems.owners import OFFICE_FILES, READINGS, WORK_ORDERS
from sandbox.systems.records import DELETED, STAMP

CHANGED = "更新时间"


@dataclass(frozen=True)
class DropFolder:
    """The files below `folder`: `work/`, `ref/`, `iot/`."""

    folder: Path

    def write_work_orders(self, orders: pl.DataFrame, name: str) -> int:
        """Work orders as the dispatch office lists them, in `work/<name>.xlsx`; how many.

        The last order is there twice: somebody pasted it so.
        """
        if not orders.height:
            return 0
        item, style = contract(WORK_ORDERS), format_of(WORK_ORDERS)
        ordered = orders.sort(STAMP, *item.key).drop(DELETED)
        written = pl.concat([ordered, ordered.tail(1)])
        headers = [CHANGED if name == STAMP else header(item, name, style) for name in written.columns]
        path = self._path("work", f"{name}.xlsx")
        draft = _draft(path)
        write_excel(draft, as_text(written, style), headers, style.sheet or "Sheet1", style.header_row)
        draft.replace(path)
        return orders.height

    def write_history(self, orders: pl.DataFrame) -> int:
        """All work orders up to now, a file for each year in which they were created; how many."""
        years = orders.with_columns(pl.col("created_at").dt.year().alias("_year")).partition_by(
            "_year", as_dict=True, include_key=False
        )
        return sum(self.write_work_orders(part, f"orders-{year}") for (year,), part in years.items())

    def write_day(self, orders: pl.DataFrame, day: date) -> int:
        """The work orders that changed on a day; how many."""
        return self.write_work_orders(orders, f"orders-{day}")

    def write_lists(self, state: dict[str, pl.DataFrame]) -> None:
        """The lists that no system owns, as CSV in `ref/`; a list without news keeps its bytes."""
        for name in OFFICE_FILES:
            path = self._path("ref", f"{contract(name).entities}.csv")
            draft = _draft(path)
            frame = state[name].filter(~pl.col(DELETED)).drop(STAMP, DELETED)
            frame.sort(*contract(name).key).write_csv(draft)
            draft.replace(path)

    def write_readings(self, readings: pl.DataFrame, name: str) -> int:
        """Readings as the platform exports them, in `iot/<name>.parquet`; how many."""
        path = self._path("iot", f"{name}.parquet")
        draft = _draft(path)
        readings.select(contract_columns(READINGS)).write_parquet(draft, compression="zstd")
        draft.replace(path)
        return readings.height

    def _path(self, part: str, name: str) -> Path:
        (self.folder / part).mkdir(parents=True, exist_ok=True)
        return self.folder / part / name


def contract_columns(table: str) -> list[str]:
    """The names of a contract's columns."""
    return [column.name for column in contract(table).columns]


def _draft(path: Path) -> Path:
    """Where a file is written before it appears: no pattern of a source finds it there."""
    return path.with_name(f".{path.name}")
