"""Tables that enter the lake together: one transaction, and each for itself when that fails."""

from collections.abc import Callable
from typing import Any

import duckdb
import pytest

from ingest import door
from ingest.door import TableLoad, load_tables
from lake.connection import current_snapshot
from tests.integration.ingest.conftest import Bench

NAMES = ["ref__people", "crm__customers", "erp__orders"]


@pytest.fixture
def trio(bench: Bench) -> Bench:
    """People, customers and an order of each customer, one of them of a customer nobody knows."""
    bench.file("people.csv", "Id\nP1\nP2\n")
    bench.file("customers.csv", "Id,Name,Days\nC1,Ada,30\nC2,Bo,x\n")
    bench.file("orders.csv", "Order,Customer,At\nO1,C1,2025-01-01\nO2,C9,2025-01-02\n")
    people = {"person_id": "Id", "name": "Id", "role_code": {"value": "sales"}}
    bench.table("ref__people", people, "people.csv")
    customers = {"customer_id": "Id", "name": "Name", "credit_days": "Days"}
    bench.table("crm__customers", customers, "customers.csv")
    orders = {"order_id": "Order", "customer_id": "Customer", "ordered_at": "At"}
    bench.table("erp__orders", orders, "orders.csv")
    return bench


def together(bench: Bench, started: Callable[[str], None] = lambda _: None) -> list[TableLoad]:
    bench.new_run()
    return load_tables(bench.con, bench.company(), NAMES, bench.run, bench.settings, started=started)


def test_small_tables_share_a_transaction_and_see_each_others_rows(trio: Bench) -> None:
    heard: list[str] = []
    before = current_snapshot(trio.con)
    loads = together(trio, heard.append)
    assert current_snapshot(trio.con) == before + 1
    assert heard == NAMES
    assert [(load.table, load.status, load.inserted, load.quarantined) for load in loads] == [
        ("ref__people", "loaded", 2, 0),
        ("crm__customers", "loaded", 1, 1),
        ("erp__orders", "loaded", 1, 1),
    ]
    # The order of the customer that came in the same breath is no orphan.
    assert trio.raw("erp__orders", "order_id, customer_id") == [("O1", "C1")]
    told = trio.rows(
        "select commit_message from ducklake_snapshots('lake') order by snapshot_id desc limit 1"
    )
    assert all(name in told[0][0] for name in NAMES)


def test_a_source_that_cannot_be_read_keeps_out_its_own_table_only(trio: Bench) -> None:
    (trio.data / "customers.csv").unlink()
    loads = together(trio)
    assert [load.status for load in loads] == ["loaded", "failed", "loaded"]
    assert "customers.csv" in loads[1].message
    assert trio.rows("select status_code from lake.ops.load where table_name = 'crm__customers'") == [
        ("failed",)
    ]
    # Both orders wait now: no customer came.
    assert trio.raw("erp__orders", "order_id") == []


def test_when_they_fail_together_each_has_its_own_and_the_culprit_alone_stays_out(
    trio: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    merge = door.merge

    def breaks(batch: Any, *arguments: Any, **named: Any) -> Any:
        if batch.contract.name == "crm__customers":
            raise duckdb.ConversionException("no room for customers")
        return merge(batch, *arguments, **named)

    monkeypatch.setattr(door, "merge", breaks)
    with pytest.raises(duckdb.ConversionException, match="no room for customers"):
        together(trio)
    # What came before it has entered, with its books; of the rest there is nothing, and no files lie about.
    assert trio.rows("select table_name, status_code from lake.ops.load") == [("ref__people", "loaded")]
    assert trio.raw("ref__people", "person_id") == [("P1",), ("P2",)]
    assert trio.raw("crm__customers", "*") == []
    assert trio.reasons() == []
    assert not [path for path in trio.settings.paths.landing.rglob("*") if path.is_file()]

    monkeypatch.undo()
    again = together(trio)
    assert [load.status for load in again] == ["unchanged", "loaded", "loaded"]


def test_many_rows_are_not_held_back_for_more(trio: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "TOGETHER_ROWS", 3)
    before = current_snapshot(trio.con)
    assert [load.status for load in together(trio)] == ["loaded"] * 3
    # Two people and two customers are enough for one transaction; the orders have another.
    assert current_snapshot(trio.con) == before + 2
