"""The look, in real Chromium: every page light, dark and on a phone; pictures in test-output/screenshots."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from cockpit.shell.navigation import PAGES, START
from cockpit.shell.session import LANGUAGE_COOKIE, NAME_COOKIE
from lake.settings import Settings
from tests.conftest import PROJECT_ROOT
from tests.support.cockpit import serving
from tests.support.cockpit_page import choose, settled
from tests.support.published import publish_company

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SCREENSHOTS = PROJECT_ROOT / "test-output" / "screenshots"
KEYS = [page.key for page in PAGES]
# A loaded machine of two cores takes seconds for the first page of a server.
PATIENCE = 60_000


@dataclass(frozen=True)
class Look:
    """How somebody looks at the cockpit."""

    name: str
    language: str
    scheme: str
    width: int
    height: int


LOOKS = (
    Look("zh-light", "zh", "light", 1440, 900),
    Look("en-dark", "en", "dark", 1440, 900),
    Look("zh-phone", "zh", "light", 390, 844),
)


@pytest.fixture(scope="module")
def cockpit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a cockpit on the small company."""
    folder = tmp_path_factory.mktemp("look")
    publish_company(folder / "lake")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    with serving(Settings(lake=folder / "lake"), folder / "cockpit.log") as address:
        yield address


@pytest.fixture(scope="module")
def visitors(browser: Browser, cockpit: str) -> Iterator[dict[str, BrowserContext]]:
    """One visitor a look, who keeps what the browser has loaded: code of megabytes is then read once."""
    visitors = {look.name: visitor(browser, cockpit, look) for look in LOOKS}
    yield visitors
    for context in visitors.values():
        context.close()


def visitor(browser: Browser, address: str, look: Look) -> BrowserContext:
    """Somebody with this look, whom the cockpit knows by name."""
    context = browser.new_context(
        viewport={"width": look.width, "height": look.height}, color_scheme=look.scheme, locale="zh-CN"
    )
    context.set_default_timeout(PATIENCE)
    context.add_cookies(
        [
            {"name": LANGUAGE_COOKIE, "value": look.language, "url": address},
            {"name": NAME_COOKIE, "value": "%E6%9D%8E%E5%A8%9C", "url": address},
        ]
    )
    return context


def open_page(browser: Browser, address: str, look: Look, key: str) -> tuple[Page, list[str]]:
    """The page as a new visitor with this look sees it, at rest; and the requests that went elsewhere."""
    return visit(visitor(browser, address, look), address, key)


def visit(context: BrowserContext, address: str, key: str) -> tuple[Page, list[str]]:
    """The page at rest, in a window of its own; and the requests that went elsewhere."""
    page = context.new_page()
    elsewhere: list[str] = []
    page.on(
        "request",
        lambda request: elsewhere.append(request.url) if _is_elsewhere(request.url, address) else None,
    )
    page.goto(address + ("/" if key == START else f"/{key}"))
    # The tabs are drawn last; then the script must have ended and the fonts must be there.
    page.locator(".st-key-phone_tabs").wait_for(state="attached")
    # The part that draws markup, style sheet included, may come after the script has ended.
    page.locator("h1.finding").wait_for()
    settled(page)
    page.wait_for_function(
        "[...document.querySelectorAll('.stPlotlyChart')].every((e) => e.querySelector('.main-svg'))"
    )
    page.evaluate("document.fonts.ready.then(() => true)")
    return page, elsewhere


def _is_elsewhere(url: str, address: str) -> bool:
    own = (address, address.replace("http", "ws"), "data:", "blob:")
    return not url.startswith(own)


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
@pytest.mark.parametrize("key", KEYS)
def test_a_page_is_whole_fits_and_stays_at_home(chinese_fonts, visitors, cockpit, look, key):
    page, elsewhere = visit(visitors[look.name], cockpit, key)
    height = page.evaluate("document.querySelector('[data-testid=stMainBlockContainer]').scrollHeight")
    page.set_viewport_size({"width": look.width, "height": min(max(look.height, height), 3000)})
    page.screenshot(path=str(SCREENSHOTS / f"{key}-{look.name}.png"))
    assert page.locator("[data-testid=stException]").count() == 0
    assert page.locator("[data-testid=stAlertContentError]").count() == 0
    assert page.locator("h1.finding").is_visible()
    assert _sideways(page) <= 0
    assert elsewhere == []
    page.close()


def _sideways(page: Page) -> int:
    """Pixels by which the page could be scrolled sideways."""
    return page.evaluate(
        "Math.max(document.documentElement.scrollWidth - window.innerWidth,"
        " ...['stMain', 'stAppViewContainer'].map((id) => document.querySelector(`[data-testid=${id}]`))"
        ".map((element) => element.scrollWidth - element.clientWidth))"
    )


def test_cards_on_a_phone_are_as_wide_as_it_and_buttons_big_enough(browser, cockpit):
    page, _ = open_page(browser, cockpit, LOOKS[2], "projects")
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
    page, _ = open_page(browser, cockpit, LOOKS[0], "overview")
    for part in ("stHeader", "stToolbar", "stDecoration", "stStatusWidget", "stMainMenu"):
        found = page.locator(f"[data-testid={part}]")
        assert found.count() == 0 or not found.first.is_visible(), part
    loaded = page.evaluate(
        "[...document.fonts].filter((face) => face.status === 'loaded').map((face) => face.family)"
    )
    assert {name.strip('"') for name in loaded} >= {"Inter", "Noto Sans SC"}
    page.context.close()


def test_the_theme_is_chosen_in_the_profile_and_kept(browser, cockpit):
    page, _ = open_page(browser, cockpit, LOOKS[1], "projects")
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
    page, _ = open_page(browser, cockpit, LOOKS[1], "suppliers")
    page.locator(".st-key-language_switch button").click()
    page.locator("h1.finding", has_text="家供应商中").wait_for()
    page.wait_for_function(f"document.cookie.includes('{LANGUAGE_COOKIE}=zh')")
    page.reload()
    page.locator("h1.finding", has_text="家供应商中").wait_for()
    page.context.close()


@pytest.mark.parametrize("look", LOOKS[:2], ids=lambda look: look.name)
def test_a_tile_is_pressed_by_keyboard_and_its_passport_opens(browser, chinese_fonts, cockpit, look):
    page, _ = open_page(browser, cockpit, look, "suppliers")
    page.locator("a.tile").first.focus()
    page.keyboard.press("Enter")
    page.locator(".passport").wait_for()
    settled(page)
    assert page.url.endswith("/trust?figure=otif")
    assert "OTIF" in page.locator(".passport h3").inner_text()
    assert _sideways(page) <= 0
    page.screenshot(path=str(SCREENSHOTS / f"trust-figure-{look.name}.png"), full_page=True)
    page.context.close()


def test_a_planner_replans_in_the_browser(browser, cockpit):
    page, _ = open_page(browser, cockpit, LOOKS[1], "projects")
    choose(page, page.locator(".st-key-card_replan [data-testid=stSelectbox]").nth(1), "late material")
    page.locator(".st-key-card_replan [data-testid=stTextInput] input").fill("chillers held at customs")
    page.locator(".st-key-replan_save button").click()
    page.locator("[data-testid=stAlert]", has_text="Saved: forecast date").wait_for()
    assert "next night reads it" in page.locator(".st-key-card_replan .facts").inner_text()
    page.screenshot(path=str(SCREENSHOTS / "projects-replanned-en-dark.png"), full_page=True)
    page.locator(".st-key-replan_undo button").click()
    page.locator("[data-testid=stAlert]", has_text="Undone").wait_for()
    page.context.close()
