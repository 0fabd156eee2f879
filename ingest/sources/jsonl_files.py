"""JSON lines: one object a line; nested values stay JSON text, everything else becomes text."""

import duckdb

from ingest.company import Source, SourceFile
from ingest.problems import SourceError
from ingest.sources.base import ROW_NUMBER, Malformed, SourceTable, unique_names
from ingest.sources.text_files import encoding_error, require_content, utf8_file
from ingest.sql import literal, quoted

NO_OBJECT = "not a JSON object"
#: No text file has this byte, so that each line is one value.
NO_SEPARATOR = "chr(1)"


class JsonLinesReader:
    """JSON lines by DuckDB, as lines of text, so that one broken line is one quarantined row."""

    def columns(self, source: Source, file: SourceFile) -> list[str]:
        """All keys that occur, in order of first appearance."""
        con = duckdb.connect()
        try:
            self._lines(con, source, file, "jsonl_lines")
            return unique_names(_keys(con, "jsonl_lines"))
        finally:
            con.close()

    def read(
        self, con: duckdb.DuckDBPyConnection, source: Source, file: SourceFile, table: str
    ) -> SourceTable:
        """The whole file."""
        lines = f"{table}_lines"
        self._lines(con, source, file, lines)
        keys = _keys(con, lines)
        names = unique_names(keys)
        values = "".join(
            f", json_extract_string(line, {literal(_path(key))}) as {quoted(name)}"
            for key, name in zip(keys, names, strict=True)
        )
        con.execute(
            f"create or replace temp table {table} as select {ROW_NUMBER}{values} from {lines} "
            "where is_object"
        )
        broken = con.execute(
            f"select {ROW_NUMBER}, line from {lines} where not is_object order by 1"
        ).fetchall()
        con.execute(f"drop table {lines}")
        return SourceTable(
            table, tuple(names), tuple(Malformed(number, line, NO_OBJECT) for number, line in broken)
        )

    @staticmethod
    def _lines(con: duckdb.DuckDBPyConnection, source: Source, file: SourceFile, table: str) -> None:
        require_content(file)
        with utf8_file(source, file) as path:
            try:
                con.execute(
                    f"create or replace temp table {table}_all as select line from "
                    f"read_csv({literal(str(path))}, "
                    "auto_detect=false, header=false, delim=chr(1), quote='', escape='', "
                    "columns={'line': 'VARCHAR'}, max_line_size=67108864)"
                )
            except duckdb.Error as error:
                if "unicode" in str(error).lower() or "encod" in str(error).lower():
                    raise encoding_error(source, file) from error
                reason = str(error).strip().partition("\n")[0]
                raise SourceError(
                    "file_unreadable", file=file.label, connector="jsonl", error=reason
                ) from error
        con.execute(
            f"create or replace temp table {table} as select row_number() over (order by rowid) as "
            f"{ROW_NUMBER}, "
            f"line, coalesce(try(json_type(line)) = 'OBJECT', false) as is_object "
            f"from {table}_all where trim(line) <> ''"
        )
        con.execute(f"drop table {table}_all")


def _keys(con: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    rows = con.execute(
        f"select key from (select unnest(json_keys(line)) as key, {ROW_NUMBER} as n from {table} "
        "where is_object) "
        "group by key order by min(n), key"
    ).fetchall()
    return [key for (key,) in rows]


def _path(key: str) -> str:
    return '$."' + key.replace('"', '\\"') + '"'
