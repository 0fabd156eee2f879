"""A contract as Python objects: immutable, without I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

#: Order in which domains load; a reference points to the same or an earlier domain, or is deferred.
DOMAINS = ("ref", "crm", "projects", "erp", "mes", "wms", "work", "iot", "actions")

#: Sensitivity classes, from open to closed.
CLASSIFICATIONS = ("public", "internal", "margin", "personal")

#: What the door adds to each raw table, with DuckDB types.
SYSTEM_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "_source_file": "VARCHAR",
        "_source_row": "BIGINT",
        "_run_id": "VARCHAR",
        "_loaded_at": "TIMESTAMP",
    }
)


@dataclass(frozen=True)
class Column:
    """One column of a raw table.

    ``type`` is DuckDB type text. ``vocabulary`` empty means free values. ``minimum`` and ``maximum`` are
    inclusive, numbers or ISO date text, None where open. ``pattern`` must match the whole value. ``unit``
    is a symbol (d, h, %, kg…) or ``currency`` where the row's ``currency_code`` says it.
    """

    name: str
    type: str
    unit: str | None
    is_required: bool
    vocabulary: tuple[str, ...]
    minimum: int | float | str | None
    maximum: int | float | str | None
    pattern: str | None
    classification: str
    label: Mapping[str, str] = field(hash=False)
    meaning: Mapping[str, str] = field(hash=False)

    @property
    def is_personal(self) -> bool:
        """Whether the door encrypts this column and keeps a token beside it."""
        return self.classification == "personal"


@dataclass(frozen=True)
class Reference:
    """A foreign key; enforced where all of its columns are not NULL.

    A deferred reference points to a table that loads later: rows wait in quarantine until the end of
    the night, when the door lets in those whose parent has arrived.
    """

    columns: tuple[str, ...]
    table: str
    to_columns: tuple[str, ...]
    is_deferred: bool = False


@dataclass(frozen=True)
class Rule:
    """A row rule over several columns: a DuckDB boolean expression; NULL counts as kept."""

    name: str
    sql: str
    message: Mapping[str, str] = field(hash=False)


@dataclass(frozen=True)
class Contract:
    """What one raw table promises. ``name`` is ``<source>__<entities>``."""

    name: str
    version: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    references: tuple[Reference, ...]
    rules: tuple[Rule, ...]
    label: Mapping[str, str] = field(hash=False)
    meaning: Mapping[str, str] = field(hash=False)

    @property
    def source(self) -> str:
        """Domain, such as ``crm``."""
        return self.name.partition("__")[0]

    @property
    def entities(self) -> str:
        """What the rows are, plural, such as ``customers``."""
        return self.name.partition("__")[2]

    @property
    def raw_table(self) -> str:
        """Name of the table (and asset) in the lake's schema ``raw``."""
        return f"raw_{self.name}"

    @cached_property
    def _by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    def column(self, name: str) -> Column:
        """The column called ``name``; KeyError with the known names otherwise."""
        try:
            return self._by_name[name]
        except KeyError:
            known = ", ".join(self._by_name)
            raise KeyError(f"{self.name} has no column {name!r}; it has {known}") from None
