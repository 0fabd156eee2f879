"""A night reads of the archives what can still be judged, and makes what the whole would make."""

import datetime as dt

import polars as pl
import pytest

from actions.value_booking import ARCHIVE_SCHEMA
from ml.delay.record import ARCHIVE_SCHEMA as DELAY_ARCHIVE
from ml.delay.record import BAND_COLUMNS
from ml.demand.stock_night import FORETOLD_QUANTITIES, FORETOLD_SCHEMA, TOLD_SCHEMA
from ml.demand.warning import coming_peaks
from pipelines.archives import LATE_MONTHS, Archive, last_year, read_archive, this_month, unbooked
from tests.support.archive_nights import ArchiveNights, forecast_demand, sold_months

BOOKED, FORECAST = "ml_override_backtest", "ml_demand_forecast"
NIGHTS = pl.date_range(dt.date(2024, 1, 10), dt.date(2026, 6, 10), "1mo", eager=True).to_list()
WHEN = ["booked_on", "publication_name", "_run_id"]


@pytest.fixture(scope="module")
def nights() -> ArchiveNights:
    """Two and a half years of monthly nights, each booking what the one before had foretold."""
    made = ArchiveNights()
    sold_months(made, dt.date(2023, 1, 5), NIGHTS[-1])
    for day in NIGHTS:
        forecast_demand(made, day)
        made.night(BOOKED, day)
    return made


def test_booked_night_by_night_is_what_a_recount_of_the_whole_archive_books(nights: ArchiveNights) -> None:
    last = NIGHTS[-1]
    by_night = nights.step(BOOKED, last)
    kept = nights.con.execute(f"from lake.history.{BOOKED}").to_arrow_table()
    nights.con.execute(f"drop table lake.history.{BOOKED}")
    try:
        whole = nights.step(BOOKED, last)
    finally:
        nights.keep(BOOKED, pl.DataFrame(kept))
    assert whole.height > 150
    assert by_night.drop(WHEN).equals(whole.drop(WHEN))
    # Each month was booked by its own night, once.
    assert by_night["booked_on"].n_unique() > 20
    assert by_night.select("product_id", "period_on", "lag_days").is_unique().all()


def test_what_a_night_reads_of_forecasts_does_not_grow(nights: ArchiveNights) -> None:
    archive = Archive(ARCHIVE_SCHEMA, since=unbooked)
    total = nights.con.execute(f"select count(*) from lake.history.{FORECAST}").fetchone()
    read = read_archive(nights.con, FORECAST, archive, NIGHTS[-1])
    newest = nights.con.execute(f"select max(period_on) from lake.history.{BOOKED}").fetchone()
    assert read["period_on"].min() == newest[0].replace(year=newest[0].year - LATE_MONTHS // 12)
    assert total is not None
    assert read.height < 0.65 * total[0]
    # A night of an earlier date reads as far back as it did then.
    early = read_archive(nights.con, FORECAST, archive, dt.date(2024, 12, 31))
    assert early["period_on"].min() < read["period_on"].min()


def test_stock_hears_what_was_foretold_of_the_last_year(nights: ArchiveNights) -> None:
    archive = Archive(
        FORETOLD_SCHEMA,
        since=last_year,
        first_of="product_id, period_on, horizon_months",
        needs=FORETOLD_QUANTITIES,
    )
    read = read_archive(nights.con, FORECAST, archive, dt.date(2026, 6, 10))
    assert read["period_on"].min() == dt.date(2025, 6, 1)
    assert read["as_of_on"].max() < dt.date(2026, 6, 10)
    next_months = read.filter(pl.col("horizon_months") == 1)
    assert next_months.height > 0
    assert next_months.select("product_id", "period_on").is_unique().all()


def test_peaks_told_before_the_running_month_change_nothing_of_what_is_told(nights: ArchiveNights) -> None:
    as_of = dt.date(2026, 6, 10)
    told = pl.DataFrame(
        [
            ("P", dt.date(2025, 7, 1), dt.date(2025, 5, 20), True),
            ("P", dt.date(2026, 7, 1), dt.date(2026, 5, 20), True),
            ("P", dt.date(2026, 7, 1), dt.date(2026, 5, 25), True),
            ("P", dt.date(2026, 6, 1), dt.date(2026, 4, 20), False),
        ],
        schema=TOLD_SCHEMA,
        orient="row",
    )
    nights.keep("ml_stock_risk", told)
    bounded = read_archive(nights.con, "ml_stock_risk", Archive(TOLD_SCHEMA, since=this_month), as_of)
    assert bounded.height == 3
    lines = pl.DataFrame(
        [
            ("P", "C", dt.date(year, month, 5), "sale", 50.0 if month == 7 else 10.0, False)
            for year in (2024, 2025)
            for month in range(1, 13)
        ],
        schema=["product_id", "customer_id", "ordered_on", "kind_code", "quantity", "is_cancelled"],
        orient="row",
    )
    ahead = pl.DataFrame(
        {
            "product_id": ["P"],
            "period_on": [dt.date(2026, 7, 1)],
            "quantity_p50": [50.0],
            "quantity_p80": [60.0],
        }
    )
    stock = pl.DataFrame(
        {
            "product_id": ["P"],
            "quantity_on_hand": [5.0],
            "quantity_on_order": [0.0],
            "safety_stock_quantity": [1.0],
            "lead_time_days": [20.0],
        }
    )
    found = [coming_peaks(ahead, lines, stock, as_of, told_before=rows) for rows in (bounded, told)]
    assert found[0].equals(found[1])
    assert found[0]["told_on"].to_list() == [dt.date(2026, 5, 20)]


def test_of_a_milestone_the_first_band_is_read_and_none_of_the_night_itself(nights: ArchiveNights) -> None:
    day = dt.date(2026, 3, 1)
    rows = [
        ("M1", day, None, 9),
        ("M1", day, 1, 9),
        ("M1", dt.date(2026, 4, 1), 2, 9),
        ("M2", dt.date(2026, 6, 1), 3, 9),
    ]
    nights.keep(
        "ml_delay_forecast",
        pl.DataFrame(
            rows, schema=["milestone_id", "as_of_on", "delay_p10_days", "delay_p90_days"], orient="row"
        ).with_columns(publication_name=pl.lit("n")),
    )
    archive = Archive(DELAY_ARCHIVE, first_of="milestone_id", needs=BAND_COLUMNS)
    read = read_archive(nights.con, "ml_delay_forecast", archive, dt.date(2026, 6, 1))
    assert read.select("milestone_id", "delay_p10_days").rows() == [("M1", 1)]
    # What the archive does not tell yet is not known.
    assert read["late_probability_share"].to_list() == [None]


def test_before_the_first_night_an_archive_is_empty_and_typed() -> None:
    nights = ArchiveNights()
    read = read_archive(nights.con, FORECAST, Archive(ARCHIVE_SCHEMA, since=unbooked), NIGHTS[0])
    assert (read.height, read.schema) == (0, pl.Schema(ARCHIVE_SCHEMA))
