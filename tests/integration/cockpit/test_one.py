"""The pages of one project, one customer and one supplier, opened by their address."""

import re

import pytest

from cockpit.services.portfolio import SIGHTS
from cockpit.services.project import SECTIONS

ONE = {"projects": ("project", "P1"), "customers": ("customer", "C1"), "suppliers": ("supplier", "S1")}


def bodies(app) -> str:
    """All HTML that the page wrote."""
    return "\n".join(each.proto.body for each in app.get("html"))


def finding(app) -> str:
    """The page's title."""
    return re.search(r'class="finding">(.*?)</h1>', bodies(app))[1]


def opened(open_page, page, language="en", **query):
    """A page with its address."""
    app = open_page(page, language)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("page", ONE)
def test_the_address_opens_one_and_the_button_goes_back(open_page, page, language):
    parameter, key = ONE[page]
    app = open_page(page, language)
    before = finding(app)
    app.query_params[parameter] = key
    app.run()
    assert not app.exception
    assert not app.error
    assert finding(app) != before
    app.button(key=f"back_{parameter}").click().run()
    assert not app.exception
    assert finding(app) == before
    assert parameter not in app.query_params


@pytest.mark.parametrize("page", ONE)
def test_an_address_of_nothing_is_told_and_the_page_shown(open_page, page):
    app = opened(open_page, page, **{ONE[page][0]: "no-such"})
    assert not app.exception
    assert "no-such" in "\n".join(each.value for each in app.caption)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("section", SECTIONS)
def test_each_section_of_a_project(open_page, section, language):
    app = opened(open_page, "projects", language, project="P1", section=section)
    assert not app.exception
    assert not app.error
    assert app.segmented_control(key="project_section").value == section
    assert 'class="ribbon"' in bodies(app)


@pytest.mark.parametrize("section", SECTIONS)
def test_a_project_of_which_little_is_known_says_what_is_missing(open_page, section):
    app = opened(open_page, "projects", project="P6", section=section)
    assert not app.exception
    assert 'class="empty"' in bodies(app)


def test_the_golden_project_was_compressed_by_a_third(open_page):
    app = opened(open_page, "projects", project="G2")
    assert not app.exception
    assert "60 days ahead of plan" in finding(app)
    assert "33.3%" in finding(app)
    told = bodies(app)
    assert "Schedule compression" in told
    assert "120 days, 180 planned" in told


def test_stages_lead_to_their_events(open_page):
    app = opened(open_page, "projects", project="P1")
    trace = app.dataframe[0].value
    assert trace["event_id"].to_list() == ["P1-E1", "P1-E2", "P1-E3", "P1-E4"]
    assert trace["source_row"].to_list()[0] == "PMS-1"


def test_a_work_order_leads_to_its_expenses(open_page):
    app = opened(open_page, "projects", project="P1", section="cost")
    assert "Budget" in bodies(app)
    assert "trust?figure=project_budget_amount" in bodies(app)


def test_the_moves_of_a_promise_add_up_to_final_less_first(open_page):
    app = opened(open_page, "projects", project="P1", section="trust")
    promises = next(each.value for each in app.dataframe if "move_count" in each.value.columns)
    assert promises["moved_days"].to_list() == [9]
    days = (promises["final_on"] - promises["first_on"]).dt.days
    assert days.to_list() == [9]
    assert "It can: all decisive checks passed." in bodies(app)


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("scope", ["late", "open", "finished"])
def test_each_sight_of_the_portfolio_from_its_address(open_page, sight, scope):
    app = opened(open_page, "projects", scope=scope, view=sight)
    assert not app.exception
    assert app.segmented_control(key="projects_scope").value == scope
    assert app.segmented_control(key="projects_view").value == sight


def test_filters_live_in_the_address_by_code_in_both_languages(open_page):
    app = open_page("projects", "en")
    app.segmented_control(key="projects_scope").set_value("finished").run()
    app.text_input(key="projects_search").set_value("P2").run()
    assert app.query_params["scope"] == "finished"
    assert app.query_params["find"] == "P2"
    app.button(key="language_switch").click().run()
    assert app.segmented_control(key="projects_scope").value == "finished"
    assert app.text_input(key="projects_search").value == "P2"
    app.segmented_control(key="projects_scope").set_value("late").run()
    assert "scope" not in app.query_params


def test_what_the_address_asks_for_and_does_not_exist_is_the_default(open_page):
    app = opened(open_page, "projects", scope="no-such", region="nowhere")
    assert not app.exception
    assert app.segmented_control(key="projects_scope").value == "late"
    assert app.selectbox(key="projects_region").value is None


def test_a_segment_is_the_whole_page_and_segments_add_up(open_page):
    app = opened(open_page, "customers", segment="school")
    assert not app.exception
    assert app.dataframe[0].value["customer_name"].to_list() == ["理工大学"]
    assert "192 m in all, 4 customers" in "\n".join(each.value for each in app.caption)


def test_an_order_opens_its_customer(open_page):
    app = opened(open_page, "customers", order="C1-SO1")
    assert finding(app).startswith("市卫生局: tier S (Strategic)")


def test_the_orders_of_a_customer_add_up_to_its_order_amount(open_page):
    app = opened(open_page, "customers", customer="C1")
    orders = next(each.value for each in app.dataframe if "order_line_count" in each.value.columns)
    assert orders["amount"].sum() == 92_000_000
    assert "2 orders come to 92 m" in bodies(app)
    told = bodies(app)
    assert all(f'"{name}' not in told for name in ("None", "nan"))
    for figure in ("customer_dso_days", "customer_delinquent_days", "customer_payment_grade"):
        assert f"trust?figure={figure}" in told


def test_the_ladder_of_promises_counts_lines_by_each_date(open_page):
    app = opened(open_page, "suppliers", supplier="S1")
    told = bodies(app)
    for share in ("40.0%", "70.0%", "80.0%", "90.0%"):
        assert share in told
    assert "Promises lie 5.0 days after the request" in told
