"""Customers from the sandbox's CRM over HTTP: news only, deletions, and a service that has its moods."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from ingest.sources import web_pages
from sandbox.systems.crm import Crm, Moods, crm_records
from tests.integration.ingest.conftest import Bench
from tests.support.web import Fickle, Server, serving

TABLE = "crm__customers"
COLUMNS = {
    name: name
    for name in (
        *("customer_id", "name", "segment_code", "depth_code", "region_code", "city", "credit_days"),
        *("credit_limit_amount", "since_on", "is_active"),
    )
}
CHOSEN = "customer_id, name, city, credit_days, credit_limit_amount::varchar, since_on::varchar, is_active"
DAY = date(2025, 9, 29)
NOON = datetime(2025, 9, 29, 12)
#: The toy company has 18 customers, two contacts each, and 12 of the golden cases, as many; one customer is
#: entered twice, the second time without contacts; the tests add 40 customers.
SCALE, ALL, CONTACTS = 0.005, 18 + 12 + 1 + 40, 60


class World:
    """A lake whose customers come from a CRM that a test can change and disturb."""

    def __init__(self, bench: Bench, crm: Crm, fickle: Fickle, server: Server) -> None:
        self.bench, self.crm, self.fickle, self.server = bench, crm, fickle, server
        self.records = crm.records

    def load(self) -> Any:
        return self.bench.load(TABLE)

    def sent(self) -> int:
        """Rows that the service sent since the last question."""
        return self.crm.meter.rows_sent.pop("customers", 0)

    def edit(self, number: int, at: datetime = NOON, **values: Any) -> str:
        """Change the number-th customer."""
        identity = f"C-live-{number:03}"
        self.records.edit("customers", (identity,), at, **values)
        return identity

    def assert_equal(self) -> None:
        """The lake holds what lives in the CRM, no more and no less."""
        here = [
            (
                *(row["customer_id"], row["name"], row["city"], row["credit_days"]),
                None if row["credit_limit_amount"] is None else f"{row['credit_limit_amount']:.2f}",
                None if row["since_on"] is None else row["since_on"].isoformat(),
                row["is_active"],
            )
            for row in self.records.living("customers")
        ]
        assert self.bench.raw(TABLE, CHOSEN) == sorted(here, key=repr)
        assert not [path for path in self.bench.settings.paths.landing.rglob("*") if path.is_file()]


@pytest.fixture
def world(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    crm = Crm(crm_records(1, SCALE, DAY), "a-token", Moods(rate=None, failing_share=0.0))
    for number in range(40):
        values = {**crm.records.rows("customers")[0], "name": f"客户 {number}", "credit_days": number}
        values = {name: value for name, value in values.items() if name not in ("modified_at", "is_deleted")}
        values["customer_id"] = f"C-live-{number:03}"
        at = datetime(2025, 9, 1) + timedelta(hours=number)
        crm.records.edit("customers", (values["customer_id"],), at, **values)
    fickle = Fickle(crm.app)
    # The real waits, but for their length.
    monkeypatch.setattr(web_pages, "PATIENCE", web_pages.Patience(first_wait=0.01, longest_wait=0.05))
    with serving(fickle) as server:
        monkeypatch.setenv("CRM_URL", f"{server.url}/odata")
        monkeypatch.setenv("CRM_TOKEN", "a-token")
        bench.definition["sources"]["crm_customers"] = {
            "connector": "odata",
            "url": "${CRM_URL}/customers",
            "token": "${CRM_TOKEN}",
            "cursor": "modified_at",
            "overlap": "2h",
            "deleted": "is_deleted",
            "page_size": 10,
        }
        bench.definition["tables"][TABLE] = {"from": "crm_customers", "columns": dict(COLUMNS)}
        yield World(bench, crm, fickle, server)


def test_the_first_load_brings_all(world: World) -> None:
    load = world.load()
    assert (load.status, load.inserted, load.quarantined) == ("loaded", ALL, 0)
    assert world.sent() == ALL
    world.assert_equal()


def test_an_increment_fetches_only_what_changed(world: World) -> None:
    world.load()
    world.sent()
    world.edit(3, credit_days=77)
    world.edit(
        100,
        name="新客户",
        segment_code="school",
        is_active=True,
        credit_limit_amount=None,
        since_on=None,
        city=None,
        credit_days=None,
    )
    load = world.load()
    assert (load.inserted, load.updated) == (1, 1)
    # The newest stamp before, and with it what lies in the two hours of overlap.
    assert world.sent() == load.read <= 5
    world.assert_equal()
    again = world.load()
    assert (again.status, again.inserted, again.updated) == ("loaded", 0, 0)
    assert again.read == again.unchanged == world.sent() == 2


def test_a_change_that_was_written_late_comes_within_the_overlap(world: World) -> None:
    world.edit(1, NOON, credit_days=11)
    world.load()
    world.edit(2, NOON - timedelta(minutes=119), credit_days=22)
    world.load()
    world.assert_equal()
    world.edit(4, NOON - timedelta(minutes=121), credit_days=44)
    world.load()
    with pytest.raises(AssertionError):
        world.assert_equal()


def test_a_deletion_leaves_raw_and_goes_to_history(world: World) -> None:
    world.load()
    world.records.delete("customers", ("C-live-007",), NOON)
    load = world.load()
    assert load.deleted == 1
    world.assert_equal()
    history = f"select customer_id, credit_days from lake.history.raw_{TABLE} where _superseded_run_id = "
    assert world.bench.rows(f"{history}'{world.bench.run.run_id}'") == [("C-live-007", 7)]
    # The tombstone comes again with the overlap, and there is nothing left to delete.
    assert world.load().deleted == 0
    world.edit(
        7, NOON + timedelta(hours=1), name="回来", segment_code="school", is_active=True, credit_days=1
    )
    assert world.load().inserted == 1
    world.assert_equal()


@pytest.mark.parametrize(
    "trouble",
    [
        [(429, {"Retry-After": "1"})],
        [(500, {}), (503, {}), (502, {})],
        [None, None, "die"],
        [None, "die", (500, {}), (429, {})],
    ],
)
def test_trouble_that_passes_is_waited_for(world: World, trouble: list) -> None:
    world.fickle.next = list(trouble)
    assert world.load().status == "loaded"
    assert world.fickle.next == []
    world.assert_equal()


def test_a_service_that_dies_while_pages_are_fetched_loses_nothing(world: World) -> None:
    world.load()
    for number in range(30):
        world.edit(number, credit_days=900 + number)
    world.fickle.next = [None, None, *["die"] * 5]
    load = world.load()
    assert load.status == "failed"
    assert "crm_customers" in load.message
    assert world.bench.rows(f"select max(credit_days) < 900 from lake.raw.raw_{TABLE}") == [(True,)]
    load = world.load()
    assert (load.status, load.updated) == ("loaded", 30)
    world.assert_equal()


def test_a_source_that_is_down_leaves_other_tables_well(world: World) -> None:
    world.load()
    world.bench.file("suppliers.csv", "id,name\nS1,Lin\n")
    world.bench.table("erp__suppliers", {"supplier_id": "id", "name": "name"}, "suppliers.csv")
    world.server.stop()
    load = world.load()
    assert load.status == "failed"
    assert "crm_customers" in load.message
    assert world.bench.load("erp__suppliers").inserted == 1
    world.assert_equal()
    world.edit(5, credit_days=55)
    world.server.start()
    assert world.load().updated == 1
    world.assert_equal()


def test_a_wrong_token_is_told_and_not_tried_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_TOKEN", "wrong-token")
    load = world.load()
    assert load.status == "failed"
    assert "401" in load.message
    assert "wrong-token" not in load.message
    assert len(world.fickle.asked) == 1


def test_a_secret_that_is_not_set_is_named(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CRM_TOKEN")
    load = world.load()
    assert load.status == "failed"
    assert "CRM_TOKEN" in load.message
    assert world.fickle.asked == []


def test_a_type_that_changes_stops_the_table_until_it_is_accepted(world: World) -> None:
    world.load()
    world.edit(1, credit_days="90 days")
    load = world.load()
    assert load.status == "stopped"
    assert "credit_days" in load.message
    assert load.read == 0
    world.edit(1, credit_days=91)
    assert world.load().status == "loaded"
    world.assert_equal()
    for number in range(40):
        world.edit(number, credit_days=str(number))
    for row in world.records.living("customers"):
        row["credit_days"] = None if row["credit_days"] is None else str(row["credit_days"])
    assert world.load().status == "stopped"
    world.bench.definition["sources"]["crm_customers"]["version"] = 2
    load = world.load()
    assert (load.status, load.read) == ("loaded", ALL)


def test_a_new_column_is_reported_and_carried_once_it_is_mapped(world: World) -> None:
    world.load()
    for row in world.records.rows("customers"):
        row["currency"] = "CNY"
    world.edit(1, credit_days=5)
    load = world.load()
    assert load.status == "loaded"
    assert "currency" in load.message
    world.bench.definition["tables"][TABLE]["columns"]["currency_code"] = "currency"
    assert world.load().read == ALL
    assert world.bench.rows(f"select distinct currency_code from lake.raw.raw_{TABLE}") == [("CNY",)]
    world.assert_equal()


def test_a_load_that_failed_at_the_door_is_fetched_again(world: World) -> None:
    columns = world.bench.definition["tables"][TABLE]["columns"]
    columns["city"] = "town"
    load = world.load()
    assert load.status == "failed"
    assert "town" in load.message
    columns["city"] = "city"
    assert world.load().inserted == ALL
    world.assert_equal()


def test_a_check_fetches_and_keeps_nothing(world: World) -> None:
    report = world.bench.check(TABLE)
    assert (report.problem, report.rows_read) == ("", ALL)
    assert world.bench.rows("select count(*) from lake.ops.source_state") == [(0,)]
    assert not world.bench.settings.paths.landing.exists()
    assert world.load().inserted == ALL


def test_a_waiting_row_that_is_deleted_at_the_source_does_not_enter(world: World) -> None:
    contacts = {
        **world.bench.definition["sources"]["crm_customers"],
        "url": "${CRM_URL}/contacts",
    }
    world.bench.definition["sources"]["crm_contacts"] = contacts
    columns = {name: name for name in ("contact_id", "customer_id", "name")}
    world.bench.definition["tables"]["crm__contacts"] = {"from": "crm_contacts", "columns": columns}
    world.records.edit("contacts", ("K9",), NOON, customer_id="C-live-000", name="王")
    assert world.bench.load("crm__contacts").quarantined == CONTACTS + 1
    world.records.delete("contacts", ("K9",), NOON + timedelta(hours=1))
    world.bench.load("crm__contacts")
    world.load()
    world.bench.release()
    ids = world.bench.rows("select contact_id from lake.raw.raw_crm__contacts where contact_id = 'K9'")
    assert ids == []
    assert world.bench.rows("select count(*) from lake.raw.raw_crm__contacts") == [(CONTACTS,)]
