"""Which devices are wearing out, what is likely wrong with them, and how long they have left.

A device's wear is how far it has drifted from its peers' weather and its own past (`wear`); what became of
devices as worn before tells how long it has left (`lifetimes`); the rules of an air-handling unit name the
fault where its signals allow (`physics`), otherwise the signals that drifted do. A device that has fallen
silent is named and not scored.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from ml.devices.config import (
    DEVICE_SCHEMA,
    HOUR_SCHEMA,
    METHODS,
    OUTPUT_SCHEMA,
    READING_SCHEMA,
    WORK_ORDER_SCHEMA,
    DeviceConfig,
    RiskConfig,
)
from ml.devices.hours import fault_codes, rule_hours, rule_score
from ml.devices.lifetimes import Lifetimes, learn
from ml.devices.physics import has_physics
from ml.devices.readings import in_physical_units
from ml.devices.roles import ROLES, role_of
from ml.devices.wear import Panel, Wear, panel_of, wear_of
from ml.frames import with_schema

_FULL, _WEAR_ONLY, _PHYSICS, _SHORT, _SILENT = METHODS
#: Wear from which a device counts as clearly unlike itself, in usual deviations.
_CLEAR = 1.5


@dataclass(frozen=True)
class DeviceModel:
    """What the past taught: how long devices of each wear lasted."""

    lifetimes: Lifetimes


@dataclass(frozen=True)
class _State:
    """All devices as of a day: their panel, wear and failures so far (device row, day number)."""

    panel: Panel
    wear: Wear
    failures: np.ndarray


def train(
    readings: pl.DataFrame,
    devices: pl.DataFrame,
    work_orders: pl.DataFrame,
    as_of_on: date,
    config: RiskConfig | None = None,
) -> DeviceModel:
    """What became of devices as worn, by what was known on `as_of_on`; frames as for `forecast`."""
    config = config or RiskConfig()
    return DeviceModel(_lifetimes(_state(readings, devices, work_orders, as_of_on, config), config))


def forecast(  # noqa: PLR0913 - the frames that the night has, and what every forecast takes
    readings: pl.DataFrame,
    devices: pl.DataFrame,
    work_orders: pl.DataFrame,
    as_of_on: date,
    *,
    publication_name: str,
    run_id: str,
    hours: pl.DataFrame | None = None,
    model: DeviceModel | None = None,
    config: RiskConfig | None = None,
) -> pl.DataFrame:
    """The risk of every device in service.

    readings: READING_SCHEMA (`fct_reading_day`); devices: DEVICE_SCHEMA; work_orders: WORK_ORDER_SCHEMA
    (`fct_work_order`); hours: HOUR_SCHEMA (`int_reading_hour`) for the rules of the physics, may be left out;
    model: what `train` gave, else it is learnt here. Nothing after `as_of_on` is used. Gives OUTPUT_SCHEMA,
    one row a device, by device_id; days are whole, a band that the past does not reach is NULL. At most one
    row a device is suggested, and none while work on it is open. Raises MissingColumnsError.
    """
    config = config or RiskConfig()
    devices = (
        with_schema(devices, DEVICE_SCHEMA, "devices")
        .drop_nulls("device_id")
        .unique("device_id", keep="first", maintain_order=True)
    )
    state = _state(readings, devices, work_orders, as_of_on, config)
    learnt = (model or DeviceModel(_lifetimes(state, config))).lifetimes
    frame = _scored(state, learnt, as_of_on, config)
    frame = _with_physics(frame, hours, as_of_on)
    open_work = _open_work(work_orders, as_of_on)
    told = pl.coalesce("failure_probability_share", "anomaly_score_share")
    return (
        frame.with_columns(has_open_work=pl.col("device_id").is_in(sorted(open_work)))
        .with_columns(
            is_suggested=(told >= config.suggest_from).fill_null(False)
            & pl.col("fault_code").is_not_null()
            & ~pl.col("has_open_work")
        )
        .with_columns(
            suggestion_id=pl.when("is_suggested").then(pl.format("{}/{}", "device_id", "fault_code")),
            as_of_on=pl.lit(as_of_on),
            publication_name=pl.lit(publication_name),
            _run_id=pl.lit(run_id),
        )
        .sort("device_id")
        .select(pl.col(name).cast(dtype) for name, dtype in OUTPUT_SCHEMA.items())
    )


def _state(
    readings: pl.DataFrame,
    devices: pl.DataFrame,
    work_orders: pl.DataFrame,
    as_of_on: date,
    config: RiskConfig,
) -> _State:
    readings = with_schema(readings, READING_SCHEMA, "readings").filter(pl.col("day_on") <= as_of_on)
    devices = with_schema(devices, DEVICE_SCHEMA, "devices")
    places = {
        device: place for device, place in devices.select("device_id", "place_code").iter_rows() if place
    }
    panel = panel_of(readings, places, devices["device_id"].unique().to_list(), as_of_on, config)
    failures = _failures(work_orders, panel, as_of_on, config)
    stood = np.zeros((len(panel.devices), len(panel.days)), dtype=bool)
    for row, start, end in failures:
        # Not the days before: how a device faded must look the same to those that have failed and those that
        # are about to, or the ones would teach the wrong lesson about the others.
        stood[row, max(0, start) : max(0, end + 1)] = True
    return _State(panel, wear_of(panel, stood, config), failures)


def _failures(work_orders: pl.DataFrame, panel: Panel, as_of_on: date, config: RiskConfig) -> np.ndarray:
    """Failures known by the day: device row, day number of the failure and of its repair."""
    number = {device: row for row, device in enumerate(panel.devices)}
    first_on = as_of_on - timedelta(days=config.history_days - 1)
    known = with_schema(work_orders, WORK_ORDER_SCHEMA, "work_orders").filter(
        pl.col("kind_code").is_in(config.failure_kinds)
        & (pl.col("created_on") <= as_of_on)
        & pl.col("device_id").is_in(panel.devices)
    )
    # What was finished later was open then.
    finished = pl.when(pl.col("finished_on") <= as_of_on).then("finished_on").otherwise(as_of_on)
    rows = known.sort("device_id", "created_on").select(
        "device_id",
        start=(pl.col("created_on") - first_on).dt.total_days(),
        end=(finished - first_on).dt.total_days(),
    )
    return (
        np.array([(number[device], start, end) for device, start, end in rows.iter_rows()])
        .reshape(-1, 3)
        .astype(int)
    )


def _lifetimes(state: _State, config: RiskConfig) -> Lifetimes:
    """Cases every few days of every device: its wear, and how long until it failed or was last seen sound."""
    wear, last = state.wear, len(state.panel.days) - 1
    until = np.full(wear.index.shape, -1)
    for row, start, _ in state.failures[np.argsort(-state.failures[:, 1], kind="stable")]:
        until[row, : max(0, start)] = start
    steps = np.arange(last % config.snapshot_days, last, config.snapshot_days)
    known = np.isfinite(wear.index[:, steps])
    rows, places = np.nonzero(known)
    days = steps[places]
    ends = until[rows, days]
    has_failed = ends >= 0
    return learn(
        wear.counts[rows],
        wear.index[rows, days],
        np.where(has_failed, ends, last) - days,
        has_failed,
        horizon_days=config.horizon_days,
        least_cases=config.least_cases,
        least_failures=config.least_failures,
    )


def _scored(state: _State, lifetimes: Lifetimes, as_of_on: date, config: RiskConfig) -> pl.DataFrame:
    panel, wear = state.panel, state.wear
    reports = panel.reports
    history = reports.sum(axis=1)
    last = np.where(history > 0, reports.shape[1] - 1 - np.argmax(reports[:, ::-1], axis=1), -1)
    silence = reports.shape[1] - 1 - last
    index = _newest(wear.index, config.silent_days)
    is_silent = (history == 0) | (silence >= config.silent_days)
    is_judged = ~is_silent & (history >= config.least_days) & np.isfinite(index)
    probability, days, cases = lifetimes.of(wear.counts, np.nan_to_num(index))
    has_lifetime = is_judged & (cases > 0)
    method = np.select([is_silent, has_lifetime, is_judged], [_SILENT, _FULL, _WEAR_ONLY], default=_SHORT)
    codes, metrics = _hypotheses(wear, index)
    told = pl.Series(is_judged)
    days = np.where(has_lifetime[:, None], days, np.nan)
    frame = pl.DataFrame(
        {
            "device_id": panel.devices,
            "method_code": method,
            "_last": np.where(last >= 0, silence, -1),
            "history_days": history,
            "wear_index": np.round(np.where(is_judged, index, np.nan), 4),
            # The share of the way from «as usual» to «certainly not»: a half at the clear limit.
            "anomaly_score_share": np.round(
                np.where(is_judged, 1 - 0.5 ** (np.maximum(index, 0) / _CLEAR), np.nan), 6
            ),
            "fault_code": codes,
            "fault_metric_code": metrics,
            "failure_probability_share": np.round(np.where(has_lifetime, probability, np.nan), 6),
            **{f"failure_p{share}_days": days[:, place] for place, share in enumerate((10, 50, 90))},
            "reference_count": np.where(has_lifetime, cases, 0),
            "is_silent": is_silent,
        },
        schema_overrides={"device_id": pl.String, "fault_code": pl.String, "fault_metric_code": pl.String},
    )
    return frame.with_columns(
        pl.col(pl.Float64).fill_nan(None),
        pl.when(told).then("fault_code").alias("fault_code"),
        pl.when(told).then("fault_metric_code").alias("fault_metric_code"),
        last_read_on=pl.when(pl.col("_last") >= 0).then(as_of_on - pl.duration(days="_last")),
    ).drop("_last")


def _newest(index: np.ndarray, within_days: int) -> np.ndarray:
    """The newest known wear of the last days."""
    recent = index[:, -max(within_days, 1) :]
    known = np.isfinite(recent)
    place = recent.shape[1] - 1 - np.argmax(known[:, ::-1], axis=1)
    return np.where(known.any(axis=1), recent[np.arange(len(recent)), place], np.nan)


def _hypotheses(wear: Wear, index: np.ndarray) -> tuple[list[str | None], list[str | None]]:
    """What the signals that drifted together point to, and the one that drifted furthest."""
    codes: list[str | None] = [None] * len(index)
    metrics: list[str | None] = [None] * len(index)
    if not wear.metrics:
        return codes, metrics
    roles = [
        role_of(metric) or ("energy" if "kwh" in metric or "energy" in metric else "other")
        for metric in wear.metrics
    ]
    drift = np.nan_to_num(wear.drift)
    for row in np.flatnonzero(np.nan_to_num(index) >= _CLEAR / 2):
        furthest = int(np.argmax(drift[:, row]))
        if drift[furthest, row] <= 0:
            continue
        moved = {roles[place] for place in np.flatnonzero(drift[:, row] >= 0.4 * drift[furthest, row])}
        metrics[row] = wear.metrics[furthest]
        codes[row] = _fault_of(moved)
    return codes, metrics


def _fault_of(moved: set[str]) -> str:
    """The fault that fits the signals that drifted together."""
    if {"supply_air_temperature", "power"} <= moved:
        return "refrigeration_worn"
    if "filter_pressure" in moved:
        return "filter_clogged"
    if "supply_air_temperature" in moved:
        return "cooling_lost"
    if moved & {"power", "energy"}:
        return "energy_excess"
    return "signal_drift"


def _with_physics(frame: pl.DataFrame, hours: pl.DataFrame | None, as_of_on: date) -> pl.DataFrame:
    """The fault that the rules of the air-handling unit name, where they apply and one is broken."""
    broken = None if hours is None else _broken_rules(hours, as_of_on)
    if broken is None:
        return frame
    is_broken = pl.col("rule_score").fill_null(0) > 0
    physics_share = (1 - (-pl.col("rule_score")).exp()).round(6)
    young = pl.col("method_code") == _SHORT
    return (
        frame.join(broken, on="device_id", how="left")
        .with_columns(
            fault_code=pl.when(is_broken & ~pl.col("is_silent")).then("rule_code").otherwise("fault_code"),
            anomaly_score_share=pl.when(~pl.col("is_silent"))
            .then(pl.max_horizontal("anomaly_score_share", physics_share))
            .otherwise("anomaly_score_share"),
            method_code=pl.when(young & pl.col("rule_score").is_not_null())
            .then(pl.lit(_PHYSICS))
            .otherwise("method_code"),
        )
        .drop("rule_score", "rule_code")
    )


def _broken_rules(hours: pl.DataFrame, as_of_on: date) -> pl.DataFrame | None:
    """`device_id`, `rule_score`, `rule_code` of the last two days of units with the signals, or None."""
    hours = with_schema(hours, HOUR_SCHEMA, "hours")
    roles = {metric: role_of(metric) for metric in hours["metric_code"].unique().sort().to_list()}
    played = {metric: role for metric, role in roles.items() if role is not None}
    if not has_physics(set(played.values())):
        return None
    day = pl.col("hour_at").dt.date()
    wide = (
        hours.filter(
            pl.col("metric_code").is_in(list(played)), day.is_between(as_of_on - timedelta(days=13), as_of_on)
        )
        .with_columns(pl.col("metric_code").replace_strict(played).alias("role"))
        .group_by("device_id", "hour_at", "role")
        .agg(pl.col("value_mean").mean())
        .pivot("role", index=["device_id", "hour_at"], values="value_mean")
        .rename({"device_id": "unit_id", "hour_at": "at"})
        .sort("unit_id", "at")
    )
    if not wide.height:
        return None
    lacking = [pl.lit(None, pl.Float64).alias(role) for role in ROLES if role not in wide.columns]
    config = DeviceConfig()
    judged = rule_hours(in_physical_units(wide.with_columns(lacking)), 60.0, config)
    judged = judged.filter(pl.col("day_on") > as_of_on - timedelta(days=2))
    return (
        judged.select(
            "unit_id",
            "hour_at",
            rule_score=pl.Series(rule_score(judged, config)),
            rule_code=fault_codes(judged),
        )
        .sort("unit_id", "rule_score", "hour_at")
        .group_by("unit_id", maintain_order=True)
        .agg(pl.col("rule_score").last(), pl.col("rule_code").last())
        .rename({"unit_id": "device_id"})
    )


def _open_work(work_orders: pl.DataFrame, as_of_on: date) -> set[str]:
    """Devices with work that was begun by the day and not finished by it."""
    known = with_schema(work_orders, WORK_ORDER_SCHEMA, "work_orders").drop_nulls("device_id")
    is_open = (pl.col("created_on") <= as_of_on) & (
        pl.col("finished_on").is_null() | (pl.col("finished_on") > as_of_on)
    )
    return set(known.filter(is_open)["device_id"].to_list())
