"""What stands around every page: who looks, as of when, search, and saving what is seen."""

import re

from tests.support.published import publish_company


def bodies(app) -> str:
    return "\n".join(each.proto.body for each in app.get("html"))


def test_a_person_is_chosen_from_those_who_work_here_and_kept(open_page):
    app = open_page("overview", "zh", who="")
    assert "未登录" in bodies(app)
    choice = app.selectbox(key="person_choice")
    assert choice.options == ["高管 · P01", "财务 · P04", "项目经理 · 华东 · P03", "大区经理 · 华东 · P02"]
    choice.set_value("P03").run()
    app.switch_page("page/projects.py").run()
    assert app.selectbox(key="person_choice").value == "P03"
    assert not app.exception


def test_a_company_without_people_asks_for_a_name_only(open_page):
    app = open_page("overview", "en", has_rows=False)
    assert not [each for each in app.selectbox if each.key == "person_choice"]
    assert app.text_input(key="who_input").value == "Li Na"


def test_an_address_with_as_of_shows_that_day_on_every_page(open_page, tmp_path):
    open_page("overview", "en")
    newer = {"name": "night-2025-10-01", "has_rows": False, "earlier": ["night-2025-09-30"]}
    publish_company(tmp_path / "lake", **newer)
    app = open_page("projects", "en", is_published=False)
    assert "No milestones yet" in bodies(app)
    app = open_page("projects", "en", is_published=False, query={"as_of": "night-2025-09-30"})
    assert "4 of 15 open milestones" in bodies(app)
    assert "You see what was known on 2025-09-30" in bodies(app)


def test_a_day_whose_file_was_cleaned_up_is_said_and_the_newest_is_shown(open_page):
    app = open_page("overview", "en", query={"as_of": "night-2025-09-01"}, earlier=["night-2025-09-01"])
    assert not app.exception
    assert "There is no publication night-2025-09-01" in bodies(app)


def test_an_as_of_that_never_was_is_said_and_the_newest_is_shown(open_page):
    app = open_page("overview", "en", query={"as_of": "night-1999-01-01"})
    assert not app.exception
    assert "There is no publication night-1999-01-01; you see night-2025-09-30." in bodies(app)


def test_search_finds_by_name_and_id_and_says_when_nothing_does(open_page):
    app = open_page("overview", "zh")
    app.text_input(key="search_words").set_value("恒力").run()
    assert not app.exception
    labels = [each.proto.label for each in app.get("page_link")]
    assert any(re.search(r"恒力管道 · 供应商 S5", label) for label in labels), labels
    app.text_input(key="search_words").set_value("no such thing").run()
    assert any("没有找到" in each.value for each in app.caption)


def test_words_of_the_search_are_text_and_not_sql(open_page):
    app = open_page("overview", "en")
    app.text_input(key="search_words").set_value("'; drop table marts.dim_supplier; --").run()
    assert not app.exception
    assert any("Nothing holds" in each.value for each in app.caption)


def test_what_a_table_shows_can_be_saved(open_page):
    app = open_page("suppliers", "en")
    assert app.get("download_button"), "the supplier table offers no file"
