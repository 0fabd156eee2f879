"""Excel workbooks (xlsx, xls, xlsb, ods) by calamine; cells become text: ISO 8601, plain decimals."""

import datetime

import duckdb
import pyarrow as pa
from python_calamine import CalamineError, CalamineWorkbook

from ingest.company import Source, SourceFile
from ingest.problems import SourceError
from ingest.sources.base import ROW_NUMBER, SourceTable, unique_names
from ingest.sources.text_files import require_content
from ingest.sql import listed


class ExcelReader:
    """One sheet of a workbook."""

    def columns(self, source: Source, file: SourceFile) -> list[str]:
        """Names from the header row."""
        return self._sheet(source, file)[0]

    def read(
        self, con: duckdb.DuckDBPyConnection, source: Source, file: SourceFile, table: str
    ) -> SourceTable:
        """The whole sheet; rows without any value are left out but keep their number."""
        names, rows = self._sheet(source, file)
        numbered = [
            (number, row) for number, row in enumerate(rows, start=1) if any(cell != "" for cell in row)
        ]
        columns = {ROW_NUMBER: pa.array([number for number, _ in numbered], type=pa.int64())}
        for position, name in enumerate(names):
            columns[name] = pa.array([_text(row[position]) for _, row in numbered], type=pa.string())
        con.register("excel_frame", pa.table(columns))
        con.execute(
            f"create or replace temp table {table} as select {ROW_NUMBER}, {listed(names)} from excel_frame"
        )
        con.unregister("excel_frame")
        return SourceTable(table, tuple(names))

    @staticmethod
    def _sheet(source: Source, file: SourceFile) -> tuple[list[str], list[list]]:
        require_content(file)
        try:
            workbook = CalamineWorkbook.from_path(file.path)
            known = workbook.sheet_names
            if source.sheet is not None and source.sheet not in known:
                listed_names = ", ".join(known)
                raise SourceError("no_sheet", file=file.label, sheet=source.sheet, known=listed_names)
            sheet = workbook.get_sheet_by_name(source.sheet or known[0])
            rows = sheet.to_python(skip_empty_area=False)
        except (CalamineError, OSError, ValueError) as error:
            if isinstance(error, SourceError):
                raise
            raise SourceError("file_unreadable", file=file.label, connector="excel", error=error) from error
        top = source.header_row - 1
        if len(rows) <= top or not any(cell != "" for cell in rows[top]):
            raise SourceError("file_no_header", file=file.label, line=source.header_row)
        return unique_names([_text(cell) or "" for cell in rows[top]]), rows[top + 1 :]


def _text(cell: object) -> str | None:
    if cell == "":
        return None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime.datetime):
        is_day = cell.time() == datetime.time(0)
        return cell.date().isoformat() if is_day else cell.isoformat(sep=" ")
    return str(cell)
