"""The lake on a PostgreSQL catalogue: settings alone change."""

from pathlib import Path

import duckdb
import psycopg
import pytest

from lake.connection import connect_lake, current_snapshot
from lake.settings import Settings

pytestmark = pytest.mark.postgres


@pytest.fixture
def settings(postgres: str, tmp_lake: Settings) -> Settings:
    """A lake whose catalogue is a fresh PostgreSQL database."""
    return tmp_lake.model_copy(update={"catalog": postgres})


def test_it_holds_what_was_written_and_every_snapshot_of_it(settings: Settings) -> None:
    with connect_lake(settings) as con:
        con.execute("create schema lake.raw")
        con.execute("create table lake.raw.t (id bigint, amount decimal(18,2))")
        con.execute("insert into lake.raw.t select i, i / 4 from range(100000) r(i)")
        before = current_snapshot(con)
        con.execute("delete from lake.raw.t where id >= 10")
        assert current_snapshot(con) == before + 1
    with connect_lake(settings, read_only=True) as con:
        assert con.execute("select count(*), sum(amount) from lake.raw.t").fetchone() == (10, 11.25)
        with pytest.raises(duckdb.Error, match="read-only"):
            con.execute("insert into lake.raw.t values (1, 1)")
    with connect_lake(settings, snapshot_version=before) as con:
        assert con.execute("select count(*) from lake.raw.t").fetchone() == (100_000,)


def test_the_catalogue_is_in_the_database_and_the_data_in_the_folder(settings: Settings) -> None:
    with connect_lake(settings) as con:
        con.execute("create table lake.t as select range as id from range(100000)")
    assert not settings.paths.catalog.exists()
    assert list(Path(settings.paths.files).rglob("*.parquet"))
    with psycopg.connect(settings.catalog) as connection:
        assert connection.execute("select table_name from ducklake_table").fetchall() == [("t",)]


def test_a_reader_sees_a_whole_transaction_or_nothing_of_it(settings: Settings) -> None:
    with connect_lake(settings) as writer, connect_lake(settings, read_only=True) as reader:
        writer.execute("create table lake.t (id bigint)")
        writer.execute("begin")
        writer.execute("insert into lake.t values (1)")
        writer.execute("insert into lake.t values (2)")
        assert reader.execute("select count(*) from lake.t").fetchone() == (0,)
        writer.execute("commit")
        assert reader.execute("select count(*) from lake.t").fetchone() == (2,)
