"""What the device forecasts take, give and let a company choose."""

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class DeviceConfig:
    """How signals are judged.

    settle_minutes: how long a valve, damper or fan must have kept its state for the air to have followed.
    judged_share: the share of an hour's readings to which a rule must apply for the hour to be judged.
    prior_hours: sound hours that a day is lent for each rule, so that a single judged hour says little.
    day_weight: how much the day weighs against the hour in a row's score.
    severity_ceiling, habit_ceiling: beyond so many tolerances (deviations) more says no more.
    trees: of each forest.
    folds: parts into which days are cut where something is learned from other days.
    seed: of what is drawn at random.
    """

    settle_minutes: int = 30
    judged_share: float = 0.25
    prior_hours: float = 2.0
    day_weight: float = 0.7
    severity_ceiling: float = 4.0
    habit_ceiling: float = 20.0
    trees: int = 100
    folds: int = 5
    seed: int = 0


@dataclass(frozen=True)
class StreamConfig:
    """How one signal is watched point by point.

    short_points: the shortest window; the others are two, four and eight times as long.
    memory_points: how much of the past is remembered. silent_points: how many points are only listened to.
    day_weight: how much the newest day counts in what a time of day is wont to bring.
    tail_share: the share of past surprises that is called usual. least_tail: and at least so much is.
    look_up_points: how often the tail is looked up again. quiet_points: how long an alarm hushes lesser ones.
    ceiling: beyond so many deviations more says no more.
    """

    short_points: int = 6
    memory_points: int = 4000
    silent_points: int = 50
    day_weight: float = 0.3
    tail_share: float = 0.99
    least_tail: float = 0.5
    look_up_points: int = 25
    quiet_points: int = 150
    ceiling: float = 100.0


#: Columns of `fct_reading_day`, one row a device, metric and day.
READING_SCHEMA: dict[str, type[pl.DataType]] = {
    "device_id": pl.String,
    "metric_code": pl.String,
    "day_on": pl.Date,
    "value_mean": pl.Float64,
}

#: Columns of `int_reading_hour`, one row a device, metric and hour; only for the rules of the physics.
HOUR_SCHEMA: dict[str, type[pl.DataType]] = {
    "device_id": pl.String,
    "metric_code": pl.String,
    "hour_at": pl.Datetime("us"),
    "value_mean": pl.Float64,
}

#: One row a device in service. place_code: where it shares the weather with others, NULL where unknown.
DEVICE_SCHEMA: dict[str, type[pl.DataType]] = {
    "device_id": pl.String,
    "kind_code": pl.String,
    "place_code": pl.String,
    "commissioned_on": pl.Date,
}

#: Columns of `fct_work_order`, those with a device.
WORK_ORDER_SCHEMA: dict[str, type[pl.DataType]] = {
    "work_order_id": pl.String,
    "device_id": pl.String,
    "kind_code": pl.String,
    "created_on": pl.Date,
    "finished_on": pl.Date,
}

#: `ml_device_risk`: one row a device at one business date.
OUTPUT_SCHEMA: dict[str, type[pl.DataType]] = {
    "device_id": pl.String,
    "as_of_on": pl.Date,
    "method_code": pl.String,
    "last_read_on": pl.Date,
    "history_days": pl.Int64,
    "wear_index": pl.Float64,
    "anomaly_score_share": pl.Float64,
    "fault_code": pl.String,
    "fault_metric_code": pl.String,
    "failure_probability_share": pl.Float64,
    "failure_p10_days": pl.Int64,
    "failure_p50_days": pl.Int64,
    "failure_p90_days": pl.Int64,
    "reference_count": pl.Int64,
    "is_silent": pl.Boolean,
    "has_open_work": pl.Boolean,
    "is_suggested": pl.Boolean,
    "suggestion_id": pl.String,
    "publication_name": pl.String,
    "_run_id": pl.String,
}

#: How a row was made.
METHODS: tuple[str, ...] = (
    "wear_and_lifetime",  # departure from peers and own past, and what became of devices as worn before
    "wear_only",  # the same, but too few failures are known for a lifetime: the band is NULL
    "physics_only",  # too young for a past of its own: the rules of the physics alone
    "short_history",  # too young, and no rule applies: NULL
    "silent",  # has said nothing for days: named, not scored
)


@dataclass(frozen=True)
class RiskConfig:
    """What counts as worn, what as a failure, and how much may be suggested.

    history_days: how far back readings are looked at. least_days: below so many days a device has no past.
    recent_days: the days whose mean tells the state of now. fading_days: how long before a failure a visit
        still was for its sake.
    silent_days: so many days without a reading are silence.
    horizon_days: within how many days a failure's probability is told. suggest_from: from which probability
        on a work order is suggested (where lifetimes are unknown, from which anomaly score on).
    failure_kinds: kinds of work orders that say that a device had failed.
    least_failures, least_cases: below these a class of like devices is pooled with the next.
    snapshot_days: every so many days a device is a case of what became of it.
    """

    history_days: int = 200
    least_days: int = 30
    recent_days: int = 5
    fading_days: int = 45
    silent_days: int = 3
    horizon_days: int = 30
    suggest_from: float = 0.5
    failure_kinds: tuple[str, ...] = ("repair",)
    least_failures: int = 5
    least_cases: int = 30
    snapshot_days: int = 3
