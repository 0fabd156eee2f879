"""Whether failures of devices would have been foreseen, week by week, within the visits there are."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from ml.backtest.metrics import auc, average_precision
from ml.backtest.results import ROW_SCHEMA, BacktestResult
from ml.devices.config import DEVICE_SCHEMA, READING_SCHEMA, WORK_ORDER_SCHEMA, RiskConfig
from ml.devices.forecast import forecast
from ml.frames import with_schema

#: Tables and columns that the command reads.
READS: Mapping[str, Sequence[str]] = {
    "marts.fct_reading_day": tuple(READING_SCHEMA),
    "marts.dim_device": tuple(DEVICE_SCHEMA),
    "marts.fct_work_order": tuple(WORK_ORDER_SCHEMA),
}
#: Seen at least so long before it happens, a failure can be prevented.
_NOTICE_DAYS = 7
#: A visited device is not visited again for so long.
_REST_DAYS = 28


@dataclass(frozen=True)
class _Visits:
    """The weekly visits of one way to choose them: origin, device."""

    rows: list[tuple[date, str]]


def devices_of(frames: Mapping[str, pl.DataFrame], as_of_on: date) -> pl.DataFrame:
    """DEVICE_SCHEMA of the devices in service by `as_of_on`, from `dim_device`.

    A device of which nobody wrote down when it was commissioned is in service: its readings will tell.
    """
    return (
        with_schema(frames["dim_device"], DEVICE_SCHEMA, "devices")
        .filter((pl.col("commissioned_on") <= as_of_on).fill_null(value=True))
        .sort("device_id")
    )


def backtest(
    frames: Mapping[str, pl.DataFrame],
    as_of_on: date,
    *,
    from_on: date | None = None,
    weekly_visits: int | None = None,
    config: RiskConfig | None = None,
) -> BacktestResult:
    """Each week from `from_on` (else the last 12 weeks with known outcomes) the riskiest devices are visited.

    frames: tables of READS by name. weekly_visits: else one device in a hundred, at least two. A visit is
    right if the device fails within `fading_days` after it. Baselines with the same number of visits: a fixed
    interval (longest without a visit first), and the level of the readings alone. Metrics: precision at the
    visits there are, the share of failures flagged at least 7 days ahead (of those of devices that reported),
    ranking of all devices, and coverage of the band where the failure is known.
    """
    config = config or RiskConfig()
    readings = with_schema(frames["fct_reading_day"], READING_SCHEMA, "readings")
    orders, devices = frames["fct_work_order"], devices_of(frames, as_of_on)
    last = as_of_on - timedelta(days=config.horizon_days)
    first = from_on or last - timedelta(weeks=12)
    origins = [first + timedelta(weeks=week) for week in range(max((last - first).days // 7 + 1, 0))]
    failures = _failures(orders, as_of_on, config)
    begin = time.perf_counter()
    told = {origin: _told(readings, devices, orders, origin, config) for origin in origins}
    seconds = {"model": time.perf_counter() - begin, "fixed_interval": 0.0, "level": 0.0}
    reporting = [origin for origin in origins if told[origin].height]
    if not reporting or not failures:
        reason = (
            "no device reported in the scored weeks" if not reporting else "no failure of a device is known"
        )
        return BacktestResult("devices", 0, origins, seconds, {}, notes=[reason])
    cap = weekly_visits or max(2, round(devices.height / 100))
    ranked = {
        "model": _visits(told, "risk", cap),
        "fixed_interval": _visits(told, "waited_days", cap, rest=False),
        "level": _visits(told, "level", cap),
    }
    metrics = {
        method: _measures(visits, told, failures, column, config)
        for (method, visits), column in zip(ranked.items(), ("risk", "waited_days", "level"), strict=True)
    }
    metrics["model"] |= _model_measures(told, failures, as_of_on, config)
    rows = [
        (str(origins[0]), "all", f"{config.fading_days}d", method, name, value, len(origins))
        for method, measures in metrics.items()
        for name, value in measures.items()
    ]
    silent = told[reporting[-1]].filter("is_silent").height
    return BacktestResult(
        task="devices",
        n=sum(frame.height for frame in told.values()),
        origins=origins,
        seconds=seconds,
        metrics=metrics,
        rows=pl.DataFrame(rows, schema=ROW_SCHEMA, orient="row"),
        notes=[f"{silent} devices were silent at the last origin and were not scored"] if silent else [],
    )


def _failures(orders: pl.DataFrame, as_of_on: date, config: RiskConfig) -> dict[str, list[date]]:
    known = with_schema(orders, WORK_ORDER_SCHEMA, "work_orders").drop_nulls(["device_id", "created_on"])
    known = known.filter(pl.col("kind_code").is_in(config.failure_kinds), pl.col("created_on") <= as_of_on)
    return {
        device: sorted(days) for device, days in known.group_by("device_id").agg("created_on").iter_rows()
    }


def _told(
    readings: pl.DataFrame, devices: pl.DataFrame, orders: pl.DataFrame, origin: date, config: RiskConfig
) -> pl.DataFrame:
    """The forecast of a day with what the baselines rank by; only what was known then is handed over."""
    known = readings.filter(pl.col("day_on") <= origin)
    then = orders.filter(pl.col("created_on") <= origin)
    there = devices.join(known.select("device_id").unique(), on="device_id", how="semi")
    frame = forecast(known, there, then, origin, publication_name="", run_id="", config=config)
    visited = (
        then.drop_nulls("device_id")
        .group_by("device_id")
        .agg(waited_days=(pl.lit(origin) - pl.col("created_on").max()).dt.total_days())
    )
    recent = pl.col("day_on") > origin - timedelta(days=config.recent_days)
    level = (
        known.group_by("device_id", "metric_code")
        .agg(
            (
                (pl.col("value_mean").filter(recent).mean() - pl.col("value_mean").mean())
                / pl.col("value_mean").std()
            )
            .fill_nan(None)
            .alias("level")
        )
        .group_by("device_id")
        .agg(pl.col("level").mean())
    )
    return (
        frame.join(visited, on="device_id", how="left")
        .join(level, on="device_id", how="left")
        .with_columns(
            # Of equally likely ones the more worn first.
            risk=pl.coalesce("failure_probability_share", "anomaly_score_share").fill_null(0)
            + 1e-3 * pl.col("anomaly_score_share").fill_null(0),
            waited_days=pl.col("waited_days").fill_null(10_000).cast(pl.Float64),
            level=pl.col("level").fill_null(0).fill_nan(0),
        )
        .sort("device_id")
    )


def _visits(told: Mapping[date, pl.DataFrame], column: str, cap: int, *, rest: bool = True) -> _Visits:
    """The first `cap` devices each week that were not visited lately and have no open work."""
    rows: list[tuple[date, str]] = []
    visited: dict[str, date] = {}
    for origin, frame in told.items():
        free = [
            device
            for device in frame.filter(~pl.col("is_silent") & ~pl.col("has_open_work")).sort(
                column, "device_id", descending=[True, False]
            )["device_id"]
            if device not in visited or (rest and (origin - visited[device]).days >= _REST_DAYS)
        ]
        for device in free[:cap]:
            visited[device] = origin
            rows.append((origin, device))
    return _Visits(rows)


def _next(failures: Mapping[str, list[date]], device: str, origin: date) -> date | None:
    return next((day for day in failures.get(device, ()) if day > origin), None)


def _fails_within(failures: Mapping[str, list[date]], device: str, origin: date, days: int) -> bool:
    failed = _next(failures, device, origin)
    return failed is not None and (failed - origin).days <= days


def _measures(
    visits: _Visits,
    told: Mapping[date, pl.DataFrame],
    failures: Mapping[str, list[date]],
    column: str,
    config: RiskConfig,
) -> dict[str, float | int | None]:
    right = [_fails_within(failures, device, origin, config.fading_days) for origin, device in visits.rows]
    scored = [frame.filter(~pl.col("is_silent")) for frame in told.values()]
    events = np.array(
        [
            _fails_within(failures, device, origin, config.horizon_days)
            for origin, frame in zip(told, scored, strict=True)
            for device in frame["device_id"]
        ],
        dtype=float,
    )
    values = np.concatenate([frame[column].to_numpy() for frame in scored])
    return {
        "precision_at_cap": float(np.mean(right)) if right else None,
        "visits": len(visits.rows),
        "auc": auc(events, values),
        "pr_auc": average_precision(events, values),
        "prevalence": float(events.mean()) if len(events) else None,
    }


def _model_measures(
    told: Mapping[date, pl.DataFrame], failures: Mapping[str, list[date]], as_of_on: date, config: RiskConfig
) -> dict[str, float | int | None]:
    """How many failures were flagged in time, and how the band did where the failure is known."""
    first, last = min(told), max(told)
    flagged: dict[str, list[date]] = {}
    for origin, frame in told.items():
        for device in frame.filter("is_suggested")["device_id"]:
            flagged.setdefault(device, []).append(origin)
    reported = {
        device for frame in told.values() for device in frame.filter(~pl.col("is_silent"))["device_id"]
    }
    due = [
        (device, day)
        for device, days in failures.items()
        for day in days
        # A week of notice must lie within the weeks scored.
        if device in reported
        and first + timedelta(days=2 * _NOTICE_DAYS) <= day <= last + timedelta(days=_NOTICE_DAYS)
    ]
    in_time = [
        any(_NOTICE_DAYS <= (day - origin).days <= config.fading_days for origin in flagged.get(device, ()))
        for device, day in due
    ]
    right = [
        _fails_within(failures, device, origin, config.fading_days)
        for device, origins in flagged.items()
        for origin in origins
    ]
    return {
        "failures": len(due),
        "flagged_7d_share": float(np.mean(in_time)) if in_time else None,
        "suggestion_precision": float(np.mean(right)) if right else None,
        "coverage_80": _coverage(told, failures),
    }


def _coverage(told: Mapping[date, pl.DataFrame], failures: Mapping[str, list[date]]) -> float | None:
    """Of suggested devices that failed later, the share within P10 to P90 (open where not reached)."""
    inside = []
    for origin, frame in told.items():
        rows = frame.filter("is_suggested").select("device_id", "failure_p10_days", "failure_p90_days")
        for device, low, high in rows.iter_rows():
            failed = _next(failures, device, origin)
            if failed is not None and low is not None:
                days = (failed - origin).days
                inside.append(low <= days and (high is None or days <= high))
    return float(np.mean(inside)) if inside else None
