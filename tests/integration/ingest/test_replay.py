"""Corrected rows through the same door: once, with their provenance, refused with reasons, taken back."""

from collections.abc import Callable

import pytest

from ingest.door import TableLoad
from ingest.replay import Decision, replay
from tests.integration.ingest.conftest import Bench

ORDERS = {"order_id": "Order", "customer_id": "Customer", "ordered_at": "At"}
ROWS = "customer_id, credit_days, _source_file, _source_row"


class Desk:
    """Somebody who decides about quarantined rows, and the nights that follow."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.decisions: dict[str, Decision] = {}

    def waiting(self) -> str:
        """The id of the one row that waits."""
        ((number,),) = self.bench.rows(
            "select quarantine_id from lake.quarantine.row where status_code = 'open'"
        )
        return number

    def correct(self, number: str, decision_id: str, **values: str | None) -> None:
        self.decisions[number] = Decision(number, decision_id, values)

    def ignore(self, number: str, decision_id: str) -> None:
        self.decisions[number] = Decision(number, decision_id, None)

    def take_back(self, number: str) -> None:
        del self.decisions[number]

    def night(self) -> list[TableLoad]:
        self.bench.new_run()
        return replay(self.bench.con, self.bench.run, self.bench.settings, self.decisions.values())

    def state(self) -> list[tuple]:
        return self.bench.rows("select status_code, decision_id from lake.quarantine.row order by source_row")


@pytest.fixture
def desk(bench: Bench) -> Desk:
    return Desk(bench)


def test_a_corrected_row_enters_once_and_says_where_it_comes_from(
    bench: Bench, customers: Callable[..., TableLoad], desk: Desk
) -> None:
    customers("C1,Ada,thirty,", "C2,Bo,60,")
    desk.correct(desk.waiting(), "a1", credit_days="30")
    (load,) = desk.night()
    assert (load.table, load.released, load.read) == ("crm__customers", 1, 0)
    landed = [("C1", 30, "correction/a1", 1), ("C2", 60, "customers.csv", 2)]
    assert bench.raw("crm__customers", ROWS) == landed
    assert desk.state() == [("replayed", "a1")]
    assert desk.night() == []
    assert bench.raw("crm__customers", ROWS) == landed


def test_a_personal_value_is_whole_after_the_replay(
    bench: Bench, customers: Callable[..., TableLoad], desk: Desk
) -> None:
    customers("C1,Ada,30,")
    contacts = {"contact_id": "Id", "customer_id": "Customer", "name": "Name", "is_primary": "First"}
    bench.table("crm__contacts", contacts, "contacts.csv")
    bench.file("contacts.csv", "Id,Customer,Name,First\nK1,C1,Ada,perhaps\nK2,C1,Ada,true\n")
    bench.load("crm__contacts")
    desk.correct(desk.waiting(), "a1", is_primary="false")
    desk.night()
    assert bench.rows(
        "select count(*), count(distinct name_token), bool_and(name like 'g1.%')"
        " from lake.raw.raw_crm__contacts"
    ) == [(2, 1, True)]


def test_the_broken_row_sent_again_changes_nothing(
    bench: Bench, customers: Callable[..., TableLoad], desk: Desk
) -> None:
    customers("C1,Ada,thirty,", "C2,Bo,60,")
    desk.correct(desk.waiting(), "a1", credit_days="30")
    desk.night()
    load = customers("C1,Ada,thirty,", "C2,Bo,61,")
    assert (load.quarantined, load.updated) == (1, 1)
    assert desk.state() == [("replayed", "a1")]
    assert desk.night() == []
    assert [row[:2] for row in bench.raw("crm__customers", ROWS)] == [("C1", 30), ("C2", 61)]


def test_the_source_mends_the_row_later_and_it_is_not_doubled(
    bench: Bench, customers: Callable[..., TableLoad], desk: Desk
) -> None:
    customers("C1,Ada,thirty,")
    desk.correct(desk.waiting(), "a1", credit_days="30")
    desk.night()
    load = customers("C1,Ada,31,")
    assert (load.inserted, load.updated) == (0, 1)
    assert bench.raw("crm__customers", ROWS) == [("C1", 31, "customers.csv", 1)]
    assert desk.night() == []
    # And taking the correction back now leaves what the source says.
    desk.take_back(next(iter(desk.decisions)))
    desk.night()
    assert bench.raw("crm__customers", ROWS) == [("C1", 31, "customers.csv", 1)]


def test_the_source_was_quicker_than_the_correction(
    bench: Bench, customers: Callable[..., TableLoad], desk: Desk
) -> None:
    bench.definition["tables"]["crm__customers"]["extract"] = "delta"
    customers(",Ada,30,")
    number = desk.waiting()
    customers("C1,Ada,45,")
    desk.correct(number, "a1", customer_id="C1")
    assert desk.night() == []
    assert [row[:2] for row in bench.raw("crm__customers", ROWS)] == [("C1", 45)]
    assert desk.state() == [("repaired", "a1")]


def test_a_row_that_fails_again_says_why_and_stays_open(
    bench: Bench, customers: Callable[..., TableLoad], desk: Desk
) -> None:
    customers("C1,Ada,thirty,yesterday")
    number = desk.waiting()
    desk.correct(number, "a1", credit_days="30")
    assert desk.night() == []
    again = "select decision_id, column_name, rule_code, value from lake.quarantine.replay_reason"
    assert bench.rows(again) == [("a1", "since_on", "type", "yesterday")]
    assert bench.reasons() == [("credit_days", "type", "thirty"), ("since_on", "type", "yesterday")]
    assert desk.state() == [("open", "a1")]
    desk.correct(number, "a2", credit_days="30", since_on="2024-01-31")
    desk.night()
    assert bench.rows(again) == []
    assert desk.state() == [("replayed", "a2")]


def test_a_correction_waits_for_its_parent_too(
    bench: Bench, customers: Callable[..., TableLoad], desk: Desk
) -> None:
    bench.table("erp__orders", ORDERS, "orders.csv")
    customers("C1,Ada,30,")
    bench.file("orders.csv", "Order,Customer,At\nO1,C9,2025-01-01\n")
    bench.load("erp__orders")
    desk.correct(desk.waiting(), "a1", customer_id="C2")
    assert desk.night() == []
    customers("C1,Ada,30,", "C9,Cy,1,")
    desk.night()
    # The parent of what the source said has come; what the person said still counts.
    assert bench.release() == []
    assert bench.raw("erp__orders", "order_id") == []
    customers("C1,Ada,30,", "C9,Cy,1,", "C2,Bo,1,")
    desk.night()
    assert bench.raw("erp__orders", "order_id, customer_id") == [("O1", "C2")]


def test_taken_back_the_row_leaves_and_what_it_had_replaced_returns(
    bench: Bench, customers: Callable[..., TableLoad], desk: Desk
) -> None:
    customers("C1,Ada,30,")
    customers("C1,Ada,fifty,")
    number = desk.waiting()
    desk.correct(number, "a1", credit_days="50")
    desk.night()
    assert [row[:2] for row in bench.raw("crm__customers", ROWS)] == [("C1", 50)]
    desk.take_back(number)
    (load,) = desk.night()
    assert (load.deleted, load.released) == (1, 0)
    assert bench.raw("crm__customers", ROWS) == [("C1", 30, "customers.csv", 1)]
    assert desk.state() == [("open", None)]
    desk.correct(number, "a2", credit_days="55")
    desk.night()
    assert [row[:3] for row in bench.raw("crm__customers", ROWS)] == [("C1", 55, "correction/a2")]


def test_a_second_thought_replaces_the_first(
    bench: Bench, customers: Callable[..., TableLoad], desk: Desk
) -> None:
    customers(",Ada,30,")
    number = desk.waiting()
    desk.correct(number, "a1", customer_id="C1")
    desk.night()
    desk.correct(number, "a2", customer_id="C2")
    desk.night()
    assert [row[0] for row in bench.raw("crm__customers", ROWS)] == ["C2"]
    desk.ignore(number, "a3")
    desk.night()
    assert bench.raw("crm__customers", ROWS) == []
    assert desk.state() == [("ignored", "a3")]


def test_what_is_ignored_stays_out_however_often_it_comes(
    bench: Bench, customers: Callable[..., TableLoad], desk: Desk
) -> None:
    customers("C1,Ada,thirty,", "C2,Bo,60,")
    desk.ignore(desk.waiting(), "a1")
    assert desk.night() == []
    customers("C1,Ada,thirty,", "C2,Bo,61,")
    assert desk.state() == [("ignored", "a1")]
    assert bench.reasons() == []
    desk.decisions.clear()
    desk.night()
    assert desk.state() == [("open", None)]
