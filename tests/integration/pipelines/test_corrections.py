"""What somebody puts right in the cockpit enters with the next load; what waits above a figure shrinks."""

import pytest

from actions.kinds import CorrectRow, Fix, IgnoreRow
from actions.store import ActionStore, Draft
from lake.connection import connect_lake
from lake.publishing import QUARANTINE_ROW
from lake.settings import Settings
from pipelines.loading import ingest_all
from pipelines.waiting_rows import read_open_rows

WAITING = """
select row.quarantine_id, row.table_name, reason.rule_code, reason.column_name
from lake.quarantine.row as row inner join lake.quarantine.reason as reason using (quarantine_id)
where status_code = 'open'
"""


def rows(settings: Settings, sql: str) -> list[tuple]:
    with connect_lake(settings) as con:
        return con.execute(sql).fetchall()


def waiting(settings: Settings) -> dict[str, int]:
    with connect_lake(settings) as con:
        return {name: each.total for name, each in read_open_rows(con).items()}


def test_a_task_of_31_february_is_put_right_and_a_project_left_out(tutorial: Settings) -> None:
    ingest_all(tutorial, None)
    found = {(table, rule): number for number, table, rule, _ in rows(tutorial, WAITING)}
    task, project = found["projects__milestones", "type"], found["projects__projects", "reference"]
    before = waiting(tutorial)
    store = ActionStore.open(tutorial)
    fix = Fix(column="planned_finish_on", old="2025-02-31", new="2025-02-28")
    right = CorrectRow(table_name="projects__milestones", fixes=(fix,))
    store.record(Draft("c1", task, right, 0, "", "the last day of the month", "Li Na"))
    left = IgnoreRow(table_name="projects__projects")
    store.record(Draft("i1", project, left, 0, "", "not ours", "Li Na"))

    loads = {load.table: load for load in ingest_all(tutorial, None)}
    place = "select name, planned_finish_on::varchar, _source_file from lake.raw.raw_projects__milestones"
    assert rows(tutorial, f"{place} where _source_file like 'correction/%'") == [
        ("Design", "2025-02-28", "correction/c1")
    ]
    assert loads["projects__milestones"].released == 1
    states = dict(rows(tutorial, "select decision_id, status_code from lake.quarantine.row"))
    assert states == {"c1": "replayed", "i1": "ignored"}
    assert before == {"projects__milestones": 1, "projects__projects": 1}
    assert waiting(tutorial) == {}


@pytest.mark.parametrize("decided", [False, True])
def test_the_page_is_given_what_waits_and_what_was_decided(tutorial: Settings, decided: bool) -> None:
    ingest_all(tutorial, None)
    number, table, *_ = rows(tutorial, WAITING)[0]
    if decided:
        draft = Draft("i1", number, IgnoreRow(table_name=table), 0, "", "as is", "Li Na")
        ActionStore.open(tutorial).record(draft)
        ingest_all(tutorial, None)
    with connect_lake(tutorial) as con:
        told = {row["quarantine_id"]: row for row in con.execute(QUARANTINE_ROW).pl().to_dicts()}
    assert told[number]["status_code"] == ("ignored" if decided else "open")
    assert told[number]["reasons"][0]["message_zh"]
    assert told[number]["replay_reasons"] is None
