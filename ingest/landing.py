"""What was fetched from a live source, on its way to the door: Parquet files that live as long as one load.

Rows that the source deleted go to a file of their own: they are no rows, only keys. The columns' kinds are
noted, so that the next load sees a type that changed, and so is the newest change stamp.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ingest.company import Source, SourceFile
from ingest.cursor import Stamp, newest, stamp_of
from ingest.problems import SourceError
from ingest.sql import literal

TRUE_TEXTS = pa.array(["true", "t", "yes", "y", "1", "1.0"])
ROWS, DELETED = "rows", "deleted"
#: What a column holds as long as nobody has seen a value.
UNKNOWN = "empty"


@dataclass(frozen=True)
class Batch:
    """Some rows of a source, and the kind of each column (`number`, `text`, …) where rows do not tell it."""

    table: pa.Table
    kinds: dict[str, str]


@dataclass(frozen=True)
class Fetched:
    """All that came: files of rows and of deleted rows (None when nothing came), stamp, kinds, counts."""

    rows: SourceFile | None
    deleted: SourceFile | None
    cursor: str | None
    kinds: dict[str, str]
    rows_fetched: int


@dataclass
class Landing:
    """Takes the batches of one fetch; `finish` says what came."""

    source: Source
    folder: Path
    name: str
    kinds: dict[str, str] = field(default_factory=dict)
    rows_fetched: int = 0
    _parts: dict[str, list[Path]] = field(default_factory=lambda: {ROWS: [], DELETED: []})
    _writers: dict[str, pq.ParquetWriter] = field(default_factory=dict)
    _newest: tuple[Stamp, str] | None = None

    def take(self, batches: Iterable[Batch]) -> Fetched:
        """Write all batches. Raises SourceError for what cannot be a row of this source."""
        try:
            for batch in batches:
                self._note_kinds(batch.kinds)
                if batch.table.num_rows:
                    self._take(batch.table)
        finally:
            for writer in self._writers.values():
                writer.close()
        return self._finished()

    def _take(self, table: pa.Table) -> None:
        live = self.source.live
        assert live is not None
        self.rows_fetched += table.num_rows
        if live.cursor:
            self._note_stamp(self._column(table, live.cursor, "cursor"))
        is_deleted = _is_true(self._column(table, live.deleted, "deleted")) if live.deleted else None
        # The file of rows is there even when all are deleted: it says which columns the source has.
        self._write(ROWS, table if is_deleted is None else table.filter(pc.invert(is_deleted)))
        if is_deleted is not None and pc.any(is_deleted).as_py():
            self._write(DELETED, table.filter(is_deleted))

    def _column(self, table: pa.Table, name: str, key: str) -> pa.ChunkedArray:
        if name not in table.column_names:
            known = ", ".join(table.column_names)
            raise SourceError(
                "source_no_column", source=self.source.name, column=name, setting=key, known=known
            )
        return table[name]

    def _note_kinds(self, kinds: dict[str, str]) -> None:
        for column, kind in kinds.items():
            first, _, second = kind.partition(" / ")
            before, now = (first, second) if second else (self.kinds.get(column, UNKNOWN), kind)
            if now != UNKNOWN and before not in (UNKNOWN, now):
                raise TypeChangedError(self.source.name, {column: (before, now)})
            self.kinds[column] = before if now == UNKNOWN else now

    def _note_stamp(self, column: pa.ChunkedArray) -> None:
        is_text = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
        values = pc.unique(column).to_pylist() if is_text else [pc.max(column).as_py()]
        try:
            stamps = {stamp: str(value) for value in values if (stamp := stamp_of(value)) is not None}
        except ValueError as error:
            live = self.source.live
            name = live.cursor if live else ""
            raise SourceError(
                "source_bad_stamp", source=self.source.name, column=name, value=error
            ) from error
        best = newest([*stamps, *([self._newest[0]] if self._newest else [])])
        if best is not None and best in stamps:
            self._newest = (best, stamps[best])

    def _write(self, kind: str, table: pa.Table) -> None:
        writer = self._writers.get(kind)
        if writer is not None and writer.schema != table.schema:
            writer.close()
            writer = None
        if writer is None:
            path = self.folder / f"{self.name}.{kind}{len(self._parts[kind])}.parquet"
            self._parts[kind].append(path)
            writer = self._writers[kind] = pq.ParquetWriter(path, table.schema, compression="snappy")
        writer.write_table(table)

    def _finished(self) -> Fetched:
        return Fetched(
            rows=self._one_file(ROWS),
            deleted=self._one_file(DELETED),
            cursor=self._newest[1] if self._newest else None,
            kinds=self.kinds,
            rows_fetched=self.rows_fetched,
        )

    def _one_file(self, kind: str) -> SourceFile | None:
        """The parts as one file; where columns came or went between pages, with all columns."""
        parts = self._parts[kind]
        if not parts:
            return None
        path = parts[0]
        if len(parts) > 1:
            path = self.folder / f"{self.name}.{kind}.parquet"
            listed = ", ".join(literal(str(part)) for part in parts)
            read = f"select * from read_parquet([{listed}], union_by_name=true)"
            with duckdb.connect() as con:
                con.execute(f"copy ({read}) to {literal(str(path))} (format parquet)")
            for part in parts:
                part.unlink()
        return SourceFile(path, f"{self.source.name}/{path.name}")


class TypeChangedError(SourceError):
    """Columns whose kind is another than before, (before, now) by column: the table stops."""

    def __init__(self, source: str, changes: dict[str, tuple[str, str]]) -> None:
        super().__init__("source_type_changed", source=source)
        self.changes = changes

    def in_language(self, language: str | None) -> str:
        """The message in `language`, with every change."""
        from lake.text import text

        told = [
            text("ingest.type_change", language, column=column, before=before, now=now)
            for column, (before, now) in self.changes.items()
        ]
        return text("ingest.source_type_changed", language, changes=", ".join(told), **self.values)


def _is_true(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_boolean(column.type):
        return pc.fill_null(column, False)
    texts = pc.utf8_lower(pc.utf8_trim_whitespace(column.cast(pa.string())))
    return pc.fill_null(pc.is_in(texts, value_set=TRUE_TEXTS), False)


def kind_of(kind: pa.DataType) -> str:
    """The kind of an Arrow type: what must not change at a source from one night to the next."""
    tests: list[tuple[Any, str]] = [
        (pa.types.is_boolean, "boolean"),
        (pa.types.is_date, "date"),
        (pa.types.is_timestamp, "timestamp"),
        (pa.types.is_null, UNKNOWN),
    ]
    for test, name in tests:
        if test(kind):
            return name
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return "number"
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    return "text" if is_text else str(kind)
