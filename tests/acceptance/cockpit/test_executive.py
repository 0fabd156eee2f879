"""An executive's morning: how do we stand, where does it come from, who is behind it, what has changed."""

from __future__ import annotations

import re

import pytest

from tests.support.published_days import AFTER, BEFORE

pytestmark = [pytest.mark.browser, pytest.mark.slow]

#: The levels below the company, with the region that the story goes into.
SOUTH = {"zh": "华南", "en": "South"}
OTHER = {"zh": "en", "en": "zh"}
PAST = {"zh": "你在看 2025-09-29 当时已知的状态", "en": "You see what was known on 2025-09-29"}


def count(row: dict[str, str], heading: str) -> int:
    """A count in a table's cell."""
    return int(row[heading].replace(",", "") or 0)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_from_the_company_down_to_a_row_and_back_to_yesterday(meet, language):
    with meet(language, person="P01") as executive:
        executive.open()
        assert re.search(r"\d", executive.finding)
        reads_the_passport_of_the_first_figure(executive)
        goes_down_to_the_rows(executive, SOUTH[language])
        compares_with_the_day_before(executive)
    with meet(OTHER[language], person="P01") as colleague:
        colleague.open("projects", as_of=BEFORE)
        colleague.reads(PAST[colleague.language])


def reads_the_passport_of_the_first_figure(executive):
    """Each figure leads to its passport, which says the same value."""
    tile = executive.page.locator("a.tile").first
    name, value = (
        tile.locator(".n").inner_text(),
        tile.locator(".v").evaluate("e => e.firstChild.textContent"),
    )
    tile.click()
    executive.page.locator(".passport").wait_for()
    executive.at_rest()
    assert executive.page.locator(".passport h3").inner_text() == name
    assert executive.page.locator(".passport .v").inner_text() == value
    sql = executive.card("figures").locator("details", has_text=executive.word("figure_sql")).first
    sql.locator("summary").click()
    sql.locator("[data-testid=stCode] code").wait_for()
    executive.go("overview")


def goes_down_to_the_rows(executive, region):
    """Region, city, project, milestone: what is below adds up to what stood above."""
    due, overdue = executive.word("col_due_count"), executive.word("col_overdue_count")
    level = executive.rows("drill_region_table")
    (number,) = [i for i, row in enumerate(level) if region in row.values()]
    above = level[number]
    for name, below in (("region", "city"), ("city", "project"), ("project", "milestone")):
        executive.press_row(f"drill_{name}_table", number)
        executive.part(f"export_drill_{below}_table").wait_for()
        executive.at_rest()
        level = executive.rows(f"drill_{below}_table")
        assert (sum(count(row, due) for row in level), sum(count(row, overdue) for row in level)) == (
            count(above, due),
            count(above, overdue),
        ), below
        number = max(range(len(level)), key=lambda i: count(level[i], overdue))
        above = level[number]
    executive.press("drill_all")
    executive.part("export_drill_region_table").wait_for()


def compares_with_the_day_before(executive):
    """Two dates side by side, then all pages as they were known that day, which a reload keeps."""
    executive.choose("compare", BEFORE)
    executive.card("compare_figures").wait_for()
    beside = executive.word("compare_tile", date="2025-09-29", difference="")
    executive.page.locator(".tile", has_text=beside.strip()).first.wait_for()
    executive.part("as_of_menu").locator("button").first.click()
    executive.choose("as_of_choice", BEFORE)
    executive.reads(PAST[executive.language])
    executive.go("projects")
    executive.reads(PAST[executive.language])
    executive.page.reload()
    executive.at_rest().reads(PAST[executive.language])
    assert AFTER not in executive.page.url
