"""Connectors. Each reader turns one file into a temporary table of text columns with row numbers.

A row's number (`_n`) is the number of its data row in the file: the first row under the header is 1, the
header does not count, blank lines do not count, and a value with line breaks is still one row.

A running system has a fetcher before the reader: what it fetches lands as a Parquet file.
"""

from ingest.sources.base import Malformed, Reader, SourceTable
from ingest.sources.registry import fetcher_of, reader_of

__all__ = ["Malformed", "Reader", "SourceTable", "fetcher_of", "reader_of"]
