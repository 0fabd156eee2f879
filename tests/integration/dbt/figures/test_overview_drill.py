"""What the overview says of the company is what its regions, cities, projects and rows add up to."""

import duckdb
import polars as pl
import pytest

from cockpit.repositories.claims import STATEMENT
from cockpit.repositories.drill import LEVELS, statement
from tests.support.figure_day import UNTIL

COUNTS = ("due_count", "on_time_count", "overdue_count")


@pytest.fixture(scope="module")
def con(built):
    with duckdb.connect(str(built.build_file), read_only=True) as connection:
        yield connection


def members(con, level: str, since_on, *chosen) -> pl.DataFrame:
    return con.execute(statement(level), [since_on, UNTIL, *chosen]).pl()


@pytest.mark.parametrize("level", LEVELS)
def test_every_level_of_the_whole_company_is_the_tile(con, level):
    months = con.sql("from marts.mart_overview_month order by period_on").pl().tail(12)
    found = members(con, level, months["period_on"].min(), None, None, None)
    assert found["due_count"].sum() == months["milestone_due_count"].sum()
    assert found["on_time_count"].sum() == months["milestone_on_time_count"].sum()
    assert found["overdue_count"].sum() == months["milestone_overdue_count"].to_list()[-1]


def test_a_region_is_the_sum_of_its_cities(con):
    since_on = con.sql("select min(period_on) from marts.mart_overview_month").fetchone()[0]
    for row in members(con, "region", since_on, None, None, None).iter_rows(named=True):
        cities = members(con, "city", since_on, row["member"], None, None)
        assert {name: cities[name].sum() for name in COUNTS} == {name: row[name] for name in COUNTS}
        assert cities["project_count"].sum() == row["project_count"]


def test_every_claim_that_has_data_is_measured(con):
    told = con.sql(STATEMENT).pl()
    assert told["claim_code"].is_unique().all()
    measured = set(told.drop_nulls("value")["claim_code"])
    assert measured >= {"project_cycle_change", "first_acceptance_share", "mean_stars", "campus_months"}
    (campus,) = told.filter(pl.col("claim_code") == "campus_months")["value"]
    assert campus == pytest.approx(120 / 30.4375, abs=0.05)  # the golden campus took 120 of 180 days
