"""Devices and sites of the made-up company, computed a second time from readings, events and photos."""

import datetime as dt
from collections import defaultdict
from typing import Any

import polars as pl
import pytest

from tests.support.figure_day import UNTIL
from tests.support.warehouse import Warehouse

Frames = dict[str, pl.DataFrame]

FIRST = UNTIL - dt.timedelta(days=91)
CHINA = dt.timedelta(hours=8)


@pytest.fixture(scope="module")
def readings(frames: Frames) -> pl.DataFrame:
    """Good readings of the days that are shown, with the day in China."""
    return (
        frames["iot__readings"]
        .filter(pl.col("quality_code") != "bad")
        .with_columns((pl.col("read_at") + CHINA).dt.date().alias("day_on"))
        .filter(pl.col("day_on").is_between(FIRST, UNTIL))
        .join(frames["iot__devices"].select("device_id", "site_id"), on="device_id")
    )


def test_a_device_tells_its_energy_and_its_readings_by_day(built: Warehouse, readings: pl.DataFrame) -> None:
    counted = dict(readings.group_by("device_id", "day_on").len().select(_key(), "len").iter_rows())
    energy = dict(
        readings.filter(metric_code="energy_kwh")
        .group_by("device_id", "day_on")
        .agg(pl.col("value").sum())
        .select(_key(), "value")
        .iter_rows()
    )
    found = built.rows(
        "select device_day_id, reading_count, energy_kwh, is_reporting from marts.mart_device_day"
    )
    assert {name for name, *_ in found} >= set(counted)
    for name, count, kwh, is_reporting in found:
        assert (count, is_reporting) == (counted.get(name, 0), name in counted)
        assert (None if kwh is None else float(kwh)) == pytest.approx(energy.get(name), abs=0.01)


def test_a_device_is_up_when_no_fault_holds_it(built: Warehouse, frames: Frames) -> None:
    faults: defaultdict[str, list[tuple[dt.datetime, dt.datetime]]] = defaultdict(list)
    never = dt.datetime.combine(UNTIL + dt.timedelta(days=1), dt.time()) - CHINA
    for row in frames["iot__events"].iter_rows(named=True):
        if row["severity_code"] in ("fault", "critical"):
            faults[row["device_id"]].append((row["started_at"], row["ended_at"] or never))
    found = built.rows("select device_id, day_on, uptime_share, lost_hours from marts.mart_device_day")
    lost_somewhere = 0
    for device, day, share, lost in found:
        begins = dt.datetime.combine(day, dt.time()) - CHINA
        down = _covered(faults[device], begins, begins + dt.timedelta(days=1))
        lost_somewhere += down > 0
        assert float(lost) == pytest.approx(down, abs=0.001)
        assert float(share) == pytest.approx(1 - down / 24, abs=0.0001)
    assert lost_somewhere


def test_sites_under_way_and_what_they_tell(built: Warehouse, frames: Frames, readings: pl.DataFrame) -> None:
    projects = frames["projects__projects"].filter(pl.col("status_code").is_in(["active", "completed"]))
    reporting = set(readings.select("site_id", "day_on").unique().iter_rows())
    means = {
        metric: {
            (site, day): mean
            for site, day, mean in readings.filter(metric_code=metric)
            .group_by("site_id", "day_on")
            .agg(pl.col("value").mean())
            .iter_rows()
        }
        for metric in ("air_temperature_c", "humidity_pct")
    }
    days = [FIRST + dt.timedelta(days=number) for number in range(92)]
    under_way = {
        (row["site_id"], day)
        for row in projects.filter(pl.col("started_on").is_not_null()).iter_rows(named=True)
        for day in days
        if row["started_on"] <= day <= (row["finished_on"] or UNTIL)
    }
    found = built.rows(
        "select site_id, day_on, is_active, is_reporting, is_covered, temperature_c, humidity_pct"
        " from marts.mart_site_day"
    )
    assert {row[:2] for row in found} == under_way | reporting
    for site, day, is_active, is_reporting, is_covered, temperature, humidity in found:
        assert is_active == ((site, day) in under_way)
        assert is_reporting == ((site, day) in reporting)
        assert is_covered == ((site, day) in under_way & reporting)
        _near(temperature, means["air_temperature_c"].get((site, day)))
        _near(humidity, means["humidity_pct"].get((site, day)))
    newest = {site for site, day in under_way if day == UNTIL}
    [(covered,)] = built.rows("select avg(coverage_share) from marts.mart_site_day where is_newest")
    assert covered == pytest.approx(sum((site, UNTIL) in reporting for site in newest) / len(newest))


def test_the_last_photo_of_a_site_is_the_newest_by_that_day(built: Warehouse, frames: Frames) -> None:
    photos = [
        (row["site_id"], (row["taken_at"] + CHINA).date(), row["taken_at"], row["photo_id"])
        for row in frames["work__photos"].iter_rows(named=True)
    ]
    found = built.rows("select site_id, day_on, last_photo_id, photo_count from marts.mart_site_day")
    seen = 0
    for site, day, photo, count in found:
        until = [one for one in photos if one[0] == site and one[1] <= day]
        newest = max(until, key=lambda one: one[2:], default=None)
        assert photo == (newest[3] if newest else None)
        assert count == sum(one[1] == day for one in until)
        seen += newest is not None
    assert seen


def test_what_a_site_measured_last(built: Warehouse, frames: Frames) -> None:
    devices = frames["iot__devices"].select("device_id", "site_id")
    told = frames["iot__readings"].join(devices, on="device_id")
    newest = told["read_at"].max()
    expected: dict[tuple[str, str], tuple[Any, ...]] = {}
    for (site, metric), group in told.group_by("site_id", "metric_code"):
        last = group["read_at"].max()
        day = group.filter(pl.col("read_at") > last - dt.timedelta(days=1))
        expected[site, metric] = (
            day["device_id"].n_unique(),
            day.filter(read_at=last).sort("device_id")["value"][0],
            day["value"].mean(),
            last > newest - dt.timedelta(days=1),
        )
    found = built.rows(
        "select site_id, metric_code, device_count, value_last, value_mean_24h, is_reporting"
        " from marts.mart_site_condition"
    )
    assert {row[:2] for row in found} == set(expected)
    for site, metric, count, last_value, mean, is_reporting in found:
        devices_24h, last_expected, mean_expected, reports = expected[site, metric]
        assert (count, is_reporting) == (devices_24h, reports)
        assert last_value == pytest.approx(last_expected)
        assert mean == pytest.approx(mean_expected, abs=0.01)


def _key() -> pl.Expr:
    return pl.concat_str("device_id", pl.lit("/"), pl.col("day_on").cast(pl.String))


def _covered(spans: list[tuple[dt.datetime, dt.datetime]], begins: dt.datetime, ends: dt.datetime) -> float:
    """Hours of a day that at least one span covers."""
    covered, reached = dt.timedelta(), begins
    for span in sorted(spans):
        start, end = max(span[0], reached), min(span[1], ends)
        if end > start:
            covered += end - start
            reached = end
    return covered / dt.timedelta(hours=1)


def _near(found: Any, expected: float | None) -> None:
    assert (None if found is None else float(found)) == pytest.approx(expected, abs=0.01)
