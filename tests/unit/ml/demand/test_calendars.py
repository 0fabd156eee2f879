"""A holiday that moves from one month to another takes its demand with it."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from ml.demand.calendars import CALENDAR_SCHEMA, calendar_effects, days_by_month, with_calendar
from ml.demand.config import INPUT_SCHEMA
from ml.demand.forecast import forecast

AS_OF = date(2025, 6, 30)


def calendar() -> pl.DataFrame:
    rows = [
        ("break", date(year, 2 + year % 2, 3), date(year, 2 + year % 2, 22)) for year in range(2019, 2027)
    ]
    return pl.DataFrame(rows, schema=CALENDAR_SCHEMA, orient="row")


def lines(effect: float) -> pl.DataFrame:
    days = {(row[1].year, row[1].month): row[2] for row in days_by_month(calendar()).iter_rows()}
    rng = np.random.default_rng(0)
    rows = [
        (
            f"p{n}", "c", month, "sale",
            100 * float(np.exp(effect * days.get((month.year, month.month), 0) + rng.normal(0, 0.05))), False,
        )
        for n in range(6) for month in pl.date_range(date(2020, 1, 1), date(2025, 6, 1), "1mo", eager=True)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=INPUT_SCHEMA, orient="row")


def test_days_count_once_a_month() -> None:
    twice = pl.concat([calendar().head(1), calendar().head(1)])
    assert days_by_month(twice).rows() == [("break", date(2019, 3, 1), 20)]
    assert days_by_month(calendar().head(0)).is_empty()


def test_a_moved_break_is_learnt_and_told_ahead() -> None:
    rows = lines(0.03)
    assert calendar_effects(rows, calendar(), AS_OF)["break"] == pytest.approx(0.03, abs=0.003)
    as_of = date(2024, 10, 31)
    known = rows.filter(pl.col("ordered_on") <= as_of)
    plain = forecast(known, as_of, publication_name="n", run_id="r")
    found = with_calendar(plain, known, calendar(), as_of)
    ratio = (found["quantity_p50"] / plain["quantity_p50"]).to_list()
    by_month = dict(zip(plain["period_on"].dt.month().to_list(), ratio, strict=True))
    assert by_month[2] == pytest.approx(np.exp(-0.6), abs=0.05)
    assert by_month[3] == pytest.approx(np.exp(0.6), abs=0.1)
    assert by_month[1] == pytest.approx(1)


def test_without_an_effect_nothing_changes() -> None:
    rows = lines(0.0)
    plain = forecast(rows, AS_OF, publication_name="n", run_id="r")
    assert calendar_effects(rows, calendar(), AS_OF) == {}
    assert_frame_equal(with_calendar(plain, rows, calendar(), AS_OF), plain)
