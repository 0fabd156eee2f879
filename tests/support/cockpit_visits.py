"""A person at the cockpit in a real Chromium: opens pages, reads cards and tables, presses and types.

What the browser complains about while they do is kept in `troubles`: errors in its console, requests that
failed or went elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from cockpit.services.words import say
from cockpit.shell.navigation import START
from cockpit.shell.session import LANGUAGE_COOKIE, NAME_COOKIE, PERSON_COOKIE
from lake.text import text
from tests.support.cockpit_page import choose, settled

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request, Response

# A loaded machine of two cores takes seconds for the first page of a server.
PATIENCE = 60_000
#: Charts and tables of the page are drawn, and what stands for them while they load is gone.
DRAWN = """
() => [['.stPlotlyChart', '.main-svg'], ['.stDataFrame', 'canvas']].every(([part, drawn]) =>
    [...document.querySelectorAll(part)]
        .filter((e) => e.checkVisibility()).every((e) => e.querySelector(drawn)))
    && document.querySelectorAll('[data-testid=stSkeleton]').length === 0
"""
#: The rows of a table as a screen reader gets them: the picture itself is painted.
ROWS = """
(table) => [...table.querySelectorAll('canvas table tr')].map(
    (row) => [...row.children].map((cell) => cell.textContent.trim()))
"""
#: Pixels by which the page could be scrolled sideways.
SIDEWAYS = """
() => Math.max(document.documentElement.scrollWidth - window.innerWidth,
    ...['stMain', 'stAppViewContainer'].map((id) => document.querySelector(`[data-testid=${id}]`))
        .map((element) => element.scrollWidth - element.clientWidth))
"""
# The row height of `cockpit.components.tables`.
ROW_HEIGHT = 34


@dataclass(frozen=True)
class Device:
    """What somebody holds or sits at."""

    width: int
    height: int
    scheme: str = "light"
    has_touch: bool = False


DESK = Device(1440, 900)
DARK_DESK = Device(1440, 900, scheme="dark")
HAND = Device(390, 844, has_touch=True)


@dataclass
class Visitor:
    """Somebody at the cockpit: one browser, one language, one page in front of them."""

    context: BrowserContext
    page: Page
    address: str
    language: str
    troubles: list[str] = field(default_factory=list)

    # -- words and places ------------------------------------------------------------------------------------

    def word(self, key: str, **values: object) -> str:
        """A text of the cockpit as this person reads it."""
        return say(key, self.language, **values)

    def card(self, key: str) -> Locator:
        """A card of the page."""
        return self.page.locator(f".st-key-card_{key}")

    def part(self, key: str) -> Locator:
        """What has a key that starts with this."""
        return self.page.locator(f"[class*='st-key-{key}']").first

    @property
    def finding(self) -> str:
        """The page's title."""
        return self.page.locator("h1.finding").inner_text()

    # -- going about -----------------------------------------------------------------------------------------

    def open(self, page: str = START, **words: str) -> Visitor:
        """Open a page by its address, as from a link or a bookmark."""
        path = "" if page == START else page
        self.page.goto(f"{self.address}/{path}" + (f"?{urlencode(words)}" if words else ""))
        return self.at_rest()

    def go(self, page: str) -> Visitor:
        """Go to a page by the navigation."""
        places = self.page.locator("[data-testid=stSidebar], .st-key-phone_tabs")
        name = text(f"cockpit.page_{page}", self.language)
        places.get_by_role("link", name=name, exact=True).locator("visible=true").click()
        self.page.wait_for_url(re.compile(rf"/{'' if page == START else page}(\?.*)?$"))
        return self.at_rest()

    def at_rest(self) -> Visitor:
        """Wait until the page is whole."""
        # The tabs are drawn last; the style sheet may come after the script has ended.
        self.page.locator(".st-key-phone_tabs").wait_for(state="attached")
        self.page.locator("h1.finding").wait_for()
        settled(self.page)
        self.page.wait_for_function(DRAWN)
        self.page.evaluate("document.fonts.ready.then(() => true)")
        return self

    # -- reading ---------------------------------------------------------------------------------------------

    def reads(self, words: str | re.Pattern[str], where: Locator | None = None) -> Locator:
        """Wait until these words stand on the page, or in a part of it."""
        place = where or self.page.locator("[data-testid=stMain]")
        found = place.get_by_text(words).locator("visible=true").first
        found.wait_for()
        return found

    def is_told(self, words: str) -> None:
        """Wait for the note that answers a press."""
        self.page.locator("[data-testid=stAlert]", has_text=words).first.wait_for()

    def rows(
        self, table: str, *, count: int | None = None, having: str | None = None
    ) -> list[dict[str, str]]:
        """The rows of a table that are in view, by heading; waits for so many, or for one with words."""
        place = self._table(table)
        place.scroll_into_view_if_needed()
        place.locator("canvas table tbody tr").first.wait_for(state="attached")
        if count is not None:
            whole = f"canvas table tbody:not(:has(tr:nth-child({count + 1})))"
            place.locator(f"{whole} tr:nth-child({count})").wait_for(state="attached")
        if having is not None:
            place.locator("canvas table td", has_text=having).first.wait_for(state="attached")
        headings, *rows = place.evaluate(ROWS)
        return [dict(zip(headings, row, strict=False)) for row in rows]

    def _table(self, key: str) -> Locator:
        """The table before the menu that saves it: only what can be pressed carries its key itself."""
        menu = f"//*[contains(concat(' ', @class, ' '), ' st-key-export_{key} ')]"
        table = "preceding::*[contains(concat(' ', @class, ' '), ' stDataFrame ')][1]"
        return self.page.locator(f"xpath={menu}/{table}")

    def sideways(self) -> int:
        """Pixels by which the page could be scrolled sideways."""
        return self.page.evaluate(SIDEWAYS)

    # -- doing -----------------------------------------------------------------------------------------------

    def press(self, key: str) -> None:
        """Press the button whose key starts with this."""
        settled(self.page)
        self.part(key).locator("button").first.click()

    def press_row(self, table: str, number: int) -> None:
        """Choose a row of a short table, counted from nought."""
        count = len(self.rows(table))
        # The picture takes no press itself: what scrolls lies over it.
        box = self._table(table).locator("canvas").first.bounding_box()
        head = box["height"] - ROW_HEIGHT * count
        self.page.mouse.click(box["x"] + 16, box["y"] + head + ROW_HEIGHT * (number + 0.5))

    def choose(self, key: str, option: str) -> None:
        """Choose an option of a select box."""
        choose(self.page, self.part(key).locator("[data-testid=stSelectbox]").first, option)

    def pick(self, key: str, label: str) -> None:
        """Press one of the buttons of a choice."""
        settled(self.page)
        self.part(key).get_by_role("radio", name=label).or_(
            self.part(key).get_by_role("button", name=label)
        ).first.click()
        settled(self.page)

    def type(self, key: str, words: str) -> None:
        """Fill a field in and leave it."""
        box = self.part(key).locator("input, textarea").first
        box.fill(words)
        box.press("Tab")

    def download(self, button: Locator, folder: Path) -> Path:
        """Press a button that saves something; the file."""
        with self.page.expect_download() as waited:
            button.click()
        target = folder / waited.value.suggested_filename
        waited.value.save_as(target)
        return target

    # -- what the browser says -------------------------------------------------------------------------------

    def watch(self) -> None:
        """Keep what goes wrong in the browser from here on."""
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.troubles.append(f"error: {error}"))
        self.page.on("requestfailed", self._failed)
        self.page.on("response", self._answered)
        self.page.on("request", self._asked)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.troubles.append(f"console: {message.text} {message.location.get('url', '')}")

    def _failed(self, request: Request) -> None:
        # What a page still asked for when it was left is no failure.
        if request.failure != "net::ERR_ABORTED":
            self.troubles.append(f"failed: {request.url} {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self.troubles.append(f"{response.status}: {response.url}")

    def _asked(self, request: Request) -> None:
        own = (self.address, self.address.replace("http", "ws"), "data:", "blob:")
        if not request.url.startswith(own):
            self.troubles.append(f"elsewhere: {request.url}")


def visitor_context(
    browser: Browser, address: str, language: str, *, device: Device = DESK, person: str = "", name: str = ""
) -> BrowserContext:
    """A browser whose cookies say language and person (an id of the company's people, or only a name)."""
    context = browser.new_context(
        viewport={"width": device.width, "height": device.height},
        color_scheme=device.scheme,
        has_touch=device.has_touch,
        locale="zh-CN" if language == "zh" else "en-GB",
    )
    context.set_default_timeout(PATIENCE)
    cookies = {LANGUAGE_COOKIE: language, PERSON_COOKIE: person, NAME_COOKIE: quote(name)}
    context.add_cookies(
        [{"name": key, "value": value, "url": address} for key, value in cookies.items() if value]
    )
    return context


@contextmanager
def visiting(
    browser: Browser, address: str, language: str, *, device: Device = DESK, person: str = "", name: str = ""
) -> Iterator[Visitor]:
    """Somebody at the cockpit for the length of the block, at the end of which nothing has gone wrong."""
    context = visitor_context(browser, address, language, device=device, person=person, name=name)
    visitor = Visitor(context, context.new_page(), address, language)
    visitor.watch()
    yield visitor
    context.close()
    assert visitor.troubles == []
