"""The example company as files, each in the way its source system would write it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from lake.contracts import load_contracts
from sandbox.company import simulate
from sandbox.dirt import Planted, soil_texts, soil_values
from sandbox.excel import write_excel
from sandbox.formats import Format, as_text, file_name, format_of, header
from sandbox.world import World

SEED = 1
SCALE = 1.0
TRUTH = "truth"


@dataclass(frozen=True)
class Example:
    """What was written: files by contract table, rows by table, and the ledger of planted dirt."""

    until: date
    files: dict[str, Path]
    rows: dict[str, int]
    planted: tuple[Planted, ...]

    def refused(self, table: str) -> int:
        """Rows of a table that the door must refuse."""
        return sum(one.rows for one in self.planted if one.table == table and one.is_refused)


def write_example(
    out_dir: Path, *, seed: int = SEED, scale: float = SCALE, until: date | None = None
) -> Example:
    """Write all tables of the example company as of ``until`` below ``out_dir``; equal for equal arguments.

    ``until`` is yesterday in China unless given. The folder ``truth``, written last, holds what no source
    system knows: the hidden nature of customers and suppliers, and where the dirt lies. Raises OSError where
    the folder cannot be written, ValueError as ``simulate`` does.
    """
    until = until or yesterday()
    known = simulate(seed, scale, until)
    world = World(seed, scale, until)
    frames, ledger = soil_values(world, known.frames)
    files = {}
    for table in load_contracts():
        style, path = format_of(table), out_dir / file_name(table)
        path.parent.mkdir(parents=True, exist_ok=True)
        files[table] = path
        if style.connector == "parquet":
            frames[table].write_parquet(path, compression="zstd")
        elif style.connector == "jsonl":
            _write_lines(path, frames[table], style)
        else:
            texts, more = soil_texts(world, table, as_text(frames[table], style))
            ledger += more
            _write_texts(path, table, texts, style)
    _write_truth(out_dir / TRUTH, known.truth | {"dirt": pl.DataFrame([asdict(one) for one in ledger])})
    return Example(until, files, {table: frame.height for table, frame in frames.items()}, tuple(ledger))


def yesterday() -> date:
    """The last whole day in China: the one place where the sandbox looks at a clock."""
    return datetime.now(ZoneInfo("Asia/Shanghai")).date() - timedelta(days=1)


def _write_truth(folder: Path, truth: dict[str, pl.DataFrame]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in truth.items():
        frame.write_csv(folder / f"{name}.csv")


def _write_lines(path: Path, frame: pl.DataFrame, style: Format) -> None:
    """JSON lines keep numbers and booleans; times become text."""
    times = [pl.col(pl.Datetime("us")).dt.strftime(style.timestamp), pl.col(pl.Date).dt.strftime(style.date)]
    frame.with_columns(times).write_ndjson(path)


def _write_texts(path: Path, table: str, texts: pl.DataFrame, style: Format) -> None:
    item = load_contracts()[table]
    # A system without the date's code column writes the code into the date itself.
    names = [name for name in texts.columns if not _is_code_of_date(name, texts.columns)]
    texts = texts.select(names)
    headers = [header(item, name, style) for name in names]
    if style.connector == "excel":
        write_excel(path, texts, headers, style.sheet or "Sheet1", style.header_row)
        return
    written = texts.rename(dict(zip(names, headers, strict=True))).write_csv(separator=style.delimiter)
    path.write_bytes(written.encode(style.encoding))


def _is_code_of_date(name: str, names: list[str]) -> bool:
    return name.endswith("_code") and f"{name.removesuffix('_code')}_on" in names
