"""What devices measure: hourly values of the instrumented ones over 200 days, daily energy of the others.

A device's values come from a stream of random bits of its own, addressed by the hour: the value of an hour is
the same whatever window it is seen in. A unit that degrades blows warmer air, draws more power and clogs its
filter, more so each day until it fails; then it stands still until it is repaired.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from hashlib import blake2b

import numpy as np
import polars as pl

from sandbox.devices import Unit
from sandbox.geography import CITIES, City
from sandbox.world import START, World

READING_DAYS = 200
UNIT_METRICS = ("supply_air_c", "return_air_c", "power_kw", "filter_pressure_pa")
SITE_METRICS = ("air_temperature_c", "humidity_pct", "dust_ppm", "co2_ppm")
#: Of the readings so many in a thousand get lost, and so many come hours or days late (2 days at most).
_LOST, _LATE = 4, 10
_LOCAL = timedelta(hours=8)
#: Devices whose readings are joined into one piece of memory.
_BATCH = 200


class _Window:
    """The hours that are seen, as local time, with the weather of each city."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.first = max(world.until - timedelta(days=READING_DAYS - 1), START)
        self.days = (world.until - self.first).days + 1
        self.start_hour = (self.first - START).days * 24
        self.hours = np.arange(self.days * 24)
        self.of_day = self.hours % 24
        day_of_year = np.array(
            [(self.first + timedelta(days=day)).timetuple().tm_yday for day in range(self.days)]
        )
        self.season = np.sin((day_of_year - 105) / 365 * 2 * np.pi).repeat(24)
        self.weather = {place.name: self._weather(place) for place in CITIES}

    def _weather(self, place: City) -> np.ndarray:
        """Outside temperature: season, hour, and what the day brought."""
        warmth = (32 - place.latitude) * 0.5
        whims = self.normal(f"weather {place.name}", 1, of_days=True).repeat(24) * 2.2
        return 15 + warmth + 12 * self.season + 4 * np.sin((self.of_day - 9) / 24 * 2 * np.pi) + whims

    def bits(self, name: str, *, of_days: bool = False) -> np.ndarray:
        """A stream's random 64 bits for each hour (or day) of the window."""
        key = int.from_bytes(blake2b(f"{self.world.seed}|{name}".encode(), digest_size=16).digest(), "little")
        stream = np.random.Philox(key=key)
        start, count = self.start_hour, len(self.hours)
        if of_days:
            start, count = start // 24, self.days
        stream.advance(start // 4)
        return stream.random_raw(count + start % 4)[start % 4 :]

    def normal(self, name: str, spread: float, *, of_days: bool = False) -> np.ndarray:
        """Normal deviates for each hour (or day) of the window."""
        raw = self.bits(name, of_days=of_days)
        radius = np.sqrt(-2 * np.log(((raw >> np.uint64(32)) + 1) / 2**32))
        return spread * radius * np.cos(2 * np.pi * (raw & np.uint64(0xFFFFFFFF)) / 2**32)

    def place_of(self, moment: datetime) -> float:
        """Hours from the window's start to an instant in UTC."""
        return (moment + _LOCAL - datetime.combine(self.first, time())).total_seconds() / 3600


def write_readings(world: World, units: list[Unit]) -> None:
    """Write what is known of the window: rows by device, metric and time, as the key orders them."""
    window = _Window(world)
    parts: list[pl.DataFrame] = []
    batches: list[pl.DataFrame] = []
    for unit in sorted(units, key=lambda one: one.device_id):
        if len(parts) >= _BATCH:
            batches.append(pl.concat(parts, rechunk=True))
            parts = []
        starts, ends = _running(window, unit)
        if starts >= ends:
            continue
        if not unit.product:
            parts.append(_hourly(window, unit, _site(window, unit), starts, ends))
        elif unit.is_instrumented:
            parts.append(_hourly(window, unit, _unit(window, unit), starts, ends))
        else:
            parts.append(_daily(window, unit, starts // 24, ends // 24))
    if batches or parts:
        # Whole once more in one piece would be twice in memory.
        world.add_frame("iot__readings", pl.concat([*batches, *parts], rechunk=False))


def _running(window: _Window, unit: Unit) -> tuple[int, int]:
    """First hour and the one after the last in which a device measures, by whole days of the window."""
    starts = max((unit.runs_from - window.first).days, 0)
    ends = window.days if unit.runs_to is None else min((unit.runs_to - window.first).days, window.days)
    return starts * 24, ends * 24


def _unit(window: _Window, unit: Unit) -> dict[str, np.ndarray]:
    outside = window.weather[unit.project.city.name]
    worn, stands = wear(window, unit)
    is_open = (window.of_day > 7) & (window.of_day < 20)
    load = np.clip(np.abs(outside - 21) / 16 * np.where(is_open, 1.0, 0.4), 0.05, 1)
    rated = max((unit.product.capacity_kw if unit.product else 1.0) / 4.0, 0.8)
    power = rated * load * (1 + 0.35 * worn) * (1 + window.normal(f"{unit.device_id} power", 0.03))
    supply = 13 + 4 * (1 - load) + 4.5 * worn + window.normal(f"{unit.device_id} supply", 0.35)
    back = 24 + 0.2 * (outside - 20) + 1.2 * worn + window.normal(f"{unit.device_id} return", 0.35)
    clogged = 120 + 60 * load + 90 * worn + window.normal(f"{unit.device_id} filter", 6)
    return {
        "supply_air_c": np.where(stands, back, supply),
        "return_air_c": back,
        "power_kw": np.where(stands, 0.0, np.maximum(power, 0)),
        "filter_pressure_pa": np.where(stands, 0.0, np.maximum(clogged, 0)),
    }


def wear(window: _Window, unit: Unit) -> tuple[np.ndarray, np.ndarray]:
    """How worn a unit is in each hour, 0 to 1, and whether it stands still."""
    worn, stands = np.zeros(len(window.hours)), np.zeros(len(window.hours), dtype=bool)
    for failure in unit.failures:
        begins = (failure.degrades_on - window.first).days * 24
        fails = window.place_of(failure.fails_at)
        repaired = window.place_of(failure.repaired_at) if failure.repaired_at else fails
        if repaired < 0 or begins >= len(worn):
            continue
        ramp = (window.hours - begins) / max(fails - begins, 1)
        worn = np.where((ramp >= 0) & (window.hours < fails), ramp, worn)
        stands |= (window.hours >= fails) & (window.hours < repaired)
    return worn, stands


def _site(window: _Window, unit: Unit) -> dict[str, np.ndarray]:
    outside = window.weather[unit.project.city.name] + window.normal(f"{unit.device_id} air", 0.8)
    works = (window.of_day > 7) & (window.of_day < 18)
    damp = 62 + 18 * window.season - (outside - 15) + window.normal(f"{unit.device_id} damp", 4)
    dust = np.exp(window.normal(f"{unit.device_id} dust", 0.6)) * np.where(works, 45, 12)
    carbon = 430 + np.where(works, 260, 20) + window.normal(f"{unit.device_id} carbon", 30)
    return {
        "air_temperature_c": outside,
        "humidity_pct": np.clip(damp, 8, 99),
        "dust_ppm": np.clip(dust, 0, 900),
        "co2_ppm": np.clip(carbon, 380, 5000),
    }


def _hourly(
    window: _Window, unit: Unit, course: dict[str, np.ndarray], starts: int, ends: int
) -> pl.DataFrame:
    lots = window.bits(f"{unit.device_id} sent")
    read = _instant(window, window.hours)
    places = np.arange(starts, ends)
    places = places[lots[starts:ends] % 1000 >= _LOST]
    received = read + _delay(lots)
    places = places[received[places] < _end(window)]
    return pl.concat(
        _frame(unit.device_id, metric, read[places], np.round(course[metric][places], 2), received[places])
        for metric in sorted(course)
    )


def _daily(window: _Window, unit: Unit, starts: int, ends: int) -> pl.DataFrame:
    """The meter reading of a day: what the unit drew, told an hour after midnight."""
    outside = window.weather[unit.project.city.name].reshape(-1, 24).mean(axis=1)
    rated = max((unit.product.capacity_kw if unit.product else 1.0) / 4.0, 0.8)
    lots = window.bits(f"{unit.device_id} sent", of_days=True)
    noise = 1 + window.normal(f"{unit.device_id} energy", 0.06, of_days=True)
    worn, stands = (part.reshape(-1, 24).mean(axis=1) for part in wear(window, unit))
    load = np.clip(np.abs(outside - 21) / 16, 0.06, 1)
    energy = np.round(np.maximum(rated * 15 * load * (1 + 0.35 * worn) * (1 - stands) * noise, 0), 2)
    read = _instant(window, np.arange(window.days) * 24 + 23)
    received = read + _delay(lots)
    places = np.arange(starts, ends)
    places = places[(lots[starts:ends] % 1000 >= _LOST) & (received[starts:ends] < _end(window))]
    return _frame(unit.device_id, "energy_kwh", read[places], energy[places], received[places])


def _instant(window: _Window, hours: np.ndarray) -> np.ndarray:
    """Hours of the window as microseconds of UTC."""
    start = datetime.combine(window.first, time()) - _LOCAL
    return np.datetime64(start, "us") + hours.astype("timedelta64[h]").astype("timedelta64[us]")


def _end(window: _Window) -> np.datetime64:
    """The end of the last day in China."""
    return np.datetime64(datetime.combine(window.world.until, time()) + timedelta(days=1) - _LOCAL, "us")


def _delay(lots: np.ndarray) -> np.ndarray:
    """Seconds to arrive: four for nearly all, up to two days for a few."""
    late = 600 + (lots >> np.uint64(20)) % np.uint64(170_000)
    seconds = np.where((lots >> np.uint64(10)) % np.uint64(1000) < _LATE, late, 4)
    return (seconds * 1_000_000).astype("timedelta64[us]")


def _frame(
    device_id: str, metric: str, read: np.ndarray, values: np.ndarray, received: np.ndarray
) -> pl.DataFrame:
    count = len(read)
    texts = (
        pl.Series([text], dtype=pl.String).new_from_index(0, count) for text in (device_id, metric, "good")
    )
    device, name, quality = texts
    return pl.DataFrame(
        {
            "device_id": device,
            "metric_code": name,
            "read_at": read,
            "value": values,
            "received_at": received,
            "quality_code": quality,
        }
    )
