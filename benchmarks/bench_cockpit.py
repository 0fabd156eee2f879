"""How the cockpit feels: pages in an open session, a first visit, a rerun, a thousand nodes, a write.

Read on the lake that is given, in Chromium and, for what the server takes alone, over a websocket. A first
visit is told beside that of a Streamlit page with one chart, in turns within one run; the others are seconds,
and as such good for one machine only.
"""

from __future__ import annotations

import asyncio
import itertools
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

from actions.kinds import ReportProgress
from actions.store import ActionStore, Draft
from cockpit.shell.navigation import PAGES, START
from cockpit.visitor import CockpitSession
from lake.settings import Settings
from tests.support.browser import PROGRAMS, chromium_flags
from tests.support.cockpit import serving
from tests.support.programs import find_program

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

#: The least that Streamlit can show that is like a page of ours.
EMPTY_PAGE = """
import plotly.graph_objects as go
import streamlit as st

st.html('<h1 class="finding">One chart</h1>')
st.plotly_chart(go.Figure(go.Scatter(x=[1, 2, 3], y=[3, 1, 2])))
"""
PATIENCE_MS = 60_000
DESK = {"width": 1440, "height": 900}
WRITES = 50
#: Whether the page asked for is there: another heading than before, its script at rest, and what is in sight
#: drawn. While the code of a chart or table is still on its way, a skeleton stands in its place.
READY = """
() => {
    const heading = document.querySelector('h1.finding:not([data-before])');
    const app = document.querySelector('[data-testid=stApp]');
    const inSight = (e) => e.checkVisibility() && e.getBoundingClientRect().top < innerHeight;
    return heading && app && app.dataset.testScriptState === 'notRunning'
        && ![...document.querySelectorAll('[data-testid=stSkeleton]')].some(inSight)
        && [...document.querySelectorAll('.stPlotlyChart')].filter(inSight)
            .every((e) => e.querySelector('.main-svg'));
}
"""
#: Whether the chart of all nodes has drawn a mark.
DRAWN = """
() => document.querySelector('[class*=st-key-projects_nodes] .main-svg :is(.barlayer, .scatterlayer) path')
"""
MARK = "() => document.querySelectorAll('h1.finding').forEach((e) => e.setAttribute('data-before', ''))"


def run(settings: Settings, rounds: int = 3) -> dict[str, Any]:
    """Seconds and ratios on the newest publication of the settings' lake; what each is wanted to be.

    Raises RuntimeError where there is no Chromium.
    """
    program = find_program(*PROGRAMS)
    if program is None:
        raise RuntimeError("no Chromium on this machine: `make test-system` installs one where apt may")
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory(prefix="gantry-bench-") as name, sync_playwright() as playwright:
        folder = Path(name)
        browser = playwright.chromium.launch(executable_path=program, args=chromium_flags())
        with serving(settings, folder / "cockpit.log") as ours, _empty_server(settings, folder) as theirs:
            visits = _visits(browser, ours, theirs, rounds)
            pages = _pages(browser, ours, rounds)
            nodes = _nodes(browser, ours, rounds)
            reruns = _reruns(ours, rounds)
        browser.close()
        writes = _writes(folder)
    return {
        "page": told([each for times in pages.values() for each in times], wanted_p95=1.0),
        "slowest_pages": {key: round(max(times), 2) for key, times in _slowest(pages)},
        "rerun": told(reruns, wanted_p95=0.3),
        "first_visit": {**visits, "wanted_ratio": 1.5},
        "all_nodes": told(nodes, wanted_p95=2.0),
        "write": {**told(writes), "wanted_median": 0.2},
    }


def told(seconds: list[float], **wanted: float) -> dict[str, float]:
    """How many, the median, the 95th percentile, and what is wanted."""
    ordered = sorted(seconds)
    at_95 = ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]
    return {
        "n": len(ordered),
        "median": round(statistics.median(ordered), 3),
        "p95": round(at_95, 3),
        **wanted,
    }


def _slowest(pages: Mapping[str, list[float]]) -> list[tuple[str, list[float]]]:
    return sorted(pages.items(), key=lambda each: -max(each[1]))[:5]


def _open(browser: Browser, address: str) -> Page:
    context = browser.new_context(viewport=DESK, locale="en-GB")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(address)
    page.wait_for_function(READY)
    return page


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _visits(browser: Browser, ours: str, theirs: str, rounds: int) -> dict[str, float]:
    """A visitor who has nothing yet of either; the first round warms the servers up and does not count."""
    seconds: dict[str, list[float]] = {ours: [], theirs: []}
    for _ in range(rounds + 1):
        for address, times in seconds.items():
            began = time.perf_counter()
            page = _open(browser, address)
            times.append(time.perf_counter() - began)
            page.context.close()
    cockpit, empty = (statistics.median(times[1:]) for times in seconds.values())
    return {"cockpit": round(cockpit, 2), "empty": round(empty, 2), "ratio": round(cockpit / empty, 2)}


def _pages(browser: Browser, address: str, rounds: int) -> dict[str, list[float]]:
    """Seconds from a press in the navigation until the page is ready, by page; the first round warms up."""
    seconds: dict[str, list[float]] = {entry.key: [] for entry in PAGES}
    turns = itertools.count()
    for page, key in going_round(browser, address, lambda: next(turns) < (rounds + 1) * len(PAGES)):
        seconds[key].append(click(page, key))
    return {key: times[1:] for key, times in seconds.items()}


def going_round(browser: Browser, address: str, goes_on: Callable[[], bool]) -> Iterator[tuple[Page, str]]:
    """One visitor's page and the key of the page to open next, round after round while `goes_on`."""
    page = _open(browser, address)
    # The start page is open already: it comes last.
    keys = [*(each.key for each in PAGES if each.key != START), START]
    for key in itertools.cycle(keys):
        if not goes_on():
            break
        yield page, key
    page.context.close()


def click(page: Page, key: str) -> float:
    """Seconds from a press in the navigation until the page is ready."""
    # The sidebar's links are the pages in their order.
    place = [entry.key for entry in PAGES].index(key)
    link = page.locator('[data-testid="stSidebar"] [data-testid="stPageLink-NavLink"]').nth(place)
    page.evaluate(MARK)
    return _timed(lambda: (link.click(), page.wait_for_function(READY)))


def _nodes(browser: Browser, address: str, rounds: int) -> list[float]:
    """Seconds until the Gantt chart of all open nodes stands, from the press that asks for it."""
    page = _open(browser, f"{address}/projects?scope=open")
    sights = page.locator("[class*=st-key-projects_view] button")
    seconds = []
    for _ in range(rounds):
        page.evaluate("() => document.querySelectorAll('.main-svg').forEach((e) => e.remove())")
        seconds.append(_timed(lambda: (sights.nth(1).click(), page.wait_for_function(DRAWN))))
        sights.nth(0).click()
        page.wait_for_function(READY.replace(":not([data-before])", ""))
    page.context.close()
    return seconds


def _reruns(address: str, rounds: int) -> list[float]:
    """Seconds from asking for a page that has been shown until the server has run it and sent all of it."""
    return asyncio.run(_reruns_of_pages(address, rounds))


async def _reruns_of_pages(address: str, rounds: int) -> list[float]:
    async with CockpitSession(address, {}) as session:
        seconds = []
        for entry in PAGES:
            await session.run(entry.key)
            seconds += [(await session.run(entry.key)).seconds for _ in range(rounds)]
    return seconds


def _writes(folder: Path) -> list[float]:
    """Seconds for a report of progress to be on disk and read back, in a store of its own."""
    store = ActionStore(f"sqlite:///{folder / 'actions.sqlite'}")

    def write(number: int) -> None:
        milestone = f"M{number % 10}"
        version = len(store.history("milestone_progress", milestone))
        payload = ReportProgress(old_pct=None, new_pct=min(100, number))
        store.record(Draft(uuid.uuid4().hex, milestone, payload, version, "", "", "bench"))
        assert store.newest(ReportProgress.kind_code)[milestone].payload == payload

    return [_timed(lambda number=number: write(number)) for number in range(WRITES)]


@contextmanager
def _empty_server(settings: Settings, folder: Path) -> Iterator[str]:
    script = folder / "empty.py"
    script.write_text(EMPTY_PAGE, encoding="utf-8")
    with mock.patch("cockpit.launch.SERVER", script), serving(settings, folder / "empty.log") as address:
        yield address
