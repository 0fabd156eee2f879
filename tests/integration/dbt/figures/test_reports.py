"""What management is given on paper is what the marts say, to the cent."""

from decimal import Decimal

import duckdb
import pytest

from reports import profit, satisfaction
from tests.support.figure_day import UNTIL

ABOUT = {"company": "Haicheng", "publication": "night-2026-06-30", "as_of": "2026-06-30"}


@pytest.fixture(scope="module")
def con(built):
    with duckdb.connect(str(built.build_file), read_only=True) as connection:
        yield connection


def amounts(report, table: int = 0) -> dict[str, Decimal]:
    return {row[0]: row[1] for row in report.tables[table].rows}


def test_the_newest_closed_month_and_quarter_are_owed(con):
    owed = profit.due(con, UNTIL)
    assert {period for period, _, _ in owed} == {"month", "quarter"}
    for period, period_on, version in owed:
        report = profit.profit_report(con, period, period_on, "en", ABOUT)
        assert report.name.endswith(f"-v{version}")
        assert "night-2026-06-30" in report.lines[0]


def test_a_period_that_is_not_closed_has_no_report(con):
    assert profit.profit_report(con, "month", UNTIL.replace(day=1), "en", ABOUT) is None


def test_three_months_are_their_quarter_and_parts_are_the_whole(con):
    (quarter_on,) = (on for period, on, _ in profit.due(con, UNTIL) if period == "quarter")
    quarter = profit.profit_report(con, "quarter", quarter_on, "en", ABOUT)
    months = con.execute(
        "select distinct month_on from marts.mart_profit_month where quarter_on = ? order by 1", [quarter_on]
    ).fetchall()
    of_months = [amounts(profit.profit_report(con, "month", on, "en", ABOUT)) for (on,) in months]
    whole = amounts(quarter)
    for line, amount in whole.items():
        assert sum(month[line] for month in of_months) == amount, line
    for table in quarter.tables[1:4]:
        assert dict(zip(whole, table.total[1:], strict=True)) == whole


def test_both_languages_say_the_same_numbers(con):
    (month_on,) = satisfaction.due(con)
    zh, en = (satisfaction.satisfaction_report(con, month_on, language, ABOUT) for language in ("zh", "en"))
    assert [table.rows[0][1:] for table in zh.tables] == [table.rows[0][1:] for table in en.tables]
    assert zh.title != en.title


def test_ratios_of_the_report_are_those_of_the_marts(con):
    (month_on,) = satisfaction.due(con)
    report = satisfaction.satisfaction_report(con, month_on, "en", ABOUT)
    finished, stars, ratings = con.execute(
        "select sum(finished_order_count), sum(star_count), sum(rating_count) from marts.mart_service_month"
        " where period_on = ?",
        [month_on],
    ).fetchone()
    total = report.tables[0].total
    assert total[1] == finished
    assert total[4] == pytest.approx(float(stars) / float(ratings))
