"""A planner says otherwise, another person approves, and the record says what words were worth."""

from __future__ import annotations

import pytest

from actions.reasons import reason_label
from tests.support.published_actions import store_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]

OTHER = {"zh": "en", "en": "zh"}
#: Each language has a product of its own.
PRODUCT = {"zh": "A-100", "en": "B-200"}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_override_is_previewed_approved_by_another_and_its_author_measured(meet, company, language):
    product = PRODUCT[language]
    with meet(language, name="Li Na") as planner, meet(OTHER[language], person="P01") as executive:
        planner.open("forecasts", product=product)
        model = planner.card("override").locator("dd").nth(1).inner_text()
        assert model != "–"
        says_far_more_than_the_model(planner)
        planner.is_told(planner.word("override_saved_waits"))
        planner.reads(planner.word("approve_not_own"), planner.card("approvals"))

        executive.open("forecasts", product=product)
        executive.reads("the typhoon", executive.card("approvals"))
        approves(executive, company, product)
        executive.is_told(executive.word("done_approve"))

        planner.open("forecasts", product=product)
        planner.reads(planner.word("override_approved"), planner.card("override"))
        reads_what_words_were_worth(planner)


def says_far_more_than_the_model(planner):
    """Ten times what the model says: the preview tells that another person must agree."""
    planner.type("override_quantity_", "900")
    planner.choose("override_code_", reason_label("weather", planner.language))
    planner.type("override_why_", "the typhoon")
    planner.reads(planner.word("override_needs", limit="20.0%"), planner.card("override"))
    planner.press("override_save_")


def approves(executive, company, product):
    """Presses yes on the proposal about this product."""
    said = store_of(company.lake).all("override_forecast")
    newest = [each for each in said if product in each.subject_id][-1]
    executive.press(f"approve_{newest.action_id}")


def reads_what_words_were_worth(planner):
    """By person, with how many forecasts stand behind it."""
    planner.pick("value_added_grouping", planner.word("grouping_person"))
    record = planner.rows("forecasts_value_added_rows", count=2)
    assert "Li Na" in record[0].values()
