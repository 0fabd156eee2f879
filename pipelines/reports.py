"""Which reports the newest published state owes, and their files in the lake."""

from collections.abc import Iterator
from pathlib import Path

import duckdb

from lake.company_name import company_name
from lake.publication import Publication, connect_publication, find_publication
from lake.settings import Settings
from reports import profit, satisfaction
from reports.report import Report
from reports.writing import write_new

LANGUAGES = ("zh", "en")


def make_reports(settings: Settings) -> list[Path]:
    """Write what the newest publication owes and is not written yet; the paths of the new files.

    Newest closed month and quarter, whatever was restated on its day, satisfaction of the newest whole month.
    Raises PublicationError where nothing is published.
    """
    publication = find_publication(settings)
    with connect_publication(settings, publication.name) as con:
        return write_new(settings.paths.reports, _owed(con, settings, publication))


def _owed(con: duckdb.DuckDBPyConnection, settings: Settings, publication: Publication) -> Iterator[Report]:
    for language in LANGUAGES:
        about = {
            "company": company_name(settings.company, language),
            "publication": publication.name,
            "as_of": publication.as_of_on.isoformat(),
        }
        for period, period_on, _ in profit.due(con, publication.as_of_on):
            report = profit.profit_report(con, period, period_on, language, about)
            if report is not None:
                yield report
        for month_on in satisfaction.due(con):
            report = satisfaction.satisfaction_report(con, month_on, language, about)
            if report is not None:
                yield report
