"""The example company as files, each in the way its source system would write it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from lake.contracts import load_contracts, source_contracts
from sandbox.company import simulate
from sandbox.dirt import soiled, soiled_texts
from sandbox.excel import write_excel
from sandbox.formats import Format, as_text, file_name, format_of, header
from sandbox.sizes import SMALLEST

SEED = 1
SCALE = SMALLEST
TRUTH = "truth"
#: The devices' platform gives away two weeks unless asked for more; it has 200 days.
READING_DAYS = 14


@dataclass(frozen=True)
class Planted:
    """So many rows of a table were soiled in a column; ``is_refused``: the door must refuse them."""

    table: str
    column: str
    kind: str
    rule_code: str
    is_refused: bool
    rows: int


@dataclass(frozen=True)
class Example:
    """What was written: files by contract table, rows by table, and the ledger of planted dirt.

    ``ledger`` has a row for each planted fault, ``planted`` a sum for each kind of fault in a column.
    """

    until: date
    files: dict[str, Path]
    rows: dict[str, int]
    ledger: pl.DataFrame

    @property
    def planted(self) -> tuple[Planted, ...]:
        """The ledger summed by table, column and kind."""
        names = ["table", "column", "kind", "rule_code", "is_refused"]
        sums = self.ledger.group_by(names, maintain_order=True).agg(pl.len().alias("rows"))
        return tuple(Planted(**row) for row in sums.iter_rows(named=True))

    def refused(self, table: str) -> int:
        """Rows of a table that the door must refuse."""
        return self.ledger.filter(pl.col("table") == table, pl.col("is_refused")).height


def write_example(
    out_dir: Path,
    *,
    seed: int = SEED,
    scale: float = SCALE,
    until: date | None = None,
    reading_days: int = READING_DAYS,
) -> Example:
    """Write all tables of the example company as of ``until`` below ``out_dir``; equal for equal arguments.

    ``until`` is yesterday in China unless given. The folder ``truth``, written last, holds what no source
    system knows: hidden natures, causes, fates, golden cases, and where the dirt lies. Raises OSError where
    the folder cannot be written, ValueError as ``simulate`` does.
    """
    until = until or yesterday()
    known = simulate(seed, scale, until)
    clean = known.frames | {"iot__readings": _newest(known.frames["iot__readings"], until, reading_days)}
    frames, dirt = soiled(clean, seed)
    ledger, files, rows = [dirt], {}, {}
    for table in source_contracts():
        style, path = format_of(table), out_dir / file_name(table)
        path.parent.mkdir(parents=True, exist_ok=True)
        files[table], rows[table] = path, frames[table].height
        if style.connector == "parquet":
            frames[table].write_parquet(path, compression="zstd")
        elif style.connector == "jsonl":
            _write_lines(path, frames[table], style)
        else:
            texts, more = soiled_texts(table, clean[table], as_text(frames[table], style), seed)
            ledger.append(more)
            rows[table] = texts.height
            _write_texts(path, table, texts, style)
    planted = pl.concat(ledger)
    _write_truth(out_dir / TRUTH, known.truth | {"dirt": planted})
    return Example(until, files, rows, planted)


def is_written(folder: Path) -> bool:
    """Whether a whole example lies there: what is written last is there."""
    return (folder / TRUTH / "dirt.parquet").exists()


def _newest(readings: pl.DataFrame, until: date, days: int) -> pl.DataFrame:
    """The readings of the last days, by the day in China."""
    first = datetime.combine(until, datetime.min.time()) - timedelta(days=days - 1, hours=8)
    return readings.filter(pl.col("read_at") >= first)


def yesterday() -> date:
    """The last whole day in China: the one place where the sandbox looks at a clock."""
    return datetime.now(ZoneInfo("Asia/Shanghai")).date() - timedelta(days=1)


def _write_truth(folder: Path, truth: dict[str, pl.DataFrame]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in truth.items():
        frame.write_parquet(folder / f"{name}.parquet", compression="zstd")


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
