"""The look, in real Chromium: every page light, dark and on a phone; pictures in test-output/screenshots.

A run of all tests sees each page in one of the looks, all of them by turns; every page in every look is a set
of pictures of its own (`make screenshots`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from cockpit.shell.navigation import PAGES
from cockpit.shell.session import LANGUAGE_COOKIE
from lake.settings import Settings
from tests.conftest import PROJECT_ROOT
from tests.support.axe import findings
from tests.support.cockpit import serving
from tests.support.cockpit_page import settled
from tests.support.cockpit_visits import DARK_DESK, DESK, HAND, SIDEWAYS, Device, Visitor, visitor_context
from tests.support.published import publish_company
from tests.support.published_actions import open_items

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SCREENSHOTS = PROJECT_ROOT / "test-output" / "screenshots"
KEYS = [page.key for page in PAGES]


@dataclass(frozen=True)
class Look:
    """How somebody looks at the cockpit."""

    name: str
    language: str
    device: Device


LOOKS = (
    Look("zh-light", "zh", DESK),
    Look("en-dark", "en", DARK_DESK),
    Look("zh-phone", "zh", HAND),
)
VISITS = [
    pytest.param(key, look, id=f"{key}-{look.name}", marks=[] if turn == 0 else [pytest.mark.screenshots])
    for place, key in enumerate(KEYS)
    for turn, look in enumerate(LOOKS[place % len(LOOKS) :] + LOOKS[: place % len(LOOKS)])
]
#: What lies deeper than a page, each by its address.
DEEPER = (
    ("projects", {"project": "P1"}),
    ("projects", {"project": "P1", "section": "schedule"}),
    ("projects", {"project": "P1", "section": "cost"}),
    ("projects", {"project": "P1", "section": "whatif"}),
    ("projects", {"project": "P1", "section": "trust"}),
    ("projects", {"scope": "open", "view": "board"}),
    ("customers", {"customer": "C2"}),
    ("suppliers", {"supplier": "S1"}),
    ("actions", {"item": "open-2"}),
    ("phone", {"milestone": "P6-1"}),
    ("forecasts", {"question": "delay"}),
    ("forecasts", {"question": "churn"}),
    ("trust", {"figure": "otif"}),
    ("trust", {"section": "dictionary"}),
)
#: What lies as deep and is built of the same parts: seen with the whole sets of pictures.
MORE = (
    ("projects", {"project": "P1", "section": "site"}),
    ("customers", {"customer": "C1"}),
    ("forecasts", {"question": "value"}),
    ("forecasts", {"question": "devices"}),
    ("trust", {"section": "quarantine"}),
    ("trust", {"row": "q1"}),
    ("trust", {"section": "exchange"}),
    ("trust", {"section": "checks"}),
    ("trust", {"section": "freshness"}),
    ("trust", {"section": "publications"}),
)
DEEPER_VISITS = [
    pytest.param(
        key,
        words,
        look,
        id="-".join((key, *words.values(), look.name)),
        marks=[] if turn == 0 and place < len(DEEPER) else [pytest.mark.screenshots],
    )
    for place, (key, words) in enumerate(DEEPER + MORE)
    for turn, look in enumerate(LOOKS[place % 2 :] + LOOKS[: place % 2])
]


@pytest.fixture(scope="module")
def cockpit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a cockpit on the small company, with the items of a night."""
    folder = tmp_path_factory.mktemp("look")
    publish_company(folder / "lake")
    open_items(folder / "lake")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    with serving(Settings(lake=folder / "lake"), folder / "cockpit.log") as address:
        yield address


@pytest.fixture(scope="module")
def visitors(browser: Browser, cockpit: str) -> Iterator[dict[str, BrowserContext]]:
    """One browser a look, which keeps what it has loaded: code of megabytes is then read once."""
    visitors = {look.name: context_of(browser, cockpit, look) for look in LOOKS}
    yield visitors
    for context in visitors.values():
        context.close()


def context_of(browser: Browser, address: str, look: Look) -> BrowserContext:
    """A browser with this look, whose person the cockpit knows by name."""
    return visitor_context(browser, address, look.language, device=look.device, name="李娜")


def visit(context: BrowserContext, address: str, look: Look, page: str, **words: str) -> Visitor:
    """The page at rest, in a window of its own."""
    visitor = Visitor(context, context.new_page(), address, look.language)
    visitor.watch()
    return visitor.open(page, **words)


def open_page(browser: Browser, address: str, look: Look, key: str) -> Page:
    """The page as a new visitor with this look sees it, at rest."""
    return visit(context_of(browser, address, look), address, look, key).page


@pytest.mark.parametrize(("key", "look"), VISITS)
def test_a_page_is_whole_fits_and_everybody_can_use_it(chinese_fonts, visitors, cockpit, look, key):
    visitor = visit(visitors[look.name], cockpit, look, key)
    take_picture(visitor.page, look, key)
    is_well(visitor)
    visitor.page.close()


@pytest.mark.parametrize(("key", "words", "look"), DEEPER_VISITS)
def test_what_lies_deeper_opens_by_its_address(chinese_fonts, visitors, cockpit, key, words, look):
    visitor = visit(visitors[look.name], cockpit, look, key, **words)
    take_picture(visitor.page, look, "-".join((key, *words.values())))
    is_well(visitor)
    visitor.page.close()


def take_picture(page: Page, look: Look, name: str) -> None:
    """The page from top to bottom, as far as a picture may reasonably be high."""
    height = page.evaluate("document.querySelector('[data-testid=stMainBlockContainer]').scrollHeight")
    tall = min(max(look.device.height, height), 3000)
    page.set_viewport_size({"width": look.device.width, "height": tall})
    page.screenshot(path=str(SCREENSHOTS / f"{name}-{look.name}.png"))


def is_well(visitor: Visitor) -> None:
    """No exception, no complaint of the browser, nothing sideways, nothing that shuts anybody out."""
    page = visitor.page
    assert page.locator("[data-testid=stException]").count() == 0
    assert page.locator("[data-testid=stAlertContentError]").count() == 0
    assert page.locator("h1.finding").is_visible()
    assert visitor.sideways() <= 0
    assert findings(page) == []
    assert visitor.troubles == []


def test_cards_on_a_phone_are_as_wide_as_it_and_buttons_big_enough(browser, cockpit):
    page = open_page(browser, cockpit, LOOKS[2], "projects")
    for box in (each.bounding_box() for each in page.locator("[class*=st-key-card_]").all()):
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
    assert page.locator(".wcard").first.is_visible()
    assert not page.locator(".st-key-card_gantt .stPlotlyChart").is_visible()
    for selector in (
        ".st-key-replan_save button",
        ".st-key-language_switch button",
        ".st-key-phone_tabs a >> nth=0",
    ):
        assert page.locator(selector).bounding_box()["height"] >= 44
    assert not page.locator("[data-testid=stSidebar]").is_visible()
    page.context.close()


def test_default_chrome_is_gone_and_our_fonts_are_used(browser, cockpit):
    page = open_page(browser, cockpit, LOOKS[0], "overview")
    for part in ("stHeader", "stToolbar", "stDecoration", "stStatusWidget", "stMainMenu"):
        found = page.locator(f"[data-testid={part}]")
        assert found.count() == 0 or not found.first.is_visible(), part
    loaded = page.evaluate(
        "[...document.fonts].filter((face) => face.status === 'loaded').map((face) => face.family)"
    )
    assert {name.strip('"') for name in loaded} >= {"Inter", "Noto Sans SC"}
    page.context.close()


def test_the_theme_is_chosen_in_the_profile_and_kept(browser, cockpit):
    page = open_page(browser, cockpit, LOOKS[1], "projects")
    dark = page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    page.locator(".st-key-profile button").click()
    page.get_by_role("button", name="Light", exact=True).click()
    page.wait_for_function(
        "(before) => { const app = document.querySelector('.stApp');"
        " return app && getComputedStyle(app).backgroundColor !== before; }",
        arg=dark,
    )
    page.goto(f"{cockpit}/suppliers")
    page.locator("h1.finding").wait_for()
    assert (
        page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
        == "rgb(246, 245, 241)"
    )
    page.context.close()


def test_the_language_is_kept_for_the_next_visit(browser, cockpit):
    page = open_page(browser, cockpit, LOOKS[1], "suppliers")
    page.locator(".st-key-language_switch button").click()
    page.locator("h1.finding", has_text="家供应商中").wait_for()
    page.wait_for_function(f"document.cookie.includes('{LANGUAGE_COOKIE}=zh')")
    page.reload()
    page.locator("h1.finding", has_text="家供应商中").wait_for()
    page.context.close()


def test_a_tile_is_pressed_by_keyboard_and_its_passport_opens(browser, chinese_fonts, cockpit):
    page = open_page(browser, cockpit, LOOKS[1], "suppliers")
    page.locator("a.tile").first.focus()
    page.keyboard.press("Enter")
    page.locator(".passport").wait_for()
    settled(page)
    assert page.url.endswith("/trust?figure=otif")
    assert "OTIF" in page.locator(".passport h3").inner_text()
    assert page.evaluate(SIDEWAYS) <= 0
    page.screenshot(path=str(SCREENSHOTS / "trust-figure-en-dark.png"), full_page=True)
    page.context.close()
