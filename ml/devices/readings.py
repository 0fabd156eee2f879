"""Readings as people store them, a column a signal: found, cleaned and put in the units of the physics."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from ml.devices.roles import ROLES, roles_of

#: Ways in which files write an instant.
TIME_FORMATS = (
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%dT%H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%d.%m.%Y %H:%M",
)
_TEMPERATURES = tuple(role for role in ROLES if "temperature" in role or role.startswith("supply_air"))
_SHARES = ("outdoor_damper", "cooling_valve", "heating_valve", "supply_fan_speed")
_FAHRENHEIT_FROM, _KELVIN_FROM = 45.0, 200.0
_GIVEN_UP = 0.5


class NoTimeColumnError(ValueError):
    """No column of a table of readings holds instants; the message lists what was seen."""

    def __init__(self, columns: list[str]) -> None:
        super().__init__(
            f"no column with times among {', '.join(columns)}. One must hold instants such as "
            f"2025-03-01 14:05 in at least half of its rows."
        )


@dataclass(frozen=True)
class Unit:
    """One device's readings in order of time: `at` and a Float64 column a signal.

    is_fault: the label of each row where there is one. ignored: signals left out, with the reason.
    """

    name: str
    frame: pl.DataFrame
    is_fault: np.ndarray | None = None
    ignored: Mapping[str, str] = field(default_factory=dict)

    @property
    def signals(self) -> list[str]:
        """The names of its signals."""
        return [column for column in self.frame.columns if column != "at"]


def read_unit(name: str, table: pl.DataFrame, label_column: str | None = None) -> Unit:
    """A table of texts or numbers as a `Unit`.

    The first column of which half can be read as instants is the time; rows without it are dropped, rows of
    one instant are taken once. What is no number (`#VALUE!`, blanks, infinities) is missing. Signals that are
    missing in more than half of the rows, or that never change, are ignored and named. A label other than
    a number above 0 or a word for yes is no fault. Raises NoTimeColumnError, KeyError without the label.
    """
    if label_column is not None and label_column not in table.columns:
        raise KeyError(label_column)
    time_column, at = _times(table)
    signals = [column for column in table.columns if column not in (time_column, label_column)]
    frame = pl.DataFrame({"at": at, **{column.strip(): _numbers(table[column]) for column in signals}})
    if label_column is not None:
        frame = frame.with_columns(_is_fault=_flags(table[label_column]))
    frame = frame.drop_nulls("at").unique("at", keep="first", maintain_order=True).sort("at")
    ignored = _ignored(frame.drop("at", "_is_fault", strict=False))
    is_fault = frame["_is_fault"].to_numpy() if label_column is not None else None
    return Unit(name, frame.drop("_is_fault", *ignored, strict=False), is_fault, ignored)


def in_roles(unit: Unit) -> pl.DataFrame:
    """`unit_id`, `at` and a column for every role of the physics: Celsius, shares, states 0 or 1.

    A role that no signal plays is null throughout. Temperatures whose median is above 45 are Fahrenheit,
    above 200 Kelvin: air in a building is neither so warm in Celsius nor so cold.
    """
    found = roles_of(unit.signals)
    frame = unit.frame.select(
        pl.lit(unit.name).alias("unit_id"),
        "at",
        *(
            pl.col(found[role]).alias(role) if role in found else pl.lit(None, pl.Float64).alias(role)
            for role in ROLES
        ),
    )
    return in_physical_units(frame)


def in_physical_units(frame: pl.DataFrame) -> pl.DataFrame:
    """The same roles with temperatures in Celsius and positions as shares, unit by unit."""
    indoors = pl.concat_list(
        pl.col("return_air_temperature"),
        pl.col("supply_air_temperature"),
        pl.col("mixed_air_temperature"),
    ).list.drop_nulls()
    typical = indoors.list.first().median().over("unit_id")
    celsius = [
        pl.when(typical > _KELVIN_FROM)
        .then(pl.col(role) - 273.15)
        .when(typical > _FAHRENHEIT_FROM)
        .then((pl.col(role) - 32) / 1.8)
        .otherwise(pl.col(role))
        .alias(role)
        for role in _TEMPERATURES
    ]
    shares = []
    for role in _SHARES:
        largest = pl.col(role).max().over("unit_id")
        whole = pl.when(largest <= 1.5).then(1.0).when(largest <= 10.5).then(10.0).otherwise(100.0)
        shares.append((pl.col(role) / whole).clip(0, 1).alias(role))
    states = [
        (pl.col(role) > 0).cast(pl.Float64).alias(role)
        for role in ("supply_fan_status", "return_fan_status", "occupancy")
    ]
    return frame.with_columns(*celsius, *shares, *states)


def _times(table: pl.DataFrame) -> tuple[str, pl.Series]:
    for column in table.columns:
        series = table[column]
        if series.dtype.is_temporal():
            return column, series.cast(pl.Datetime("us"))
        if series.dtype == pl.String:
            known = series.str.strip_chars()
            read = [known.str.to_datetime(form, strict=False, time_unit="us") for form in TIME_FORMATS]
            # Of day and month the order is told by the rows that only one order can read.
            best = min(read, key=pl.Series.null_count)
            if best.is_not_null().sum() > _GIVEN_UP * max(table.height, 1):
                return column, best
    raise NoTimeColumnError(table.columns)


def _numbers(series: pl.Series) -> pl.Series:
    if series.dtype == pl.String:
        series = series.str.strip_chars()
    values = series.cast(pl.Float64, strict=False)
    return values.set(~values.is_finite().fill_null(True), None)


def _flags(series: pl.Series) -> pl.Series:
    words = series.cast(pl.String).str.strip_chars().str.to_lowercase()
    numbers = words.cast(pl.Float64, strict=False)
    is_word = words.is_in(["true", "yes", "y", "fault", "faulty", "anomaly", "是", "故障", "异常"])
    return (numbers > 0).fill_null(False) | is_word.fill_null(False)


def _ignored(frame: pl.DataFrame) -> dict[str, str]:
    reasons = {}
    for column in frame.columns:
        values = frame[column]
        if values.null_count() > _GIVEN_UP * max(frame.height, 1):
            reasons[column] = "missing in more than half of the rows"
    return reasons
