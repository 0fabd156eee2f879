"""A real Chromium, driven by Playwright."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.programs import require_program

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


def chromium_flags() -> list[str]:
    """What Chromium needs in a container: no sandbox for root, no reliance on a large /dev/shm."""
    always = ["--disable-dev-shm-usage", "--force-color-profile=srgb"]
    return [*always, "--no-sandbox"] if os.geteuid() == 0 else always


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium on this machine; skips where there is none."""
    return require_program("Chromium", *PROGRAMS)


@pytest.fixture(scope="session")
def chinese_fonts() -> None:
    """Skips where no font of this machine can draw Chinese: pictures would show empty boxes."""
    lister = require_program("fontconfig", "fc-list")
    fonts = subprocess.run([lister, ":lang=zh"], capture_output=True, text=True, check=True)
    if not fonts.stdout:
        pytest.skip("no font with Chinese letters; `make test-system` installs one where apt may")


@pytest.fixture(scope="session")
def browser(chromium: str) -> "Iterator[Browser]":
    """A running headless Chromium; take `browser.new_page()` or `browser.new_context(...)` of it."""
    from playwright.sync_api import sync_playwright

    _require_driver()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=chromium_flags())
        yield browser
        browser.close()


def _require_driver() -> None:
    """Skips where Playwright's own driver cannot start, which it tells only as a closed connection."""
    import playwright

    node = Path(playwright.__file__).parent / "driver" / "node"
    tried = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    if tried.returncode:
        pytest.skip(
            f"Playwright's driver does not start, `make test-system` may help: {tried.stderr.strip()}"
        )
