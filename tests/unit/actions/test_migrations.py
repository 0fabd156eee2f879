"""A store of an earlier version is upgraded in place: nothing lost, still append-only, on both databases."""

import sqlite3
import threading
from pathlib import Path

import pytest

from actions.kinds import Comment
from actions.migrating import FOLDER, HEAD
from actions.store import ActionStore, Draft

#: The store as the first version made it, before there were revisions.
OLD = """
CREATE TABLE action (
    sequence_no INTEGER PRIMARY KEY AUTOINCREMENT, action_id VARCHAR(64) NOT NULL UNIQUE,
    kind_code VARCHAR(64) NOT NULL, subject_type VARCHAR(64) NOT NULL, subject_id TEXT NOT NULL,
    version INTEGER NOT NULL, payload JSON NOT NULL, reason_code VARCHAR(64) NOT NULL, reason TEXT NOT NULL,
    done_by TEXT NOT NULL, done_at DATETIME NOT NULL, undoes_action_id VARCHAR(64),
    CONSTRAINT action_version UNIQUE (subject_type, subject_id, version),
    CONSTRAINT action_version_positive CHECK (version > 0)
);
CREATE TRIGGER action_refuses_update BEFORE UPDATE ON action BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER action_refuses_delete BEFORE DELETE ON action BEGIN SELECT RAISE(ABORT, 'append-only'); END;
INSERT INTO action VALUES (1, 'a1', 'replan_milestone', 'milestone', 'M1', 1,
    '{"old_on": null, "new_on": "2025-09-11"}', 'permit', 'fire office', 'Li Na',
    '2025-09-01 08:00:00.000000', NULL);
INSERT INTO action VALUES (2, 'a2', 'replan_milestone', 'milestone', 'M1', 2,
    '{"old_on": "2025-09-11", "new_on": "2025-09-20"}', 'permit', 'again', 'Li Na',
    '2025-09-02 08:00:00.000000', NULL);
"""


def comment(number: str = "c1") -> Draft:
    return Draft(number, f"milestone:{number}", Comment(words="seen"), 0, "", "", "Wang Wei")


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "actions.sqlite"
    with sqlite3.connect(path) as connection:
        connection.executescript(OLD)
    return path


def test_the_named_head_is_the_folders():
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_an_old_store_is_read_without_being_changed(old):
    before = old.read_bytes()
    store = ActionStore(f"sqlite:///{old}")
    assert [each.action_id for each in store.history("milestone", "M1")] == ["a1", "a2"]
    assert store.find("a1").publication_name is None
    assert store.last_sequence_no() == 2
    assert old.read_bytes() == before


def test_an_old_store_is_upgraded_in_place(old):
    store = ActionStore(f"sqlite:///{old}")
    first = store.history("milestone", "M1")
    store.record(comment())
    assert store.history("milestone", "M1") == first
    assert len(store.events()) == 3
    with sqlite3.connect(old) as connection:
        assert connection.execute("select version_num from alembic_version").fetchall() == [(HEAD,)]
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute("delete from action")
        newest = connection.execute("select kind_code, action_id from action_state order by 1").fetchall()
    assert newest == [("comment", "c1"), ("replan_milestone", "a2")]


def test_many_first_writers_upgrade_once(old):
    start, problems = threading.Barrier(4), []

    def write(number: int) -> None:
        start.wait()
        try:
            ActionStore(f"sqlite:///{old}").record(comment(f"c{number}"))
        except Exception as error:  # noqa: BLE001
            problems.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert len(ActionStore(f"sqlite:///{old}").events()) == 6
