"""Late material on the pages: options accepted or proposed, scenarios side by side and made the plan."""

import datetime as dt
from pathlib import Path

from actions.kinds import AcceptAlternative, Approve, ExpediteSupplier
from actions.store import ActionStore, Draft
from tests.support.published_batches import LINE
from tests.support.published_partners import AS_OF


def store(tmp_path: Path) -> ActionStore:
    return ActionStore(f"sqlite:///{tmp_path / 'lake' / 'actions.sqlite'}")


def bodies(app) -> str:
    return "\n".join(each.proto.body for each in app.get("html"))


def test_an_option_below_the_limit_is_accepted_at_once_and_taken_back(open_page, tmp_path):
    app = open_page("suppliers", "en")
    assert not app.exception
    assert "the project finishes 12 days later at P50 and 9 at P80" in bodies(app)
    assert [app.button(key=f"accept_{rank}").label for rank in (1, 2, 3)] == ["Accept", "Propose", "Propose"]
    app.button(key="accept_1").click().run()
    assert not app.exception
    assert "Accepted: Another supplier · 海港配件" in app.success[0].value
    (action,) = store(tmp_path).all("accept_alternative")
    assert (action.subject_id, action.payload.days_saved, action.payload.milestone_id) == (LINE, 12, "P1-4")
    assert app.button(key="accept_1").disabled
    app.run()
    assert len(store(tmp_path).all("accept_alternative")) == 1
    app.button(key="alternative_undo").click().run()
    assert not app.exception
    assert len(store(tmp_path).all("accept_alternative")) == 2
    assert not app.button(key="accept_1").disabled


def test_above_the_limit_another_person_approves(open_page, tmp_path):
    app = open_page("suppliers", "en")
    app.button(key="accept_2").click().run()
    assert "Another person approves it" in app.success[0].value
    assert "Waits for approval: Another warehouse" in bodies(app)
    (proposal,) = store(tmp_path).all("accept_alternative")
    app.switch_page("page/actions.py").run()
    assert not app.exception
    assert "Option against late material" in bodies(app)
    yes = Approve(answers_action_id=proposal.action_id)
    store(tmp_path).record(Draft("yes", LINE, yes, 1, "", "", "Wang Wei", about_type="alternative"))
    app.switch_page("page/suppliers.py").run()
    assert "Approved: Another warehouse" in bodies(app)


def test_a_supplier_is_hurried(open_page, tmp_path):
    app = open_page("suppliers", "en", query={"supplier": "S1"})
    assert not app.exception
    app.button(key="expedite_save").click().run()
    assert not app.exception
    (action,) = store(tmp_path).all("expedite_supplier")
    assert action.payload == ExpediteSupplier(
        supplier_id="S1", asked_on=AS_OF, wanted_on=AS_OF + dt.timedelta(days=8)
    )


def what_if(open_page, **query):
    return open_page("projects", "en", query={"project": "P1", "section": "whatif", **query})


def test_a_batch_and_its_option_stand_side_by_side_with_the_days_recovered(open_page, tmp_path):
    app = what_if(open_page, batch=LINE)
    assert not app.exception
    table = bodies(app)
    assert "冷冻水泵 is late, nothing is done" in table
    assert "Recovered" in table
    app.button(key="whatif_accept_B").click().run()
    assert not app.exception
    (action,) = store(tmp_path).all("accept_alternative")
    assert isinstance(action.payload, AcceptAlternative)
    assert action.payload.option == "Another supplier · 海港配件"


def test_a_scenario_becomes_the_plan_with_a_reason(open_page, tmp_path):
    app = what_if(open_page)
    assert "No scenario yet" in bodies(app)
    app.button_group(key="whatif_kind_7").set_value("date").run()
    milestone = app.selectbox(key="whatif_milestone").value
    app.date_input(key=f"whatif_on_{milestone}").set_value(AS_OF + dt.timedelta(days=90))
    app.button(key="whatif_try").click().run()
    assert not app.exception
    assert "is done on 2025-12-29" in bodies(app)
    app.button(key="whatif_approve_A").click().run()
    assert "Choose a reason" in app.error[0].value
    app.selectbox(key="whatif_code_A").set_value("material_late")
    app.text_input(key="whatif_why_A").set_value("pumps late")
    app.button(key="whatif_approve_A").click().run()
    assert not app.exception
    stored = store(tmp_path).all("replan_milestone")
    assert {each.subject_id: each.payload.new_on for each in stored}[milestone] == dt.date(2025, 12, 29)
    assert {each.reason for each in stored} == {"pumps late"}
    app.button(key="whatif_drop_A").click().run()
    assert "No scenario yet" in bodies(app)


def test_a_company_without_purchases_reads_both_pages(open_page):
    app = open_page("suppliers", "zh", has_rows=False)
    assert not app.exception
    assert "没有会迟到的物料" in bodies(app)


def test_a_project_is_planned_anew_with_its_crews_and_accepted_with_a_reason(open_page, tmp_path):
    app = what_if(open_page)
    assert "What late batches move" in bodies(app)
    app.button(key="crew_plan_ask").click().run(timeout=60)
    assert not app.exception
    told = " ".join(each.value for each in app.markdown)
    assert "Days after the baseline in all" in told
    captions = " ".join(each.value for each in app.caption)
    assert "on 0 by this plan" in captions
    app.button(key="whatif_approve_crews").click().run()
    assert "Choose a reason" in app.error[0].value
    app.selectbox(key="whatif_code_crews").set_value("labour")
    app.text_input(key="whatif_why_crews").set_value("crews as they are")
    app.button(key="whatif_approve_crews").click().run()
    assert not app.exception
    stored = store(tmp_path).all("replan_milestone")
    assert stored
    assert {each.reason for each in stored} == {"crews as they are"}
