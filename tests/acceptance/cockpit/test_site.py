"""A project manager on a phone: the ten worst, stepping in by one tap, progress with a photo."""

from __future__ import annotations

import pytest

from tests.support.cockpit_page import settled
from tests.support.cockpit_visits import HAND
from tests.support.phone import jpeg
from tests.support.published_actions import store_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]

OTHER = {"zh": "en", "en": "zh"}
#: Two nodes of the ten, one for each language.
NODE = {"zh": "P6-1", "en": "P2-3"}
PCT = {"zh": "55", "en": "60"}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_deviation_is_taken_in_hand_and_progress_reported_from_the_site(meet, company, language):
    node = NODE[language]
    with meet(language, person="P03", device=HAND) as manager:
        manager.open("phone")
        assert "10" in manager.finding
        assert manager.page.locator("[class*='st-key-card_phone_']").count() == 10
        assert manager.sideways() <= 0
        steps_in(manager, node)
        reports_with_a_photo(manager, node, PCT[language])
        assert manager.sideways() <= 0
    (opened,) = store_of(company.lake).history("item", f"intervene|{node}")
    assert (opened.done_by, opened.payload.about_id) == ("P03", node)
    with meet(OTHER[language], person="P02") as colleague:
        colleague.open("actions", item=opened.action_id)
        colleague.reads("P03", colleague.card("item_history"))
        colleague.open("phone", milestone=node)
        colleague.reads(f"→ {PCT[language]} %")


def steps_in(manager, node):
    """One tap: the owner has it, and the card says so."""
    tap = manager.part(f"intervene_{node}").locator("button")
    assert tap.bounding_box()["height"] >= 44
    tap.tap()
    manager.is_told(manager.word("done_intervene", owner="")[:3])
    manager.part(f"intervene_{node}").wait_for(state="detached")


def reports_with_a_photo(manager, node, pct):
    """A text is refused as a photo, a photo is kept and shown with what was reported."""
    manager.press(f"report_{node}")
    manager.part("progress_pct_").wait_for()
    manager.at_rest()
    manager.type("progress_pct_", pct)
    attaches(manager, "plan.jpg", b"not a picture")
    manager.press("progress_save_")
    manager.is_told("JPEG")
    attaches(manager, "site.jpg", jpeg())
    manager.press("progress_save_")
    manager.reads(f"→ {pct} %")
    manager.page.locator("[data-testid=stImage] img").first.wait_for()


def attaches(manager, name, content):
    """A file from the phone; a second one takes the place of the first."""
    photo = manager.part("progress_photo_")
    with manager.page.expect_response(lambda response: "upload_file" in response.url):
        photo.locator("input[type=file]").set_input_files(
            {"name": name, "mimeType": "image/jpeg", "buffer": content}
        )
    manager.reads(name, photo)
    settled(manager.page)
