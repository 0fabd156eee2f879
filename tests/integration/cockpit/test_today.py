"""A morning in the cockpit: what changed, taking on, handing over, closing, approving, reporting."""

import re

import pytest

from actions.items import ItemBook
from actions.kinds import AcknowledgeItem, ReportProgress
from actions.store import Draft
from tests.support.published import publish_company
from tests.support.published_actions import care, open_items, store_of, write
from tests.support.published_days import publish_two_days

CARE = "care_plan_low_ratings|C2"
LATE = "milestone_late|P1-3"


@pytest.fixture
def lake(tmp_path):
    """A published lake whose store holds the items of a night."""
    publish_company(tmp_path / "lake")
    open_items(tmp_path / "lake")
    return tmp_path / "lake"


def bodies(app) -> str:
    return "\n".join(each.proto.body for each in app.get("html"))


def choose(app, person="P03"):
    app.selectbox(key="person_choice").set_value(person).run()
    assert not app.exception
    return app


def button(app, start):
    return next(each for each in app.button if each.key.startswith(start))


def titles(app, place) -> list[str]:
    """What the buttons of a place still offer to take on."""
    return [each.key for each in app.button if re.fullmatch(rf"{place}_\d_acknowledge", each.key or "")]


def state_of(lake, chain) -> str:
    return ItemBook.of_actions(store_of(lake).events()).last(chain).state_code


def test_two_publications_that_differ_in_three_facts_list_exactly_these_ranked(open_page, tmp_path):
    publish_two_days(tmp_path / "lake")
    app = open_page("today", "en", is_published=False)
    assert not app.exception
    listed = re.findall(r'<a href="(\w+)\?[^"]*"[^>]*><i[^>]*>.</i><span><b>(.*?)</b>', bodies(app))
    assert [page for page, _ in listed] == ["customers", "suppliers", "projects"]
    assert "3 things changed" in bodies(app)


def test_acknowledging_takes_it_off_my_day_and_writes_one_event(open_page, lake):
    app = choose(open_page("today", "en", is_published=False))
    assert len(titles(app, "task")) == 2
    app.button(key="task_1_acknowledge").click().run()
    assert "Taken on by P03" in app.success[0].value
    assert len(titles(app, "task")) == 1
    app.run()
    (event,) = [each for each in store_of(lake).events() if each.kind_code == "acknowledge_item"]
    assert (event.subject_id, event.done_by, event.publication_name) == (LATE, "P03", "night-2025-09-30")


def test_a_press_on_what_somebody_took_meanwhile_is_refused_with_both_values(open_page, lake):
    app = choose(open_page("today", "en", is_published=False))
    write(store_of(lake), "quick", CARE, AcknowledgeItem(), 1, "P02")
    app.button(key="five_1_acknowledge").click().run()
    assert "P02" in app.error[0].value
    assert "it now says Taken on" in app.error[0].value
    assert len(store_of(lake).history("item", CARE)) == 2


def test_handing_over_moves_it_to_another_day(open_page, lake):
    app = choose(open_page("today", "en", is_published=False))
    app.selectbox(key="task_1_hand_person_1").set_value("P02").run()
    app.button(key="task_1_hand_save").click().run()
    assert len(titles(app, "task")) == 1
    assert ItemBook.of_actions(store_of(lake).events()).last(LATE).owner_id == "P02"


def test_nobody_may_write_without_a_name_or_in_the_past(open_page, lake):
    app = open_page("today", "en", is_published=False, who="")
    assert "choose who you are" in app.info[0].value
    assert not titles(app, "five")
    publish_company(lake, name="night-2025-10-01", earlier=["night-2025-09-30"])
    app = open_page("actions", "en", is_published=False, query={"as_of": "night-2025-09-30"})
    assert "a past state" in app.info[0].value


def test_an_item_is_closed_with_cause_and_action_and_undone(open_page, lake):
    app = choose(open_page("actions", "en", is_published=False))
    app.query_params["item"] = "open-0"
    app.run()
    verb = next(each for each in app.button_group if each.key.startswith("item_verb_"))
    verb.set_value("close").run()
    button(app, "item_save_").click().run()
    assert "missing: cause, action" in app.error[0].value
    for field in app.text_area:
        field.set_value("late pump")
    button(app, "item_save_").click().run()
    assert not app.exception
    assert state_of(lake, LATE) == "done"
    button(app, "item_undo_").click().run()
    assert state_of(lake, LATE) == "open"


def test_what_lies_above_the_limit_is_approved_by_another(open_page, lake):
    write(store_of(lake), "plan", CARE, care(9_000, 5_000), 1, "P02")
    app = choose(open_page("actions", "en", is_published=False), "P02")
    assert not [each for each in app.button if each.key == "approve_plan"]
    choose(app, "P01")
    app.button(key="approve_plan").click().run()
    assert "Approved" in app.success[0].value
    assert store_of(lake).history("item", CARE)[-1].kind_code == "approve"


def test_the_address_filters_the_inbox_and_an_unknown_item_is_said(open_page, lake):
    app = open_page("actions", "en", is_published=False)
    app.query_params.update({"rule": "idle_stock", "item": "nothing"})
    app.run()
    assert app.selectbox(key="items_rule").value == "idle_stock"
    assert any("There is no item" in each.value for each in app.caption)


def test_progress_falls_only_with_a_reason_and_a_stale_report_is_refused(open_page, lake):
    app = choose(open_page("phone", "en", is_published=False))
    app.button(key="report_P6-1").click().run()
    app.number_input[0].set_value(20.0).run()
    button(app, "progress_save_").click().run()
    assert "does not fall without one" in app.error[0].value
    other = ReportProgress(old_pct=None, new_pct=70)
    store_of(lake).record(Draft("other", "P6-1", other, 0, "", "", "P02"))
    app.number_input[0].set_value(60.0).run()
    button(app, "progress_save_").click().run()
    assert "it now says 70 %, you wanted 60 %" in app.error[0].value
    assert len(store_of(lake).all("report_progress")) == 1
