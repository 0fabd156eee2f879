"""Many at once: sessions that read and some that write while a night runs at lower priority beside them.

On a copy of the lake, so that no edit reaches the company's own. Sessions are websocket clients which press
something every half a minute; one Chromium goes through the pages all the while and is what is measured.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from actions.kinds import ReplanMilestone
from actions.store import ActionStore
from benchmarks.bench_cockpit import click, going_round, told
from cockpit.shell.navigation import PAGES
from cockpit.visitor import CockpitSession, Run, set_to
from lake.publication import connect_publication, find_publication
from lake.settings import PROJECT_ROOT, Settings, child_environment
from tests.support.browser import PROGRAMS, chromium_flags
from tests.support.cockpit import serving
from tests.support.programs import find_program

#: Between two presses of a session.
PAUSE_SECONDS = 30.0
#: However short the night: this long there is load.
LEAST_SECONDS = 180.0
#: How much lower the night's priority is.
NIGHT_NICENESS = 10
LOCKED = (
    "database is locked",
    "database table is locked",
    "Could not set lock",
    "could not be read or written",
)


@dataclass
class Edit:
    """A date typed for a milestone, and what the page said to it."""

    milestone_id: str
    new_on: dt.date
    outcome: str = "untold"


@dataclass
class Load:
    """What the sessions met."""

    clicks: list[float] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)
    edit_seconds: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def note(self, run: Run) -> None:
        """One press and what came of it."""
        self.clicks.append(run.seconds)
        self.problems += run.said("error") if run.has_crashed else []
        self.problems += [text for text in run.said("error", "warning") if _is_lock(text)]


def run(
    settings: Settings,
    *,
    sessions: int,
    writers: int,
    pause: float = PAUSE_SECONDS,
    least: float = LEAST_SECONDS,
) -> dict[str, Any]:
    """95th percentiles, lock errors and lost edits under load; what each is wanted to be.

    Raises RuntimeError where there is no Chromium, PublicationError where nothing is published.
    """
    program = find_program(*PROGRAMS)
    if program is None:
        raise RuntimeError("no Chromium on this machine: `make test-system` installs one where apt may")
    from playwright.sync_api import sync_playwright

    find_publication(settings)
    with tempfile.TemporaryDirectory(prefix="gantry-load-") as name, sync_playwright() as playwright:
        folder = Path(name)
        copied = _copy(settings, folder)
        log = folder / "cockpit.log"
        browser = playwright.chromium.launch(executable_path=program, args=chromium_flags())
        with serving(copied, log) as address, _night(copied, folder / "night.log") as night:
            crowd = _Crowd(address, _plan(copied, writers), sessions - writers, pause)
            crowd.start()
            seconds = _measured(browser, address, lambda: night.is_running or crowd.seconds < least)
            crowd.stop()
        browser.close()
        load = crowd.load
        load.problems += [line for line in log.read_text(errors="replace").splitlines() if _is_lock(line)]
        return {
            "sessions": sessions,
            "writers": writers,
            "seconds_between_clicks": pause,
            "page_in_chromium": told(seconds, wanted_p95=3.0),
            "server_time_of_a_click": told(load.clicks),
            "edit": told(load.edit_seconds) if load.edit_seconds else None,
            "edits": _counted(load.edits, copied),
            "lock_errors": sum(_is_lock(problem) for problem in load.problems),
            "problems": sorted(set(load.problems))[:5],
            "night": {"seconds": night.seconds, "exit_code": night.exit_code},
        }


# -- the lake and the night ----------------------------------------------------------------------------------


def _copy(settings: Settings, folder: Path) -> Settings:
    """The same company on a copy of its lake, its action store included."""
    lake = folder / "lake"
    shutil.copytree(settings.paths.root, lake, symlinks=True)
    # Whoever writes here writes into the copy: never into a store that people use.
    return settings.model_copy(update={"lake": lake, "actions_url": None, "language": "en"})


@dataclass
class _Night:
    process: subprocess.Popen[bytes]
    began: float
    seconds: float | None = None

    @property
    def is_running(self) -> bool:
        if self.process.poll() is None:
            return True
        if self.seconds is None:
            self.seconds = round(time.monotonic() - self.began, 1)
        return False

    @property
    def exit_code(self) -> int | None:
        return self.process.poll()


@contextmanager
def _night(settings: Settings, log: Path) -> Iterator[_Night]:
    """A night of the same business date, which reads all sources and builds all there is."""
    as_of_on = find_publication(settings).as_of_on.isoformat()
    command = [sys.executable, "-m", "cli.main", "run", "--date", as_of_on, "--json"]
    with log.open("wb") as words:
        process = subprocess.Popen(
            command,
            cwd=PROJECT_ROOT,
            env=child_environment(settings),
            stdout=words,
            stderr=subprocess.STDOUT,
        )
        os.setpriority(os.PRIO_PROCESS, process.pid, os.getpriority(os.PRIO_PROCESS, 0) + NIGHT_NICENESS)
        night = _Night(process, time.monotonic())
        try:
            yield night
        finally:
            if night.is_running:
                process.terminate()
            process.wait()


# -- the crowd -----------------------------------------------------------------------------------------------


def _plan(settings: Settings, writers: int) -> list[list[str]]:
    """Milestones of each writer, nobody else's: what is lost is lost by the cockpit, not in a dispute."""
    with connect_publication(settings) as con:
        rows = con.execute(
            "select milestone_id from marts.mart_milestone_outlook order by milestone_id"
        ).fetchall()
    found = [row[0] for row in rows]
    if writers and len(found) < writers:
        raise RuntimeError(f"{writers} writers need as many open milestones; the lake has {len(found)}")
    return [found[number::writers] for number in range(writers)]


class _Crowd:
    """All sessions, on an event loop in a thread of its own."""

    def __init__(self, address: str, plan: Sequence[Sequence[str]], readers: int, pause: float) -> None:
        self.load = Load()
        self._address, self._plan, self._readers, self._pause = address, plan, readers, pause
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._all(),))
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._loop.close()

    async def _all(self) -> None:
        total = self._readers + len(self._plan)
        visitors = [
            *(self._reader(number, total) for number in range(self._readers)),
            *(
                self._writer(number, milestones, total)
                for number, milestones in enumerate(self._plan, start=self._readers)
            ),
        ]
        for ended in await asyncio.gather(*visitors, return_exceptions=True):
            if isinstance(ended, BaseException):
                self.load.problems.append(f"session ended: {type(ended).__name__}: {ended}")

    async def _wait(self, seconds: float) -> bool:
        """Until the next press; False when there is none any more."""
        try:
            await asyncio.wait_for(self._stop.wait(), seconds)
        except TimeoutError:
            return True
        return False

    async def _reader(self, number: int, total: int) -> None:
        """Comes in its turn and opens one page after another."""
        if not await self._wait(self._pause * number / total):
            return
        async with CockpitSession(self._address, {"gantry_language": "en"}) as session:
            self.load.note(session.first)
            for entry in itertools.islice(itertools.cycle(PAGES), number, None):
                if not await self._wait(self._pause):
                    return
                self.load.note(await session.run(entry.key))

    async def _writer(self, number: int, milestones: Sequence[str], total: int) -> None:
        """Re-plans one milestone after another, through the page's own form."""
        if not await self._wait(self._pause * number / total):
            return
        cookies = {"gantry_language": "en", "gantry_name": f"writer-{number}"}
        async with CockpitSession(self._address, cookies) as session:
            self.load.note(session.first)
            for turn, milestone in enumerate(itertools.cycle(milestones)):
                if not await self._wait(self._pause):
                    return
                await self._edit(session, milestone, turn)

    async def _edit(self, session: CockpitSession, milestone: str, turn: int) -> None:
        query = urlencode({"milestone": milestone})
        opened = await session.run("projects", query)
        self.load.note(opened)
        parts = {key.rsplit("_", 1)[0]: widget for key, widget in opened.widgets.items() if "replan_" in key}
        suggested = dt.date.fromisoformat(parts["replan_on"].default[0].replace("/", "-"))
        edit = Edit(milestone, suggested + dt.timedelta(days=1 + turn))
        self.load.edits.append(edit)
        # A date, the first reason of the list, words, and the press.
        sent = await session.run(
            "projects",
            query,
            [
                set_to(parts["replan_on"], string_array_value=[edit.new_on.isoformat()]),
                set_to(parts["replan_code"], string_value=parts["replan_code"].options[0]),
                set_to(parts["replan_why"], string_value=f"turn {turn}"),
                set_to(opened.widgets["replan_save"], trigger_value=True),
            ],
        )
        self.load.note(sent)
        self.load.edit_seconds.append(sent.seconds)
        edit.outcome = "saved" if sent.said("success") else "refused" if sent.said("error") else "untold"


def _counted(edits: Sequence[Edit], settings: Settings) -> dict[str, int]:
    """Edits by outcome; lost is what was said to be saved, or not answered, and is not in the store."""
    stored = {
        (action.subject_id, action.payload.new_on)
        for action in ActionStore.open(settings).all(ReplanMilestone.kind_code)
    }
    lost = [
        edit for edit in edits if edit.outcome != "refused" and (edit.milestone_id, edit.new_on) not in stored
    ]
    return {
        "typed": len(edits),
        "saved": sum(edit.outcome == "saved" for edit in edits),
        "refused": sum(edit.outcome == "refused" for edit in edits),
        "lost": len(lost),
        "wanted_lost": 0,
    }


def _measured(browser: Any, address: str, goes_on: Callable[[], bool]) -> list[float]:
    """Seconds of each page in Chromium, one after another while the load goes on."""
    return [seconds for page, key in going_round(browser, address, goes_on) if (seconds := click(page, key))]


def _is_lock(text: str) -> bool:
    return any(words.lower() in text.lower() for words in LOCKED)
