"""A buyer reads a 30-day warning on the supply page and answers it with a purchase that is proposed."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

from actions.kinds.items import OpenItem
from actions.store import ActionStore, Draft
from tests.support.published_partners import AS_OF

SUBJECT = "purchase|B-200|2025-10-01"


def store(tmp_path: Path) -> ActionStore:
    return ActionStore(f"sqlite:///{tmp_path / 'lake' / 'actions.sqlite'}")


def bodies(app) -> str:
    return "\n".join(each.proto.body for each in app.get("html"))


def told(tmp_path: Path) -> str:
    """The item that the rule has opened for the short model; its id."""
    (tmp_path / "lake").mkdir()
    payload = OpenItem(
        rule_id="stock_gap",
        rule_version=2,
        about_type="product",
        about_id="B-200",
        occurrence_key="B-200|peak|2025-10-01",
        cause_key="stock:B-200",
        told={"zh": "缺 28", "en": "28 short"},
        severity_code="high",
        owner_role_code="procurement",
        owner_id=None,
        opened_on=AS_OF,
        due_on=AS_OF + dt.timedelta(days=3),
        value_at_risk_amount=Decimal(182_000),
        currency_code="CNY",
        escalate_after_hours=48,
        escalate_role_code="executive",
        escalate_to_id=None,
        needs=("action",),
        evidence={},
    )
    store(tmp_path).record(Draft("open-1", "stock_gap|B-200", payload, 0, "", "", "rules"))
    return "open-1"


def propose(app, quantity: float, why: str = "") -> None:
    form = app.session_state["warning_form"]
    app.number_input(key=f"warning_quantity_{form.action_id}").set_value(quantity)
    app.text_input(key=f"warning_why_{form.action_id}").set_value(why)
    app.button(key="warning_propose").click().run()
    assert not app.exception


def test_a_warning_says_what_is_missing_by_when_and_how_well_it_told_before(open_page, tmp_path):
    item_id = told(tmp_path)
    app = open_page("supply", "en")
    assert not app.exception
    page = bodies(app)
    assert "新风机 B-200 · ■ 28 short" in page
    assert "from 2025-10-30 (in 30 days) demand P80 80, safety stock 12; 48 on hand, 16 on order" in page
    assert "order by 2025-10-03" in page
    assert f"actions?item={item_id}" in page
    assert "2 peaks are told, 1 of them short" in page
    assert "75.0% (3 / 4)" in page
    assert "25.0% (1 / 4)" in page
    peaks = next(table.value for table in app.dataframe if "warning_state" in table.value.columns)
    assert peaks["warning_state"].to_list() == ["■ short", "● covered", "not told yet"]
    policies = next(table.value for table in app.dataframe if "policy_method_code" in table.value.columns)
    assert policies["policy_method_code"].to_list() == [
        "quantile of the lead time's demand", "normal law", "history too short, no forecast",
    ]  # fmt: skip


def test_a_purchase_is_proposed_once_and_waits_above_the_limit(open_page, tmp_path):
    app = open_page("supply", "en")
    assert app.selectbox(key="warning_product").options == ["新风机 B-200"]
    propose(app, 28.0, "campuses open in November")
    assert "above the limit" in app.success[0].value
    app.run()
    (action,) = store(tmp_path).all("propose_purchase")
    assert (action.subject_id, action.done_by, action.reason) == (
        SUBJECT,
        "Li Na",
        "campuses open in November",
    )
    payload = action.payload
    assert (payload.quantity, payload.amount, payload.limit_amount) == (28, 182_000, 100_000)
    assert payload.order_by_on == dt.date(2025, 10, 3)
    assert "waits for approval" in "\n".join(each.value for each in app.caption)
    propose(app, 10.0)
    assert "Purchase proposed: 10 × B-200" in app.success[0].value
    assert [each.version for each in store(tmp_path).history("proposal", SUBJECT)] == [1, 2]


def test_nothing_is_bought_of_nothing_nor_by_nobody(open_page, tmp_path):
    app = open_page("supply", "zh")
    propose(app, 0.0)
    assert app.error
    assert store(tmp_path).all("propose_purchase") == []
    nobody = open_page("supply", "zh", who="", is_published=False)
    assert not nobody.exception
    assert "warning_form" not in nobody.session_state
