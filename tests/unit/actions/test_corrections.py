"""Decisions about quarantined rows: what may be said of one, and which of several holds."""

import pytest

from actions.corrections import standing
from actions.errors import InvalidActionError, StaleVersionError
from actions.kinds import Comment, CorrectRow, Fix, IgnoreRow
from actions.store import ActionStore, Draft

LINES = "erp__purchase_lines"


@pytest.fixture
def store(tmp_path):
    return ActionStore(f"sqlite:///{tmp_path / 'actions.sqlite'}")


def correct(column="supplier_id", old="S77", new="S1", table=LINES):
    return CorrectRow(table_name=table, fixes=(Fix(column=column, old=old, new=new),))


def decide(store, number, payload, version, row="q1", why="typed wrongly", by="Li Na"):
    return store.record(Draft(number, row, payload, version, "", why, by))


@pytest.mark.parametrize(
    ("payload", "key"),
    [
        (correct(table="erp__nothing"), "unknown_table"),
        (correct(column="colour"), "unknown_column"),
        (correct(column="name", table="crm__contacts"), "personal_field"),
        (correct(new="S77"), "nothing_changed"),
        (CorrectRow(table_name=LINES, fixes=()), "nothing_changed"),
        (CorrectRow(table_name=LINES, fixes=(*correct().fixes, *correct(new="S2").fixes)), "field_twice"),
        (correct(new=None), "value_required"),
        (correct("promised_on", "x", "2025-02-30"), "value_type_date"),
        (correct("promised_on", "x", "tomorrow"), "value_type_date"),
        (correct("line_no", "x", "1.5"), "value_type_integer"),
        (correct("quantity", "x", "many"), "value_type_number"),
        (correct("quantity", "x", "-1"), "value_range"),
        (correct(new="x" * 2_001), "long_words"),
    ],
)
def test_what_the_contract_would_refuse_is_refused_at_once(payload, key):
    with pytest.raises(InvalidActionError) as refused:
        payload.check("", "why")
    assert refused.value.key == key
    assert all("{" not in refused.value.tell(language) for language in ("zh", "en"))


@pytest.mark.parametrize(
    ("column", "new"),
    [
        ("promised_on", "2025-02-28"),
        ("line_no", "7"),
        ("quantity", "12.5"),
        ("promised_on", None),
        ("description", "=1+1 🙂 שלום"),
    ],
)
def test_what_the_contract_allows_passes(column, new):
    correct(column, "old", new).check("", "why")


def test_every_decision_says_why():
    for payload in (correct(), IgnoreRow(table_name=LINES)):
        with pytest.raises(InvalidActionError, check=lambda error: error.key == "no_words"):
            payload.check("", "  ")


def test_the_newest_that_was_not_taken_back_holds(store):
    decide(store, "a1", correct(), 0)
    decide(store, "a2", IgnoreRow(table_name=LINES), 1)
    assert standing(store.events())["q1"].action_id == "a2"
    store.undo("a2", new_action_id="u2", expected_version=2, reason="", done_by="Li Na")
    assert standing(store.events())["q1"].action_id == "a1"
    store.undo("u2", new_action_id="u3", expected_version=3, reason="", done_by="Li Na")
    assert standing(store.events())["q1"].action_id == "a2"
    store.record(Draft("c1", "item:1", Comment(words="x"), 0, "", "", "Li Na"))
    assert set(standing(store.events())) == {"q1"}


def test_a_lone_decision_taken_back_leaves_nothing(store):
    decide(store, "a1", correct(), 0)
    store.undo("a1", new_action_id="u1", expected_version=1, reason="", done_by="Li Na")
    assert standing(store.events()) == {}


def test_two_at_once_and_a_double_click(store):
    first = decide(store, "a1", correct(), 0)
    assert decide(store, "a1", correct(), 0) == first
    with pytest.raises(StaleVersionError):
        decide(store, "b1", correct(new="S2"), 0, by="Wang Wei")
    assert len(store.events()) == 1
