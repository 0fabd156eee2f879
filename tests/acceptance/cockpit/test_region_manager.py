"""Two bad ratings opened a care plan: the region's manager reaches the customer, gives, and closes it."""

from __future__ import annotations

import pytest

from actions.items import ItemBook
from cockpit.services.words import code_label
from tests.support.published_actions import store_of
from tests.support.published_stories import CARE_RULE, LOW_RATERS

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_plan_within_the_policy_goes_from_the_inbox_to_done(meet, company):
    customer = LOW_RATERS[0]
    with meet("zh", person="P02") as manager:
        manager.open("actions")
        opens_the_plan_from_the_inbox(manager, customer)
        records_care(manager, cause="吊车来晚了", compensation="900")
        manager.is_told(manager.word("done_care"))
        closes(manager, "派了第二个班组")
    assert state_of(company, customer) == "done"
    with meet("en", person="P02") as colleague:
        colleague.open("customers", customer=customer)
        care = colleague.card("care")
        colleague.reads("吊车来晚了", care)
        colleague.reads(code_label("item", "done", "en"), care)
        colleague.reads("CNY 900", care)


def test_what_lies_above_the_policy_waits_for_another_person(meet, company):
    customer = LOW_RATERS[1]
    with meet("en", person="P02") as manager, meet("zh", person="P01") as executive:
        manager.open("customers", customer=customer)
        records_care(manager, cause="the crane came late", compensation="9000")
        manager.is_told(manager.word("done_care"))
        manager.reads(manager.word("close_first", missing=manager.word("need_approval")))
        executive.open("actions")
        executive.reads("the crane came late", executive.card("approvals"))
        executive.press("approve_")
        executive.is_told(executive.word("done_approve"))
        manager.open("customers", customer=customer)
        manager.reads(manager.word("care_approval_approved"), manager.card("care"))
        closes(manager, "a second crew")
    assert state_of(company, customer) == "done"


def opens_the_plan_from_the_inbox(manager, customer):
    """The inbox is filtered to the rule; a press on the row opens the item."""
    manager.open("actions", rule=CARE_RULE)
    told = [" ".join(row.values()) for row in manager.rows("items_table")]
    (number,) = [i for i, row in enumerate(told) if customer in row]
    manager.press_row("items_table", number)
    manager.card("item_steps").wait_for()
    manager.at_rest()


def records_care(manager, *, cause, compensation):
    """When the customer was reached, why they were unhappy, what they get."""
    manager.pick("item_verb_", manager.word("verb_care"))
    manager.part("step_contacted_").wait_for()
    manager.choose("step_cause_code_", code_label("complaint", "delay", manager.language))
    manager.page.locator("[class*='st-key-step_cause_'] textarea").fill(cause)
    manager.type("step_amount_", compensation)
    manager.press("item_save_")


def closes(manager, action):
    """Says what was done about it."""
    manager.pick("item_verb_", manager.word("verb_close"))
    manager.page.locator("[class*='st-key-step_action_'] textarea").fill(action)
    manager.press("item_save_")
    manager.is_told(manager.word("done_close"))


def state_of(company, customer):
    """How the customer's plan stands in the store."""
    return ItemBook.of_actions(store_of(company.lake).events()).last(f"{CARE_RULE}|{customer}").state_code
