"""Every page through the entry point, in both languages: with rows, without, and without a publication."""

import re

import pytest

from cockpit.shell.navigation import PAGES
from tests.support.published import publish_company

KEYS = [page.key for page in PAGES]


def html_of(app) -> str:
    """All HTML and Markdown that the page wrote."""
    return "\n".join(str(getattr(each, "proto", each)) for each in app.get("html")) + "\n".join(
        each.value for each in app.markdown
    )


def finding(app) -> str:
    """The page's title."""
    found = re.search(r'class="finding">(.*?)</h1>', "\n".join(each.proto.body for each in app.get("html")))
    assert found, "the page has no finding"
    return found[1]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("key", KEYS)
def test_a_page_with_rows_shows_its_finding(open_page, key, language):
    app = open_page(key, language)
    assert not app.exception
    assert not app.error
    title = finding(app)
    assert re.search(r"\d", title), title
    assert bool(re.search(r"[\u4e00-\u9fff]", re.sub(r"市一院新院区|恒力管道|冷水机组", "", title))) == (
        language == "zh"
    )


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("key", KEYS)
def test_a_page_without_rows_says_what_would_fill_it(open_page, key, language):
    app = open_page(key, language, has_rows=False)
    assert not app.exception
    bodies = "\n".join(each.proto.body for each in app.get("html"))
    assert 'class="empty"' in bodies
    assert "company.yml" in bodies


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_lake_without_publication_says_what_to_do(open_page, language):
    app = open_page("overview", language, is_published=False)
    assert not app.exception
    assert "gantry run" in "\n".join(each.proto.body for each in app.get("html"))


def test_a_failed_night_and_failed_checks_are_told_and_figures_greyed(open_page):
    app = open_page("projects", "en", failed_check=True, failed_night=True)
    bodies = "\n".join(each.proto.body for each in app.get("html"))
    assert 'class="banner bad"' in bodies
    assert 'class="banner watch"' in bodies
    assert "the last good state, night-2025-09-30" in bodies


def test_pages_move_on_when_the_pointer_moves(open_page, tmp_path):
    app = open_page("projects", "en")
    assert "4 of 15 open milestones" in finding(app)
    publish_company(tmp_path / "lake", name="night-2025-10-01", has_rows=False)
    app.run()
    assert finding(app) == "No milestones yet"


def test_the_language_switch_turns_the_whole_page(open_page):
    app = open_page("suppliers", "zh")
    assert "家供应商中" in finding(app)
    app.button(key="language_switch").click().run()
    assert "suppliers reach" in finding(app)
    assert not app.exception


def test_an_older_publication_is_told_not_crashed(open_page, tmp_path, monkeypatch):
    from tests.support import published

    columns = published.mart_columns()
    older = {name: kinds for name, kinds in columns.items() if name != "mart_supplier_scorecard"}
    with monkeypatch.context() as patch:
        patch.setattr(published, "mart_columns", lambda: older)
        publish_company(tmp_path / "lake", has_rows=False)
    app = open_page("suppliers", "en", is_published=False)
    assert not app.exception
    assert finding(app) == "This publication was made by another version"


@pytest.mark.parametrize("question", ["delay", "demand", "churn"])
def test_each_forecast_says_its_method_and_publication(open_page, question):
    app = open_page("forecasts", "en")
    app.segmented_control(key="forecast_question").set_value(question).run()
    assert not app.exception
    bodies = "\n".join(each.proto.body for each in app.get("html"))
    assert "Method: " in bodies
    assert "publication: night-2025-09-30" in bodies


@pytest.mark.parametrize(
    "section",
    ["rows", "quarantine", "exchange", "checks", "freshness", "figures", "publications", "dictionary"],
)
@pytest.mark.parametrize("has_rows", [True, False])
def test_each_section_of_the_data_page(open_page, section, has_rows):
    app = open_page("trust", "zh", has_rows=has_rows)
    app.segmented_control(key="trust_section").set_value(section).run()
    assert not app.exception
    assert not app.error


@pytest.mark.parametrize(
    ("language", "name", "state"),
    [
        ("zh", "准时足量率（OTIF）", "3 行在隔离区（erp__purchase_lines 3），计入后在 89.7% 与 90.0% 之间"),
        ("en", "On time in full (OTIF)", "3 wait (erp__purchase_lines 3); with them it lies between"),
    ],
    ids=["zh", "en"],
)
def test_the_address_of_a_tile_opens_the_passport_of_its_figure(open_page, language, name, state):
    app = open_page("trust", language)
    app.query_params["figure"] = "otif"
    app.run()
    assert not app.exception
    assert app.segmented_control(key="trust_section").value == "figures"
    assert app.selectbox(key="trust_figure").value == "otif"
    bodies = "\n".join(each.proto.body for each in app.get("html"))
    assert all(told in bodies for told in (name, state, "90.0%", "1,000", "run-1", "night-2025-09-30"))
    assert any("from int_source" in each.value for each in app.code)
    app.selectbox(key="trust_figure").set_value("project_health_score").run()
    assert app.selectbox(key="trust_figure").value == "project_health_score"
    app.segmented_control(key="trust_section").set_value("checks").run()
    assert app.segmented_control(key="trust_section").value == "checks"


def test_a_failed_check_is_told_in_the_passports_that_stand_on_it(open_page):
    app = open_page("trust", "en", failed_check=True)
    app.query_params["figure"] = "milestone_on_time_share"
    app.run()
    bodies = "\n".join(each.proto.body for each in app.get("html"))
    assert "in doubt: a check that it stands on has failed" in bodies
    assert "fct_milestone: finish_after_start" in bodies
    app.selectbox(key="trust_figure").set_value("otif").run()
    assert "in doubt" not in "\n".join(each.proto.body for each in app.get("html"))


def test_the_rows_behind_a_figure_are_shown_when_asked_for(open_page):
    app = open_page("trust", "en")
    app.query_params["figure"] = "milestone_overdue_count"
    app.run()
    before = len(app.dataframe)
    app.toggle(key="trust_rows_milestone_overdue_count").set_value(True).run()
    assert not app.exception
    assert len(app.dataframe) == before + 1
    assert app.dataframe[-1].value["milestone_overdue_count"].to_list()[:3] == [4, 5, 6]
    assert "mart_overview_month: the first 36 of 36 rows" in "\n".join(each.value for each in app.caption)


def test_an_address_of_no_figure_is_told(open_page):
    app = open_page("trust", "en")
    app.query_params["figure"] = "no_such"
    app.run()
    assert not app.exception
    assert "No figure is registered as “no_such”" in "\n".join(each.value for each in app.caption)


@pytest.mark.parametrize("scope", ["late", "open", "finished"])
def test_each_scope_of_the_projects_page(open_page, scope):
    app = open_page("projects", "en")
    app.segmented_control(key="projects_scope").set_value(scope).run()
    app.text_input(key="projects_search").set_value("no such project").run()
    assert not app.exception
    assert "Nothing matches the filter" in "\n".join(each.proto.body for each in app.get("html"))
