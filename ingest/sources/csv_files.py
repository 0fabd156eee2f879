"""CSV files by DuckDB: as text for any file, and with typed columns where speed counts."""

import csv
import itertools
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from ingest.company import Source, SourceFile
from ingest.problems import SourceError
from ingest.sources.base import ROW_NUMBER, Malformed, SourceTable, unique_names
from ingest.sources.numbering import number_rows
from ingest.sources.text_files import (
    encoding_error,
    has_blank_lines,
    line_ends,
    pick_lines,
    require_content,
    utf8_file,
)
from ingest.sql import listed, literal

SEPARATORS = (",", ";", "\t", "|")
#: A strict form, because DuckDB's own cast takes «2024-02-03 10:00 x» for a moment.
TYPED_FORMATS = "timestampformat='%Y-%m-%d %H:%M:%S'"
_numbers = itertools.count()


@dataclass(frozen=True)
class Rejects:
    """What a reading refused: rows of the wrong shape, and numbers of rows with values of the wrong type."""

    malformed: tuple[Malformed, ...]
    unfit: tuple[int, ...]

    @property
    def numbers(self) -> list[int]:
        """All refused row numbers, ascending."""
        return sorted({row.number for row in self.malformed} | set(self.unfit))


class CsvReader:
    """CSV in any encoding and with any separator."""

    def columns(self, source: Source, file: SourceFile) -> list[str]:
        """Names from the header line, trimmed."""
        return csv_header(source, file)[0]

    def read(
        self, con: duckdb.DuckDBPyConnection, source: Source, file: SourceFile, table: str
    ) -> SourceTable:
        """The whole file as text."""
        names, _ = csv_header(source, file)
        read = f"create or replace temp table {table}_read as select * from"

        def keep(relation: str) -> int:
            return con.execute(f"{read} {relation}").fetchone()[0]  # type: ignore[index]

        rejects, _ = scan_csv(con, source, file, {}, keep)
        number = number_rows(con, f"{table}_read", rejects.numbers)
        con.execute(
            f"create or replace temp table {table} as select {number.expression} as {ROW_NUMBER}, "
            f"{listed(names)} "
            f"from {number.relation}"
        )
        con.execute(f"drop table {table}_read")
        return SourceTable(table, tuple(names), rejects.malformed)


def csv_header(source: Source, file: SourceFile) -> tuple[list[str], str]:
    """Column names and separator of a CSV file. Raises SourceError for an empty or undecodable header."""
    require_content(file)
    try:
        with file.path.open("r", encoding=source.encoding, newline="") as stream:
            lines = (line for line in itertools.islice(stream, source.header_row - 1, None))
            header = next((line for line in lines if line.strip("\r\n\ufeff")), "")
            separator = source.delimiter or max(SEPARATORS, key=header.count)
            rest = itertools.chain([header], lines)
            names = next(csv.reader(rest, delimiter=separator, **_quoting(source)), [])
    except UnicodeError as error:
        raise encoding_error(source, file) from error
    except csv.Error as error:
        raise SourceError("file_unreadable", file=file.label, connector="csv", error=error) from error
    if not any(name.strip("\ufeff ") for name in names):
        raise SourceError("file_no_header", file=file.label, line=source.header_row)
    return unique_names(names), separator


def _quoting(source: Source) -> dict:
    return {"quotechar": source.quote} if source.quote else {"quoting": csv.QUOTE_NONE}


def scan_csv(
    con: duckdb.DuckDBPyConnection,
    source: Source,
    file: SourceFile,
    types: Mapping[str, str],
    keep: Callable[[str], int],
) -> tuple[Rejects, "SecondLook"]:
    """Read the file with the columns in `types` typed and all others as text.

    `keep` takes the relation, reads it once and says how many rows came; called again, it replaces what it
    kept. Empty lines shift the numbers of refused rows, so a file that has both is read once more without its
    empty lines. Outside of a transaction only: DuckDB shows what it refused after a commit.
    """
    names, separator = csv_header(source, file)
    shape = (names, separator, types)
    rejects, look, may_shift = _scan(con, source, file, shape, keep, blank_lines=True)
    if may_shift and len(names) > 1:
        rejects, look, _ = _scan(con, source, file, shape, keep, blank_lines=False)
    return rejects, look


def _scan(
    con: duckdb.DuckDBPyConnection,
    source: Source,
    file: SourceFile,
    shape: tuple[list[str], str, Mapping[str, str]],
    keep: Callable[[str], int],
    *,
    blank_lines: bool,
) -> tuple[Rejects, "SecondLook", bool]:
    number = next(_numbers)
    rejects, scans = f"csv_rejects_{number}", f"csv_scans_{number}"
    refused = "store_rejects=true, rejects_limit=0, "
    refused += f"rejects_table={literal(rejects)}, rejects_scan={literal(scans)}"
    with utf8_file(source, file, blank_lines=blank_lines) as path:
        try:
            kept = keep(_read_csv(source, path, shape, refused))
            found = _rejects(con, source, file, rejects)
        except duckdb.Error as error:
            reason = str(error).strip().partition("\n")[0]
            raise SourceError("file_unreadable", file=file.label, connector="csv", error=reason) from error
        finally:
            for table in (rejects, scans):
                con.execute(f"drop table if exists {table}")
        structural = np.asarray([row.number for row in found.malformed], dtype=np.int64)
        look = SecondLook(structural, kept + len(found.numbers))
        may_shift = (
            bool(found.numbers) and blank_lines and not look.is_line_a_row(path) and has_blank_lines(path)
        )
        return found, look, may_shift


def _rejects(con: duckdb.DuckDBPyConnection, source: Source, file: SourceFile, table: str) -> Rejects:
    """What the reading that just ran refused; raises SourceError for a wrong encoding."""
    rows = con.execute(
        f"select line, bool_or(error_type <> 'CAST'), any_value(csv_line), "
        f"arg_min(error_message, case when error_type <> 'CAST' then 0 else 1 end), "
        f"bool_or(error_type like '%UNICODE%' or error_type like '%ENCODING%') "
        f"from {table} group by line order by line"
    ).fetchall()
    if any(row[4] for row in rows):
        raise encoding_error(source, file)
    malformed = [
        Malformed(line - 1, (csv_line or "").strip("\r\n"), message.partition("\n")[0])
        for line, is_malformed, csv_line, message, _ in rows
        if is_malformed
    ]
    return Rejects(tuple(malformed), tuple(line - 1 for line, is_malformed, *_ in rows if not is_malformed))


def _read_csv(
    source: Source, path: Path, shape: tuple[list[str], str, Mapping[str, str]], errors: str
) -> str:
    names, separator, types = shape
    columns = ", ".join(f"{literal(name)}: {literal(types.get(name, 'VARCHAR'))}" for name in names)
    quote = literal(source.quote)
    return (
        f"read_csv({literal(str(path))}, auto_detect=false, header=true, delim={literal(separator)}, "
        f"quote={quote}, escape={quote}, columns={{{columns}}}, {TYPED_FORMATS}, {errors})"
    )


@dataclass
class SecondLook:
    """What it takes to find rows again: the malformed ones, how many there are, where lines end."""

    structural: np.ndarray
    total: int
    _ends: np.ndarray | None = None

    def is_line_a_row(self, path: Path) -> bool:
        """Whether the file has as many lines as rows and a header.

        Then no value has a line break, no line is empty, and row n is line n + 1.
        """
        return len(self.line_ends(path)) == self.total + 1

    def line_ends(self, path: Path) -> np.ndarray:
        """Ends of the file's lines, looked for once; copies of the file in UTF-8 are all alike."""
        if self._ends is None:
            self._ends = line_ends(path)
        return self._ends


def source_rows(
    con: duckdb.DuckDBPyConnection,
    source: Source,
    file: SourceFile,
    numbers: np.ndarray,
    look: SecondLook,
    table: str,
) -> None:
    """Make `table` (`_n` and the source's columns) from well-formed rows (ascending `numbers`), as text.

    Where every row is a line, the lines are picked by their place: a tenth of reading the file again.
    """
    names, separator = csv_header(source, file)
    shape = (names, separator, {})
    with utf8_file(source, file) as path:
        if look.is_line_a_row(path):
            with tempfile.TemporaryDirectory(prefix="gantry-") as folder:
                picked = Path(folder) / "picked.csv"
                picked.write_bytes(pick_lines(path, numbers, look.line_ends(path)))
                _number_picked(con, _read_csv(source, picked, shape, "ignore_errors=true"), numbers, table)
            return
        places = numbers - np.searchsorted(look.structural, numbers)
        relation = _read_csv(source, path, shape, "ignore_errors=true")
        con.register("places_frame", pa.table({"_place": places, ROW_NUMBER: numbers}))
        con.execute(
            f"create or replace temp table {table} as select {ROW_NUMBER}, {listed(names)} from "
            f"(select row_number() over () as _place, * from {relation}) "
            "join places_frame using (_place)"
        )
        con.unregister("places_frame")


def _number_picked(con: duckdb.DuckDBPyConnection, relation: str, numbers: np.ndarray, table: str) -> None:
    con.register("places_frame", pa.table({"_place": np.arange(1, len(numbers) + 1), ROW_NUMBER: numbers}))
    con.execute(
        f"create or replace temp table {table} as select {ROW_NUMBER}, r.* exclude (_place) from "
        f"(select row_number() over () as _place, * from {relation}) r join places_frame using (_place)"
    )
    con.unregister("places_frame")
    found = con.execute(f"select count(*) from {table}").fetchone()
    if found != (len(numbers),):
        raise RuntimeError(f"{len(numbers)} rows were to be read again, {found} came")
