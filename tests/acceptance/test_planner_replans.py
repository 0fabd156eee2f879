"""The story of one decision: a night, a planner re-plans in the browser, the next night reads it back."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from lake.settings import Settings
from tests.conftest import PROJECT_ROOT, TEST_KEY
from tests.support.cockpit import serving
from tests.support.cockpit_page import choose
from tests.support.nights import published_file, run_night_here

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SCREENSHOTS = PROJECT_ROOT / "test-output" / "screenshots"
PATIENCE = 60_000
NEW_DATE = dt.date(2025, 12, 24)
REASON = "chillers held at customs"

COMPANY = """
name: {zh: 海港工程, en: Harbour Works}
time_zone: Asia/Shanghai
reporting_currency: CNY
as_of: 2025-09-30
sources:
  projects: {connector: csv, path: "${DATA}/projects.csv"}
  milestones: {connector: csv, path: "${DATA}/milestones.csv"}
tables:
  projects__projects:
    from: projects
    key: [project_id]
    columns: {project_id: project_id, name: name, status_code: {value: active}}
  projects__milestones:
    from: milestones
    key: [milestone_id]
    columns:
      milestone_id: milestone_id
      project_id: project_id
      name: name
      phase_code: phase
      planned_start_on: planned_start
      planned_finish_on: planned_finish
      started_on: started
      finished_on: finished
"""


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A company of one project with thirty milestones done, some late, and one open past its plan."""
    folder = tmp_path_factory.mktemp("harbour")
    (folder / "company.yml").write_text(COMPANY, encoding="utf-8")
    (folder / "projects.csv").write_text("project_id,name\nP1,City Hospital\n", encoding="utf-8")
    rows = ["milestone_id,project_id,name,phase,planned_start,planned_finish,started,finished"]
    for i in range(30):
        start = dt.date(2025, 1, 6) + dt.timedelta(days=6 * i)
        plan = start + dt.timedelta(days=20)
        rows.append(
            f"M{i},P1,Floor {i},construction,{start},{plan},{start},{plan + dt.timedelta(days=i % 7)}"
        )
    rows.append("M99,P1,Chillers delivered,construction,2025-08-01,2025-09-10,2025-08-04,")
    (folder / "milestones.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return Settings(company=folder, data=folder, lake=folder / "lake", key=TEST_KEY)


def test_a_planner_replans_a_late_milestone_and_the_next_night_knows(browser, company, tmp_path):
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    run_night_here(company)
    assert milestone(company)["forecast_finish_on"] is None
    published = published_file(company).read_bytes()

    with serving(company, tmp_path / "cockpit.log") as address:
        page = projects_page(browser, address)
        # The form opens on the latest open milestone.
        page.locator(".st-key-card_replan .facts", has_text="2025-09-10").wait_for()
        replan(page)
        # Shown at once, over a publication that nobody touched.
        page.locator(".st-key-card_replan .facts", has_text=f"{NEW_DATE} · next night reads it").wait_for()
        page.screenshot(path=str(SCREENSHOTS / "story-1-replanned.png"), full_page=True)
        assert published_file(company).read_bytes() == published

        run_night_here(company, dt.date(2025, 10, 1))
        known = milestone(company)
        assert known["forecast_finish_on"] == NEW_DATE
        assert known["planned_finish_on"] == dt.date(2025, 9, 10), "a re-plan never moves the baseline"
        assert (known["forecast_changed_by"], known["forecast_origin_code"]) == ("Li Na", "cockpit")
        assert known["forecast_reason"] == REASON
        assert known["read_and_inserted"] == (1, 1)

        # The same server moves on by itself; what the night read waits no longer.
        page.reload()
        page.locator(".st-key-as_of_menu", has_text="as of 2025-10-01").wait_for()
        facts = page.locator(".st-key-card_replan .facts")
        facts.get_by_text(str(NEW_DATE), exact=True).wait_for()
        assert "next night reads it" not in facts.inner_text()
        page.screenshot(path=str(SCREENSHOTS / "story-2-next-night.png"), full_page=True)


def test_the_decision_stands_in_the_lineage(company, monkeypatch):
    from dagster import AssetKey

    from pipelines.definitions import gantry

    for name in ("company", "data", "lake"):
        monkeypatch.setenv(f"GANTRY_{name.upper()}", str(getattr(company, name)))
    graph = gantry().resolve_asset_graph()
    seen: set[AssetKey] = set()
    ahead = [key for key in graph.get_all_asset_keys() if key.path[-1] == "fct_milestone"]
    while ahead:
        key = ahead.pop()
        seen.add(key)
        ahead += [parent for parent in graph.get(key).parent_keys if parent not in seen]
    assert "raw_projects__date_changes" in {key.path[-1] for key in seen}


def milestone(company: Settings) -> dict[str, Any]:
    """What the newest publication says about the open milestone, and how its decisions were loaded."""
    with duckdb.connect(str(published_file(company)), read_only=True) as con:
        found = (
            con.sql("select * from marts.fct_milestone where milestone_id = 'M99'").pl().row(0, named=True)
        )
        load = con.sql(
            "select rows_read, rows_inserted from ops.load where table_name = 'projects__date_changes'"
            " order by finished_at desc limit 1"
        ).fetchone()
    return found | {"read_and_inserted": load}


def projects_page(browser: Browser, address: str) -> Page:
    """The projects page in English, for Li Na."""
    context = browser.new_context(viewport={"width": 1440, "height": 1100})
    context.set_default_timeout(PATIENCE)
    cookies = {"gantry_language": "en", "gantry_name": "Li%20Na"}
    context.add_cookies([{"name": name, "value": value, "url": address} for name, value in cookies.items()])
    page = context.new_page()
    page.goto(f"{address}/projects")
    page.locator(".st-key-phone_tabs").wait_for(state="attached")
    return page


def replan(page: Page) -> None:
    """Give the chosen milestone its new date with a reason."""
    form = page.locator(".st-key-card_replan")
    choose(page, form.locator("[data-testid=stSelectbox]").nth(1), "late material")
    date = form.locator("[data-testid=stDateInput]")
    for part, value in zip(("year", "month", "day"), NEW_DATE.isoformat().split("-"), strict=True):
        # Focus, not click: a click opens the calendar over the form.
        date.locator(f"[data-type={part}]").focus()
        page.keyboard.type(value)
    form.locator("[data-testid=stTextInput] input").fill(REASON)
    form.locator(".st-key-replan_save button").click()
    page.locator("[data-testid=stAlert]", has_text=f"Saved: forecast date {NEW_DATE}").wait_for()
