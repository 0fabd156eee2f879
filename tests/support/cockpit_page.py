"""What a person does on a page of the cockpit, in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

TRIES = 8
MENU_TIMEOUT = 5_000


def settled(page: Page) -> None:
    """Wait until the page's script has ended: what it draws last replaces what was there before."""
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()


def choose(page: Page, box: Locator, option: str) -> None:
    """Choose an option of a select box.

    A script run that ends while the menu is open closes it, as it would under a person's hand: it is opened
    again then, as a person would.
    """
    from playwright.sync_api import TimeoutError as PlaywrightTimeoutError

    entry = page.get_by_role("option", name=option)
    for _ in range(TRIES - 1):
        settled(page)
        box.click()
        try:
            entry.click(timeout=MENU_TIMEOUT)
            return
        except PlaywrightTimeoutError:
            page.keyboard.press("Escape")
    box.click()
    entry.click()
