"""A registered figure as an object: immutable, without I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True)
class Evidence:
    """Where the rows behind a counted row stand: `table` joined by the column `on`, each named by `key`."""

    table: str
    on: str
    key: str


@dataclass(frozen=True)
class Counting:
    """How a figure is computed over any rows of a published table.

    `where` is empty when all rows count. `kind` says how one row more could move the figure: share, mean,
    count, sum or index. `scale` is the range of one row's value, known for some means only.
    """

    table: str
    where: str
    value: str
    kind: str
    key: str
    filters: Mapping[str, str] = field(default_factory=dict, hash=False)
    grain: Mapping[str, str] = field(default_factory=dict, hash=False)
    scale: tuple[float, float] | None = None
    evidence: Evidence | None = None

    @property
    def relation(self) -> str:
        """The counted table as the published file names it."""
        return published(self.table)


@dataclass(frozen=True)
class FigureVersion:
    """One version of a definition; `why` says what made it differ from the one before."""

    version: int
    since_on: date
    formula: Mapping[str, str] = field(hash=False)
    why: Mapping[str, str] = field(hash=False)


@dataclass(frozen=True)
class Figure:
    """One registered figure, texts by language. `of` is None for one that is no aggregate of rows."""

    figure_id: str
    name: Mapping[str, str] = field(hash=False)
    formula: Mapping[str, str] = field(hash=False)
    unit: str
    grain: str
    owner: str
    direction: str
    target: float | None
    version: int
    since_on: date
    model: str
    column: str
    of: Counting | None
    defaults: tuple[str, ...] = ()
    versions: tuple[FigureVersion, ...] = field(default=(), hash=False)

    @property
    def table(self) -> str:
        """The table whose rows stand behind the figure."""
        return self.of.table if self.of else self.model

    def value_columns(self) -> str:
        """`value` and `n` as a select list over the counted rows.

        A figure that is no aggregate is one cell of its mart: over several rows it has no value.
        """
        if self.of:
            return f"{self.of.value} as value, count(*) as n"
        cell = f'"{self.column}"'
        return f"case when count(*) = 1 then any_value({cell}) end as value, count({cell}) as n"

    def conditions(self, filters: Mapping[str, str] | None = None) -> list[str]:
        """The conditions of the counted rows; `filters` are columns by parameter name, bound as text."""
        wanted = [f"({self.of.where})"] if self.of and self.of.where else []
        return wanted + [f'cast("{column}" as varchar) = ${name}' for name, column in (filters or {}).items()]

    def sql(self, filters: Mapping[str, str] | None = None) -> str:
        """The statement that computes `value` and `n`; `filters` are columns by parameter name."""
        conditions = self.conditions(filters)
        where = f" where {' and '.join(conditions)}" if conditions else ""
        return f"select {self.value_columns()} from {published(self.table)}{where}"


def published(table: str) -> str:
    """A published table with its schema."""
    return f"{'ml' if table.startswith('ml_') else 'marts'}.{table}"
