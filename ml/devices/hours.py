"""The hours and days of units: how far the rules of the physics were broken, and how far their own habits."""

import numpy as np
import polars as pl

from ml.devices.config import DeviceConfig
from ml.devices.physics import RULES, has_physics, residuals, severities
from ml.devices.readings import Unit, in_roles
from ml.devices.roles import roles_of

#: Prefixes of the columns of a rule in the hour and over its day.
HOUR, DAY = "hour_", "day_"


def hours_of(unit: Unit, config: DeviceConfig) -> pl.DataFrame:
    """One row an hour of one unit: `unit_id`, `hour_at`, `day_on`, severities by hour and day, `habit`.

    Severities are in tolerances above the tolerance (null where a rule had nothing to judge); those of a day
    are the mean over its hours, drawn to 0 where few hours could be judged. `habit` is how many of its usual
    deviations the unit was from what its signals say of each other on its other days.
    """
    by_hour = rule_hours(in_roles(unit), step_of(unit), config)
    habits = habit_residuals(unit, config)
    return by_hour.join(habits, on="hour_at", how="left", maintain_order="left")


def step_of(unit: Unit) -> float:
    """Minutes between two readings, as a rule."""
    steps = unit.frame["at"].diff().dt.total_seconds().drop_nulls()
    return max(float(steps.median() or 60.0) / 60, 1 / 60)


def rule_hours(roles: pl.DataFrame, step_minutes: float, config: DeviceConfig) -> pl.DataFrame:
    """Severities by unit and hour from a frame of roles; works on many units at once."""
    settle_rows = max(1, round(config.settle_minutes / step_minutes))
    needed = max(1, round(config.judged_share * 60 / step_minutes)) if step_minutes < 60 else 1
    severity = severities(residuals(roles, settle_rows), config.severity_ceiling)
    names = [name for name in RULES if name in severity.columns]
    by_hour = (
        severity.with_columns(pl.col("at").dt.truncate("1h").alias("hour_at"))
        .group_by("unit_id", "hour_at")
        .agg(
            pl.when(pl.col(name).count() >= needed).then(pl.col(name).median()).alias(HOUR + name)
            for name in names
        )
        .sort("unit_id", "hour_at")
        .with_columns(pl.col("hour_at").dt.date().alias("day_on"))
    )
    day = ["unit_id", "day_on"]
    shrunk = [
        (pl.col(HOUR + name).sum() / (pl.col(HOUR + name).count() + config.prior_hours))
        .over(day)
        .alias(DAY + name)
        for name in names
    ]
    return by_hour.with_columns(*shrunk)


def rule_score(hours: pl.DataFrame, config: DeviceConfig) -> np.ndarray:
    """What the physics alone says of each hour: the root of the summed squares of the severities, from 0 up.

    Faults seldom last minutes, so that the day weighs more than the hour.
    """
    mixed = [
        config.day_weight * pl.col(DAY + name).fill_null(0)
        + (1 - config.day_weight) * pl.col(HOUR + name).fill_null(0)
        for name in RULES
    ]
    return hours.select(pl.sum_horizontal(part**2 for part in mixed).sqrt()).to_series().to_numpy()


def fault_codes(hours: pl.DataFrame) -> pl.Series:
    """The fault that the worst broken rule of each row's day points to; null where none is broken."""
    names = [name for name in RULES if DAY + name in hours.columns]
    table = hours.select(pl.col(DAY + name).fill_null(0) for name in names).to_numpy()
    worst = table.argmax(axis=1) if len(table) else np.zeros(0, dtype=int)
    codes = [
        RULES[names[place]].fault_code if table[row, place] > 0 else None for row, place in enumerate(worst)
    ]
    return pl.Series(codes, dtype=pl.String)


def rule_features(hours: pl.DataFrame) -> np.ndarray:
    """Severities of hour and day as a matrix, 0 where a rule had nothing to judge: a breach never shown."""
    columns = [prefix + name for name in RULES for prefix in (HOUR, DAY)]
    return hours.select(pl.col(column).fill_null(0) for column in columns).to_numpy()


def is_air_handler(unit: Unit) -> bool:
    """Whether the physics of an air-handling unit applies to the unit's signals."""
    return has_physics(set(roles_of(unit.signals)))


def hourly_signals(unit: Unit) -> pl.DataFrame:
    """`hour_at` and the mean of each signal by hour."""
    return (
        unit.frame.group_by(pl.col("at").dt.truncate("1h").alias("hour_at"))
        .agg(pl.exclude("at").mean())
        .sort("hour_at")
    )


def habit_residuals(unit: Unit, config: DeviceConfig) -> pl.DataFrame:
    """`hour_at`, `habit`: how unlike its other days an hour is, in robust deviations; no label is used.

    Each signal is regressed (ridge) on the others and the hour of day, on days of other folds; the residual
    is divided by its median absolute deviation, and of the signals the mean of the three worst is taken.
    A unit of one day has no other days: null throughout. One signal is judged by the hour of day alone.
    """
    table = hourly_signals(unit)
    days = table["hour_at"].dt.date().to_numpy()
    values = _standardised(table.drop("hour_at").to_numpy())
    number_of_days = len(np.unique(days))
    if number_of_days < 2 or not values.shape[1]:
        return table.select("hour_at", habit=pl.lit(None, pl.Float64))
    angle = table["hour_at"].dt.hour().to_numpy() / 24 * 2 * np.pi
    clock = np.column_stack([np.sin(angle), np.cos(angle), np.sin(2 * angle), np.cos(2 * angle)])
    folds = np.unique(days, return_inverse=True)[1] % min(config.folds, number_of_days)
    left = np.column_stack(
        [
            _left_over(values[:, place], np.column_stack([np.delete(values, place, 1), clock]), folds)
            for place in range(values.shape[1])
        ]
    )
    spread = np.maximum(1.4826 * np.median(np.abs(left), axis=0), 0.05)
    worst = np.sort(np.minimum(np.abs(left) / spread, config.habit_ceiling), axis=1)[:, -3:]
    return table.select("hour_at", habit=pl.Series(worst.mean(axis=1)))


def _standardised(values: np.ndarray) -> np.ndarray:
    """Columns that vary, centred and scaled robustly, missing ones at their median."""
    with np.errstate(all="ignore"):
        middle = np.nanmedian(values, axis=0, keepdims=True) if len(values) else values
        spread = np.nanstd(values, axis=0, keepdims=True) if len(values) else values
    varies = np.flatnonzero(np.nan_to_num(spread).ravel() > 1e-9)
    scaled = (values[:, varies] - middle[:, varies]) / spread[:, varies]
    return np.clip(np.nan_to_num(scaled), -10, 10)


def _left_over(target: np.ndarray, others: np.ndarray, folds: np.ndarray) -> np.ndarray:
    left = np.zeros(len(target))
    design = np.column_stack([np.ones(len(target)), others])
    penalty = np.eye(design.shape[1])
    penalty[0, 0] = 0
    for fold in np.unique(folds):
        away, here = folds != fold, folds == fold
        x, y = design[away], target[away]
        left[here] = target[here] - design[here] @ np.linalg.solve(x.T @ x + penalty, x.T @ y)
    return left
