"""A planner re-plans on the page: stored once, shown at once, conflicts told with both values, undone."""

import datetime as dt
from pathlib import Path

from actions.kinds import ReplanMilestone
from actions.store import ActionStore, Draft

NEW = dt.date(2025, 12, 24)


def store(tmp_path: Path) -> ActionStore:
    return ActionStore(f"sqlite:///{tmp_path / 'lake' / 'actions.sqlite'}")


def fill(app, on: dt.date = NEW, code: str | None = "permit", why: str = "fire office") -> None:
    """Fill the open form; its fields carry the id of the action they will make."""
    base = app.session_state["replan_base"]
    app.date_input(key=f"replan_on_{base.action_id}").set_value(on)
    app.selectbox(key=f"replan_code_{base.action_id}").set_value(code)
    app.text_input(key=f"replan_why_{base.action_id}").set_value(why)


def save(app) -> None:
    app.button(key="replan_save").click().run()


def bodies(app) -> str:
    return "\n".join(each.proto.body for each in app.get("html"))


def test_a_new_date_is_stored_and_shown_at_once(open_page, tmp_path):
    app = open_page("projects", "en")
    assert app.selectbox(key="replan_milestone").value == "P1-1"
    fill(app)
    save(app)
    assert not app.exception
    assert "Saved: forecast date 2025-12-24, by Li Na" in app.success[0].value
    assert "2025-12-24 · next night reads it" in bodies(app)
    (action,) = store(tmp_path).all("replan_milestone")
    assert (
        action.subject_id,
        action.payload,
        action.reason_code,
        action.reason,
        action.done_by,
        action.version,
    ) == (
        "P1-1",
        ReplanMilestone(old_on=None, new_on=NEW),
        "permit",
        "fire office",
        "Li Na",
        1,
    )


def test_a_rerun_or_a_second_click_is_no_second_action(open_page, tmp_path):
    app = open_page("projects", "en")
    fill(app)
    save(app)
    app.run()
    assert not app.exception
    assert len(store(tmp_path).all("replan_milestone")) == 1


def test_a_stale_save_is_refused_with_both_values(open_page, tmp_path):
    app = open_page("projects", "en")
    other = ReplanMilestone(old_on=None, new_on=dt.date(2025, 11, 11))
    store(tmp_path).record(Draft("other", "P1-1", other, 0, "weather", "storm", "Wang Wei"))
    fill(app)
    save(app)
    told = app.error[0].value
    assert "2025-11-11" in told
    assert "2025-12-24" in told
    assert "Wang Wei" in told
    assert len(store(tmp_path).all("replan_milestone")) == 1
    app.button(key="replan_reopen").click().run()
    assert app.session_state["replan_base"].version == 1
    fill(app)
    save(app)
    assert [each.payload.new_on for each in store(tmp_path).all("replan_milestone")] == [
        dt.date(2025, 11, 11),
        NEW,
    ]


def test_undo_is_a_further_action_and_gives_the_old_date_back(open_page, tmp_path):
    app = open_page("projects", "en")
    fill(app)
    save(app)
    app.button(key="replan_undo").click().run()
    assert not app.exception
    assert "Undone" in app.success[0].value
    first, undo = store(tmp_path).all("replan_milestone")
    assert undo.undoes_action_id == first.action_id
    assert undo.payload == ReplanMilestone(old_on=NEW, new_on=None)


def test_without_a_name_a_reason_or_a_later_date_nothing_is_stored(open_page, tmp_path):
    app = open_page("projects", "en", who="")
    fill(app)
    save(app)
    assert "Enter your name" in app.error[0].value
    app.text_input(key="who_input").set_value("Li Na").run()
    fill(app, code=None)
    save(app)
    assert "Choose a reason" in app.error[0].value
    fill(app, on=dt.date(2025, 9, 1))
    save(app)
    assert "before the business date 2025-09-30" in app.error[0].value
    assert store(tmp_path).all("replan_milestone") == []


def test_the_link_from_the_overview_opens_the_form_on_that_milestone(open_page):
    app = open_page("projects", "zh", query={"milestone": "P6-1"})
    app.query_params["milestone"] = "P6-1"
    app.run()
    assert app.selectbox(key="replan_milestone").value == "P6-1"


def test_a_store_out_of_reach_is_told_and_the_page_still_reads(open_page, tmp_path):
    (tmp_path / "lake" / "actions.sqlite").mkdir(parents=True)
    app = open_page("projects", "en")
    assert not app.exception
    assert "can't be read or written" in app.warning[0].value
    assert "open milestones are past their plan" in bodies(app)
