"""The report files of a lake: which there are, the newest of each kind of period, in which formats."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from cockpit.services import numbers
from cockpit.services.words import say

#: A report's name as the room of reports writes it: kind, month or quarter, version, language, format.
_NAME = re.compile(
    r"(?P<kind>[a-z]+)-(?P<year>\d{4})-(?P<part>0[1-9]|1[0-2]|Q[1-4])(?:-v(?P<version>\d+))?"
    r"\.(?P<language>zh|en)\.(?P<format>html|pdf|xlsx)"
)
LANGUAGES = ("zh", "en")
FORMATS = ("html", "pdf", "xlsx")
MIMES = {
    "html": "text/html",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True)
class ReportFiles:
    """One report with its files by language and format; `version` is None where reports have none."""

    kind: str
    year: int
    part: str
    version: int | None
    files: Mapping[tuple[str, str], str] = field(default_factory=dict, hash=False)

    @property
    def period(self) -> str:
        """Month or quarter."""
        return "quarter" if self.part.startswith("Q") else "month"

    @property
    def ended_on(self) -> dt.date:
        """The last day of its period."""
        month = int(self.part[1]) * 3 if self.period == "quarter" else int(self.part)
        following = dt.date(self.year + month // 12, month % 12 + 1, 1)
        return following - dt.timedelta(days=1)

    def title(self, language: str) -> str:
        """Kind, period and version in words."""
        period = (
            f"{self.year} {self.part}"
            if self.period == "quarter"
            else numbers.month(dt.date(self.year, int(self.part), 1), language)
        )
        version = say("report_version", language, version=self.version) if self.version else ""
        return " · ".join(filter(None, [say(f"report_{self.kind}", language), period, version]))


def newest(names: Iterable[str], kind: str, as_of_on: dt.date) -> list[ReportFiles]:
    """The newest report of the newest period of each length that had ended by a date; month before quarter.

    `names` are file names; what is no report's name is passed over.
    """
    found: dict[tuple[int, str, int | None], dict[tuple[str, str], str]] = {}
    for name in sorted(names):
        match = _NAME.fullmatch(name)
        if match is None or match["kind"] != kind:
            continue
        version = int(match["version"]) if match["version"] else None
        key = (int(match["year"]), match["part"], version)
        found.setdefault(key, {})[match["language"], match["format"]] = name
    reports = [ReportFiles(kind, *key, files) for key, files in found.items()]
    last: dict[str, ReportFiles] = {}
    for each in sorted(reports, key=lambda report: (report.ended_on, report.version or 0)):
        if each.ended_on <= as_of_on:
            last[each.period] = each
    return [last[period] for period in ("month", "quarter") if period in last]
