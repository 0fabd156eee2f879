"""Devices: how many are where, whether they run and report, what sites measure, one device by day."""

from __future__ import annotations

import datetime as dt
from typing import Literal

import polars as pl

from cockpit.services import numbers
from cockpit.services.figures import Figure
from cockpit.services.labels import filled, labelled
from cockpit.services.tiles import Doubt, Tile, number_tile, share_tile
from cockpit.services.words import code_label, say

Course = Literal["uptime", "energy", "reporting", "coverage"]
COURSES: tuple[Course, ...] = ("uptime", "energy", "reporting", "coverage")
COURSE_FIGURES = ("device_uptime", "device_energy", "site_coverage")
STATES = ("ordered", "delivered", "installed", "in_service", "retired")
DEVICE_SHARES = ("uptime_share",)
_DEVICE = (
    "device_id",
    "name",
    "kind_code",
    "project_name",
    "site_id",
    "uptime_share",
    "lost_hours",
    "outage_count",
    "energy_kwh",
    "reporting_days",
    "last_read_at",
)
_UNITS = {
    "_c": "°C",
    "_pct": "%",
    "_kw": "kW",
    "_kwh": "kWh",
    "_pa": "Pa",
    "_ppm": "ppm",
    "_hz": "Hz",
    "_lps": "L/s",
    "_bar": "bar",
    "_a": "A",
}


def finding(days: pl.DataFrame, states: pl.DataFrame, coverage: pl.DataFrame, language: str) -> str:
    """Whether devices ran and reported; else how many there are, else whether sites report."""
    if days.is_empty():
        units = int(states["unit_count"].sum() or 0)
        if units:
            return say("devices_units", language, n=numbers.count(units, language))
        return say("devices_none", language)
    newest = days.row(-1, named=True)
    uptime = uptime_share(days)
    silent = newest["service_count"] - newest["reporting_service_count"]
    key = "devices_finding" if uptime is not None else "devices_reporting"
    return say(
        key,
        language,
        n=numbers.count(newest["service_count"], language),
        uptime=numbers.share(uptime),
        days=numbers.count(days.height, language),
        silent=numbers.count(silent, language),
    )


def uptime_share(days: pl.DataFrame) -> float | None:
    """Hours not lost over the hours of all days."""
    hours = days["service_hours"].sum()
    return 1 - float(days["lost_hours"].sum() or 0) / float(hours) if hours else None


def tiles(
    days: pl.DataFrame,
    states: pl.DataFrame,
    coverage: pl.DataFrame,
    quarantined: pl.DataFrame,
    figures: dict[str, Figure],
    doubt: Doubt,
    language: str,
) -> list[Tile]:
    """Units, uptime, energy, sites that report, devices that are silent, readings that the door held back."""
    is_doubtful = doubt.touches("reading", "device")
    newest = days.row(-1, named=True) if days.height else None
    place = coverage.filter(pl.col("active_count") > 0).tail(1)
    units = int(states["unit_count"].sum() or 0) or None
    used = int(states.filter(pl.col("state_code") == "in_service")["unit_count"].sum() or 0)
    hours = float(days["service_hours"].sum() or 0)
    energy = float(days["energy_kwh"].sum()) if days["energy_kwh"].drop_nulls().len() else None
    period = say("last_days", language, n=numbers.count(days.height, language)) if days.height else ""
    held = int(quarantined["row_count"].sum() or 0)
    silent = newest["service_count"] - newest["reporting_service_count"] if newest else None
    return [
        number_tile(
            figures.get("project_device_count"),
            say("tile_devices", language),
            units,
            numbers.count(units, language),
            language,
            right=say("in_use", language, n=numbers.count(used, language)),
            is_doubtful=is_doubtful,
        ),
        share_tile(
            figures.get("device_uptime"),
            say("course_uptime", language),
            hours - float(days["lost_hours"].sum() or 0),
            hours,
            language,
            trend=course(days, coverage, "uptime"),
            right=period,
            is_doubtful=is_doubtful,
        ),
        number_tile(
            figures.get("device_energy"),
            say("course_energy", language),
            energy,
            numbers.quantity(energy, language),
            language,
            trend=course(days, coverage, "energy"),
            left="kWh",
            right=period,
            is_doubtful=is_doubtful,
        ),
        share_tile(
            figures.get("site_coverage"),
            say("course_coverage", language),
            float(place["covered_count"][0]) if place.height else None,
            float(place["active_count"][0]) if place.height else None,
            language,
            trend=course(days, coverage, "coverage"),
            is_doubtful=is_doubtful,
        ),
        number_tile(
            None,
            say("tile_silent_devices", language),
            silent,
            numbers.count(silent, language),
            language,
            right=say("of_n", language, n=numbers.count(newest["service_count"], language)) if newest else "",
            is_doubtful=is_doubtful,
        ),
        number_tile(
            None,
            say("tile_held_readings", language),
            held if days.height or held else None,
            numbers.count(held, language) if days.height or held else numbers.NO_DATA,
            language,
            right=say("see_data_page", language) if held else "",
            is_doubtful=is_doubtful,
        ),
    ]


def course(days: pl.DataFrame, coverage: pl.DataFrame, what: Course) -> list[float | None]:
    """The course of one measure by day: shares 0–1, energy in kWh."""
    if what == "energy":
        return days["energy_kwh"].to_list()
    if what == "coverage":
        return _ratio(coverage, pl.col("covered_count"), pl.col("active_count"))
    if what == "reporting":
        return _ratio(days, pl.col("reporting_service_count"), pl.col("service_count"))
    return _ratio(days, pl.col("service_hours") - pl.col("lost_hours").fill_null(0), pl.col("service_hours"))


def course_days(days: pl.DataFrame, coverage: pl.DataFrame, what: Course) -> list[dt.date]:
    """The days of that course."""
    return (coverage if what == "coverage" else days)["day_on"].to_list()


def course_shown(value: float | None, what: Course, language: str) -> str:
    """A value of a course as text."""
    return f"{numbers.quantity(value, language)} kWh" if what == "energy" else numbers.share(value)


def state_bars(states: pl.DataFrame, language: str) -> list[tuple[str, float, str, str]]:
    """Units by state in the order of a device's life: label, part of the most, count, share."""
    counts = dict(states.group_by("state_code").agg(pl.col("unit_count").sum()).iter_rows())
    total, most = sum(counts.values()), max(counts.values(), default=0)
    return [
        (
            say(f"device_{state}", language),
            counts.get(state, 0) / most,
            numbers.count(counts.get(state, 0), language),
            f"{counts.get(state, 0) / total:.0%}",
        )
        for state in STATES
        if total
    ]


def worst_bars(devices: pl.DataFrame, language: str, shown: int) -> list[tuple[str, float, str, str]]:
    """Devices by hours lost to faults, the most first: label, part of the most, hours, uptime."""
    lost = devices.filter(pl.col("lost_hours") > 0).sort("lost_hours", "device_id", descending=[True, False])
    if lost.is_empty():
        return []
    return [
        (
            label(row),
            row["lost_hours"] / lost["lost_hours"][0],
            say("hours", language, n=numbers.decimal(row["lost_hours"], 0)),
            numbers.share(row["uptime_share"]),
        )
        for row in lost.head(shown).iter_rows(named=True)
    ]


def label(row: dict) -> str:
    """A device as name and id."""
    return f"{row['name']} · {row['device_id']}" if row["name"] else row["device_id"]


def metric_label(metric_code: str, language: str) -> str:
    """A metric in words with its unit; one without words keeps its code."""
    unit = next((shown for ending, shown in _UNITS.items() if metric_code.endswith(ending)), "")
    words = code_label("metric", metric_code, language)
    return f"{words}（{unit}）" if unit and language == "zh" else f"{words} ({unit})" if unit else words


def device_table(devices: pl.DataFrame, words: str | None, language: str) -> pl.DataFrame:
    """The devices that a search leaves, kinds in words; in the order that they come in."""
    return filled(
        labelled(found(devices, words).select(_DEVICE), {"kind_code": "device_kind"}, language), "device_id"
    )


def bill_table(bill: pl.DataFrame, language: str) -> pl.DataFrame:
    """A project's bill of devices, states and kinds in words."""
    kinds = {"kind_code": "device_kind", "state_code": "device"}
    return filled(labelled(bill, kinds, language).rename({"state_code": "device_state"}), "device_id")


def found(devices: pl.DataFrame, words: str | None) -> pl.DataFrame:
    """The devices whose id, name, project or site holds the words."""
    if not words or not words.strip():
        return devices
    wanted = words.strip().lower()
    columns = ("device_id", "name", "project_name", "site_id")
    return devices.filter(
        pl.any_horizontal(
            pl.col(name).fill_null("").str.to_lowercase().str.contains(wanted, literal=True)
            for name in columns
        )
    )


def site_table(conditions: pl.DataFrame, language: str) -> pl.DataFrame:
    """What sites measured last; silent ones carry a mark."""
    mark = (
        pl.when(~pl.col("is_active"))
        .then(pl.lit(say("site_quiet", language)))
        .when(pl.col("is_reporting"))
        .then(pl.lit(say("site_reports", language)))
        .otherwise(pl.lit(say("site_silent", language)))
        .alias("site_state")
    )
    kept = conditions.select(
        "site_name",
        "city",
        mark,
        "temperature_c",
        "humidity_pct",
        "device_count",
        "last_read_at",
        "last_photo_at",
        "project_id",
    )
    return filled(kept, "site_name")


def held_note(quarantined: pl.DataFrame, language: str) -> str:
    """Why the door held readings back, the most frequent reason first."""
    if quarantined.is_empty():
        return ""
    first = quarantined.row(0, named=True)
    return say(
        "readings_held",
        language,
        n=numbers.count(quarantined["row_count"].sum(), language),
        why=first[f"message_{language}"] or first["rule_code"],
    )


def _ratio(frame: pl.DataFrame, part: pl.Expr, whole: pl.Expr) -> list[float | None]:
    return frame.select(value=pl.when(whole > 0).then(part / whole))["value"].to_list()
