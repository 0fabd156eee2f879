"""Pictures of a real cockpit for docs/images: `make screenshots`.

Runs a night on the example company first when its lake has none. LAKE=… of `make` names another lake.
"""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from cli.common import settings_of
from cockpit.launch import HEALTH_PATH, address, command, environment
from cockpit.shell.navigation import PAGES, START
from lake.publication import current_publication
from lake.settings import PROJECT_ROOT, Settings
from tests.support.browser import PROGRAMS, chromium_flags
from tests.support.mosquitto import free_port
from tests.support.programs import find_program

FOLDER = PROJECT_ROOT / "docs" / "images"
DESK, HAND = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
START_TIMEOUT_S = 120
COLOURS = 128
#: Whether the charts and tables that the picture will show are drawn.
DRAWN = """
[['.stPlotlyChart', '.main-svg'], ['.stDataFrame', 'canvas']].every(([part, drawn]) =>
    [...document.querySelectorAll(part)]
        .filter((e) => e.checkVisibility() && e.getBoundingClientRect().top < innerHeight)
        .every((e) => e.querySelector(drawn)))
"""
#: In hand a page is what site staff carry; everything else is looked at from a desk.
ON_SITE = "phone"
#: Page, language, mode: every page in both languages, one of them dark.
PICTURES = [(page.key, language, "light") for page in PAGES for language in ("en", "zh")] + [
    ("overview", "en", "dark")
]


def main() -> None:
    """Take every picture of the list."""
    lake = os.environ.get("LAKE")
    settings = settings_of(None, None, Path(lake) if lake else None)
    if current_publication(settings) is None:
        subprocess.run([sys.executable, "-m", "cli.main", "run", "--lake", str(settings.lake)], check=False)
    program = find_program(*PROGRAMS)
    if program is None:
        sys.exit("no Chromium on this machine: `make test-system` installs one where apt may")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        running_cockpit(settings.model_copy(update={"cockpit_port": free_port()})) as url,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=program, args=chromium_flags())
        for page, language, mode in PICTURES:
            target = FOLDER / (
                f"{page}-{language}.png" if mode == "light" else f"{page}-{language}-{mode}.png"
            )
            target.write_bytes(small(picture(browser, url, page, language, mode)))
            print(f"{target.relative_to(PROJECT_ROOT)}  {target.stat().st_size // 1000} kB")
        browser.close()


@contextmanager
def running_cockpit(settings: Settings) -> Iterator[str]:
    """Serve the cockpit until the block ends; its address."""
    process = subprocess.Popen(command(settings), env=environment(settings), stdout=subprocess.DEVNULL)
    try:
        url = address(settings)
        deadline = time.monotonic() + START_TIMEOUT_S
        while not answers(url + HEALTH_PATH):
            if process.poll() is not None or time.monotonic() > deadline:
                sys.exit("the cockpit did not start; `gantry up` says why")
            time.sleep(0.2)
        yield url
    finally:
        process.terminate()
        process.wait()


def answers(url: str) -> bool:
    """Whether something healthy answers there."""
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310  (our own loopback address)
            return response.status == 200
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def picture(browser: Browser, url: str, page: str, language: str, mode: str) -> bytes:
    """One page as a reader of that language sees it, once Streamlit has finished."""
    context = browser.new_context(
        viewport=HAND if page == ON_SITE else DESK,
        color_scheme=mode,
        locale="zh-CN" if language == "zh" else "en-GB",
    )
    context.add_cookies([{"name": "gantry_language", "value": language, "url": url}])
    tab = context.new_page()
    # The start page has no address of its own.
    tab.goto(f"{url}/" if page == START else f"{url}/{page}")
    # The part that draws markup, style sheet included, may come after the script has ended.
    tab.wait_for_selector("h1.finding", timeout=60_000)
    tab.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]', timeout=60_000)
    tab.wait_for_function(
        "document.querySelectorAll('[data-testid=stSkeleton]').length === 0", timeout=60_000
    )
    tab.wait_for_function(DRAWN, timeout=60_000)
    tab.wait_for_load_state("networkidle")
    taken = tab.screenshot(animations="disabled")
    context.close()
    return taken


def small(png: bytes) -> bytes:
    """The picture with few colours, which drawings of lines and text do not miss."""
    buffer = BytesIO()
    Image.open(BytesIO(png)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(
        buffer, "PNG", optimize=True
    )
    return buffer.getvalue()


if __name__ == "__main__":
    main()
