"""Excel files that are the same byte for byte whenever they are written."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import polars as pl
from openpyxl import Workbook

_STAMP = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")


def write_excel(path: Path, frame: pl.DataFrame, headers: list[str], sheet: str, header_row: int) -> None:
    """Write a text frame under a title, with its column names on line ``header_row``."""
    book = Workbook(write_only=True)
    page = book.create_sheet(sheet)
    page.append([f"{sheet}导出"])
    for _ in range(header_row - 2):
        page.append([])
    page.append(headers)
    for row in frame.iter_rows():
        page.append(row)
    raw = io.BytesIO()
    book.save(raw)
    path.write_bytes(_without_clock(raw.getvalue()))


def _without_clock(raw: bytes) -> bytes:
    """The same archive without the times at which it and its parts were written."""
    clean = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(raw)) as source,
        zipfile.ZipFile(clean, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            part = source.read(name)
            if name == "docProps/core.xml":
                part = _STAMP.sub(rb"\g<1>2022-01-01T00:00:00Z", part)
            target.writestr(zipfile.ZipInfo(name, (2022, 1, 1, 0, 0, 0)), part, zipfile.ZIP_DEFLATED)
    return clean.getvalue()
