"""How the cockpit feels: pages in an open session, a first visit, a rerun, a thousand nodes, a write.

Read on the lake that is given, in Chromium and in this process. A first visit is told beside that of a
Streamlit page with one chart, in turns within one run; the others are seconds, and as such good for one
machine only.
"""

from __future__ import annotations

import logging
import os
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
from cockpit.launch import ENTRY_POINT, environment
from cockpit.shell.navigation import PAGES, START
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
#: Whether the page asked for is there: another heading than before, its script at rest, its charts drawn.
READY = """
() => {
    const heading = document.querySelector('h1.finding:not([data-before])');
    const app = document.querySelector('[data-testid=stApp]');
    return heading && app && app.dataset.testScriptState === 'notRunning'
        && [...document.querySelectorAll('.stPlotlyChart')]
            .filter((e) => e.checkVisibility() && e.getBoundingClientRect().top < innerHeight)
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
        browser.close()
        writes = _writes(folder)
    return {
        "page": _told([each for times in pages.values() for each in times], wanted_p95=1.0),
        "slowest_pages": {key: round(max(times), 2) for key, times in _slowest(pages)},
        "rerun": _told(_reruns(settings, rounds), wanted_p95=0.3),
        "first_visit": {**visits, "wanted_ratio": 1.5},
        "all_nodes": _told(nodes, wanted_p95=2.0),
        "write": {**_told(writes), "wanted_median": 0.2},
    }


def _told(seconds: list[float], **wanted: float) -> dict[str, float]:
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
    page = _open(browser, address)
    seconds: dict[str, list[float]] = {entry.key: [] for entry in PAGES}
    for number in range(rounds + 1):
        # The start page is open already: it comes last.
        for entry in [*(each for each in PAGES if each.key != START), *(p for p in PAGES if p.key == START)]:
            link = page.locator(f".st-key-nav_side_{entry.key} a")
            page.evaluate(MARK)
            took = _timed(lambda link=link: (link.click(), page.wait_for_function(READY)))
            if number:
                seconds[entry.key].append(took)
    page.context.close()
    return seconds


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


def _reruns(settings: Settings, rounds: int) -> list[float]:
    """Seconds of this process for a rerun of each page that has been shown once."""
    from streamlit.testing.v1 import AppTest

    # It warns at each run that nobody looks.
    logging.getLogger("streamlit").setLevel(logging.ERROR)
    seconds = []
    with mock.patch.dict(os.environ, environment(settings)):
        for entry in PAGES:
            app = AppTest.from_file(str(ENTRY_POINT), default_timeout=PATIENCE_MS / 1000)
            app.run()
            if entry.key != START:
                app.switch_page(entry.file).run()
            seconds += [_timed(app.run) for _ in range(rounds)]
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
