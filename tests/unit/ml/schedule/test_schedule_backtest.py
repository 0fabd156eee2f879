"""The back-test of plans: methods side by side, the unplannable named, makespans held to the best known."""

import pytest

from ml.backtest.results import ROW_SCHEMA
from ml.schedule import backtest as room
from ml.schedule.backtest import Network, WrongPlanError, backtest
from ml.schedule.constraint_model import PlanConfig
from ml.schedule.critical_path import Link
from ml.schedule.resource_project import ResourceProject

QUICK = PlanConfig(limit_seconds=20.0, workers=1, samples=2)
# Nine days at best; by the rule of the latest finish too. Without resources five.
SMALL = ResourceProject((3, 2, 4, 2), (Link(0, 3),), ((1,), (1,), (2,), (1,)), (2,))
CIRCLE = ResourceProject((1, 1), (Link(0, 1), Link(1, 0)))


def test_methods_stand_beside_each_other() -> None:
    told: list[str] = []
    networks = [
        Network("a", "set", SMALL, best_known=9),
        Network("b", "set", SMALL, best_known=None),
        Network("c", "other", CIRCLE, best_known=2),
        Network("d", "other", ResourceProject(())),
    ]
    result = backtest(networks, QUICK, told.append)
    assert (result.task, result.n, result.origins) == ("schedule", 2, ["set"])
    assert told == ["a", "b", "c", "d"]
    assert list(result.metrics) == ["model", "priority_rule", "critical_path"]
    model = result.metrics["model"]
    assert (model["proven_optimal_share"], model["mean_gap_pct"], model["worst_gap_pct"]) == (1.0, 0.0, 0.0)
    bound = result.metrics["critical_path"]
    assert bound["proven_optimal_share"] is None
    assert bound["mean_gap_pct"] == pytest.approx(-100 * 4 / 9)
    assert [note.split(":")[0] for note in result.notes] == [
        "c",
        "d",
        "no best known makespan, gap not counted",
    ]
    assert "0 → 1 → 0" in result.notes[0]
    assert result.rows.schema == ROW_SCHEMA
    assert result.rows.filter(segment="a", method="model", metric="makespan")["value"].to_list() == [9.0]
    assert set(result.seconds) == set(result.metrics)
    result.to_json()


def test_nothing_to_plan_is_no_fault() -> None:
    result = backtest([], QUICK)
    assert (result.n, result.metrics["model"]) == (0, {"n": 0})


def test_a_plan_that_does_not_hold_stops_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "serial_plan", lambda project, priority: (0,) * len(project))
    with pytest.raises(WrongPlanError, match="priority_rule"):
        backtest([Network("a", "set", SMALL)], QUICK)
