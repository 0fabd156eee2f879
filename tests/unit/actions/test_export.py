"""Re-plans become rows of the contract projects__date_changes."""

import datetime as dt

import polars as pl
import pytest

from actions.export import DATE_CHANGES, date_changes, write_date_changes
from actions.kinds import ReplanMilestone
from actions.reasons import REASON_CODES, reason_label
from actions.store import ActionStore, Draft


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
    path = tmp_path / "landing" / "actions" / "date_changes.parquet"
    assert write_date_changes(store, path) == 1
    first = path.read_bytes()
    assert write_date_changes(store, path) == 1
    assert path.read_bytes() == first
    assert pl.read_parquet(path).schema == DATE_CHANGES
    assert [each.name for each in path.parent.iterdir()] == ["date_changes.parquet"]


def test_without_actions_no_file_is_written(tmp_path):
    path = tmp_path / "date_changes.parquet"
    assert write_date_changes(ActionStore(f"sqlite:///{tmp_path / 'none.sqlite'}"), path) == 0
    assert not path.exists()


def test_columns_are_those_of_the_contract():
    contracts = pytest.importorskip("lake.contracts")
    assert list(DATE_CHANGES) == [
        column.name for column in contracts.contract("projects__date_changes").columns
    ]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_each_reason_has_a_label(language):
    assert all(reason_label(code, language) for code in REASON_CODES)
    assert reason_label("K7", language) == "K7"
