"""The action store on PostgreSQL: the same rules, upgraded in place like the embedded one."""

import threading

import psycopg
import pytest

from actions.errors import StaleVersionError
from actions.kinds import Comment, ReportProgress
from actions.migrating import HEAD
from actions.store import ActionStore, Draft

pytestmark = pytest.mark.postgres

OLD = """
create table action (
    sequence_no bigserial primary key, action_id varchar(64) not null unique, kind_code varchar(64) not null,
    subject_type varchar(64) not null, subject_id text not null, version integer not null,
    payload json not null, reason_code varchar(64) not null, reason text not null, done_by text not null,
    done_at timestamp not null, undoes_action_id varchar(64),
    constraint action_version unique (subject_type, subject_id, version),
    constraint action_version_positive check (version > 0)
);
create function action_refuse() returns trigger language plpgsql as
    $$ begin raise exception 'actions are append-only'; end $$;
create trigger action_refuses_change before update or delete or truncate on action
    for each statement execute function action_refuse();
insert into action (action_id, kind_code, subject_type, subject_id, version, payload, reason_code, reason,
    done_by, done_at) values ('a1', 'replan_milestone', 'milestone', 'M1', 1,
    '{"old_on": null, "new_on": "2025-09-11"}', 'permit', 'fire office', 'Li Na', '2025-09-01 08:00');
"""


@pytest.fixture
def url(postgres: str) -> str:
    """The SQLAlchemy URL of a fresh database."""
    told = dict(part.split("=", 1) for part in postgres.split())
    return f"postgresql://{told['user']}@/{told['dbname']}?host={told['host']}"


def progress(number: int, version: int = 0) -> Draft:
    payload = ReportProgress(old_pct=None, new_pct=number)
    return Draft(f"p{number}", "M1", payload, version, "", "", f"person {number}", "open_items", "night-1")


def test_it_is_made_at_the_first_write_and_stays_append_only(url, postgres):
    store = ActionStore(url)
    assert store.events() == []
    stored = store.record(progress(10))
    assert store.record(progress(10)) == stored
    assert store.history("milestone_progress", "M1") == [stored]
    assert (stored.figure_id, stored.publication_name, store.last_sequence_no()) == (
        "open_items",
        "night-1",
        1,
    )
    with psycopg.connect(postgres) as connection:
        assert connection.execute("select version_num from alembic_version").fetchone() == (HEAD,)
        assert connection.execute("select action_id from action_state").fetchall() == [("p10",)]
        with pytest.raises(psycopg.Error, match="append-only"):
            connection.execute("delete from action")


def test_an_old_store_is_upgraded_in_place(url, postgres):
    with psycopg.connect(postgres) as connection:
        connection.execute(OLD)
    store = ActionStore(url)
    before = store.events()
    assert [each.action_id for each in before] == ["a1"]
    store.record(Draft("c1", "milestone:M1", Comment(words="👷 مرحبا"), 0, "", "", "Wang Wei"))
    assert store.history("milestone", "M1") == before
    assert store.find("c1").payload.words == "👷 مرحبا"


def test_of_many_first_writers_one_wins_and_none_is_lost_in_silence(url):
    start, outcomes = threading.Barrier(5), []

    def write(number: int) -> None:
        start.wait()
        try:
            ActionStore(url).record(progress(number))
            outcomes.append("stored")
        except StaleVersionError as refusal:
            outcomes.append(f"{refusal.yours}|{refusal.theirs}")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(1, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("stored") == 1
    assert len(outcomes) == 5
    (stored,) = ActionStore(url).events()
    assert all(told == "stored" or told.endswith(f"|{stored.payload.value()}") for told in outcomes)
