"""Which back-end fetches a table, and how its address is told."""

from decimal import Decimal

import pyarrow as pa
import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from ingest.sources.sql_backend import backend_of

POSTGRES = "postgresql+psycopg://erp:s%40cret@db.example:5433/shop?sslmode=require"
PLAIN = [
    {"name": "id", "type": sa.VARCHAR(20)},
    {"name": "amount", "type": sa.NUMERIC(18, 2)},
    {"name": "share", "type": postgresql.DOUBLE_PRECISION()},
    {"name": "changed_at", "type": postgresql.TIMESTAMP(timezone=True)},
]


def test_plain_columns_of_postgresql_take_the_quick_way() -> None:
    backend = backend_of(sa.create_engine(POSTGRES), PLAIN, 1000)
    assert backend.name == "connectorx"
    assert backend.options["conn"] == "postgresql://erp:s%40cret@db.example:5433/shop?sslmode=require"
    assert backend.decimals == {"amount": pa.decimal128(18, 2)}


def test_a_folder_of_sockets_stands_where_a_host_would() -> None:
    engine = sa.create_engine("postgresql+psycopg://erp@/shop?host=/var/run/pg&port=5433")
    assert backend_of(engine, PLAIN, 1000).options["conn"] == "postgresql://erp@%2Fvar%2Frun%2Fpg:5433/shop"


@pytest.mark.parametrize(
    "kind",
    [
        sa.NUMERIC(),
        sa.NUMERIC(38, 12),
        sa.NUMERIC(38, 0),
        sa.Enum("new", "old", name="state"),
        postgresql.JSONB(),
        postgresql.ARRAY(sa.TEXT()),
        postgresql.INTERVAL(),
    ],
    ids=str,
)
def test_a_column_that_might_lose_something_takes_the_whole_table_the_long_way(kind: object) -> None:
    columns = [*PLAIN, {"name": "odd", "type": kind}]
    assert backend_of(sa.create_engine(POSTGRES), columns, 1000).name == "pyarrow"


@pytest.mark.parametrize(
    "url", ["sqlite://", "postgresql+psycopg://erp@db.example/shop?options=-csearch_path%3Derp"]
)
def test_other_databases_and_unusual_addresses_take_the_long_way(url: str) -> None:
    assert backend_of(sa.create_engine(url), PLAIN, 1000).name == "pyarrow"


def test_decimals_come_as_the_source_declares_them() -> None:
    backend = backend_of(sa.create_engine(POSTGRES), PLAIN, 1000)
    wide = pa.array([Decimal("12345678901234.57"), None], type=pa.decimal128(38, 10))
    table = pa.table({"id": ["a", "b"], "amount": wide})
    mended = backend.mended(table)
    assert mended.schema.field("amount").type == pa.decimal128(18, 2)
    assert mended["amount"].to_pylist() == [Decimal("12345678901234.57"), None]
