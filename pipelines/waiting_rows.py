"""What the rows in quarantine could do to a figure: which tables they are of, and how these relate to it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import duckdb

from ingest.sql import literal, quoted
from lake.contracts import Contract, load_contracts
from lake.figures import Figure
from lake.figures.bounds import Waiting
from lake.figures.model import published

CURRENCY = "currency_code"
#: A row that is replaced may leave one counted row and join another.
LEFT_AND_JOINED = 2


@dataclass(frozen=True)
class OpenRows:
    """The open quarantined rows of one contract: how many in all, and of them those whose key raw knows.

    A key that cannot be read counts as known: such a row may be a newer version of any.
    """

    contract: Contract
    total: int
    known: int

    @property
    def new(self) -> int:
        """Rows with a key of their own."""
        return self.total - self.known


def read_open_rows(con: duckdb.DuckDBPyConnection) -> dict[str, OpenRows]:
    """The open rows by contract name; `con` has the lake attached."""
    counts = con.execute(
        "select table_name, count(*) from lake.quarantine.row where status_code = 'open' group by all"
    ).fetchall()
    contracts = load_contracts()
    return {
        name: OpenRows(contracts[name], total, _known(con, contracts[name]))
        for name, total in counts
        if name in contracts
    }


def _known(con: duckdb.DuckDBPyConnection, contract: Contract) -> int:
    keys = [f"{name}_token" if contract.column(name).is_personal else name for name in contract.key]
    values = [f"{_field(name)} as {quoted(name)}" for name in keys]
    same = " and ".join(f"cast(r.{quoted(name)} as varchar) = q.{quoted(name)}" for name in keys)
    unread = " or ".join(f"q.{quoted(name)} is null" for name in keys)
    row = con.execute(
        f"select count(*) from (select {', '.join(values)} from lake.quarantine.row "
        f"where status_code = 'open' and table_name = {literal(contract.name)}) q "
        f"where {unread} or exists (select 1 from lake.raw.{contract.raw_table} r where {same})"
    ).fetchone()
    return int(row[0]) if row else 0


def _field(name: str) -> str:
    return f"row_json->'row'->>{literal(name)}"


@dataclass
class WaitingRows:
    """Answers, figure by figure, what waits above it; the lake is asked once for each question."""

    con: duckdb.DuckDBPyConnection
    build: duckdb.DuckDBPyConnection
    reporting_currency: str
    _amounts: dict[tuple[str, str], list[float] | None] = field(default_factory=dict)
    _touched: dict[tuple[str, str], int | None] = field(default_factory=dict)

    @cached_property
    def open_rows(self) -> dict[str, OpenRows]:
        """All open rows by contract name."""
        return read_open_rows(self.con)

    def above(self, tables: Iterable[str]) -> dict[str, int]:
        """How many rows wait in each of these raw tables, those without any left out."""
        return {
            name: rows.total for name, rows in self.open_rows.items() if rows.contract.raw_table in tables
        }

    def waiting(
        self,
        figure: Figure,
        tables: Collection[str],
        own: Collection[str],
        value_columns: Collection[tuple[str, str]],
    ) -> Waiting:
        """What the rows waiting in `tables` (raw) could do to the figure.

        `own` are the raw tables whose rows the counted rows are; `value_columns` what the value is made of.
        """
        added = changed = anywhere = 0
        amounts: list[float] | None = []
        for rows in self.open_rows.values():
            if rows.contract.raw_table not in tables:
                continue
            if figure.of is None or not own:
                anywhere += rows.total
            elif rows.contract.raw_table in own:
                added, changed = added + rows.new, changed + rows.known
                if rows.new and amounts is not None:
                    read = self._amounts_of(rows.contract, value_columns)
                    amounts = None if read is None else amounts + read
            elif any(_leads_to(rows.contract, name) for name in own):
                changed += rows.new + LEFT_AND_JOINED * rows.known
            elif (touched := self._touched_by(figure.of.table, rows.contract, own)) is not None:
                changed += touched
            else:
                anywhere += rows.total
        return Waiting(added, changed, anywhere, amounts)

    def _amounts_of(
        self, contract: Contract, value_columns: Collection[tuple[str, str]]
    ) -> list[float] | None:
        """What the open rows would add, when the value is one amount of theirs and all can be read."""
        columns = [
            name
            for table, name in sorted(value_columns)
            if table == contract.raw_table and name.endswith("_amount") and "price" not in name
        ]
        if len(columns) != 1:
            return None
        asked = (contract.name, columns[0])
        if asked not in self._amounts:
            self._amounts[asked] = self._read_amounts(contract, columns[0])
        return self._amounts[asked]

    def _read_amounts(self, contract: Contract, column: str) -> list[float] | None:
        has_currency = any(each.name == CURRENCY for each in contract.columns)
        currency = f"coalesce({_field(CURRENCY)}, '')" if has_currency else "''"
        rows = self.con.execute(
            f"select try_cast({_field(column)} as double), {currency} from lake.quarantine.row "
            f"where status_code = 'open' and table_name = {literal(contract.name)}"
        ).fetchall()
        if any(value is None for value, _ in rows):
            return None
        # An amount in another currency is worth what a rate says, and the rate is not the row's.
        is_foreign = any(code != self.reporting_currency for _, code in rows) and has_currency
        return None if is_foreign else [value for value, _ in rows]

    def _touched_by(self, table: str, parent: Contract, own: Collection[str]) -> int | None:
        """How many counted rows refer to the open rows of a parent of their own source; None: unknown."""
        asked = (table, parent.name)
        if asked not in self._touched:
            self._touched[asked] = self._count_touched(table, parent, own)
        return self._touched[asked]

    def _count_touched(self, table: str, parent: Contract, own: Collection[str]) -> int | None:
        columns = _referring(parent, own)
        if columns is None:
            return None
        keys = self.con.execute(
            f"select {', '.join(_field(name) for name in columns.values())} from lake.quarantine.row "
            f"where status_code = 'open' and table_name = {literal(parent.name)}"
        ).fetchall()
        if any(value is None for key in keys for value in key):
            return None
        wanted = ", ".join(f"({', '.join(literal(value) for value in key)})" for key in keys)
        named = ", ".join(f"cast({quoted(name)} as varchar)" for name in columns)
        try:
            row = self.build.execute(
                f"select count(*) from {published(table)} where ({named}) in ({wanted})"
            ).fetchone()
        except duckdb.Error:
            return None  # the counted table does not say which of them its rows belong to
        return int(row[0]) if row else 0


def _leads_to(contract: Contract, own: str) -> bool:
    """Whether a row of `contract` belongs to one row of the raw table `own`, by references."""
    contracts: Mapping[str, Contract] = load_contracts()
    seen: set[str] = set()
    waiting: list[str] = [reference.table for reference in contract.references]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        if contracts[name].raw_table == own:
            return True
        waiting += [reference.table for reference in contracts[name].references]
    return False


def _referring(parent: Contract, own: Collection[str]) -> dict[str, str] | None:
    """The own table's columns that refer to `parent`, with the parent's; None when there are several ways."""
    ways: Sequence[dict[str, str]] = [
        dict(zip(reference.columns, reference.to_columns, strict=True))
        for contract in load_contracts().values()
        if contract.raw_table in own
        for reference in contract.references
        if reference.table == parent.name
    ]
    return ways[0] if len(ways) == 1 else None
