"""The live company through the door: what its systems hold is in the lake, no more and no less."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

import duckdb
import polars as pl
import psycopg
import pytest

from ingest.company import load_company
from ingest.door import TableLoad, load_table, release_waiting
from ingest.sources import web_pages
from lake.connection import connect_lake
from lake.contracts import source_contracts
from lake.contracts.model import DOMAINS
from lake.run import new_run
from lake.settings import Settings
from lake.tables import ensure_lake
from sandbox.company import Simulation, simulate
from sandbox.systems.company import Company, FolderTakenError, Plan
from sandbox.systems.control import Service
from sandbox.systems.crm import Moods
from sandbox.systems.days import Days
from sandbox.systems.erp import ErpDatabase
from tests.conftest import TEST_KEY
from tests.support.web import Fickle, Server, serving

pytestmark = pytest.mark.slow

UNTIL, SEED, SCALE = date(2025, 6, 30), 1, 0.01
CALM = Moods(rate=None, failing_share=0.0)


def simulate_lately(seed: int, scale: float, until: date) -> Simulation:
    """The company with the readings of its last days only: most of its weight are older ones."""
    made = simulate(seed, scale, until)
    first = datetime.combine(until - timedelta(days=2), time())
    lately = made.frames["iot__readings"].filter(pl.col("read_at") >= first)
    return Simulation(made.frames | {"iot__readings": lately}, made.truth)


def days() -> Days:
    return Days(SEED, SCALE, make=simulate_lately)


@dataclass
class Live:
    """A running company, and a lake that takes it in."""

    company: Company
    server: Server
    fickle: Fickle
    settings: Settings
    con: duckdb.DuckDBPyConnection
    root: Path
    #: Which domains are loaded, and which compared; all unless a test needs no more.
    domains: tuple[str, ...] = DOMAINS
    compared: tuple[str, ...] = DOMAINS

    @property
    def tables(self) -> list[str]:
        """The contract tables that are compared."""
        return [name for name, each in source_contracts().items() if each.source in self.compared]

    def load(self) -> dict[str, TableLoad]:
        """All tables, as a night loads them."""
        company = load_company(self.root / "data" / "companies" / "sandbox", self.company.plan.folder)
        run = new_run(self.company.today)
        tables = [name for name, each in source_contracts().items() if each.source in self.domains]
        loads = {name: load_table(self.con, company, name, run, self.settings) for name in tables}
        release_waiting(self.con, run, self.settings)
        return loads

    def in_lake(self) -> dict[str, int]:
        """Rows by contract table."""
        return {name: self._count(f"lake.raw.raw_{name}") for name in self.tables}

    def told(self) -> set[tuple[str, str]]:
        """Tables and rules of open rows' reasons."""
        return set(
            self.con.sql(
                "select distinct row.table_name, reason.rule_code from lake.quarantine.row row"
                " join lake.quarantine.reason reason using (quarantine_id) where status_code = 'open'"
            ).fetchall()
        )

    def open_rows(self) -> dict[str, int]:
        """Rows that wait in quarantine, by contract table that is compared."""
        rows = self.con.sql(
            "select table_name, count(*) from lake.quarantine.row where status_code = 'open' group by all"
        ).fetchall()
        return {name: count for name, count in rows if name in self.tables}

    def expected(self) -> tuple[dict[str, int], dict[str, int]]:
        """What lives in the systems and is sound, and how much is soiled, by table."""
        planted = self.company.dirt.filter(pl.col("table").is_in(self.tables))
        dirt = dict(planted.group_by("table").len().iter_rows())
        living = {name: self.company.counts()[name]["living"] for name in self.tables}
        return {name: count - dirt.get(name, 0) for name, count in living.items()}, dirt

    def _count(self, table: str) -> int:
        return self.con.sql(f"select count(*) from {table}").fetchall()[0][0]


POSTGRES = pytest.param("postgresql", marks=pytest.mark.postgres)
both_databases = pytest.mark.parametrize("live", ["sqlite", POSTGRES], indirect=True)


@pytest.fixture
def live(
    request: pytest.FixtureRequest, tmp_path: Path, project_root: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Live]:
    url = f"sqlite:///{tmp_path / 'erp.sqlite'}"
    if getattr(request, "param", "sqlite") == "postgresql":
        parts = psycopg.conninfo.conninfo_to_dict(request.getfixturevalue("postgres"))
        url = f"postgresql://{parts['user']}@/{parts['dbname']}?host={parts['host']}"
    # The real waits, but for their length.
    monkeypatch.setattr(web_pages, "PATIENCE", web_pages.Patience(first_wait=0.01, longest_wait=0.05))
    company = Company(Plan(tmp_path / "company", SEED, SCALE, UNTIL, url), days())
    company.plan.folder.mkdir()
    company.start()
    service = Service(company, "a-token", moods=CALM)
    service.socket.close()
    settings = Settings(lake=tmp_path / "lake", key=TEST_KEY)
    con = connect_lake(settings)
    ensure_lake(con)
    fickle = Fickle(service.app)
    with serving(fickle) as server:
        monkeypatch.setenv("SANDBOX_CRM_URL", f"{server.url}/odata")
        monkeypatch.setenv("SANDBOX_CRM_TOKEN", "a-token")
        monkeypatch.setenv("SANDBOX_ERP_URL", url)
        yield Live(company, server, fickle, settings, con, project_root)
    con.close()
    company.close()


@both_databases
def test_every_day_the_lake_holds_what_the_systems_hold(live: Live) -> None:
    if live.company.plan.erp_url.startswith("sqlite"):
        # The other systems are the same beside either database: once is enough.
        live.domains, live.compared = DOMAINS[: DOMAINS.index("iot")], ("crm", "erp")
    loads = live.load()
    assert {name: load.message for name, load in loads.items() if load.status != "loaded"} == {}
    sound, dirt = live.expected()
    assert live.in_lake() == sound
    assert live.open_rows() == dirt
    # A value may break a second rule as well.
    planted = live.company.dirt.filter(pl.col("table").is_in(live.tables))
    assert live.told() >= set(planted.select("table", "rule_code").iter_rows())

    live.company.move(3)
    # The CRM has a bad moment: refused, broken, dead in the middle of a page. It is asked again.
    live.fickle.next = [None, (429, {"Retry-After": "0"}), (500, {}), "die", None, (503, {}), "die"]
    loads = live.load()
    assert {name: load.message for name, load in loads.items() if not load.is_well} == {}
    sound, dirt = live.expected()
    assert live.in_lake() == sound
    assert live.open_rows() == dirt
    deleted = {name: load.deleted for name, load in loads.items() if load.deleted}
    assert deleted["erp__supplier_prices"] >= 3
    assert deleted["crm__tags"] >= 1
    assert loads["erp__expenses"].updated >= 3, "corrections that are dated back"
    news = sum(load.read for load in loads.values())
    assert 0 < news < sum(sound.values()) / 4


def test_a_system_that_is_down_fails_its_own_tables_only(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    # People come before customers; what else there is of these domains may wait for a parent.
    live.domains, live.compared = ("ref", "crm"), ("crm",)
    live.load()
    before = live.in_lake()
    live.company.move(1)
    live.server.stop()
    monkeypatch.setattr(web_pages, "PATIENCE", web_pages.Patience(first_wait=0.0, longest_wait=0.0))
    loads = live.load()
    failed = {name for name, load in loads.items() if not load.is_well}
    assert failed == {name for name in loads if name.startswith("crm__")}
    assert {name: rows for name, rows in live.in_lake().items() if name in failed} == {
        name: rows for name, rows in before.items() if name in failed
    }
    live.server.start()
    live.load()
    assert live.in_lake() == live.expected()[0]


@both_databases
def test_the_database_shows_a_day_or_the_next(live: Live) -> None:
    """A day's changes are one transaction: what cannot be written whole is not written at all."""
    before = live.company.erp.counts()
    live.company.records.move_to(UNTIL + timedelta(days=1))
    changes = {
        name: live.company.records.changed_on(name, live.company.today) for name in live.company.erp.tables
    }
    last = max(name for name, frame in changes.items() if frame.height)
    broken = changes | {last: changes[last].rename({"modified_at": "no_such_column"})}
    with pytest.raises(Exception, match="no_such_column"):
        live.company.erp.write(broken)
    assert live.company.erp.counts() == before
    live.company.erp.write(changes)
    assert live.company.erp.counts() != before


def test_a_company_goes_on_where_it_was(live: Live, tmp_path: Path) -> None:
    # People come before customers; what else there is of these domains may wait for a parent.
    live.domains, live.compared = ("ref", "crm"), ("crm",)
    live.load()
    live.company.move(1)
    plan = live.company.plan
    again = Company(Plan(plan.folder, SEED, SCALE, UNTIL, plan.erp_url), days())
    again.start()
    assert again.today == live.company.today
    assert again.counts() == live.company.counts()
    again.move(1)
    live.company = again
    live.fickle.app = Service(again, "a-token", moods=CALM).app
    live.load()
    assert live.in_lake() == live.expected()[0]
    with pytest.raises(FolderTakenError, match="choose another folder"):
        Company(Plan(plan.folder, SEED + 1, SCALE, UNTIL, plan.erp_url)).start()


def test_the_address_of_the_database_is_told_without_its_password() -> None:
    database = ErpDatabase("postgresql://erp:secret@db.example:5432/erp", [])
    assert database.shown_url == "postgresql://erp:***@db.example:5432/erp"
