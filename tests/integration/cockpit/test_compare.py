"""One «as of» for all pages and a second date beside it: what was known then, and what came late."""

import datetime as dt
import json

import duckdb

from tests.support.published import publish_company
from tests.support.published_days import AFTER, BEFORE

LATE = "P3-3"
#: A figure by which the rows behind it can be counted by month.
COUNTED = (
    "update ops.figure set from_table = 'fct_milestone', where_sql = 'is_finished', kind_code = 'mean',"
    " value_sql = 'avg(days_late)', key_column = 'milestone_id', grain_columns = '{}',"
    """ filters = '{"month": "finished_on"}' where figure_id = 'milestone_on_time_share'"""
)
#: What the second night learned of a month that was over on the first: a finish, and its counts.
ARRIVED = (
    (
        "update marts.fct_milestone set is_finished = true, finished_on = '2025-08-20'"
        f" where milestone_id = '{LATE}'"
    ),
    (
        "update marts.mart_overview_month set milestone_on_time_count = milestone_on_time_count + 1"
        " where period_on = '2025-08-01'"
    ),
    "update ops.figure_run set value = 0.92 where figure_id = 'milestone_on_time_share'",
    "update marts.mart_project_health set finish_p80_on = '2026-03-11' where project_id = 'P1'",
)
EARLIER = ("update marts.mart_project_health set finish_p80_on = '2026-03-01' where project_id = 'P1'",)


def tiles(app) -> str:
    """The strip of tiles as the browser gets it."""
    drawings = [json.loads(each.proto.json) for each in app.get("bidi_component")]
    return next(each for each in drawings if 'class="tiles' in each)


def bodies(app) -> str:
    return "\n".join(each.proto.body for each in app.get("html"))


def change(root, name, *statements):
    with duckdb.connect(str(root / "published" / f"{name}.duckdb")) as con:
        for statement in statements:
            con.execute(statement)


def test_a_day_reads_as_it_was_and_what_came_late_shows_after_it_arrived(open_page, tmp_path):
    root = tmp_path / "lake"
    publish_company(root, name=BEFORE)
    change(root, BEFORE, COUNTED, *EARLIER)
    then = tiles(open_page("overview", is_published=False))
    publish_company(root, name=AFTER, earlier=[BEFORE])
    day = dt.date(2025, 9, 29)
    change(
        root,
        AFTER,
        COUNTED,
        f"update ops.publication set as_of_on = '{day}' where name = '{BEFORE}'",
        *ARRIVED,
    )

    archived = open_page("overview", is_published=False, query={"as_of": BEFORE})
    assert tiles(archived) == then
    newest = open_page("overview", is_published=False)
    assert tiles(newest) != then

    newest.selectbox(key="compare_choice").set_value(BEFORE).run()
    assert not newest.exception
    assert newest.query_params["against"] == BEFORE
    assert "vs 2025-09-29: +" in tiles(newest)
    table = next(each.value for each in newest.dataframe if "compare_reason" in each.value.columns)
    assert table["compare_reason"].to_list()[0] == "late data: 1 more rows about the time before Sep 2025"
    assert (table["compare_reason"] == "").sum() == len(table) - 1

    projects = open_page("projects", "zh", is_published=False, query={"against": BEFORE})
    projects.query_params["against"] = BEFORE
    projects.run()
    assert not projects.exception
    moved = next(each.value for each in projects.dataframe if "p80_moved_days" in each.value.columns)
    assert moved["p80_moved_days"].to_list() == [10]
    assert "从 2025-09-29 到 2025-09-30" in bodies(projects)


def test_both_dates_go_along_from_page_to_page_until_they_are_taken_back(open_page, tmp_path):
    root = tmp_path / "lake"
    publish_company(root, name=BEFORE)
    publish_company(root, name=AFTER, earlier=[BEFORE])
    change(root, AFTER, f"update ops.publication set as_of_on = '2025-09-29' where name = '{BEFORE}'")
    app = open_page("overview", is_published=False, query={"as_of": BEFORE})
    app.selectbox(key="compare_choice").set_value(AFTER).run()
    for page in ("money", "projects"):
        # What a link of the navigation does.
        app.query_params.clear()
        app.switch_page(f"page/{page}.py").run()
        assert not app.exception
        assert dict(app.query_params) == {"as_of": BEFORE, "against": AFTER}
    assert app.selectbox(key="compare_choice").value == AFTER
    app.selectbox(key="compare_choice").set_value(None).run()
    app.query_params.clear()
    app.switch_page("page/overview.py").run()
    assert dict(app.query_params) == {"as_of": BEFORE}
    assert app.selectbox(key="compare_choice").value is None


def test_an_address_that_names_no_state_is_said_and_nothing_is_compared(open_page):
    app = open_page("overview", query={"against": "night-1999-01-01"})
    assert not app.exception
    assert "night-1999-01-01" in "\n".join(each.value for each in app.caption)
    assert "compare_reason" not in {name for each in app.dataframe for name in each.value.columns}
