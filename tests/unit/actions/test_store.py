"""The action store: append-only, versioned, safe for repeats and for several writers."""

import datetime as dt
import sqlite3
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actions.errors import (
    InvalidActionError,
    ReusedActionIdError,
    StaleVersionError,
    StoreUnavailableError,
)
from actions.kinds import ReplanMilestone
from actions.store import ActionStore, Draft

START = dt.date(2025, 9, 1)


def draft(
    action_id: str = "a1", *, version: int = 0, old: dt.date | None = START, days: int = 10, **changes
) -> Draft:
    values = {
        "action_id": action_id,
        "subject_id": "M1",
        "payload": ReplanMilestone(old_on=old, new_on=START + dt.timedelta(days=days)),
        "expected_version": version,
        "reason_code": "material_late",
        "reason": "chillers held at customs",
        "done_by": "Li Na",
    }
    return Draft(**{**values, **changes})


@pytest.fixture
def store(tmp_path: Path) -> ActionStore:
    return ActionStore(f"sqlite:///{tmp_path / 'actions.sqlite'}")


def test_a_recorded_action_is_read_back_whole(store):
    stored = store.record(draft())
    assert (stored.version, stored.subject_id, stored.done_by) == (1, "M1", "Li Na")
    assert stored.payload.new_on == dt.date(2025, 9, 11)
    assert store.find("a1") == stored
    assert store.history("milestone", "M1") == [stored]
    assert store.newest("replan_milestone") == {"M1": stored}


def test_the_same_action_twice_is_one_action(store):
    assert store.record(draft()) == store.record(draft())
    assert len(store.all("replan_milestone")) == 1


def test_the_same_id_with_other_content_is_refused(store):
    store.record(draft())
    with pytest.raises(ReusedActionIdError, match="a1"):
        store.record(draft(days=20))


def test_a_stale_version_is_refused_with_both_values(store):
    store.record(draft())
    with pytest.raises(StaleVersionError) as refusal:
        store.record(draft("a2", days=30, done_by="Wang Wei"))
    assert (refusal.value.yours, refusal.value.theirs) == ("2025-10-01", "2025-09-11")
    for language in ("zh", "en"):
        told = refusal.value.tell(language)
        assert all(value in told for value in ("2025-10-01", "2025-09-11", "Li Na"))
    assert len(store.all("replan_milestone")) == 1


def test_an_undo_is_a_further_action(store):
    first = store.record(draft())
    undone = store.undo("a1", new_action_id="u1", expected_version=1, reason="wrong line", done_by="Li Na")
    assert (undone.version, undone.undoes_action_id) == (2, "a1")
    assert undone.payload == ReplanMilestone(old_on=first.payload.new_on, new_on=START)
    assert [each.action_id for each in store.history("milestone", "M1")] == ["a1", "u1"]


def test_an_action_that_others_built_on_is_not_undone(store):
    store.record(draft())
    store.record(draft("a2", version=1, old=dt.date(2025, 9, 11), days=20))
    with pytest.raises(StaleVersionError):
        store.undo("a1", new_action_id="u1", expected_version=2, reason="late thought", done_by="Li Na")


def test_undo_of_nothing_is_refused(store):
    with pytest.raises(InvalidActionError, match="nope"):
        store.undo("nope", new_action_id="u1", expected_version=0, reason="", done_by="Li Na")


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"done_by": "  "}, "no_name"),
        ({"reason": " "}, "no_reason"),
        ({"reason": "x" * 501}, "long_reason"),
        ({"reason_code": ""}, "no_reason_code"),
        ({"reason_code": "moon"}, "unknown_reason"),
        ({"days": 0}, "same_date"),
    ],
)
def test_rules_of_the_kind(store, changes, key):
    with pytest.raises(InvalidActionError) as refusal:
        store.record(draft(**changes))
    assert refusal.value.key == key
    assert store.all("replan_milestone") == []


def test_nothing_is_ever_updated_or_deleted(store, tmp_path):
    store.record(draft())
    with sqlite3.connect(tmp_path / "actions.sqlite") as connection:
        for statement in ("UPDATE action SET reason = 'x'", "DELETE FROM action"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                connection.execute(statement)
    assert store.find("a1").reason == "chillers held at customs"


def test_reading_creates_no_file(tmp_path):
    store = ActionStore(f"sqlite:///{tmp_path / 'none' / 'actions.sqlite'}")
    assert store.all("replan_milestone") == []
    assert store.newest("replan_milestone") == {}
    assert not (tmp_path / "none").exists()


def test_a_store_that_is_no_database_says_where(tmp_path):
    (tmp_path / "actions.sqlite").mkdir()
    with pytest.raises(StoreUnavailableError, match=r"actions\.sqlite"):
        ActionStore(f"sqlite:///{tmp_path / 'actions.sqlite'}").record(draft())


def test_time_rises_with_the_version_even_when_the_clock_steps_back(tmp_path):
    times = iter([dt.datetime(2025, 9, 2, 12), dt.datetime(2025, 9, 2, 11)])
    store = ActionStore(f"sqlite:///{tmp_path / 'a.sqlite'}", clock=lambda: next(times))
    first = store.record(draft())
    second = store.record(draft("a2", version=1, days=20))
    assert second.done_at > first.done_at


@settings(max_examples=12, deadline=None)
@given(writers=st.integers(2, 6), rounds=st.integers(1, 3))
def test_of_many_writers_on_one_version_exactly_one_wins(tmp_path_factory, writers, rounds):
    path = tmp_path_factory.mktemp("race") / "actions.sqlite"
    for version in range(rounds):
        outcomes = _race(path, writers, version)
        assert outcomes.count("stored") == 1
        assert outcomes.count("stale") == writers - 1
    history = ActionStore(f"sqlite:///{path}").history("milestone", "M1")
    assert [each.version for each in history] == list(range(1, rounds + 1))
    assert sorted(history, key=lambda each: each.done_at) == history


def _race(path: Path, writers: int, version: int) -> list[str]:
    """All writers try the same version at the same moment, each through a store of its own."""
    start = threading.Barrier(writers)
    outcomes: list[str] = []

    def write(number: int) -> None:
        store = ActionStore(f"sqlite:///{path}")
        start.wait()
        try:
            store.record(draft(f"{version}-{number}", version=version, days=1 + number + 10 * version))
            outcomes.append("stored")
        except StaleVersionError:
            outcomes.append("stale")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


@settings(max_examples=40, deadline=None)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["replan", "undo", "repeat", "stale"]), st.integers(1, 400)), max_size=12
    )
)
def test_any_sequence_leaves_versions_without_gap_and_the_last_accepted_value(tmp_path_factory, steps):
    store = ActionStore(f"sqlite:///{tmp_path_factory.mktemp('steps') / 'a.sqlite'}")
    value: dt.date | None = None
    accepted: list[Draft] = []
    for number, (step, days) in enumerate(steps):
        version = len(store.history("milestone", "M1"))
        new = START + dt.timedelta(days=days)
        if step == "replan" and new != value:
            accepted.append(draft(f"s{number}", version=version, old=value, days=days))
            value = store.record(accepted[-1]).payload.new_on
        elif step == "undo" and version:
            last = store.history("milestone", "M1")[-1]
            value = store.undo(
                last.action_id, new_action_id=f"s{number}", expected_version=version, reason="", done_by="x"
            ).payload.new_on
        elif step == "repeat" and accepted:
            store.record(accepted[-1])
        elif step == "stale" and version and new != value:
            with pytest.raises(StaleVersionError):
                store.record(draft(f"s{number}", version=version - 1, old=value, days=days))
        history = store.history("milestone", "M1")
        assert [each.version for each in history] == list(range(1, len(history) + 1))
        assert (history[-1].payload.new_on if history else None) == value
