"""The published record comes out of the archive to the last digit; a row changed since does not."""

import datetime as dt
from types import SimpleNamespace

import duckdb
import polars as pl
import pytest

from pipelines.recounting import Recount, _delay, _demand, differences
from tests.support.archive_nights import ArchiveNights, forecast_demand, sold_months

LAST = dt.date(2026, 6, 10)
NIGHTS = pl.date_range(dt.date(2025, 9, 10), LAST, "1mo", eager=True).to_list()
FINISHED = dt.date(2025, 11, 1)


@pytest.fixture(scope="module")
def nights() -> ArchiveNights:
    """Ten nights that foretold demand and the finish of sixty milestones, and published their record."""
    made = ArchiveNights()
    sold_months(made, dt.date(2024, 1, 5), LAST)
    plans = [FINISHED + dt.timedelta(days=3 * n) for n in range(60)]
    made.con.register(
        "milestones",
        pl.DataFrame(
            {
                "milestone_id": [f"M{n:02}" for n in range(60)],
                "customer_id": ["C"] * 60,
                "phase_code": ["design", "site"] * 30,
                "planned_finish_on": plans,
                "finished_on": [plan + dt.timedelta(days=n % 9 - 2) for n, plan in enumerate(plans)],
            }
        ).to_arrow(),
    )
    made.con.execute("create table marts.fct_milestone as from milestones")
    made.con.execute(
        "create table marts.dim_customer_tier as"
        " select 'C' as customer_id, 'A' as tier_code, true as is_current"
    )
    for day in NIGHTS:
        forecast_demand(made, day)
        made.keep(
            "ml_delay_forecast",
            pl.DataFrame(
                {
                    "milestone_id": [f"M{n:02}" for n in range(60)],
                    "as_of_on": [day] * 60,
                    "delay_p10_days": [-1] * 60,
                    "delay_p50_days": [n % 4 for n in range(60)],
                    "delay_p90_days": [5] * 60,
                    "late_probability_share": [round(n % 7 / 7, 4) for n in range(60)],
                    "publication_name": [f"night-{day}"] * 60,
                }
            ),
        )
        made.step("ml_coverage_card", day)
        made.night("ml_override_backtest", day)
    return made


def published(nights: ArchiveNights) -> SimpleNamespace:
    return SimpleNamespace(
        name=f"night-{LAST}", as_of_on=LAST, published_at=dt.datetime(2026, 6, 11, 3), con=nights.con
    )


def both(nights: ArchiveNights) -> list[Recount]:
    told = published(nights)
    return [count(nights.con, nights.con, told) for count in (_delay, _demand)]


def test_the_record_that_pages_show_is_what_the_archive_gives(nights: ArchiveNights) -> None:
    delay, demand = both(nights)
    assert (delay.record, delay.rows, delay.differing) == ("ml_coverage_card", 4, ())
    assert demand.record == "ml_override_backtest"
    assert demand.rows > 30
    assert demand.differing == ()
    row = nights.con.execute(
        "select coverage_share, pinball_days, late_auc, outcome_count from ml.ml_coverage_card"
        " where segment_kind = 'all'"
    ).fetchone()
    assert None not in row
    assert row[3] == 60


@pytest.fixture
def planted(nights: ArchiveNights):
    """Begin a change that is taken back after the test."""
    nights.con.execute("begin")
    yield nights.con
    nights.con.execute("rollback")


@pytest.mark.parametrize(
    ("change", "place", "told"),
    [
        ("ml_delay_forecast set delay_p90_days = 1 where milestone_id = 'M04'", 0, "all/all: coverage_share"),
        ("ml_delay_forecast set delay_p50_days = 9 where milestone_id = 'M00'", 0, "all/all: pinball_days"),
        (
            "ml_delay_forecast set late_probability_share = 0.99 where milestone_id = 'M00'",
            0,
            "all/all: late_auc",
        ),
        (
            "ml_demand_forecast set quantity_p50 = 99 where product_id = 'Q' and period_on = '2026-03-01'",
            1,
            "Q/–/2026-03-01/30: quantity_model",
        ),
    ],
)
def test_a_changed_row_of_the_archive_is_found(
    nights: ArchiveNights, planted: duckdb.DuckDBPyConnection, change: str, place: int, told: str
) -> None:
    planted.execute(f"update lake.history.{change}")
    counts = both(nights)
    assert any(each.startswith(told) for each in counts[place].differing), counts[place].differing
    assert counts[1 - place].is_equal


def test_a_changed_record_is_found(nights: ArchiveNights, planted: duckdb.DuckDBPyConnection) -> None:
    planted.execute("update ml.ml_coverage_card set coverage_share = 0.8 where segment = 'design'")
    assert [each.partition(" ")[0] for each in both(nights)[0].differing] == ["phase/design:"]


def test_a_row_taken_from_the_archive_is_found(
    nights: ArchiveNights, planted: duckdb.DuckDBPyConnection
) -> None:
    planted.execute("delete from lake.history.ml_demand_forecast where product_id = 'P'")
    assert "P/–/2026-03-01/30: not in the archive" in both(nights)[1].differing


def test_a_publication_without_a_record_has_nothing_to_recount() -> None:
    nights = ArchiveNights()
    assert [(each.rows, each.is_equal) for each in both(nights)] == [(0, True), (0, True)]


def test_rows_that_only_one_count_has_are_named() -> None:
    one = pl.DataFrame({"key": ["a", "b"], "value": [1.0, 2.0]})
    assert differences(one, one, ["key"], ["value"]) == ()
    assert differences(one, one.tail(1).with_columns(key=pl.lit("c")), ["key"], ["value"]) == (
        "a: not in the archive",
        "b: not in the archive",
        "c: not published",
    )
