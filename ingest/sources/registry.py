"""Which reader, and for running systems which fetcher, serves which connector name of company.yml."""

from ingest.sources.base import Fetcher, Reader
from ingest.sources.csv_files import CsvReader
from ingest.sources.excel_files import ExcelReader
from ingest.sources.jsonl_files import JsonLinesReader
from ingest.sources.parquet_files import ParquetReader
from ingest.sources.sql_tables import SqlFetcher
from ingest.sources.web_pages import WebFetcher

READERS: dict[str, Reader] = {
    "csv": CsvReader(),
    "excel": ExcelReader(),
    "jsonl": JsonLinesReader(),
    "parquet": ParquetReader(),
}
#: What these fetch lands as Parquet files.
FETCHERS: dict[str, Fetcher] = {"odata": WebFetcher(), "rest": WebFetcher(), "sql": SqlFetcher()}


def reader_of(connector: str) -> Reader:
    """The reader of a connector; the schema of company.yml allows no other names."""
    return READERS["parquet" if connector in FETCHERS else connector]


def fetcher_of(connector: str) -> Fetcher | None:
    """What fetches a connector's rows before they are read; None for files, which are there already."""
    return FETCHERS.get(connector)
