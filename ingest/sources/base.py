"""What every connector offers."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import duckdb

from ingest.company import Source, SourceFile
from ingest.landing import Batch

ROW_NUMBER = "_n"


@dataclass(frozen=True)
class Malformed:
    """A row that is no row of the file's shape: its number, its text, and the reader's words."""

    number: int
    line: str
    error: str


@dataclass(frozen=True)
class SourceTable:
    """A file as the temporary table `name`: `_n` and the source's columns in file order."""

    name: str
    columns: tuple[str, ...]
    malformed: tuple[Malformed, ...] = ()


class Reader(Protocol):
    """One connector. Both methods raise SourceError when the file cannot be read as the source says."""

    def columns(self, source: Source, file: SourceFile) -> list[str]:
        """Column names as the file has them, trimmed and made unique; cheap."""
        ...

    def read(
        self, con: duckdb.DuckDBPyConnection, source: Source, file: SourceFile, table: str
    ) -> SourceTable:
        """Make the temporary table `table` from the whole file."""
        ...


class Fetcher(Protocol):
    """The step before reading, of connectors whose rows are in a running system."""

    def batches(self, source: Source, since: str | None) -> Iterator[Batch]:
        """Rows that changed since the stamp `since` minus the source's overlap; all rows for None.

        Raises SourceError when the system does not answer as the source says; what came until then is
        thrown away and fetched again next time.
        """
        ...


def unique_names(names: list[str]) -> list[str]:
    """Trimmed names; empty ones become `column_<n>`, repeated ones get `_2`, `_3` and so on."""
    seen: dict[str, int] = {}
    result = []
    for position, name in enumerate(names, start=1):
        clean = name.replace("\ufeff", "").strip() or f"column_{position}"
        folded = clean.casefold()
        seen[folded] = seen.get(folded, 0) + 1
        result.append(clean if seen[folded] == 1 else f"{clean}_{seen[folded]}")
    return result
