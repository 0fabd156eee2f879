"""A report as a workbook: one sheet a table, numbers as numbers, so that finance can go on with them."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from io import BytesIO

from reports.report import Cell, Column, Report, Table

_FORMATS = {
    "amount": "#,##0.00",
    "count": "#,##0",
    "share": "0.0%",
    "number": "#,##0.00",
    "date": "yyyy-mm-dd",
}
#: A spreadsheet takes a text that begins so for a formula and runs it (OWASP «CSV injection»).
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_FORBIDDEN = re.compile(r"[\[\]:*?/\\\n]")
_LONGEST_NAME = 31


def xlsx_of(report: Report) -> bytes:
    """The workbook; its first sheet says what the report is."""
    from openpyxl import Workbook

    book = Workbook()
    cover = book.active
    cover.title = _sheet_name(report.title, [])
    for line in (report.title, *report.lines, *report.warnings):
        cover.append([_cell(line)])
    cover.column_dimensions["A"].width = 90
    for table in report.tables:
        _sheet(book.create_sheet(_sheet_name(table.title, book.sheetnames)), table)
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def _sheet(sheet: object, table: Table) -> None:
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    sheet.append([_cell(column.heading) for column in table.columns])
    rows = [*table.rows, *([table.total] if table.total else [])]
    for row in rows:
        sheet.append([_cell(value) for value in row])
    sheet.freeze_panes = "A2"
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    if table.total:
        for cell in sheet[sheet.max_row]:
            cell.font = Font(bold=True)
    for number, column in enumerate(table.columns, start=1):
        _column(sheet, get_column_letter(number), column)
    if table.note:
        sheet.append([])
        sheet.append([_cell(table.note)])


def _column(sheet: object, letter: str, column: Column) -> None:
    sheet.column_dimensions[letter].width = 28 if column.kind == "text" else 18
    if column.kind in _FORMATS:
        for cell in sheet[letter][1:]:
            cell.number_format = _FORMATS[column.kind]


def _cell(value: Cell) -> object:
    if isinstance(value, Decimal):
        return float(value) if value != value.to_integral_value() else int(value)
    if value is None or isinstance(value, (int, float, dt.date)):
        return value
    text = _printable(value)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _printable(text: str) -> str:
    """Without control characters, which XML does not know: one would make the whole file unreadable."""
    return "".join(letter for letter in text if letter >= " " or letter == "\n")


def _sheet_name(title: str, taken: list[str]) -> str:
    """A name that a workbook allows: without its forbidden signs, short, and not given twice."""
    name = _FORBIDDEN.sub(" ", _printable(title)).strip("' ")[:_LONGEST_NAME].strip("' ") or "-"
    number = 2
    while name in taken:
        ending = f" {number}"
        name = name[: _LONGEST_NAME - len(ending)].removesuffix(f" {number - 1}") + ending
        number += 1
    return name
