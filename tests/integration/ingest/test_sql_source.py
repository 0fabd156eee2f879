"""Purchase orders from an ERP database, SQLite and PostgreSQL: news only, deletions, faults."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from tests.integration.ingest.conftest import Bench

TABLE = "erp__suppliers"
CHOSEN = "supplier_id, name, payment_days, since, is_active"
MORNING = datetime(2025, 9, 1, 8)
NOON = datetime(2025, 9, 29, 12)


class Erp:
    """A lake whose suppliers come from a database that a test writes to."""

    def __init__(self, bench: Bench, url: str) -> None:
        self.bench, self.engine = bench, sa.create_engine(url)
        stamp = "timestamp with time zone" if self.engine.dialect.name == "postgresql" else "timestamp"
        self.execute(
            "create table vendors (id varchar(20) primary key, title varchar(80), days integer, "
            f"quote numeric(18, 4), active boolean, changed_at {stamp}, is_deleted boolean)"
        )
        for number in range(50):
            self.put(number, MORNING + timedelta(hours=number))

    def execute(self, sql: str, **values: Any) -> None:
        with self.engine.begin() as connection:
            connection.execute(sa.text(sql), values)

    def put(self, number: int, at: datetime | None, **values: Any) -> None:
        """Write a vendor, whole."""
        shown = (
            at.isoformat(sep=" ") + ("+00" if self.engine.dialect.name == "postgresql" else "")
            if at
            else None
        )
        row = {
            "id": f"V{number:03}",
            "title": f"供应商 {number}",
            "days": number,
            "quote": "12345678901234.5678",
        }
        row |= {"active": True, "changed_at": shown, "is_deleted": False, **values}
        self.execute("delete from vendors where id = :id", id=row["id"])
        names = ", ".join(row)
        marks = ", ".join(f":{name}" for name in row)
        self.execute(f"insert into vendors ({names}) values ({marks})", **row)

    def load(self) -> Any:
        return self.bench.load(TABLE)

    def assert_equal(self) -> None:
        """The lake holds what lives in the database, no more and no less."""
        with self.engine.connect() as connection:
            living = "select id, title, days from vendors where not is_deleted order by id"
            there = [tuple(row) for row in connection.execute(sa.text(living))]
        assert self.bench.raw(TABLE, "supplier_id, name, payment_days") == there
        assert not [path for path in self.bench.settings.paths.landing.rglob("*") if path.is_file()]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def erp(request: pytest.FixtureRequest, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Iterator[Erp]:
    if request.param == "sqlite":
        url = f"sqlite:///{bench.folder / 'erp.sqlite'}"
    else:
        parts = psycopg.conninfo.conninfo_to_dict(request.getfixturevalue("postgres"))
        url = f"postgresql+psycopg://{parts['user']}@/{parts['dbname']}?host={parts['host']}"
    monkeypatch.setenv("ERP_URL", url.replace("+psycopg", ""))
    bench.definition["sources"]["erp_vendors"] = {
        "connector": "sql",
        "url": "${ERP_URL}",
        "table": "vendors",
        "cursor": "changed_at",
        "overlap": "1d",
        "deleted": "is_deleted",
    }
    columns = {"supplier_id": "id", "name": "title", "payment_days": "days", "is_active": "active"}
    bench.definition["tables"][TABLE] = {"from": "erp_vendors", "columns": columns}
    made = Erp(bench, url)
    yield made
    made.engine.dispose()


def test_first_load_increment_and_deletion(erp: Erp) -> None:
    assert erp.load().inserted == 50
    erp.assert_equal()
    erp.put(7, NOON, days=99)
    erp.put(60, NOON)
    erp.put(8, NOON, is_deleted=True)
    load = erp.load()
    # One day of overlap before the newest stamp: 25 rows, of which one was deleted and one changed.
    assert (load.inserted, load.updated, load.deleted) == (1, 1, 1)
    assert load.read == 25 + 2
    erp.assert_equal()
    again = erp.load()
    assert (again.read, again.unchanged, again.deleted) == (2, 2, 0)


def test_a_back_dated_correction_comes_within_the_overlap(erp: Erp) -> None:
    erp.put(1, NOON)
    erp.load()
    erp.put(2, NOON - timedelta(hours=23), days=500)
    assert erp.load().updated == 1
    erp.assert_equal()


def test_a_row_without_a_stamp_is_never_missed(erp: Erp) -> None:
    erp.load()
    erp.put(70, None, days=3)
    assert erp.load().inserted == 1
    erp.put(70, None, days=4)
    assert erp.load().updated == 1
    erp.assert_equal()


def test_amounts_keep_all_their_digits(erp: Erp) -> None:
    columns = {"product_id": "id", "name": "title", "list_price_amount": "quote"}
    erp.bench.definition["tables"]["erp__products"] = {"from": "erp_vendors", "columns": columns}
    if erp.engine.dialect.name == "sqlite":
        pytest.skip("SQLite keeps numbers as floats")
    assert erp.bench.load("erp__products").inserted == 50
    found = erp.bench.rows("select distinct list_price_amount from lake.raw.raw_erp__products")
    assert found == [(Decimal("12345678901234.57"),)]


def test_a_table_without_a_cursor_is_read_whole_and_not_again_while_it_stays(erp: Erp) -> None:
    source = erp.bench.definition["sources"]["erp_vendors"]
    del source["cursor"], source["overlap"]
    assert erp.load().inserted == 50
    assert erp.load().status == "unchanged"
    erp.put(1, NOON, days=1000)
    load = erp.load()
    assert (load.read, load.updated) == (50, 1)
    erp.assert_equal()


def test_a_type_that_changes_stops_the_table(erp: Erp) -> None:
    erp.load()
    erp.execute("alter table vendors rename column days to days_as_number")
    erp.execute("alter table vendors add column days varchar(20)")
    erp.execute("update vendors set days = '30 days'")
    load = erp.load()
    assert load.status == "stopped"
    assert "days" in load.message
    assert load.read == 0


def test_a_new_column_is_reported(erp: Erp) -> None:
    erp.load()
    erp.execute("alter table vendors add column grade varchar(5)")
    erp.put(3, NOON, days=33, grade="A")
    load = erp.load()
    assert load.status == "loaded"
    assert "grade" in load.message
    erp.assert_equal()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"table": "nowhere"}, "nowhere"),
        ({"cursor": "stamp"}, "changed_at"),
        ({"deleted": "gone"}, "is_deleted"),
    ],
)
def test_a_wrong_name_is_told(erp: Erp, change: dict[str, str], told: str) -> None:
    erp.bench.definition["sources"]["erp_vendors"] |= change
    load = erp.load()
    assert load.status == "failed"
    assert told in load.message


def test_a_load_that_dies_after_fetching_is_repeated(erp: Erp, monkeypatch: pytest.MonkeyPatch) -> None:
    erp.load()
    erp.put(3, NOON, days=33)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("ingest.door.write_state", die)
        with pytest.raises(KeyboardInterrupt):
            erp.load()
    assert erp.load().updated == 1
    erp.assert_equal()


@pytest.mark.postgres
def test_a_database_that_is_down_fails_only_its_tables(
    bench: Bench, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = psycopg.conninfo.conninfo_to_dict(postgres)["host"]
    monkeypatch.setenv("ERP_URL", f"postgresql://gantry:a-password@/nowhere?host={host}")
    bench.definition["sources"]["erp"] = {"connector": "sql", "url": "${ERP_URL}", "table": "vendors"}
    bench.definition["tables"][TABLE] = {"from": "erp", "columns": {"supplier_id": "id", "name": "title"}}
    load = bench.load(TABLE)
    assert load.status == "failed"
    assert "nowhere" in load.message
    assert "a-password" not in load.message


@pytest.fixture
def killed_session(postgres: str) -> Callable[[], int]:
    """Ends all other sessions of the database, as a restart does; how many there were."""

    def end() -> int:
        with psycopg.connect(postgres, autocommit=True) as connection:
            rows = connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where datname = current_database() and pid <> pg_backend_pid()"
            ).fetchall()
        return len(rows)

    return end


@pytest.mark.postgres
def test_a_database_that_restarts_while_rows_are_fetched_loses_nothing(
    bench: Bench, postgres: str, killed_session: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = psycopg.conninfo.conninfo_to_dict(postgres)
    monkeypatch.setenv("ERP_URL", f"postgresql://{parts['user']}@/{parts['dbname']}?host={parts['host']}")
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(
            "create table vendors as select 'V' || i as id, repeat('x', 200) as title from "
            "generate_series(1, 200000) i"
        )
    bench.definition["sources"]["erp"] = {"connector": "sql", "url": "${ERP_URL}", "table": "vendors"}
    bench.definition["tables"][TABLE] = {"from": "erp", "columns": {"supplier_id": "id", "name": "title"}}
    from ingest.landing import Landing

    taken, ended = Landing._take, []

    def interrupted(landing: Landing, table: Any) -> None:
        taken(landing, table)
        if not ended:
            ended.append(killed_session())

    monkeypatch.setattr(Landing, "_take", interrupted)
    load = bench.load(TABLE)
    assert ended[0] >= 1
    assert load.status == "failed"
    assert bench.rows(f"select count(*) from lake.raw.raw_{TABLE}") == [(0,)]
    assert bench.load(TABLE).inserted == 200_000
    assert not [path for path in Path(bench.settings.paths.landing).rglob("*") if path.is_file()]
