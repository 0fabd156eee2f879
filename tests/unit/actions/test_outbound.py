"""Approved actions on their way outside: which go, once, and how answers move them."""

import datetime as dt
from decimal import Decimal

import pytest

from actions.errors import InvalidActionError
from actions.kinds import AnswerAction, Approve, ProposePurchase, ProposeTransfer, Reject, SendAction
from actions.outbound import message_of, queue
from actions.store import ActionStore, Draft

NOW = dt.datetime(2025, 9, 30, 8)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> dt.datetime:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(tmp_path, clock):
    return ActionStore(f"sqlite:///{tmp_path / 'actions.sqlite'}", clock)


def purchase(amount="50", limit="100"):
    return ProposePurchase(
        product_id="A-100",
        warehouse_id="W1",
        supplier_id="S1",
        quantity=Decimal(4),
        amount=Decimal(amount),
        currency_code="CNY",
        order_by_on=None,
        limit_amount=Decimal(limit),
    )


def say(store, number, subject, payload, version, by="Li Na", about=None):
    store.record(Draft(number, subject, payload, version, "", "stock is short", by, about_type=about))


def states(store):
    return [(each.action.action_id, each.state_code) for each in queue(store.events())]


def test_what_lies_below_the_limit_goes_and_what_lies_above_waits_for_a_second_person(store):
    say(store, "small", "stock|A", purchase(), 0)
    say(store, "large", "stock|B", purchase("500"), 0)
    assert states(store) == [("small", "queued")]
    yes = Approve(answers_action_id="large")
    say(store, "yes", "stock|B", yes, 1, by="Wang Wei", about="proposal")
    assert states(store) == [("small", "queued"), ("large", "queued")]
    (_, large) = queue(store.events())
    told = message_of(large)
    assert (told["id"], told["kind"], told["decided_by"], told["approved_by"]) == (
        "large",
        "propose_purchase",
        "Li Na",
        "Wang Wei",
    )
    assert told["payload"]["quantity"] == "4"
    assert told["decided_at"] == "2025-09-30T08:00:00Z"


def test_what_was_rejected_or_taken_back_does_not_go(store):
    say(store, "large", "stock|B", purchase("500"), 0)
    say(store, "no", "stock|B", Reject(answers_action_id="large"), 1, by="Wang Wei", about="proposal")
    say(store, "small", "stock|A", purchase(), 0)
    store.undo("small", new_action_id="undo", expected_version=1, reason="", done_by="Li Na")
    assert states(store) == []


def test_sent_once_and_answered_once(store):
    say(store, "small", "stock|A", purchase(), 0)
    with pytest.raises(InvalidActionError, check=lambda error: error.key == "not_sent"):
        say(store, "a0", "small", AnswerAction(status="accepted"), 0)
    say(store, "s1", "small", SendAction(target="small.jsonl"), 0)
    with pytest.raises(InvalidActionError, check=lambda error: error.key == "sent_already"):
        say(store, "s2", "small", SendAction(target="small.jsonl"), 1)
    say(store, "a1", "small", AnswerAction(status="accepted", reference="PO-7"), 1)
    with pytest.raises(InvalidActionError, check=lambda error: error.key == "answered_outside"):
        say(store, "a2", "small", AnswerAction(status="accepted"), 2)
    (found,) = queue(store.events())
    assert (found.state_code, found.reference) == ("accepted", "PO-7")


def test_a_day_without_an_answer_is_told_and_not_a_second_less(store, clock):
    say(store, "small", "stock|A", purchase(), 0)
    say(store, "s1", "small", SendAction(target="small.jsonl"), 0)
    (found,) = queue(store.events())
    assert not found.is_overdue(NOW + dt.timedelta(hours=24))
    assert found.is_overdue(NOW + dt.timedelta(hours=24, seconds=1))
    clock.now = NOW + dt.timedelta(hours=30)
    say(store, "a1", "small", AnswerAction(status="rejected", message="closed account"), 1)
    (found,) = queue(store.events())
    assert not found.is_overdue(NOW + dt.timedelta(days=9))


def test_taken_back_after_it_was_sent_it_is_marked(store):
    transfer = ProposeTransfer(
        product_id="A-100",
        from_warehouse_id="W1",
        to_warehouse_id="W2",
        quantity=Decimal(4),
        available_quantity=Decimal(9),
        goods_amount=None,
        currency_code=None,
        limit_amount=None,
    )
    say(store, "move", "stock|A", transfer, 0)
    say(store, "s1", "move", SendAction(target="move.jsonl"), 0)
    store.undo("move", new_action_id="undo", expected_version=1, reason="", done_by="Li Na")
    (found,) = queue(store.events())
    assert (found.action.action_id, found.state_code, found.is_withdrawn) == ("move", "sent", True)


def test_a_refusal_says_why():
    with pytest.raises(InvalidActionError):
        AnswerAction(status="rejected").check("", "")
