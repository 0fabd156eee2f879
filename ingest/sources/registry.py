"""Which reader serves which connector name of company.yml."""

from ingest.sources.base import Reader
from ingest.sources.csv_files import CsvReader
from ingest.sources.excel_files import ExcelReader
from ingest.sources.jsonl_files import JsonLinesReader
from ingest.sources.parquet_files import ParquetReader

READERS: dict[str, Reader] = {
    "csv": CsvReader(),
    "excel": ExcelReader(),
    "jsonl": JsonLinesReader(),
    "parquet": ParquetReader(),
}


def reader_of(connector: str) -> Reader:
    """The reader of a connector; the schema of company.yml allows no other names."""
    return READERS[connector]
