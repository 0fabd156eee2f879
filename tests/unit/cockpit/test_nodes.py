"""What people set on a milestone: over what is published, with old and new, and never in a circle."""

import datetime as dt

import polars as pl
import pytest

from actions.errors import InvalidActionError
from actions.kinds import Predecessor, SetPredecessors
from actions.store import ActionStore, Draft
from cockpit.services import nodes
from cockpit.services.items import Names
from cockpit.services.nodes import Decided, Settings

NAMES = Names("en", {}, {})
PUBLISHED_AT = dt.datetime(2025, 10, 1, 2)
NODES = pl.DataFrame(
    {
        "milestone_id": ["A", "B", "C"],
        "owner_id": ["E1", "E1", "E1"],
        "threshold_days": [3, 3, 3],
        "predecessor_text": [None, "A FS", "B FS"],
    }
)
LINKS = pl.DataFrame(
    {
        "predecessor_id": ["A", "B"],
        "successor_id": ["B", "C"],
        "type_code": ["FS", "FS"],
        "lag_days": [0, None],
    },
    schema_overrides={"lag_days": pl.Int64},
)


def link(milestone, kind="FS", lag=0):
    return Predecessor(predecessor_id=milestone, type_code=kind, lag_days=lag)


class Clock:
    """A time that a test moves."""

    now = dt.datetime(2025, 10, 1, 9)

    def __call__(self) -> dt.datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path, clock) -> ActionStore:
    return ActionStore(f"sqlite:///{tmp_path / 'actions.sqlite'}", clock)


def say(store, payload, node="B", reason=""):
    history = store.history(payload.subject_type, node)
    version = history[-1].version if history else 0
    action_id = f"{payload.kind_code}-{node}-{version}"
    return store.record(Draft(action_id, node, payload, version, "", reason, "Li Na"))


def decided(store) -> Decided:
    return Decided(store.newest("set_milestone"), store.newest("set_predecessors")).before(PUBLISHED_AT)


def shown(store) -> dict:
    found = nodes.overlay(NODES, decided(store), PUBLISHED_AT)
    return {row.pop("milestone_id"): row for row in found.to_dicts()}


def test_what_was_set_shows_at_once_on_that_node_only(store):
    say(store, nodes.settings_payload(Settings("E1", 3), Settings("E1", 5), []))
    say(store, SetPredecessors(old_links=(link("A"),), new_links=(link("A", "SS", 2),)))
    found = shown(store)
    assert found["B"] == {
        "owner_id": "E1",
        "threshold_days": 5,
        "predecessor_text": "A SS+2",
        "is_pending": True,
    }
    assert [found[key]["threshold_days"] for key in ("A", "C")] == [3, 3]
    assert not found["C"]["is_pending"]
    assert nodes.links_of(LINKS, decided(store)) == {"B": (link("A", "SS", 2),), "C": (link("B"),)}


def test_what_nobody_set_stays_with_the_source():
    payload = nodes.settings_payload(Settings("E1", 3), Settings("E1", 5), [])
    assert (payload.old_owner_id, payload.new_owner_id) == (None, None)
    assert (payload.old_threshold_days, payload.new_threshold_days) == (3, 5)


def test_what_was_set_before_is_kept_when_something_else_changes(store):
    say(store, nodes.settings_payload(Settings("E1", 3), Settings("E2", 3), []))
    history = store.history("milestone_settings", "B")
    payload = nodes.settings_payload(Settings("E2", 3), Settings("E2", 5), history)
    assert (payload.new_owner_id, payload.new_threshold_days) == ("E2", 5)
    with pytest.raises(InvalidActionError):
        say(store, nodes.settings_payload(Settings("E2", 3), Settings("E2", 3), history))


def test_taken_back_it_shows_the_old_value_until_the_publication_says_the_sources(store, clock):
    first = say(store, nodes.settings_payload(Settings("E1", 3), Settings("E1", 5), []))
    store.undo(first.action_id, new_action_id="u", expected_version=1, reason="", done_by="Li Na")
    assert shown(store)["B"]["threshold_days"] == 3
    assert decided(store).settings
    later = dt.datetime(2025, 10, 2, 2)
    assert not Decided(store.newest("set_milestone")).before(later).settings


def test_the_history_names_field_old_new_who_and_when_newest_first(store, clock):
    say(store, nodes.settings_payload(Settings("E1", 3), Settings("E2", 5), []), reason="new crew")
    clock.now += dt.timedelta(hours=1)
    say(store, SetPredecessors(old_links=(link("A"),), new_links=()))
    histories = [store.history(kind, "B") for kind in ("milestone_settings", "milestone_predecessors")]
    found = nodes.edits(histories, NAMES)
    assert [edit.told for edit in found] == [
        ("Waits for: A FS → –",),
        ("Owner: E1 → E2", "Threshold (d): 3 → 5"),
    ]
    assert (found[1].action.done_by, found[1].action.done_at) == ("Li Na", dt.datetime(2025, 10, 1, 9))
    assert found[1].action.reason == "new crew"


@pytest.mark.parametrize(
    ("node", "before", "cycle"),
    [
        ("A", ["C"], ["A", "B", "C", "A"]),
        ("B", ["B"], ["B", "B"]),
        ("A", ["B"], ["A", "B", "A"]),
        ("C", ["A", "B"], []),
        ("B", ["C"], ["B", "C", "B"]),
    ],
)
def test_a_cycle_is_found_and_named_by_its_shortest_way(node, before, cycle):
    links = nodes.links_of(LINKS, Decided())
    assert nodes.cycle_through(node, before, links) == cycle


def test_a_cycle_with_what_others_set_since_is_refused_by_name(store):
    say(store, SetPredecessors(old_links=(), new_links=(link("C"),)), node="D")
    links = nodes.links_of(LINKS, decided(store))
    with pytest.raises(InvalidActionError) as refusal:
        nodes.predecessors_payload("A", (), (link("D"),), links, {"A": "Design"})
    assert refusal.value.values["cycle"] == "Design → B → C → D → Design"
