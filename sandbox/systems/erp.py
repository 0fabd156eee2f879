"""The ERP's database, SQLite or PostgreSQL: current rows with change stamps, deletions flagged.

A day's changes are written in one transaction, so that whoever reads sees one day or the next.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl
import sqlalchemy as sa

from lake.contracts import Contract
from sandbox.systems.owners import erp_tables, table_name
from sandbox.systems.records import DELETED, STAMP

POSTGRES = {"postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"}
TYPES: dict[str, Any] = {
    "VARCHAR": sa.Text(),
    "DATE": sa.Date(),
    "TIMESTAMP": sa.DateTime(),
    "BIGINT": sa.BigInteger(),
    "DOUBLE": sa.Float(53),
    "BOOLEAN": sa.Boolean(),
}
INCOMING = "incoming_rows"


class ErpDatabase:
    """The database behind a SQLAlchemy URL; `postgresql://…` means the driver that we ship."""

    def __init__(self, url: str, contracts: Iterable[Contract] | None = None) -> None:
        address = sa.make_url(url)
        self.url = address.set(drivername=POSTGRES.get(address.drivername, address.drivername))
        self.engine = sa.create_engine(self.url)
        self.metadata = sa.MetaData()
        chosen = erp_tables() if contracts is None else contracts
        self.tables = {each.name: _table(each, self.metadata) for each in chosen}

    def create(self) -> None:
        """Make all tables, empty; tables of these names that are there already go."""
        with self.engine.begin() as connection:
            self.metadata.drop_all(connection)
            self.metadata.create_all(connection)

    def write(self, changes: Mapping[str, pl.DataFrame]) -> dict[str, int]:
        """Write records by contract table, new ones and known ones, in one transaction; rows by table."""
        with self.engine.begin() as connection:
            for name, frame in changes.items():
                if frame.height:
                    _upsert(connection, self.tables[name], frame)
        return {name: frame.height for name, frame in changes.items()}

    def counts(self) -> dict[str, dict[str, int]]:
        """By contract table: `living` rows and `deleted` ones."""
        found = {}
        with self.engine.connect() as connection:
            for name, table in self.tables.items():
                gone = sa.func.count().filter(table.c[DELETED])
                every, deleted = connection.execute(sa.select(sa.func.count(), gone).select_from(table)).one()
                found[name] = {"living": every - deleted, "deleted": deleted}
        return found

    def close(self) -> None:
        """Give back all connections."""
        self.engine.dispose()

    @property
    def shown_url(self) -> str:
        """The address for people: without a password, and without our driver's name."""
        return self.url.set(drivername=self.engine.dialect.name).render_as_string(hide_password=True)


def _table(contract: Contract, metadata: sa.MetaData) -> sa.Table:
    columns = [
        sa.Column(column.name, _type(column.type), primary_key=column.name in contract.key)
        for column in contract.columns
    ]
    return sa.Table(
        table_name(contract),
        metadata,
        *columns,
        sa.Column(STAMP, sa.DateTime, index=True),
        sa.Column(DELETED, sa.Boolean),
    )


def _type(text: str) -> Any:
    if text.startswith("DECIMAL"):
        precision, scale = (int(part) for part in text.removeprefix("DECIMAL").strip("()").split(","))
        return sa.Numeric(precision, scale)
    return TYPES[text]


def _upsert(connection: sa.Connection, table: sa.Table, frame: pl.DataFrame) -> None:
    if connection.dialect.name == "postgresql":
        _copy(connection, table, frame)
        return
    # SQLite knows neither decimals nor a bulk way; it does know our statement once and many rows of it.
    decimals = pl.selectors.decimal().cast(pl.Float64)
    times = [
        pl.col(pl.Datetime).dt.strftime("%Y-%m-%d %H:%M:%S.%6f"),
        pl.col(pl.Date).dt.strftime("%Y-%m-%d"),
    ]
    names = ", ".join(f'"{column}"' for column in frame.columns)
    marks = ", ".join("?" * frame.width)
    rows = frame.with_columns(decimals, *times).rows()
    connection.exec_driver_sql(f'insert or replace into "{table.name}" ({names}) values ({marks})', rows)


def _copy(connection: sa.Connection, table: sa.Table, frame: pl.DataFrame) -> None:
    """COPY into a table of this transaction's own, then over the known rows."""
    names = ", ".join(f'"{column}"' for column in frame.columns)
    cursor = connection.connection.cursor()
    cursor.execute(f'create temp table {INCOMING} (like "{table.name}") on commit drop')
    with cursor.copy(f"copy {INCOMING} ({names}) from stdin (format csv)") as stream:
        stream.write(frame.write_csv(include_header=False))
    key = [column.name for column in table.primary_key]
    news = ", ".join(f'"{name}" = excluded."{name}"' for name in frame.columns if name not in key)
    listed = ", ".join(f'"{name}"' for name in key)
    cursor.execute(
        f'insert into "{table.name}" ({names}) select {names} from {INCOMING} '
        f"on conflict ({listed}) do update set {news}"
    )
    cursor.execute(f"drop table {INCOMING}")
