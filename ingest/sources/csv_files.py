"""CSV files by DuckDB: as text for any file, and with typed columns where speed counts."""

import csv
import itertools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from ingest.company import Source, SourceFile
from ingest.problems import SourceError
from ingest.sources.base import ROW_NUMBER, Malformed, SourceTable, unique_names
from ingest.sources.numbering import number_rows
from ingest.sources.text_files import encoding_error, require_content, utf8_file
from ingest.sql import listed, literal, quoted

SEPARATORS = (",", ";", "\t", "|")
#: Strict forms, because DuckDB's own cast takes «2024-02-03 x» for a date.
TYPED_FORMATS = "dateformat='%Y-%m-%d', timestampformat='%Y-%m-%d %H:%M:%S'"
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
        with csv_scan(con, source, file, {}) as scan:
            con.execute(f"create or replace temp table {table}_read as select * from {scan.relation}")
            rejects = scan.rejects()
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


@dataclass(frozen=True)
class CsvScan:
    """A `read_csv` call, and afterwards what it refused."""

    con: duckdb.DuckDBPyConnection
    source: Source
    file: SourceFile
    relation: str
    rejects_table: str

    def rejects(self) -> Rejects:
        """Refused rows of the reading that just ran; raises SourceError for a wrong encoding."""
        rows = self.con.execute(
            f"select line, bool_or(error_type <> 'CAST'), any_value(csv_line), "
            f"arg_min(error_message, case when error_type <> 'CAST' then 0 else 1 end), "
            f"bool_or(error_type like '%UNICODE%' or error_type like '%ENCODING%') "
            f"from {self.rejects_table} group by line order by line"
        ).fetchall()
        if any(row[4] for row in rows):
            raise encoding_error(self.source, self.file)
        malformed = [
            Malformed(line - 1, (csv_line or "").strip("\r\n"), message.partition("\n")[0])
            for line, is_malformed, csv_line, message, _ in rows
            if is_malformed
        ]
        return Rejects(
            tuple(malformed), tuple(line - 1 for line, is_malformed, *_ in rows if not is_malformed)
        )


@contextmanager
def csv_scan(
    con: duckdb.DuckDBPyConnection, source: Source, file: SourceFile, types: Mapping[str, str]
) -> Iterator[CsvScan]:
    """A reading of the file with the columns in `types` typed and all others as text."""
    names, separator = csv_header(source, file)
    number = next(_numbers)
    rejects, scans = f"csv_rejects_{number}", f"csv_scans_{number}"
    with utf8_file(source, file, blank_lines=len(names) == 1) as path:
        relation = _read_csv(source, path, names, separator, types, rejects, scans)
        try:
            yield CsvScan(con, source, file, relation, rejects)
        except duckdb.Error as error:
            raise SourceError(
                "file_unreadable", file=file.label, connector="csv", error=_first_line(error)
            ) from error
        finally:
            for table in (rejects, scans):
                con.execute(f"drop table if exists {table}")


def _read_csv(
    source: Source,
    path: Path,
    names: list[str],
    separator: str,
    types: Mapping[str, str],
    rejects: str,
    scans: str,
) -> str:
    columns = ", ".join(f"{literal(name)}: {literal(types.get(name, 'VARCHAR'))}" for name in names)
    quote = literal(source.quote)
    return (
        f"read_csv({literal(str(path))}, auto_detect=false, header=true, "
        f"delim={literal(separator)}, quote={quote}, escape={quote}, columns={{{columns}}}, {TYPED_FORMATS}, "
        f"store_rejects=true, rejects_limit=0, rejects_table={literal(rejects)}, "
        f"rejects_scan={literal(scans)})"
    )


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]


def source_rows(
    con: duckdb.DuckDBPyConnection, source: Source, file: SourceFile, wanted: str, table: str
) -> tuple[str, ...]:
    """Make `table` from the rows of the file whose number stands in `wanted` (column `_n`), as text.

    For the few rows of a typed reading that have to be looked at again; rows of the wrong shape are left out.
    """
    names, _ = csv_header(source, file)
    with csv_scan(con, source, file, {}) as scan:
        con.execute(
            f"create or replace temp table {table}_kept as select * from "
            f"(select row_number() over () as _k, * from {scan.relation}) "
            f"where _k in (select {ROW_NUMBER} - _shift from {wanted})"
        )
        scan.rejects()
    con.execute(
        f"create or replace temp table {table} as select w.{ROW_NUMBER}, {listed(names)} "
        f"from {table}_kept k join {wanted} w on k._k = w.{ROW_NUMBER} - w._shift"
    )
    con.execute(f"drop table {table}_kept")
    return tuple(quoted(name) for name in names)
