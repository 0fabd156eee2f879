"""What is seen, as a file: CSV that Excel opens in any language, and XLSX; no text becomes a formula."""

from __future__ import annotations

import datetime as dt
from io import BytesIO

import polars as pl

#: A spreadsheet takes a text that begins so for a formula and runs it (OWASP «CSV injection»).
_FORMULA_STARTS = ["=", "+", "-", "@", "\t"]
#: No XML can hold these, and a spreadsheet does not show them.
_CONTROL = r"[\x00-\x08\x0b-\x1f]"
_SHEET_NAME = "Gantry"


def harmless(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with an apostrophe before each text that a spreadsheet would run; numbers stay numbers."""
    texts = [name for name, kind in frame.schema.items() if kind == pl.String]
    # First what does not show: behind it a formula would stand at the beginning after all.
    return frame.with_columns(pl.col(texts).str.replace_all(_CONTROL, "")).with_columns(
        pl.when(pl.col(name).str.slice(0, 1).is_in(_FORMULA_STARTS))
        .then(pl.lit("'") + pl.col(name))
        .otherwise(pl.col(name))
        .alias(name)
        for name in texts
    )


def headed(frame: pl.DataFrame, headings: list[str]) -> pl.DataFrame:
    """The frame with readable headings; equal ones are numbered, because a file needs them apart."""
    seen: dict[str, int] = {}
    names = []
    for heading in headings:
        seen[heading] = seen.get(heading, 0) + 1
        names.append(heading if seen[heading] == 1 else f"{heading} ({seen[heading]})")
    return frame.rename(dict(zip(frame.columns, names, strict=True)))


def csv_of(frame: pl.DataFrame) -> bytes:
    """UTF-8 with a byte order mark: without it Excel reads Chinese as Latin letters."""
    return b"\xef\xbb\xbf" + harmless(frame).write_csv(datetime_format="%Y-%m-%d %H:%M:%S").encode()


def xlsx_of(frame: pl.DataFrame) -> bytes:
    """One sheet, headings frozen; dates are dates and numbers are numbers."""
    from openpyxl import Workbook
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    sheet = book.create_sheet(_SHEET_NAME)
    sheet.freeze_panes = "A2"
    for number, name in enumerate(frame.columns, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = min(40, max(12, 2 * len(name)))
    sheet.append(harmless(pl.DataFrame({"h": frame.columns}))["h"].to_list())
    for row in harmless(frame).iter_rows():
        sheet.append([_cell(value) for value in row])
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def _cell(value: object) -> object:
    if value is None or isinstance(value, (bool, int, float, dt.date, dt.datetime)):
        return value
    return str(value)
