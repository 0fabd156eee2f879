"""Parquet files: columns keep the types they have in the file."""

import duckdb

from ingest.company import Source, SourceFile
from ingest.problems import SourceError
from ingest.sources.base import ROW_NUMBER, SourceTable, unique_names
from ingest.sources.text_files import require_content
from ingest.sql import literal, quoted


class ParquetReader:
    """Parquet by DuckDB."""

    def columns(self, source: Source, file: SourceFile) -> list[str]:
        """Names from the file's schema."""
        con = duckdb.connect()
        try:
            return unique_names(self._names(con, source, file))
        finally:
            con.close()

    def read(
        self, con: duckdb.DuckDBPyConnection, source: Source, file: SourceFile, table: str
    ) -> SourceTable:
        """The whole file."""
        names = self._names(con, source, file)
        unique = unique_names(names)
        chosen = ", ".join(
            f"{quoted(name)} as {quoted(new)}" for name, new in zip(names, unique, strict=True)
        )
        try:
            con.execute(
                f"create or replace temp table {table} as select file_row_number + 1 as "
                f"{ROW_NUMBER}, {chosen} "
                f"from read_parquet({literal(str(file.path))}, file_row_number=true)"
            )
        except duckdb.Error as error:
            raise _unreadable(file, error) from error
        return SourceTable(table, tuple(unique))

    @staticmethod
    def _names(con: duckdb.DuckDBPyConnection, source: Source, file: SourceFile) -> list[str]:
        require_content(file)
        try:
            con.execute(f"select * from read_parquet({literal(str(file.path))}) limit 0")
        except duckdb.Error as error:
            raise _unreadable(file, error) from error
        return [column[0] for column in con.description]


def _unreadable(file: SourceFile, error: Exception) -> SourceError:
    reason = str(error).strip().partition("\n")[0]
    return SourceError("file_unreadable", file=file.label, connector="parquet", error=reason)
