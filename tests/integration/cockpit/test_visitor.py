"""A visitor without a browser on a real server: pages answer it, and what it types is in the store."""

import asyncio
import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest

from cockpit.shell.navigation import PAGES
from cockpit.visitor import CockpitSession, Run, set_to
from lake.settings import Settings
from tests.support.cockpit import serving
from tests.support.published import publish_company
from tests.support.published_actions import store_of

pytestmark = pytest.mark.slow
MILESTONE = "P2-3"
LATER = dt.date(2027, 3, 1)


async def visit(address: str) -> tuple[list[Run], Run]:
    """One round through the pages, then a date typed into the form of one milestone."""
    async with CockpitSession(address, {"gantry_language": "en", "gantry_name": "Li Na"}) as session:
        runs = [session.first, *[await session.run(page.key) for page in PAGES]]
        query = urlencode({"milestone": MILESTONE})
        form = (await session.run("projects", query)).widgets
        day, reason, words = (
            next(widget for key, widget in form.items() if key.startswith(f"replan_{part}_"))
            for part in ("on", "code", "why")
        )
        sent = await session.run(
            "projects",
            query,
            [
                set_to(day, string_array_value=[LATER.isoformat()]),
                set_to(reason, string_value=reason.options[0]),
                set_to(words, string_value="supplier moved"),
                set_to(form["replan_save"], trigger_value=True),
            ],
        )
        return runs, sent


def test_a_visitor_without_a_browser_reads_all_pages_and_its_edit_is_stored(tmp_path):
    publish_company(tmp_path / "lake")
    # A thread of its own: where a browser's tests ran before, the main thread's loop is still Playwright's.
    with (
        serving(Settings(lake=tmp_path / "lake"), tmp_path / "cockpit.log") as address,
        ThreadPoolExecutor(1) as visitor,
    ):
        runs, sent = visitor.submit(lambda: asyncio.run(visit(address))).result()
    assert len(runs) == len(PAGES) + 1
    assert not [run.alerts for run in runs if run.has_crashed or run.said("error")]
    assert all(run.seconds > 0 for run in runs)
    assert sent.said("success")
    (stored,) = store_of(tmp_path / "lake").all("replan_milestone")
    assert (stored.subject_id, stored.payload.new_on, stored.done_by) == (MILESTONE, LATER, "Li Na")
