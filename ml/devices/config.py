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
    look_up_points: how often the tail is looked up again. quiet_points: how long an alarm silences lesser ones.
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
