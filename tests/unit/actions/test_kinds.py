"""What each kind of action allows and refuses."""

import datetime as dt
from decimal import Decimal

import pytest

from actions.errors import InvalidActionError, StaleVersionError
from actions.kinds import (
    KINDS,
    MAX_WORDS,
    AcceptAlternative,
    Approve,
    Comment,
    OverrideForecast,
    Predecessor,
    ProposePurchase,
    ProposeTransfer,
    Reject,
    ReportProgress,
    ScheduleVisit,
    SetMilestone,
    SetPredecessors,
    forecast_subject,
)
from actions.kinds.approvals import approval_of
from actions.store import ActionStore, Draft, step_of

MAY = dt.date(2025, 5, 1)
SUBJECT = forecast_subject("P1", None, MAY)


@pytest.fixture
def store(tmp_path):
    return ActionStore(f"sqlite:///{tmp_path / 'actions.sqlite'}")


def say(store, payload, version=0, *, subject="M1", by="Li Na", code="", why="", number="", **more):
    action_id = number or f"{payload.kind_code}-{subject}-{version}-{by}"
    return store.record(Draft(action_id, subject, payload, version, code, why, by, **more))


def refused(key):
    return pytest.raises(InvalidActionError, check=lambda error: error.key == key)


def override(quantity="150", model="100", **changes):
    """An override of the model's quantity; `changes` win."""
    values = {
        "product_id": "P1",
        "region_code": None,
        "period_on": MAY,
        "model_quantity": Decimal(model),
        "quantity": Decimal(quantity),
        "expires_on": dt.date(2025, 5, 31),
        "limit_share": Decimal("0.2"),
    }
    return OverrideForecast(**{**values, **changes})


def test_each_kind_is_declared_once_and_fits_its_column():
    assert all(code == kind.kind_code for code, kind in KINDS.items())
    assert max(map(len, KINDS)) <= 64


def test_figure_and_publication_are_kept(store):
    say(store, Comment(words="why so late?"), figure_id="open_items", publication_name="night-2025-05-01")
    (stored,) = store.all("comment")
    assert (stored.figure_id, stored.publication_name) == ("open_items", "night-2025-05-01")


# -- milestones ---------------------------------------------------------------------------------------------


def test_progress_does_not_fall_without_a_reason(store):
    say(store, ReportProgress(old_pct=None, new_pct=Decimal(60)))
    with refused("progress_falls"):
        say(store, ReportProgress(old_pct=Decimal(60), new_pct=Decimal(50)), 1)
    say(
        store,
        ReportProgress(old_pct=Decimal(60), new_pct=Decimal(50)),
        1,
        code="rework",
        why="two rooms torn out",
    )


def test_progress_does_not_fall_behind_the_clients_back(store):
    say(store, ReportProgress(old_pct=None, new_pct=Decimal(60)))
    with refused("progress_falls"):
        say(store, ReportProgress(old_pct=Decimal(10), new_pct=Decimal(50)), 1)


def test_stale_progress_is_refused_with_both_values(store):
    say(store, ReportProgress(old_pct=None, new_pct=Decimal(60)))
    with pytest.raises(StaleVersionError) as refusal:
        say(store, ReportProgress(old_pct=None, new_pct=Decimal(70)), 0, by="Wang Wei")
    assert (refusal.value.yours, refusal.value.theirs) == ("70 %", "60 %")


@pytest.mark.parametrize("pct", ["-1", "100.1", "NaN", "Infinity"])
def test_progress_is_a_percentage(store, pct):
    with pytest.raises((InvalidActionError, ValueError)):
        say(store, ReportProgress(old_pct=None, new_pct=Decimal(pct)))


def test_settings_keep_old_and_new(store):
    stored = say(store, SetMilestone(old_threshold_days=3, new_threshold_days=5, new_owner_id=None))
    undone = store.undo(stored.action_id, new_action_id="u", expected_version=1, reason="", done_by="Li Na")
    assert (undone.payload.old_threshold_days, undone.payload.new_threshold_days) == (5, 3)
    with refused("nothing_changed"):
        say(store, SetMilestone(old_threshold_days=3, new_threshold_days=3), 2)
    with refused("threshold_range"):
        say(store, SetMilestone(old_threshold_days=3, new_threshold_days=-1), 2)


def link(milestone, kind="FS", lag=0):
    return Predecessor(predecessor_id=milestone, type_code=kind, lag_days=lag)


def test_predecessors_keep_old_and_new_and_are_taken_back(store):
    payload = SetPredecessors(old_links=(link("M1"),), new_links=(link("M1"), link("M2", "SS", -3)))
    stored = say(store, payload)
    assert stored.payload.value() == "M1 FS, M2 SS-3"
    undone = store.undo(stored.action_id, new_action_id="u", expected_version=1, reason="", done_by="Li Na")
    assert undone.payload == SetPredecessors(old_links=payload.new_links, new_links=payload.old_links)
    assert SetPredecessors(old_links=(link("M1"),), new_links=()).value() == "–"


def test_predecessors_stand_once_within_the_contracts_range(store):
    with refused("nothing_changed"):
        say(store, SetPredecessors(old_links=(link("M1"), link("M2")), new_links=(link("M2"), link("M1"))))
    with refused("predecessor_twice"):
        say(store, SetPredecessors(old_links=(), new_links=(link("M1"), link("M1", "SS"))))
    with refused("lag_range"):
        say(store, SetPredecessors(old_links=(), new_links=(link("M1", lag=3_651),)))


def test_a_comment_keeps_nobody_from_planning(store):
    say(store, Comment(words="…"), subject="milestone:M1")
    say(store, ReportProgress(old_pct=None, new_pct=Decimal(1)), 0)
    assert len(store.events()) == 2


@pytest.mark.parametrize(
    "words", ["مرحبا بالعالم", "👷🏽‍♀️🏗️", "=cmd|' /C calc'!A0", "字" * MAX_WORDS, "\u202eabc"]
)
def test_words_come_back_as_they_were_typed(store, words):
    assert say(store, Comment(words=words)).payload.words == words


@pytest.mark.parametrize(
    ("words", "key"),
    [(" ", "no_words"), ("x" * (MAX_WORDS + 1), "long_words"), ("a\x00b", "unreadable_words")],
)
def test_words_that_can_not_be_kept_are_refused(store, words, key):
    with refused(key):
        say(store, Comment(words=words))


# -- overrides and approvals --------------------------------------------------------------------------------


def test_an_override_above_the_limit_waits_for_another_person(store):
    first = say(store, override(), subject=SUBJECT, code="customer", why="a second campus signs in May")
    history = lambda: [step_of(each) for each in store.history("forecast", SUBJECT)]  # noqa: E731
    assert approval_of(history()) == "waiting"
    answer = Approve(answers_action_id=first.action_id)
    with refused("own_approval"):
        say(store, answer, 1, subject=SUBJECT, by=" li  NA ", about_type="forecast")
    say(store, answer, 1, subject=SUBJECT, by="Wang Wei", about_type="forecast")
    assert approval_of(history()) == "approved"
    with refused("answered_already"):
        say(store, answer, 2, subject=SUBJECT, by="Zhao Min", about_type="forecast")


def test_an_override_that_was_replaced_is_not_approved(store):
    first = say(store, override(), subject=SUBJECT, code="customer", why="campus")
    say(store, override("300"), 1, subject=SUBJECT, code="customer", why="two campuses")
    with refused("not_the_proposal"):
        say(
            store,
            Approve(answers_action_id=first.action_id),
            2,
            subject=SUBJECT,
            by="Wang Wei",
            about_type="forecast",
        )


def test_a_refusal_says_why(store):
    first = say(store, override(), subject=SUBJECT, code="customer", why="campus")
    answer = Reject(answers_action_id=first.action_id)
    with refused("no_reason"):
        say(store, answer, 1, subject=SUBJECT, by="Wang Wei", about_type="forecast")


@pytest.mark.parametrize(
    ("quantity", "model", "expected"),
    [
        ("120", "100", False),
        ("120.01", "100", True),
        ("79.9", "100", True),
        ("0", "0", False),
        ("1", "0", True),
    ],
)
def test_the_limit_is_strict(quantity, model, expected):
    assert override(quantity, model).needs_approval() is expected


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"factor": Decimal("1.1")}, "quantity_or_factor"),
        ({"quantity": None}, "quantity_or_factor"),
        ({"quantity": Decimal(-1)}, "negative_quantity"),
        ({"period_on": dt.date(2025, 5, 2)}, "not_a_month"),
    ],
)
def test_an_override_says_one_thing(store, changes, key):
    with refused(key):
        say(store, override().model_copy(update=changes), subject=SUBJECT, code="customer", why="campus")


def test_an_override_needs_a_reason(store):
    with refused("no_reason_code"):
        say(store, override(), subject=SUBJECT)


# -- material and service -----------------------------------------------------------------------------------


def transfer(**changes):
    values = {
        "product_id": "P1",
        "from_warehouse_id": "W1",
        "to_warehouse_id": "W2",
        "quantity": Decimal(5),
        "available_quantity": Decimal(5),
        "goods_amount": Decimal(100),
        "currency_code": "CNY",
        "limit_amount": Decimal(1000),
    }
    return ProposeTransfer(**{**values, **changes})


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"quantity": Decimal("5.01")}, "source_short"),
        ({"to_warehouse_id": "W1"}, "same_place"),
        ({"quantity": Decimal(0)}, "not_positive"),
    ],
)
def test_a_transfer_never_makes_its_source_short(store, changes, key):
    say(store, transfer(), subject="T0")
    with refused(key):
        say(store, transfer(**changes), subject="T1")


def test_an_unknown_amount_is_not_below_the_limit():
    bare = {"product_id": "P1", "warehouse_id": None, "supplier_id": None, "quantity": Decimal(5)}
    bare |= {"currency_code": None, "order_by_on": None}
    assert ProposePurchase(**bare, amount=None, limit_amount=Decimal(10)).needs_approval()
    assert not ProposePurchase(**bare, amount=Decimal(10), limit_amount=Decimal(10)).needs_approval()


def test_an_alternative_beyond_the_limit_waits_for_another_person(store):
    bare = {"option_code": "other_supplier", "option": "Harbour Parts", "days_saved": Decimal(9)}
    small = AcceptAlternative(**bare, cost_amount=Decimal(99), limit_amount=Decimal(100))
    assert not small.needs_approval()
    assert AcceptAlternative(**bare, limit_amount=Decimal(100)).needs_approval()
    large = say(
        store, AcceptAlternative(**bare, cost_amount=Decimal(101), limit_amount=Decimal(100)), subject="L1"
    )
    history = [step_of(each) for each in store.history("alternative", "L1")]
    assert approval_of(history) == "waiting"
    with refused("own_approval"):
        say(store, Approve(answers_action_id=large.action_id), 1, subject="L1", about_type="alternative")
    yes = Approve(answers_action_id=large.action_id)
    say(store, yes, 1, subject="L1", by="Wang Wei", about_type="alternative")
    history = [step_of(each) for each in store.history("alternative", "L1")]
    assert approval_of(history) == "approved"


def test_an_alternative_and_a_visit_say_what_and_where(store):
    with refused("no_words"):
        say(store, AcceptAlternative(option_code="supplier", option=" ", days_saved=Decimal(3)), subject="A1")
    with refused("no_words"):
        say(store, ScheduleVisit(visit_on=MAY, task="filters"), subject="V1")
    say(store, ScheduleVisit(visit_on=MAY, task="filters", site_id="S1"), subject="V1")


def test_a_kind_is_said_of_its_own_subjects_only(store):
    with refused("wrong_subject"):
        say(store, Comment(words="x"), about_type="milestone")
