"""The lake as its users meet it: tables from contracts, snapshots, publications."""

from datetime import date
from pathlib import Path

import duckdb
import pytest

from lake.connection import connect_lake, current_snapshot
from lake.contracts import load_contracts
from lake.publication import (
    PublicationError,
    connect_publication,
    current_publication,
    find_publication,
    list_publications,
    point_to,
)
from lake.publishing import mend_pointer, new_publication, publication_name, publish
from lake.run import RunContext, new_run
from lake.settings import Settings
from lake.tables import ensure_lake, lake_tables, settle_empty_tables

DAY = date(2025, 9, 30)


def build(path: Path, value: int) -> Path:
    with duckdb.connect(str(path)) as con:
        con.execute("create schema marts; create schema ml; create schema staging")
        con.execute(f"create table marts.dim_project as select {value} as project_id")
        con.execute("create table ml.ml_churn_risk as select 1 as customer_id")
        con.execute("create view staging.hidden as select 1")
    return path


def publish_value(settings: Settings, con: duckdb.DuckDBPyConnection, run: RunContext, value: int) -> None:
    name = publication_name(con, run)
    made = new_publication(con, run, name=name, snapshot_id=current_snapshot(con), status_code="ok")
    publish(settings, con, made, build(settings.paths.root / f"{name}-build.duckdb", value), lambda _: None)


def test_every_contract_has_its_table_and_preparing_twice_writes_nothing(tmp_lake: Settings) -> None:
    with connect_lake(tmp_lake) as con:
        ensure_lake(con)
        first = current_snapshot(con)
        ensure_lake(con)
        assert current_snapshot(con) == first
        rows = con.execute(
            "select schema_name || '.' || table_name from duckdb_tables() where database_name = 'lake'"
        ).fetchall()
    assert {name for (name,) in rows} == set(lake_tables())
    assert {f"raw.{contract.raw_table}" for contract in load_contracts().values()} <= set(lake_tables())


def test_a_new_column_is_added_to_a_lake_that_has_rows(tmp_lake: Settings) -> None:
    with connect_lake(tmp_lake) as con:
        ensure_lake(con)
        con.execute("alter table lake.raw.raw_crm__customers drop column city")
        con.execute("insert into lake.raw.raw_crm__customers (customer_id) values ('C1')")
        ensure_lake(con)
        assert con.execute("select customer_id, city from lake.raw.raw_crm__customers").fetchall() == [
            ("C1", None)
        ]


def test_a_pinned_reader_does_not_see_what_is_written_after(tmp_lake: Settings) -> None:
    with connect_lake(tmp_lake) as con:
        ensure_lake(con)
        pinned = current_snapshot(con)
        con.execute("insert into lake.raw.raw_crm__customers (customer_id) values ('C1')")
        with connect_lake(tmp_lake, snapshot_version=pinned) as reader:
            assert reader.execute("select count(*) from lake.raw.raw_crm__customers").fetchone() == (0,)
            with pytest.raises(duckdb.Error):
                reader.execute("delete from lake.raw.raw_crm__customers")


def test_readers_move_on_with_the_pointer_and_older_states_stay_open(tmp_lake: Settings) -> None:
    with connect_lake(tmp_lake) as con:
        ensure_lake(con)
        with pytest.raises(PublicationError, match="gantry run"):
            find_publication(tmp_lake)
        publish_value(tmp_lake, con, new_run(DAY), 1)
        publish_value(tmp_lake, con, new_run(DAY), 2)
    assert [made.name for made in list_publications(tmp_lake)] == ["night-2025-09-30.2", "night-2025-09-30"]
    with connect_publication(tmp_lake) as newest, connect_publication(tmp_lake, "night-2025-09-30") as older:
        assert newest.execute("from marts.dim_project").fetchall() == [(2,)]
        assert older.execute("from marts.dim_project").fetchall() == [(1,)]
        schemas = newest.execute("select distinct schema_name from duckdb_tables()").fetchall()
    assert {name for (name,) in schemas} == {"marts", "ml", "ops"}
    with pytest.raises(PublicationError, match=r"night-2025-09-30\.2"):
        find_publication(tmp_lake, "night-1999-01-01")


def test_a_publication_that_fails_half_way_leaves_the_last_one_served_and_recorded(
    tmp_lake: Settings,
) -> None:
    def break_down(_: duckdb.DuckDBPyConnection) -> None:
        raise RuntimeError("disk full")

    with connect_lake(tmp_lake) as con:
        ensure_lake(con)
        publish_value(tmp_lake, con, new_run(DAY), 1)
        run = new_run(DAY)
        made = new_publication(con, run, name=publication_name(con, run), snapshot_id=1, status_code="ok")
        with pytest.raises(RuntimeError, match="disk full"):
            publish(tmp_lake, con, made, tmp_lake.paths.root / "none.duckdb", break_down)
        assert con.execute("select name from lake.ops.publication").fetchall() == [("night-2025-09-30",)]
    assert find_publication(tmp_lake).name == "night-2025-09-30"


def test_a_kill_between_recording_and_pointing_is_mended(tmp_lake: Settings) -> None:
    with connect_lake(tmp_lake) as con:
        ensure_lake(con)
        publish_value(tmp_lake, con, new_run(DAY), 1)
        before = find_publication(tmp_lake)
        publish_value(tmp_lake, con, new_run(DAY), 2)
        point_to(tmp_lake.paths, before)
        mended = mend_pointer(tmp_lake, con)
        assert mended is not None
        assert current_publication(tmp_lake) == mended
        assert mended.name == "night-2025-09-30.2"
        assert mend_pointer(tmp_lake, con) is None


def test_tables_that_never_had_a_row_are_settled_once_and_stay_empty(tmp_lake: Settings) -> None:
    with connect_lake(tmp_lake) as con:
        ensure_lake(con)
        con.execute("insert into lake.raw.raw_crm__customers (customer_id) values ('C1')")
        settled = settle_empty_tables(con)
        assert set(settled) == {each.raw_table for each in load_contracts().values()} - {"raw_crm__customers"}
        assert settle_empty_tables(con) == []
        rows = {name: con.execute(f"select count(*) from lake.raw.{name}").fetchone() for name in settled}
        assert set(rows.values()) == {(0,)}
        con.execute("insert into lake.raw.raw_erp__orders (order_id) values ('O1')")
        found = con.execute("select order_id from lake.raw.raw_erp__orders where order_id > 'A'").fetchall()
    assert found == [("O1",)]
