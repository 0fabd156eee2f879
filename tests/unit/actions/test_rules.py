"""The built-in rules on small published tables, and rule files that break their schema."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actions.dry_run import dry_run
from actions.evaluation import apply, decide, evaluate
from actions.findings import Finding
from actions.items import ItemBook
from actions.kinds import AcknowledgeItem, CloseItem, DismissItem, PlanCare, VerifyItem
from actions.rule_files import BUILT_IN, load_rules, read_rule
from actions.store import ActionStore, Draft
from tests.support.rule_tables import TABLES, insert

DAY = dt.date(2025, 9, 30)
NOON = dt.datetime(2025, 10, 1, 2)


@pytest.fixture
def con():
    with duckdb.connect() as connection:
        connection.execute(TABLES)
        yield connection


@pytest.fixture
def store(tmp_path):
    return ActionStore(f"sqlite:///{tmp_path / 'a.sqlite'}", clock=lambda: NOON)


@pytest.fixture(scope="module")
def rules():
    return {rule.rule_id: rule for rule in load_rules()}


def book(store) -> ItemBook:
    return ItemBook.of_actions(store.events())


def milestone(con, milestone_id, late=4, threshold=3, **changes):
    row = {
        "milestone_id": milestone_id,
        "project_id": "P1",
        "name": f"node {milestone_id}",
        "owner_id": "E1",
        "planned_finish_on": DAY - dt.timedelta(days=late),
        "threshold_days": threshold,
        "state_code": "started",
        "is_finished": False,
    }
    insert(con, "marts.fct_milestone", **(row | changes))


def check(con, *, is_passed):
    row = {
        "run_id": "now",
        "check_name": "c",
        "asset_name": "t",
        "severity_code": "error",
        "is_passed": is_passed,
    }
    insert(con, "ops.check_result", **row)


def night(store, con, chosen, day=DAY, now=NOON):
    """One night's evaluation, stored."""
    evaluation = evaluate(chosen, con, day, book(store), now, "CNY")
    applied = apply(store, evaluation, f"night-{day}")
    assert applied.refused == ()
    return evaluation


def answer(store, item, payload, by="Li Na", code="", why=""):
    version = book(store).versions[item.chain_id]
    number = f"{item.chain_id}-{version}"[-64:]
    return store.record(Draft(number, item.chain_id, payload, version, code, why, by, about_type="item"))


# -- what a rule needs ------------------------------------------------------------------------------------


def test_a_missing_table_or_a_bad_query_skips_the_rule_by_name(rules, con):
    con.execute("drop table ops.freshness; alter table ops.check_result drop column asset_name")
    insert(con, "marts.dim_project", project_id="P1", manager_id="PM")
    milestone(con, "M4")
    found = evaluate(rules.values(), con, DAY, ItemBook.of({}), NOON)
    skipped = {each.rule_id: each.told["en"] for each in found.skipped}
    assert "ml.ml_device_risk" in skipped["device_fault"]
    assert "asset_name" in skipped["check_failed"]
    assert [write.payload.rule_id for write in found.opened] == ["milestone_late"]


# -- a node late by more than its own threshold -------------------------------------------------------------


def test_only_the_node_beyond_its_threshold_alerts_and_a_rerun_adds_nothing(rules, con, store):
    insert(con, "marts.dim_project", project_id="P1", name="School", manager_id="PM")
    for days in (2, 3, 4):
        milestone(con, f"M{days}", late=days)
    milestone(con, "M5", late=5, threshold=5)
    milestone(con, "M6", late=9, finished_on=DAY, is_finished=True, state_code="finished")
    milestone(con, "M7", late=9, state_code="cancelled")
    chosen = [rules["milestone_late"]]
    first = night(store, con, chosen)
    assert [write.payload.about_id for write in first.opened] == ["M4"]
    (item,) = book(store).open_items()
    assert (item.owner_id, item.due_on, item.opening.rule_version) == ("E1", DAY + dt.timedelta(days=3), 1)
    assert item.opening.evidence["days_late"] == 4
    again = night(store, con, chosen)
    assert (again.writes, again.standing_count, len(store.events())) == ((), 1, 1)
    assert store.events()[0].publication_name == "night-2025-09-30"


def test_unacknowledged_it_goes_to_the_project_manager_after_48_hours(rules, con, store):
    insert(con, "marts.dim_project", project_id="P1", manager_id="PM")
    milestone(con, "M4")
    milestone(con, "M5", late=5)
    chosen = [rules["milestone_late"]]
    night(store, con, chosen)
    seen, unseen = book(store).open_items()
    answer(store, seen, AcknowledgeItem())
    assert night(store, con, chosen, now=NOON + dt.timedelta(hours=47)).escalated == ()
    (write,) = night(store, con, chosen, now=NOON + dt.timedelta(hours=48)).escalated
    assert (write.chain_id, write.payload.to_id, write.payload.to_role_code) == (
        unseen.chain_id,
        "PM",
        "project_manager",
    )
    assert night(store, con, chosen, now=NOON + dt.timedelta(hours=99)).writes == ()
    assert {item.state_code for item in book(store).open_items()} == {"acknowledged", "escalated"}


def test_what_was_settled_is_not_opened_again_until_a_new_occasion(rules, con, store):
    milestone(con, "M4")
    chosen = [rules["milestone_late"]]
    night(store, con, chosen)
    (item,) = book(store).open_items()
    answer(store, item, CloseItem(cause="no crane", action="hired one"))
    answer(store, item, VerifyItem(result="on site"))
    assert night(store, con, chosen, DAY + dt.timedelta(days=1)).settled_count == 1
    con.execute("update marts.fct_milestone set planned_finish_on = ?", [DAY + dt.timedelta(days=5)])
    assert night(store, con, chosen, DAY + dt.timedelta(days=8)).opened == ()
    assert len(night(store, con, chosen, DAY + dt.timedelta(days=9)).opened) == 1


def test_a_dated_waiver_ends_on_its_day(rules, con, store):
    milestone(con, "M4")
    chosen = [rules["milestone_late"]]
    night(store, con, chosen)
    (item,) = book(store).open_items()
    until = DAY + dt.timedelta(days=5)
    answer(store, item, DismissItem(until_on=until), code="weather", why="the site is shut")
    assert night(store, con, chosen, until).opened == ()
    assert len(night(store, con, chosen, until + dt.timedelta(days=1)).opened) == 1


# -- late material, and one item for one cause --------------------------------------------------------------


def purchase(con, number="L1", order="PO1", needs="M1", expected=12, **changes):
    row = {
        "purchase_line_id": number,
        "purchase_order_id": order,
        "milestone_id": needs,
        "product_id": "X",
        "ordered_on": DAY - dt.timedelta(days=60),
        "promised_on": DAY,
        "current_promised_on": DAY + dt.timedelta(days=expected),
        "quantity_open": 5,
        "line_reporting_amount": 1000,
        "is_cancelled": False,
    }
    insert(con, "marts.fct_purchase_line", **(row | changes))


def test_late_material_alerts_the_nodes_that_need_it_and_no_others(rules, con, store):
    soon = {"late": -20, "planned_start_on": DAY}
    milestone(con, "M1", **soon)
    milestone(con, "M2", late=-90, planned_start_on=DAY + dt.timedelta(days=60))
    purchase(con)
    purchase(con, "L2", "PO2", "M2")
    purchase(con, "L3", "PO3", "M1", quantity_open=0, last_received_on=DAY)
    purchase(con, "L4", "PO4", "M1", is_cancelled=True)
    (write,) = night(store, con, [rules["late_material"]]).opened
    assert (write.payload.about_id, write.payload.evidence["shift_days"]) == ("L1", 12)
    assert write.payload.value_at_risk_amount == Decimal(1000)


def test_the_alert_names_the_best_that_the_data_show(rules, con, store):
    milestone(con, "M1", late=-20, planned_start_on=DAY)
    purchase(con)
    purchase(con, "L2", "PO2")
    for line in ("L1", "L2"):
        insert(con, "marts.mart_batch_risk", purchase_line_id=line, as_of_on=DAY, moved_count=5)
    best = {"purchase_line_id": "L1", "option_code": "other_supplier"}
    for rank, name, saved in ((1, "Harbour Parts", 9), (2, "Hill Parts", 4)):
        option = best | {"option_rank": rank, "option_name": name, "saved_p50_days": saved}
        insert(con, "marts.mart_batch_option", **option)
    found = night(store, con, [rules["late_material"]])
    opened = {each.payload.about_id: each.payload for each in found.opened}
    assert "best: another supplier (Harbour Parts), which recovers 9 days" in opened["L1"].told["en"]
    assert "换供应商（Harbour Parts），工期可追回 9 天" in opened["L1"].told["zh"]
    assert opened["L1"].evidence["moved_count"] == 5
    assert "best" not in opened["L2"].told["en"]
    # It opens before the node is due, and a rerun opens none again.
    assert opened["L1"].opened_on < DAY + dt.timedelta(days=20)
    assert night(store, con, [rules["late_material"]]).opened == ()


def test_a_late_node_and_its_late_material_are_one_item(rules, con, store):
    milestone(con, "M1", late=10, planned_start_on=DAY - dt.timedelta(days=30))
    purchase(con, current_promised_on=DAY - dt.timedelta(days=1))
    purchase(con, "L2", line_reporting_amount=9, current_promised_on=DAY - dt.timedelta(days=1))
    both = [rules["late_material"], rules["milestone_late"]]
    evaluation = night(store, con, both)
    assert [write.payload.about_id for write in evaluation.opened] == ["L1"]
    assert sorted(each.finding.about_id for each in evaluation.merged) == ["L2", "M1"]
    assert night(store, con, both, DAY + dt.timedelta(days=1)).writes == ()
    assert len(book(store).open_items()) == 1


# -- two low ratings ----------------------------------------------------------------------------------------


def sequence(con, customer="C1", number="R2", found=DAY, manager="RM"):
    insert(
        con,
        "marts.mart_rating_sequence",
        rating_sequence_id=number,
        customer_id=customer,
        first_stars=2,
        second_stars=2,
        second_rated_at=dt.datetime.combine(found, dt.time(8)),
        found_on=found,
        manager_id=manager,
        is_national_queue=manager is None,
    )


def test_a_care_plan_opens_once_and_again_after_its_close(rules, con, store):
    chosen = [rules["care_plan_low_ratings"]]
    sequence(con)
    sequence(con, "C2", "R9", manager=None)
    night(store, con, chosen)
    first, other = book(store).open_items()
    assert (first.owner_id, other.owner_id, other.opening.evidence["is_national_queue"]) == ("RM", None, True)
    # A third low rating belongs to the same run: the mart still tells the same sequence.
    assert night(store, con, chosen, DAY + dt.timedelta(days=1)).writes == ()
    plan = PlanCare(
        customer_id="C1", contacted_on=DAY, cause_code="delay", cause="late", compensation_amount=Decimal(0)
    )
    answer(store, first, plan)
    answer(store, first, CloseItem())
    assert night(store, con, chosen, DAY + dt.timedelta(days=2)).opened == ()
    sequence(con, number="R4", found=DAY + dt.timedelta(days=20))
    (second,) = night(store, con, chosen, DAY + dt.timedelta(days=20)).opened
    assert second.payload.occurrence_key == "R4"


def test_a_run_older_than_a_year_asks_for_nothing(rules, con, store):
    sequence(con, found=DAY - dt.timedelta(days=365))
    sequence(con, "C2", "R9", found=DAY - dt.timedelta(days=364))
    opened = night(store, con, [rules["care_plan_low_ratings"]]).opened
    assert [write.payload.about_id for write in opened] == ["C2"]


# -- stock --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "on_hand", "quantity"),
    [
        (dt.date(2025, 7, 31), 20, None),
        (dt.date(2025, 8, 2), 20, Decimal("75.00")),
        (dt.date(2025, 8, 2), 95, None),
    ],
    ids=["a day early", "thirty days ahead", "covered"],
)
def test_a_gap_is_told_thirty_days_ahead(rules, con, store, day, on_hand, quantity):
    insert(
        con,
        "ml.ml_demand_forecast",
        product_id="X",
        period_on=dt.date(2025, 9, 1),
        as_of_on=day,
        quantity_p80=100,
    )
    insert(
        con,
        "marts.mart_stock_position",
        product_id="X",
        as_of_on=day,
        quantity_on_hand=on_hand,
        quantity_on_order=15,
        safety_stock_quantity=10,
        unit_cost_amount=3,
        lead_time_days=14,
    )
    opened = night(store, con, [rules["stock_gap"]], day).opened
    assert [Decimal(str(write.payload.evidence["gap_quantity"])) for write in opened] == (
        [] if quantity is None else [quantity]
    )


def test_what_clears_closes_by_itself_and_comes_back(rules, con, store):
    chosen = [rules["check_failed"]]
    check(con, is_passed=False)
    night(store, con, chosen)
    con.execute("update ops.check_result set is_passed = true")
    insert(con, "ops.check_result", run_id="before", asset_name="t", severity_code="error", is_passed=False)
    assert len(night(store, con, chosen, DAY + dt.timedelta(days=1)).cleared) == 1
    assert book(store).open_items() == []
    con.execute("update ops.check_result set is_passed = false where run_id = 'now'")
    assert len(night(store, con, chosen, DAY + dt.timedelta(days=2)).opened) == 1


def test_a_rule_that_could_not_speak_clears_nothing(rules, con, store):
    chosen = [rules["check_failed"]]
    check(con, is_passed=False)
    night(store, con, chosen)
    con.execute("drop table ops.check_result")
    assert night(store, con, chosen).writes == ()
    assert len(book(store).open_items()) == 1


# -- dry run ------------------------------------------------------------------------------------------------


def test_a_dry_run_counts_what_the_nights_would_have_opened(rules, con, store):
    for number in range(30):
        milestone(con, f"M{number}", late=number * 5)
    milestone(
        con, "F", late=40, finished_on=DAY - dt.timedelta(days=20), is_finished=True, state_code="finished"
    )
    rule = rules["milestone_late"]
    told = dry_run(rule, con, DAY, 90)
    for days in range(89, -1, -1):
        night(store, con, [rule], DAY - dt.timedelta(days=days))
    assert len(told.openings) == len(book(store).all_items()) == 30
    assert (told.day_count, told.standing_count, told.skipped) == (90, 11, None)


def test_a_dry_run_over_publications_takes_the_days_that_were_published(rules, con):
    check(con, is_passed=True)
    with duckdb.connect() as before:
        before.execute(TABLES)
        check(before, is_passed=False)
        earlier = [(DAY - dt.timedelta(days=5), before), (DAY - dt.timedelta(days=400), before)]
        told = dry_run(rules["check_failed"], con, DAY, 90, earlier)
    assert (told.day_count, len(told.openings), told.cleared_count) == (2, 1, 1)


# -- any stream of nights -----------------------------------------------------------------------------------

NIGHTS = st.lists(
    st.tuples(
        st.sets(st.tuples(st.sampled_from("ab"), st.sampled_from("XYZ"), st.sampled_from("123"))),
        st.sampled_from(["nothing", "acknowledge", "close", "dismiss"]),
    ),
    max_size=8,
)


@settings(max_examples=15, deadline=None)
@given(NIGHTS)
def test_for_any_nights_there_is_one_open_item_a_rule_and_thing_and_one_a_cause(tmp_path_factory, drawn):
    store = ActionStore(f"sqlite:///{tmp_path_factory.mktemp('n') / 'a.sqlite'}", clock=lambda: NOON)
    base = read_rule(BUILT_IN / "check_failed.yml")
    two = {name: replace(base, rule_id=name, clears=name == "a") for name in "ab"}
    for number, (found, reply) in enumerate(drawn):
        findings = [
            Finding(two[rule], about, f"{about}{cause}", f"cause:{cause}") for rule, about, cause in found
        ]
        day = DAY + dt.timedelta(days=number)
        for _ in range(2):  # the second is a rerun of the same night
            evaluation = decide(list(two.values()), findings, book(store), day, NOON)
            apply(store, evaluation, None)
        assert evaluation.opened == ()
        items = book(store).open_items()
        assert len({item.chain_id for item in items}) == len(items)
        assert len({item.opening.cause_key for item in items}) == len(items)
        if items and reply == "acknowledge" and items[0].state_code == "open":
            answer(store, items[0], AcknowledgeItem())
        elif items and reply == "close":
            answer(store, items[0], CloseItem(cause="c", action="a"))
        elif items and reply == "dismiss":
            answer(store, items[0], DismissItem(), code="other", why="no")
