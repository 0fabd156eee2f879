"""What a back-test prints for machines: one object, no number that JSON does not know."""

import json
from datetime import date

from ml.backtest.results import BacktestResult, Difference


def test_json_has_the_agreed_keys_and_no_infinite_number():
    result = BacktestResult(
        task="delay",
        n=12,
        origins=[date(2025, 1, 1), date(2025, 4, 1)],
        seconds={"model": 1.23456},
        metrics={"model": {"auc": 0.81, "coverage_80": float("nan"), "n": 3}, "plan": {"auc": None}},
        differences=[Difference("model", "plan", "auc", 0.1, 0.05, float("inf"))],
        notes=["one"],
    )
    told = json.loads(result.to_json())
    assert told["task"] == "delay"
    assert told["origins"] == ["2025-01-01", "2025-04-01"]
    assert told["seconds"] == {"model": 1.235}
    assert told["metrics"] == {"model": {"auc": 0.81, "coverage_80": None, "n": 3}, "plan": {"auc": None}}
    assert told["differences"][0]["high"] is None
