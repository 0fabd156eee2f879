"""The life of an item: who may do what when, and what holds for any stream of events."""

import datetime as dt
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actions.errors import InvalidActionError
from actions.items import ItemBook, fold
from actions.kinds import (
    AcknowledgeItem,
    Approve,
    AssignItem,
    ClearItem,
    CloseItem,
    DismissItem,
    EscalateItem,
    OpenItem,
    PlanCare,
    ReopenItem,
    Step,
    VerifyItem,
)
from actions.store import ActionStore, Draft

DAY = dt.date(2025, 9, 30)
NOON = dt.datetime(2025, 9, 30, 12)
ALL_NEEDS = ("cause", "action", "verification")


def opening(occurrence="M1|1", needs=ALL_NEEDS, about="M1") -> OpenItem:
    return OpenItem(
        rule_id="milestone_late",
        rule_version=1,
        about_type="milestone",
        about_id=about,
        occurrence_key=occurrence,
        cause_key=f"milestone:{about}",
        told={"zh": "晚", "en": "late"},
        severity_code="high",
        owner_role_code="project_manager",
        owner_id="P7",
        opened_on=DAY,
        due_on=DAY + dt.timedelta(days=3),
        escalate_after_hours=48,
        needs=needs,
    )


def care(amount="0", limit=None) -> PlanCare:
    return PlanCare(
        customer_id="C1",
        contacted_on=DAY,
        cause_code="delay",
        cause="the crane came late",
        compensation_amount=Decimal(amount),
        currency_code="CNY",
        limit_amount=None if limit is None else Decimal(limit),
    )


def steps(*payloads, by="Li Na") -> list[Step]:
    return [Step(f"s{n}", payload, by, NOON + dt.timedelta(hours=n)) for n, payload in enumerate(payloads)]


DONE = CloseItem(cause="no crane", action="hired one")


@pytest.mark.parametrize(
    ("payloads", "state", "is_open"),
    [
        ([opening()], "open", True),
        ([opening(), AcknowledgeItem()], "acknowledged", True),
        ([opening(), EscalateItem(to_role_code="executive")], "escalated", True),
        ([opening(), EscalateItem(to_role_code="executive"), AcknowledgeItem()], "acknowledged", True),
        ([opening(), DONE], "done", True),
        ([opening(needs=("cause",)), DONE], "done", False),
        ([opening(), DONE, VerifyItem(result="on site again")], "verified", False),
        ([opening(), DONE, ReopenItem()], "acknowledged", True),
        ([opening(), DismissItem()], "dismissed", False),
        ([opening(), ClearItem(cleared_on=DAY)], "cleared", False),
        ([opening(), CloseItem(cause="no crane")], "open", True),
        ([opening(), VerifyItem(result="x")], "open", True),
        ([opening(), AcknowledgeItem(), EscalateItem(to_role_code="executive")], "acknowledged", True),
    ],
)
def test_states(payloads, state, is_open):
    (item,) = fold(steps(*payloads))
    assert (item.state_code, item.is_open) == (state, is_open)
    assert (item.closed_at is None) is is_open


def test_a_second_opening_opens_nothing_while_one_is_open():
    (item,) = fold(steps(opening(), opening("M1|2")))
    assert item.opening.occurrence_key == "M1|1"
    assert [each.payload.occurrence_key for each in item.ignored] == ["M1|2"]


def test_after_the_end_the_next_occasion_opens_anew():
    first, second = fold(steps(opening(), DismissItem(), opening("M1|2")))
    assert (first.is_open, second.is_open) == (False, True)


def test_assigning_moves_owner_and_due_day():
    (item,) = fold(steps(opening(), AssignItem(owner_id="P9", due_on=DAY + dt.timedelta(days=9))))
    assert (item.owner_id, item.due_on) == ("P9", DAY + dt.timedelta(days=9))


# -- through the store --------------------------------------------------------------------------------------


@pytest.fixture
def store(tmp_path):
    return ActionStore(f"sqlite:///{tmp_path / 'a.sqlite'}", clock=lambda: NOON)


CHAIN = "milestone_late|M1"


def say(store, payload, by="Li Na", code="", why=""):
    version = len(store.history("item", CHAIN))
    return store.record(Draft(f"a{version}", CHAIN, payload, version, code, why, by, about_type="item"))


def test_it_can_not_be_closed_without_cause_action_and_verification(store):
    say(store, opening())
    for closing, missing in [
        (CloseItem(), "cause, action"),
        (CloseItem(cause="c"), "action"),
        (CloseItem(cause=" ", action="a"), "cause"),
    ]:
        with pytest.raises(InvalidActionError, match=f"missing: {missing}"):
            say(store, closing)
    with pytest.raises(InvalidActionError) as refusal:
        say(store, VerifyItem(result="fine"))
    assert refusal.value.key == "not_in_this_state"
    say(store, DONE)
    assert len(ItemBook.of_actions(store.events()).open_items()) == 1
    say(store, VerifyItem(result="fine"))
    assert ItemBook.of_actions(store.events()).open_items() == []


def test_a_care_plan_closes_only_with_contact_cause_and_allowed_compensation(store):
    say(store, opening(needs=("care_plan",)))
    with pytest.raises(InvalidActionError, match="care_plan"):
        say(store, CloseItem())
    plan = say(store, care("500", limit="300"))
    with pytest.raises(InvalidActionError, match="approval"):
        say(store, CloseItem())
    say(store, Approve(answers_action_id=plan.action_id), by="Wang Wei")
    say(store, CloseItem())
    (item,) = ItemBook.of_actions(store.events()).all_items()
    assert (item.state_code, item.is_open) == ("done", False)


@pytest.mark.parametrize(
    ("amount", "limit", "waits"), [("0", None, False), ("1", None, True), ("300", "300", False)]
)
def test_compensation_within_the_policy_needs_nobody(amount, limit, waits):
    assert care(amount, limit).needs_approval() is waits


def test_nothing_is_done_to_an_item_that_is_not_open(store):
    for payload in (AcknowledgeItem(), DONE, care()):
        with pytest.raises(InvalidActionError) as refusal:
            say(store, payload)
        assert refusal.value.key == "no_open_item"


def test_a_dismissal_says_why(store):
    say(store, opening())
    with pytest.raises(InvalidActionError):
        say(store, DismissItem())
    say(store, DismissItem(), code="weather", why="the site is shut until May")


def test_what_was_clicked_by_mistake_is_taken_back(store):
    say(store, opening())
    clicked = say(store, AcknowledgeItem())
    store.undo(clicked.action_id, new_action_id="u1", expected_version=2, reason="slip", done_by="Li Na")
    (item,) = ItemBook.of_actions(store.events()).open_items()
    assert item.state_code == "open"
    with pytest.raises(InvalidActionError) as refusal:
        store.undo("a0", new_action_id="u2", expected_version=3, reason="slip", done_by="Li Na")
    assert refusal.value.key == "cannot_undo"


# -- any stream ---------------------------------------------------------------------------------------------

WORDS = st.text(min_size=1, max_size=20)
PAYLOADS = st.one_of(
    st.builds(opening, st.sampled_from(["o1", "o2", "o3"]), st.sampled_from([(), ("cause",), ALL_NEEDS])),
    st.just(AcknowledgeItem()),
    st.builds(AssignItem, owner_id=WORDS),
    st.just(EscalateItem(to_role_code="executive")),
    st.builds(CloseItem, cause=st.one_of(st.just(""), WORDS), action=st.one_of(st.just(""), WORDS)),
    st.builds(VerifyItem, result=WORDS),
    st.just(ReopenItem()),
    st.builds(DismissItem, until_on=st.one_of(st.none(), st.just(DAY))),
    st.just(ClearItem(cleared_on=DAY)),
    st.builds(care, st.sampled_from(["0", "10"])),
    st.builds(Approve, answers_action_id=st.sampled_from(["s1", "s2", "s3"])),
)
STREAMS = st.lists(st.tuples(PAYLOADS, st.one_of(st.none(), st.integers(0, 9))), max_size=14)


def stream(drawn) -> list[Step]:
    """Steps of which some take back an earlier one."""
    made: list[Step] = []
    for number, (payload, back) in enumerate(drawn):
        undone = made[back] if back is not None and back < len(made) else None
        made.append(
            Step(
                f"s{number}",
                undone.payload if undone else payload,
                "Li Na",
                NOON + dt.timedelta(hours=number),
                undone.action_id if undone else None,
            )
        )
    return made


@settings(max_examples=100, deadline=None)
@given(STREAMS)
def test_any_stream_has_at_most_one_open_item_and_loses_no_step(drawn):
    events = stream(drawn)
    items = fold(events)
    assert sum(item.is_open for item in items) <= 1
    assert all(not item.is_open for item in items[:-1])
    told = [step.action_id for item in items for step in (*item.steps, *item.ignored)]
    assert len(told) == len(set(told))
    taken_back = {each.undoes_action_id for each in events}
    plain = {each.action_id for each in events if each.undoes_action_id is None} - taken_back
    assert plain <= set(told) or not items
    assert all(one.opened_at <= other.opened_at for one, other in pairwise(items))


@settings(max_examples=60, deadline=None)
@given(STREAMS, st.randoms(use_true_random=False))
def test_a_replay_adds_nothing(drawn, random):
    events = stream(drawn)
    again = [*events, *random.sample(events, len(events))]
    assert fold(again) == fold(events)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(PAYLOADS, st.integers(0, 2)), min_size=1, max_size=10))
def test_through_the_store_no_typed_word_is_lost_and_one_item_is_open(tmp_path_factory, drawn):
    store = ActionStore(f"sqlite:///{tmp_path_factory.mktemp('s') / 'a.sqlite'}")
    accepted: list[Draft] = []
    for number, (payload, repeats) in enumerate(drawn):
        version = len(store.history("item", CHAIN))
        draft = Draft(
            f"s{number}", CHAIN, payload, version, "weather", f"words {number}", "Li Na", None, None, "item"
        )
        for _ in range(1 + repeats):
            try:
                store.record(draft)
            except InvalidActionError:
                break
            else:
                accepted.append(draft)
        book = ItemBook.of_actions(store.events())
        assert len(book.open_items()) <= 1
    unique = {draft.action_id: draft for draft in accepted}
    stored = {each.action_id: (each.payload, each.reason) for each in store.events()}
    assert stored == {key: (draft.payload, draft.reason) for key, draft in unique.items()}
    assert all(not item.ignored for item in ItemBook.of_actions(store.events()).all_items())
