"""A project manager on a phone: the ten worst, stepping in by one tap, progress with a photo."""

from __future__ import annotations

import re
from contextlib import contextmanager

import pytest

from actions.attachments import photo_path
from actions.kinds import ReportProgress
from tests.support.cockpit_page import settled
from tests.support.cockpit_visits import HAND
from tests.support.phone import jpeg
from tests.support.published_actions import store_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]

OTHER = {"zh": "en", "en": "zh"}
#: Two nodes of the ten, one for each language.
NODE = {"zh": "P6-1", "en": "P2-3"}
PCT = {"zh": "55", "en": "60"}
#: Nodes that nobody else reports on, by whether the photo is slow.
UNSEEN = {False: "P5-3", True: "P4-3"}
TAKEN_AWAY = "P3-3"
UPLOADS = re.compile("upload_file")


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


@pytest.mark.parametrize("is_slow", [False, True], ids=["at_once", "while_it_comes"])
def test_one_press_stores_progress_and_photo_however_slow_the_photo_is(meet, company, is_slow):
    node, pct = UNSEEN[is_slow], "65"
    with meet("zh", person="P03", device=HAND) as manager:
        manager.open("phone", milestone=node)
        manager.type("progress_pct_", pct)
        with on_its_way(manager.page):
            chooses(manager, "site.jpg", jpeg(colour=int(is_slow) + 1))
            if is_slow:
                manager.reads("site.jpg", manager.part("progress_photo_"))
            manager.part("progress_save_").locator("button").click()
            manager.reads(manager.word("photo_comes"))
            assert store_of(company.lake).history(ReportProgress.subject_type, node) == []
        manager.reads(f"→ {pct} %")
        manager.page.locator("[data-testid=stImage] img").first.wait_for()
    (report,) = store_of(company.lake).history(ReportProgress.subject_type, node)
    assert report.payload.new_pct == int(pct)
    assert photo_path(company.paths, report.payload.photo_hash).read_bytes() == jpeg(colour=int(is_slow) + 1)


def test_a_press_does_not_wait_for_a_photo_that_was_taken_away(meet, company):
    with meet("en", person="P03", device=HAND) as manager:
        manager.open("phone", milestone=TAKEN_AWAY)
        manager.type("progress_pct_", "70")
        with on_its_way(manager.page):
            chooses(manager, "site.jpg", jpeg())
            manager.reads("site.jpg", manager.part("progress_photo_"))
            manager.part("progress_photo_").locator("[data-testid=stFileChipDeleteBtn] button").click()
        manager.press("progress_save_")
        manager.reads("→ 70 %")
        # Streamlit tells the console of it.
        (cancelled,) = manager.troubles
        assert "canceled" in cancelled
        manager.troubles.clear()
    (report,) = store_of(company.lake).history(ReportProgress.subject_type, TAKEN_AWAY)
    assert report.payload.photo_hash is None


@contextmanager
def on_its_way(page):
    """Keeps uploads from the server until the block ends."""
    held = []

    def keep(route):
        held.append(route)

    page.route(UPLOADS, keep)
    yield
    for route in held:
        route.continue_()
    page.unroute(UPLOADS)


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
    """A file from the phone, which arrives; a second one takes the place of the first."""
    with manager.page.expect_response(UPLOADS):
        chooses(manager, name, content)
    manager.reads(name, manager.part("progress_photo_"))
    settled(manager.page)


def chooses(manager, name, content):
    """A file from the phone."""
    manager.part("progress_photo_").locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "image/jpeg", "buffer": content}
    )
