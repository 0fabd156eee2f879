"""Items as they are listed, what may be done with them, what came of them, and stepping in on a node."""

import datetime as dt

import polars as pl
import pytest

from actions.errors import InvalidActionError, StaleVersionError
from actions.items import ItemBook
from actions.kinds import AcknowledgeItem, AssignItem, CloseItem, OpenItem
from cockpit.services import deviations, items, outcomes, progress
from cockpit.services.items import Names
from cockpit.services.people import Person
from cockpit.services.steps import Said, Seen, pressed_id, stale_words, take
from lake.publication import Publication
from tests.support.published_actions import care, closed_items, open_items, store_of, write
from tests.support.published_partners import AS_OF

NAMES = Names(
    "en", {"idle_stock": {"en": "Idle stock", "zh": "呆滞"}}, {"P03": Person("P03", "project_manager")}
)
NIGHT = Publication("n", 1, AS_OF, "night", "ok", dt.datetime(2025, 10, 1), "r", "n.duckdb")
CARE = "care_plan_low_ratings|C2"


def book(store) -> ItemBook:
    return ItemBook.of_actions(store.events())


def test_the_dearest_come_first_and_what_is_taken_on_waits_no_more(tmp_path):
    store = open_items(tmp_path)
    assert [each.item_id for each in items.to_decide(book(store).open_items(), 3)] == [
        "open-2",
        "open-0",
        "open-1",
    ]
    write(store, "a", CARE, AcknowledgeItem(), 1, "P02")
    assert [each.item_id for each in items.to_decide(book(store).open_items(), 2)] == ["open-0", "open-1"]


def test_filters_by_state_rule_and_owner(tmp_path):
    every = book(open_items(tmp_path)).all_items()

    def ids(**given):
        asked = {"scope": "open", "rule_id": None, "owner": None, "person": NAMES.people["P03"]} | given
        return [each.item_id for each in items.chosen(every, **asked)]

    assert ids(owner="me") == ["open-0", "open-1"]
    assert ids(owner="role:warehouse") == ["open-3"]
    assert ids(rule_id="care_plan_low_ratings") == ["open-2"]
    assert ids(scope="closed") == []
    assert len(ids(scope="unseen")) == 5


def test_what_may_be_done_follows_state_and_needs(tmp_path):
    store = open_items(tmp_path)
    chain = book(store).last(CARE)
    assert items.verbs(chain) == ["care", "assign", "escalate", "dismiss"]
    write(store, "c", CARE, care(900, 1_000), 1, "P02")
    assert items.verbs(book(store).last(CARE))[0] == "close"
    late = "milestone_late|P1-3"
    write(store, "d", late, CloseItem(cause="c", action="a"), 1, "P03")
    assert items.verbs(book(store).last(late)) == ["verify", "reopen", "dismiss"]


def test_one_press_is_one_action_and_a_later_one_is_told_both_values(tmp_path):
    store = open_items(tmp_path)
    seen = Seen(CARE, 1)
    first = take(store, seen, AcknowledgeItem(), Said("P02"), pressed_id("acknowledge", seen, "P02"))
    again = take(store, seen, AcknowledgeItem(), Said("P02"), pressed_id("acknowledge", seen, "P02"))
    assert first == again
    with pytest.raises(StaleVersionError) as refused:
        take(store, seen, AssignItem(owner_id="P03"), Said("P01"), "x")
    told = stale_words(refused.value, AssignItem(owner_id="P03"), first.payload, NAMES)
    assert "Handed over to Project manager P03" in told
    assert "Taken on" in told


def test_the_effect_is_told_with_n_and_interval():
    rows = pl.DataFrame(list(closed_items()), infer_schema_length=None)
    effect = outcomes.effect(rows)
    assert (effect.item_count, effect.mean) == (2, 1.75)
    assert effect.low < 1.75 < effect.high
    assert outcomes.effect(rows.head(1)).low is None
    assert outcomes.effect(rows.tail(1)).mean is None


def node(**other):
    base = {
        "milestone_id": "M1",
        "name": "Chillers",
        "project_id": "P1",
        "project_name": "North",
        "customer_id": "C1",
        "owner_id": "E7",
        "delay_p50_days": 12,
        "threshold_days": 10,
        "value_amount": 1_234.5,
        "planned_finish_on": AS_OF,
        "finish_p50_on": AS_OF,
    }
    return base | other


def test_stepping_in_opens_one_item_for_the_owner_and_then_does_nothing(tmp_path):
    store = store_of(tmp_path)
    chain, payload = deviations.intervention(node(), None, AS_OF, "CNY")
    assert isinstance(payload, OpenItem)
    write(store, "i", chain, payload, 0, "P01")
    there = deviations.open_for("M1", book(store).open_items())
    assert there.owner_id == "E7"
    assert deviations.intervention(node(), there, AS_OF, "CNY") is None


def test_stepping_in_where_an_alert_is_open_hands_it_to_the_owner(tmp_path):
    there = deviations.open_for("P1-3", book(open_items(tmp_path)).open_items())
    assert deviations.intervention(node(milestone_id="P1-3"), there, AS_OF, "CNY") == (
        "milestone_late|P1-3",
        AssignItem(owner_id="E7"),
    )


def report(store, pct, base=None, published=40.0, **other):
    opened = base or progress.open_form("M1", published, store.history("milestone_progress", "M1"))
    return progress.save(store, opened, progress.Report(pct, "", "P03", **other), published, NIGHT)


def test_progress_never_falls_without_a_reason(tmp_path):
    store = store_of(tmp_path)
    report(store, 60.0)
    with pytest.raises(InvalidActionError, match="60"):
        report(store, 50.0)
    report(store, 50.0, reason_code="rework", reason="torn down")
    assert progress.current_pct(40.0, store.history("milestone_progress", "M1")) == 50


def test_a_stale_report_is_refused_with_both_values_and_a_repeat_is_none(tmp_path):
    store = store_of(tmp_path)
    base = progress.open_form("M1", 40.0, [])
    report(store, 60.0)
    with pytest.raises(StaleVersionError, match=r"60 %.*70 %"):
        report(store, 70.0, base)
    moved = progress.open_form("M2", 40.0, [])
    with pytest.raises(StaleVersionError, match="55 %"):
        progress.save(store, moved, progress.Report(70.0, "", "P03"), 55.0, NIGHT)


def test_reported_progress_lies_over_the_published_one(tmp_path):
    store = store_of(tmp_path)
    report(store, 60.0)
    rows = pl.DataFrame({"milestone_id": ["M1", "M2"], "progress_pct": [40.0, 10.0]})
    assert progress.overlay(rows, store.newest("report_progress"))["progress_pct"].to_list() == [60.0, 10.0]
