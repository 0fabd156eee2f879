"""The exchange in words: what sources gave under which contract, and what needs somebody of what went out."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import polars as pl
import pytest

from actions.kinds import ProposePurchase
from actions.outbound import Outbound
from actions.records import Action
from cockpit.services import exchange
from cockpit.services.items import Names

NOW = dt.datetime(2025, 9, 30, 8)
NAMES = Names("en", {}, {})
PURCHASE = ProposePurchase(
    product_id="A-100",
    warehouse_id="W1",
    supplier_id="S1",
    quantity=Decimal(4),
    amount=Decimal(50),
    currency_code="CNY",
    order_by_on=None,
    limit_amount=None,
)


def outbound(number: int, state: str = "queued", hours: float | None = None, **more) -> Outbound:
    action = Action(
        number, f"p{number}", "propose_purchase", "proposal", "s", 1, PURCHASE, "", "", "Li Na", NOW, None
    )
    sent_at = None if hours is None else NOW - dt.timedelta(hours=hours)
    return replace(Outbound(action, None, NOW), state_code=state, sent_at=sent_at, **more)


QUEUED, SENT, LATE = outbound(1), outbound(2, "sent", 3), outbound(3, "sent", 25)
DONE = outbound(4, "accepted", 30, answered_at=NOW, reference="PO-7")
BACK = outbound(5, "accepted", 30, answered_at=NOW, is_withdrawn=True)


@pytest.mark.parametrize(
    ("one", "state"),
    [(QUEUED, "queued"), (SENT, "sent"), (LATE, "overdue"), (DONE, "accepted"), (BACK, "withdrawn")],
)
def test_how_each_stands(one, state):
    assert exchange.standing(one, NOW) == state


def test_what_needs_somebody_comes_first():
    shown = exchange.outbound_table([QUEUED, SENT, LATE, DONE, BACK], NOW, NAMES)
    assert shown["action_id"].to_list() == ["p3", "p5", "p1", "p2", "p4"]
    assert shown["outbound_state"][0] == "▲ no answer for 24 h"
    assert shown["outbound_answer"].to_list()[-1] == "PO-7"
    assert exchange.finding([QUEUED, SENT, LATE, DONE, BACK], NOW, "en") == (
        "4 sent, 2 answered, 1 queued, 1 without an answer for more than 24 hours"
    )
    assert exchange.finding([], NOW, "zh") == "还没有已批准、要送出去的行动。"


def test_each_fed_table_names_its_contract_and_what_it_refused():
    load = {
        "source_name": "erp",
        "table_name": "erp__orders",
        "status_code": "loaded",
        "finished_at": NOW,
        "rows_read": 10,
        "rows_quarantined": 2,
        "message": "",
    }
    loads = pl.DataFrame([load, {**load, "table_name": "crm__tags", "status_code": "no_source"}])
    (line,) = exchange.connectors(loads, "en").to_dicts()
    assert (line["contract"], line["rows_read"], line["rows_rejected"]) == ("erp__orders 1.0.0", 10, 2)
