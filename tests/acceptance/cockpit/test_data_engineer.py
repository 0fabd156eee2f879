"""A data engineer's round: is all there and fresh, what waits, where does a figure come from."""

from __future__ import annotations

import pytest

from tests.support.published_days import AFTER, BEFORE

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WAITING = "erp__purchase_lines"
FIGURE, MODEL = "otif", "mart_supplier_scorecard"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_row_has_its_place_and_every_figure_its_way_back(meet, company, language):
    with meet(language, name="Chen") as engineer:
        engineer.open("trust")
        accounts_for_every_row(engineer)
        sees_what_waits_and_why(engineer)
        sees_what_was_checked_and_published(engineer)
        looks_a_column_up(engineer)
        follows_a_figure_to_its_sources(engineer, company)


def section(engineer, name):
    """One of the page's sections."""
    engineer.pick("trust_section", engineer.word(f"section_{name}"))
    engineer.card(name).wait_for()
    engineer.at_rest()


def accounts_for_every_row(engineer):
    """What was read is what was inserted, updated, unchanged or put in quarantine; and how fresh it is."""
    parts = ("rows_inserted", "rows_updated", "rows_unchanged", "rows_quarantined")
    loads = {row[engineer.word("col_table_name")]: row for row in engineer.rows("trust_rows")}

    def count(column):
        return int(loads[WAITING][engineer.word(f"col_{column}")].replace(",", ""))

    assert count("rows_read") == sum(count(part) for part in parts)
    section(engineer, "freshness")
    fresh = {row[engineer.word("col_table_name")]: row for row in engineer.rows("trust_freshness")}
    assert "2025-09-30" in fresh[WAITING][engineer.word("col_data_until_at")]


def sees_what_waits_and_why(engineer):
    """The rule in words, and the place in the source that a row came from."""
    section(engineer, "quarantine")
    (reason,) = engineer.rows("trust_quarantine")
    assert reason[engineer.word("col_table_name")] == WAITING
    assert "S77" in reason[engineer.word("col_message")]


def sees_what_was_checked_and_published(engineer):
    """The checks of the night, and the days that were published."""
    section(engineer, "checks")
    assert len(engineer.rows("trust_checks")) == 2
    section(engineer, "publications")
    published = [" ".join(row.values()) for row in engineer.rows("trust_publications")]
    assert [any(name in row for row in published) for name in (AFTER, BEFORE)] == [True, True]


def looks_a_column_up(engineer):
    """The dictionary finds a column by a word."""
    section(engineer, "dictionary")
    engineer.type("dictionary_search", "tier_code")
    engineer.rows("trust_dictionary", having="tier_code")


def follows_a_figure_to_its_sources(engineer, company):
    """From the figure to sources, columns and SQL, and on to the asset in Dagster."""
    engineer.open("trust", figure=FIGURE)
    sources = [row[engineer.word("col_table_name")] for row in engineer.rows("figure_sources")]
    assert WAITING in sources
    link = engineer.page.get_by_role("link", name=engineer.word("open_in_dagster", model=MODEL))
    assert link.get_attribute("href") == f"http://127.0.0.1:{company.dagster_port}/assets/{MODEL}"
