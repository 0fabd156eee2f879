"""Rules of an air-handling unit: what the laws of mixing and of coils forbid, by how much and for how long.

After the air-handling-unit performance assessment rules (APAR: House, Vaseghi and Whitcomb, ASHRAE
Transactions 107, 2001; Schein et al., Energy and Buildings 38, 2006). A rule compares temperatures or states
of one unit with each other, so that it holds for units that nobody has seen. Each gives a residual that is
above its tolerance where the rule is broken; signals that a unit lacks leave their rules out.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

#: With fewer air temperatures than these no rule has anything to compare: a unit is judged by its own past.
_ENOUGH_TEMPERATURES = 3
_FULL, _SHUT = 0.9, 0.02


@dataclass(frozen=True)
class Rule:
    """A law of the unit.

    tolerance: the residual that sensors and transients explain, in kelvin unless the rule says otherwise.
    fault_code: what a breach points to.
    """

    tolerance: float
    fault_code: str


#: Tolerances: 1.1 K for one pair of sensors as in APAR, more where dynamics or stratification add to it.
RULES: Mapping[str, Rule] = {
    "heated_though_shut": Rule(1.1, "heating_valve_leak"),
    "cooled_though_shut": Rule(1.1, "cooling_valve_leak"),
    "not_cooled": Rule(1.1, "cooling_lost"),
    "not_heated": Rule(1.1, "heating_lost"),
    "supply_above_setpoint": Rule(2.0, "cooling_lost"),
    "supply_below_setpoint": Rule(2.0, "heating_lost"),
    "mixed_though_shut": Rule(1.1, "damper_stuck"),
    "not_mixed_though_open": Rule(2.0, "damper_stuck"),
    "mixed_out_of_range": Rule(1.1, "mixed_air_sensor"),
    "warm_while_off": Rule(5.0, "heating_valve_leak"),
    "heats_and_cools": Rule(0.1, "heating_and_cooling"),
    "room_too_warm": Rule(1.5, "cooling_lost"),
    "room_too_cold": Rule(1.5, "heating_lost"),
    "duct_pressure_off": Rule(0.25, "fan_or_pressure"),
    "fans_disagree": Rule(0.25, "fan_or_pressure"),
    "power_while_off": Rule(0.25, "fan_or_pressure"),
}


def residuals(frame: pl.DataFrame, settle_rows: int) -> pl.DataFrame:
    """`unit_id`, `at` and a column a rule: its residual, null where the rule does not apply.

    frame: what `readings.in_roles` gives, units one after the other, in order of time. settle_rows: how many
    rows a valve, damper or fan must have kept its state for the air to have followed.
    """
    frame = frame.with_columns(is_on=_is_on())
    settled = frame.with_columns(
        fan_on=_kept(pl.col("is_on"), settle_rows, least=True) > 0.5,
        fan_off=_kept(pl.col("is_on"), settle_rows, least=False) < 0.5,
        heat_shut=_kept(pl.col("heating_valve"), settle_rows, least=False) < _SHUT,
        cool_shut=_kept(pl.col("cooling_valve"), settle_rows, least=False) < _SHUT,
        heat_open=_kept(pl.col("heating_valve"), settle_rows, least=True) > 0.5,
        cool_open=_kept(pl.col("cooling_valve"), settle_rows, least=True) > 0.5,
        heat_full=_kept(pl.col("heating_valve"), settle_rows, least=True) > _FULL,
        cool_full=_kept(pl.col("cooling_valve"), settle_rows, least=True) > _FULL,
        damper_shut=_kept(pl.col("outdoor_damper"), settle_rows, least=False) < _SHUT,
        damper_open=_kept(pl.col("outdoor_damper"), settle_rows, least=True) > 1 - _SHUT,
        is_occupied=pl.col("occupancy").fill_null(1) > 0.5,
    )
    settled = _with_gain(settled)
    return settled.select("unit_id", "at", **_coil_rules(), **_mixing_rules(), **_other_rules())


def has_physics(roles: set[str]) -> bool:
    """Whether enough signals of an air-handling unit are there for its rules to say something."""
    temperatures = {role for role in roles if role.endswith("_air_temperature")}
    return len(temperatures) >= _ENOUGH_TEMPERATURES


def severities(rule_residuals: pl.DataFrame, ceiling: float) -> pl.DataFrame:
    """By how many tolerances each residual is above its own, 0 to `ceiling`; null where it does not apply."""
    return rule_residuals.with_columns(
        ((pl.col(name) - rule.tolerance) / rule.tolerance).clip(0, ceiling).alias(name)
        for name, rule in RULES.items()
        if name in rule_residuals.columns
    )


def _is_on() -> pl.Expr:
    """The fan runs: by its status, else by its speed, else by its power; unknown counts as running."""
    by_speed = (pl.col("supply_fan_speed") > 0.05).cast(pl.Float64)
    by_power = (pl.col("power") > 0).cast(pl.Float64)
    return pl.coalesce("supply_fan_status", by_speed, by_power, pl.lit(1.0))


def _kept(expr: pl.Expr, rows: int, *, least: bool) -> pl.Expr:
    """The smallest or largest of the last `rows`; null until there are as many."""
    kept = expr.rolling_min(rows) if least else expr.rolling_max(rows)
    return kept.over("unit_id")


def _with_gain(frame: pl.DataFrame) -> pl.DataFrame:
    """`gain`: by how much the coils warm the air, the warmth of the fan taken off.

    The fan's share is the unit's own: the median over its days with both valves shut, so that a leak of some
    days does not hide in it. No fan adds less than nothing or more than 2 K at its duty.
    """
    gain = pl.col("supply_air_temperature") - pl.col("mixed_air_temperature")
    idle = frame.filter(pl.col("fan_on") & pl.col("heat_shut") & pl.col("cool_shut"))
    fans = (
        idle.group_by("unit_id", pl.col("at").dt.date().alias("day_on"))
        .agg(gain.median().alias("fan_gain"))
        .group_by("unit_id")
        .agg(pl.col("fan_gain").median().clip(0, 2))
    )
    # A left join keeps the order of the rows on the left only if told to.
    joined = frame.join(fans, on="unit_id", how="left", maintain_order="left")
    return joined.with_columns(gain=gain - pl.col("fan_gain").fill_null(0.5))


def _coil_rules() -> dict[str, pl.Expr]:
    gain, supply = pl.col("gain"), pl.col("supply_air_temperature")
    cooling_setpoint = pl.coalesce("supply_air_cooling_setpoint", "supply_air_setpoint")
    heating_setpoint = pl.coalesce("supply_air_heating_setpoint", "supply_air_setpoint")
    around = pl.max_horizontal("mixed_air_temperature", "return_air_temperature", "outdoor_air_temperature")
    valves_shut = pl.col("heat_shut").fill_null(True) & pl.col("cool_shut").fill_null(True)
    return {
        "heated_though_shut": pl.when(pl.col("fan_on") & pl.col("heat_shut")).then(gain),
        "cooled_though_shut": pl.when(pl.col("fan_on") & pl.col("cool_shut")).then(-gain),
        # A coil that is more than half open changes the air by far more than the 2 K that are asked for here.
        "not_cooled": pl.when(pl.col("fan_on") & pl.col("cool_open")).then(gain + 2),
        "not_heated": pl.when(pl.col("fan_on") & pl.col("heat_open")).then(2 - gain),
        "supply_above_setpoint": pl.when(pl.col("fan_on") & pl.col("cool_full")).then(
            supply - cooling_setpoint
        ),
        "supply_below_setpoint": pl.when(pl.col("fan_on") & pl.col("heat_full")).then(
            heating_setpoint - supply
        ),
        "warm_while_off": pl.when(pl.col("fan_off") & valves_shut).then(supply - around),
        "heats_and_cools": pl.when(pl.col("fan_on")).then(
            pl.min_horizontal("heating_valve", "cooling_valve")
        ),
    }


def _mixing_rules() -> dict[str, pl.Expr]:
    mixed, back = pl.col("mixed_air_temperature"), pl.col("return_air_temperature")
    outdoor = pl.col("outdoor_air_temperature")
    # Where outdoor and return air are nearly as warm as each other, their mixture tells nothing.
    tells = pl.col("fan_on") & ((outdoor - back).abs() > 3)
    toward_outdoor = (mixed - back) * (outdoor - back).sign()
    return {
        "mixed_though_shut": pl.when(tells & pl.col("damper_shut")).then(toward_outdoor),
        "not_mixed_though_open": pl.when(tells & pl.col("damper_open")).then(
            (outdoor - back).abs() - toward_outdoor
        ),
        "mixed_out_of_range": pl.when(tells).then(
            pl.max_horizontal(
                pl.min_horizontal(outdoor, back) - mixed, mixed - pl.max_horizontal(outdoor, back)
            )
        ),
    }


def _other_rules() -> dict[str, pl.Expr]:
    occupied = pl.col("fan_on") & pl.col("is_occupied")
    pressure, wanted = pl.col("duct_pressure"), pl.col("duct_pressure_setpoint")
    return {
        # Return air of an occupied building: 18 to 26 degrees is comfort by EN 16798-1, category II.
        "room_too_warm": pl.when(occupied).then(pl.col("return_air_temperature") - 26),
        "room_too_cold": pl.when(occupied).then(18 - pl.col("return_air_temperature")),
        "duct_pressure_off": pl.when(occupied & (wanted > 0)).then(((pressure - wanted) / wanted).abs()),
        "fans_disagree": (pl.col("supply_fan_status") - pl.col("return_fan_status")).abs(),
        "power_while_off": pl.when(pl.col("fan_off") & (pl.col("power").max().over("unit_id") > 0)).then(
            pl.col("power") / pl.col("power").max().over("unit_id")
        ),
    }
