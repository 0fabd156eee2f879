"""Report files of a lake: each report in both languages and three formats, written once and never over."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from reports.html import html_of
from reports.pdf import pdf_of
from reports.report import Report
from reports.xlsx import xlsx_of

FORMATS: Mapping[str, Callable[[Report], bytes]] = {"html": html_of, "pdf": pdf_of, "xlsx": xlsx_of}


def write_new(folder: Path, reports: Iterable[Report]) -> list[Path]:
    """Write each report's files that are not there yet; the paths of those written.

    A report that was given out stays as it was: another state of its period has another version in its name.
    """
    written = []
    for report in reports:
        for ending, content_of in FORMATS.items():
            path = folder / f"{report.name}.{report.language}.{ending}"
            if path.exists():
                continue
            folder.mkdir(parents=True, exist_ok=True)
            half = path.with_name(path.name + ".half")
            half.write_bytes(content_of(report))
            half.replace(path)
            written.append(path)
    return written
