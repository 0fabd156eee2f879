"""A night opens items, people act, a refresh brings it into the marts, and nothing is opened twice."""

import datetime as dt
from pathlib import Path

import dagster as dg
import pytest
from pydantic import SecretStr

from actions.items import ItemBook
from actions.kinds import AcknowledgeItem, CorrectRow, Fix, ReportProgress, SetMilestone
from actions.store import ActionStore, Draft
from ingest.company import load_company
from lake.publication import connect_publication, current_publication
from lake.settings import Settings
from pipelines.dbt_runs import DbtProject
from pipelines.definitions import build_definitions
from pipelines.instance import dagster_instance
from pipelines.items import open_items
from pipelines.refreshes import ACTIONS, CORRECTIONS, touched_by
from pipelines.runner import NightReport, run_night, run_refresh

COMPANY = """
name: {zh: 海港工程, en: Harbour Works}
time_zone: Asia/Shanghai
reporting_currency: CNY
sources:
  projects: {connector: csv, path: "${DATA}/projects.csv"}
  milestones: {connector: csv, path: "${DATA}/milestones.csv"}
tables:
  projects__projects:
    from: projects
    key: [project_id]
    columns: {project_id: project_id, name: name, manager_id: manager, status_code: {value: active}}
  projects__milestones:
    from: milestones
    key: [milestone_id]
    columns:
      milestone_id: milestone_id
      project_id: project_id
      name: name
      owner_id: owner
      planned_finish_on: planned_finish
      started_on: started
"""


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory, test_key: str) -> Settings:
    """Three open nodes, late by 2, 3 and 4 days; a fourth is due on a day that there is not."""
    folder: Path = tmp_path_factory.mktemp("harbour")
    (folder / "company.yml").write_text(COMPANY, encoding="utf-8")
    (folder / "projects.csv").write_text("project_id,name,manager\nP1,City Hospital,PM\n", encoding="utf-8")
    rows = ["milestone_id,project_id,name,owner,planned_finish,started"]
    rows += [f"M{days},P1,Node {days},E1,2025-09-{30 - days},2025-08-01" for days in (2, 3, 4)]
    rows += ["M5,P1,Node 5,E1,2025-09-31,2025-08-01"]
    (folder / "milestones.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return Settings(company=folder, data=folder, lake=folder / "lake", key=SecretStr(test_key), language="en")


@pytest.fixture(scope="module")
def night(company: Settings) -> NightReport:
    report = run_night(company, dt.date(2025, 9, 30))
    assert report.exit_code == 0, report.message
    return report


def rows(settings: Settings, query: str) -> list[tuple]:
    with connect_publication(settings) as con:
        return con.execute(query).fetchall()


def say(store: ActionStore, payload, subject: str, version: int) -> None:
    store.record(Draft(f"{payload.kind_code}-{subject}"[-64:], subject, payload, version, "", "", "Li Na"))


def test_a_night_opens_one_item_and_a_second_asking_none(company: Settings, night: NightReport) -> None:
    [check] = [each for each in night.checks if each.check_name == "rules_spoke"]
    assert check.is_passed, check.message
    store = ActionStore.open(company)
    (item,) = ItemBook.of_actions(store.events()).open_items()
    assert (item.opening.rule_id, item.opening.about_id, item.owner_id) == ("milestone_late", "M4", "E1")
    published = current_publication(company)
    assert published is not None
    again = open_items(company, published)
    assert again.evaluation is not None
    assert (again.evaluation.writes, again.evaluation.standing_count) == ((), 1)
    assert len(store.events()) == 1


def test_what_people_did_is_in_the_marts_after_a_refresh(company: Settings, night: NightReport) -> None:
    store = ActionStore.open(company)
    (item,) = ItemBook.of_actions(store.events()).open_items()
    say(store, AcknowledgeItem(), item.chain_id, 1)
    say(
        store,
        SetMilestone(old_threshold_days=3, new_threshold_days=5, old_owner_id="E1", new_owner_id="E2"),
        "M4",
        0,
    )
    say(store, ReportProgress(old_pct=None, new_pct=40), "M3", 0)
    report = run_refresh(company, ACTIONS)
    assert report.exit_code == 0, report.message
    assert rows(
        company, "select about_id, state_code, is_open, acknowledged_by from marts.mart_action_item"
    ) == [("M4", "acknowledged", True, "Li Na")]
    told = "milestone_id, owner_id, threshold_days, progress_pct, is_over_threshold"
    found = {row[0]: row[1:] for row in rows(company, f"select {told} from marts.fct_milestone")}
    assert found["M4"][:2] == ("E2", 5)
    assert found["M4"][3] is False
    assert (found["M3"][0], found["M3"][2]) == ("E1", 40)
    published = current_publication(company)
    assert published is not None
    assert (published.kind_code, published.as_of_on) == ("refresh", dt.date(2025, 9, 30))


def test_the_sensor_asks_for_what_the_kinds_touch_and_once(company: Settings, night: NightReport) -> None:
    store = ActionStore.open(company)
    request, cursor = asked(company, "0")
    assert request.job_name == ACTIONS.job_name
    wanted = {key.to_user_string() for key in request.asset_selection}
    assert {"build_context", "fct_milestone", "mart_action_item", "publication"} <= wanted
    assert cursor == str(store.last_sequence_no())
    assert asked(company, cursor) == (None, cursor)


def test_a_row_that_was_put_right_is_in_the_marts_after_a_refresh(
    company: Settings, night: NightReport
) -> None:
    store = ActionStore.open(company)
    [(row, state)] = rows(company, "select quarantine_id, status_code from ops.quarantine_row")
    assert state == "open"
    before = str(store.last_sequence_no())
    fix = Fix(column="planned_finish_on", old="2025-09-31", new="2025-09-30")
    right = CorrectRow(table_name="projects__milestones", fixes=(fix,))
    store.record(Draft("right", row, right, 0, "", "the last day of the month", "Li Na"))

    request, _ = asked(company, before)
    assert request.job_name == CORRECTIONS.job_name
    report = run_refresh(company, CORRECTIONS, only=request.asset_selection)
    assert report.exit_code == 0, report.message
    assert rows(company, "select status_code, decision_id from ops.quarantine_row") == [("replayed", "right")]
    assert rows(
        company, "select name, planned_finish_on from marts.fct_milestone where milestone_id = 'M5'"
    ) == [("Node 5", dt.date(2025, 9, 30))]
    assert rows(company, "select count(*) from marts.mart_milestone_outlook") == [(4,)]


def asked(company: Settings, cursor: str) -> tuple[dg.RunRequest | None, str]:
    """What the sensor asks for of the actions after `cursor`, and how far it has seen then."""
    definitions = build_definitions(
        company, DbtProject(company), company=load_company(company.company, company.data)
    )
    sensor = definitions.resolve_sensor_def(ACTIONS.job_name)
    with dagster_instance(company) as instance:
        context = dg.build_sensor_context(instance=instance, cursor=cursor, definitions=definitions)
        told = sensor(context)
    if isinstance(told, dg.SkipReason):
        return None, cursor
    [request] = told.run_requests
    return request, told.cursor


def test_an_acknowledgement_builds_its_item_alone(company: Settings, night: NightReport) -> None:
    manifest = DbtProject(company).manifest_json
    raw = [f"raw_{table}" for table in ACTIONS.tables]
    small = touched_by(["acknowledge_item"], manifest, {}, raw)
    assert {"fct_action_event", "mart_action_item", "fct_forecast_override"} <= small
    assert "fct_milestone" not in small
    assert len(small) <= 6
    assert "mart_rating_sequence" in touched_by(["close_item"], manifest, {}, raw)
    assert {"fct_milestone", "mart_milestone_outlook"} <= touched_by(["replan_milestone"], manifest, {}, raw)
    relinked = touched_by(["set_predecessors"], manifest, {}, raw)
    assert {"fct_milestone_link", "mart_milestone_network"} <= relinked
    assert "fct_milestone" not in relinked
