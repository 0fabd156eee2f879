"""A training's record: of the week's Monday, the points of its gate in one shape."""

from dataclasses import dataclass
from datetime import date

import polars as pl

from ml.backtest.results import BacktestResult
from pipelines.lessons import Lesson, reasons_of, taught


@dataclass(frozen=True)
class Point:
    code: str
    value: float
    limit: float
    is_met: bool


@dataclass(frozen=True)
class Gate:
    ships: bool
    reasons: tuple[object, ...]


POINTS = (Point("auc", 0.7, 0.6, True), ("lift", None, 2.0, False), "in words")


def lesson(model: object | None, *, ships: bool) -> Lesson:
    asked = []

    def learn(frames, as_of_on):
        asked.append((sorted(frames), as_of_on))
        result = BacktestResult("delay", 3, [as_of_on], {"model": 9.9}, {"model": {"auc": 0.7}})
        return model, result, Gate(ships, POINTS)

    made = Lesson("delay", {"marts.fct_milestone": ("milestone_id",)}, learn)
    object.__setattr__(made, "asked", asked)
    return made


def test_the_model_is_of_the_weeks_monday_and_its_seconds_are_left_out():
    made = lesson({"one": 1}, ships=True)
    record, model = taught(made, {"fct_milestone": pl.DataFrame({"milestone_id": ["a"]})}, date(2026, 7, 3))
    assert made.asked == [(["fct_milestone"], date(2026, 6, 29))]
    assert record.anchor_on == date(2026, 6, 29)
    assert record.seconds == {}
    assert model == {"one": 1}
    assert record.ships


def test_nothing_ships_without_a_model():
    record, model = taught(lesson(None, ships=True), {}, date(2026, 7, 3))
    assert model is None
    assert not record.ships


def test_points_of_a_gate_come_in_one_shape():
    assert reasons_of(POINTS) == [
        {"code": "auc", "value": 0.7, "limit": 0.6, "is_met": True},
        {"code": "lift", "value": None, "limit": 2.0, "is_met": False},
        {"code": "in words", "value": None, "limit": None, "is_met": None},
    ]
