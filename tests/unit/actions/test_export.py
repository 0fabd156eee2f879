"""Actions become rows of their contracts."""

import datetime as dt
from decimal import Decimal

import polars as pl
import pytest

from actions.export import (
    DATE_CHANGES,
    EXPORTS,
    SCHEMAS,
    date_changes,
    events,
    progress_reports,
    write_exports,
)
from actions.kinds import AcknowledgeItem, CloseItem, OpenItem, ReplanMilestone, ReportProgress
from actions.reasons import REASON_CODES, reason_label
from actions.store import ActionStore, Draft
from lake.contracts import contract


@pytest.fixture
def store(tmp_path):
    times = iter(dt.datetime(2025, 9, 2, 8, minute) for minute in range(60))
    store = ActionStore(f"sqlite:///{tmp_path / 'actions.sqlite'}", clock=lambda: next(times))
    payload = ReplanMilestone(old_on=None, new_on=dt.date(2025, 12, 1))
    store.record(Draft("a1", "M1", payload, 0, "permit", "permit pending", "Li Na"))
    return store


def test_a_replan_and_its_undo_are_two_rows(store):
    store.undo("a1", new_action_id="a2", expected_version=1, reason="undo", done_by="Li Na")
    frame = date_changes(store.all("replan_milestone"))
    assert frame.schema == DATE_CHANGES
    assert frame.row(0, named=True) == {
        "date_change_id": "a1",
        "milestone_id": "M1",
        "field_code": "forecast_finish_on",
        "old_on": None,
        "new_on": dt.date(2025, 12, 1),
        "reason_code": "permit",
        "reason": "permit pending",
        "changed_by": "Li Na",
        "changed_at": dt.datetime(2025, 9, 2, 8, 0),
        "origin_code": "cockpit",
        "version": 1,
    }
    assert frame.row(1, named=True)["new_on"] is None
    assert frame["version"].to_list() == [1, 2]


def test_same_actions_give_the_same_bytes(store, tmp_path):
    folder = tmp_path / "landing" / "actions"
    written = write_exports(store, folder)
    assert {name: path.name for name, path in written.items()} == {
        "projects__date_changes": "date_changes.parquet",
        "actions__events": "events.parquet",
    }
    first = {path: path.read_bytes() for path in written.values()}
    assert write_exports(store, folder) == written
    assert {path: path.read_bytes() for path in written.values()} == first
    assert all(pl.read_parquet(path).schema == SCHEMAS[name] for name, path in written.items())
    assert sorted(each.name for each in folder.iterdir()) == ["date_changes.parquet", "events.parquet"]


def test_without_actions_no_file_is_written(tmp_path):
    assert write_exports(ActionStore(f"sqlite:///{tmp_path / 'none.sqlite'}"), tmp_path / "landing") == {}
    assert not (tmp_path / "landing").exists()


@pytest.mark.parametrize("name", list(EXPORTS))
def test_columns_are_those_of_the_contract(name):
    assert list(SCHEMAS[name]) == [column.name for column in contract(name).columns]


def test_progress_keeps_its_photo_and_its_reason(store):
    photo = "a" * 64
    report = ReportProgress(old_pct=None, new_pct=Decimal("42.5"), note="two floors", photo_hash=photo)
    store.record(Draft("p1", "M1", report, 0, "", "", "Zhao"))
    row = progress_reports(store.events()).row(0, named=True)
    assert (row["progress_pct"], row["note"], row["photo_id"], row["version_no"]) == (
        42.5,
        "two floors",
        photo,
        1,
    )
    assert (row["origin_code"], row["reason"]) == ("cockpit", None)


def test_what_was_taken_back_does_not_hold(store):
    store.undo("a1", new_action_id="a2", expected_version=1, reason="undo", done_by="Li Na")
    assert events(store.events())["is_effective"].to_list() == [False, False]
    store.undo("a2", new_action_id="a3", expected_version=2, reason="undo the undo", done_by="Li Na")
    assert events(store.events())["is_effective"].to_list() == [True, False, False]


def test_events_say_what_became_of_their_item(store):
    opening = OpenItem(
        rule_id="r",
        rule_version=2,
        about_type="milestone",
        about_id="M1",
        occurrence_key="o",
        cause_key="c",
        told={"zh": "晚", "en": "late"},
        severity_code="high",
        owner_role_code="planner",
        opened_on=dt.date(2025, 9, 1),
        due_on=dt.date(2025, 9, 4),
    )
    for number, payload in enumerate([opening, AcknowledgeItem(), CloseItem(cause="c", action="a"), opening]):
        store.record(Draft(f"i{number}", "r|M1", payload, number, "", "", "Li Na"))
    told = events(store.events()).filter(pl.col("subject_type_code") == "item")
    assert told.select("item_id", "state_code", "is_closing").rows() == [
        ("i0", "open", False),
        ("i0", "acknowledged", False),
        ("i0", "done", True),
        ("i3", "open", False),
    ]
    assert told["about_id"].unique().to_list() == ["M1"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_reason_has_a_label(language):
    assert all(reason_label(code, language) for code in REASON_CODES)
    assert reason_label("K7", language) == "K7"
