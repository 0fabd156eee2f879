"""Units scored with whole days left out, from another unit, and from the command line."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from cli.main import app
from lake.settings import PROJECT_ROOT
from ml.devices.backtest_units import backtest_units
from ml.devices.config import DeviceConfig
from ml.devices.readings import Unit, read_unit
from tests.support.air_handler import unit

QUICK = DeviceConfig(trees=10, folds=2)
REAL = PROJECT_ROOT.parent / "shared" / "data" / "ahu"
LABEL = "Fault Detection Ground Truth"


def test_whole_days_are_left_out_and_the_model_beats_its_baselines() -> None:
    leaking = unit("heating_valve_leak", from_day=2)
    result = backtest_units([leaking], config=QUICK)
    assert result.metrics["model"]["auc"] == 1.0
    assert set(result.metrics) == {"model", "hist_gradient_boosting", "isolation_forest", "pca", "threshold"}
    assert result.n == leaking.frame.height
    assert result.metrics == backtest_units([leaking], config=QUICK).metrics


def test_labels_of_the_scored_unit_are_not_learnt_from() -> None:
    source, other = unit("damper_stuck", from_day=2), unit("damper_stuck", fahrenheit=True, from_day=1)
    told = backtest_units([other], [source], QUICK)
    flipped = Unit(other.name, other.frame, ~other.is_fault, other.ignored)
    turned = backtest_units([flipped], [source], QUICK)
    assert told.metrics["model"]["auc"] == 1.0
    assert turned.metrics["model"]["auc"] == 0.0


def test_a_unit_with_one_kind_of_label_is_named() -> None:
    result = backtest_units([unit("damper_stuck")], config=QUICK)
    assert result.n == 0
    assert any("all of one kind" in note for note in result.notes)


def test_a_unit_without_the_physics_is_judged_by_its_habits() -> None:
    plain = unit("heating_valve_leak", from_day=2)
    names = {name: f"signal {place}" for place, name in enumerate(plain.signals)}
    result = backtest_units([Unit("plain", plain.frame.rename(names), plain.is_fault)], config=QUICK)
    assert any("judged by its own habits" in note for note in result.notes)
    assert result.metrics["model"]["auc"] is not None


def test_the_command_prints_one_object_for_units_and_for_series(tmp_path: Path) -> None:
    leaking = unit("heating_valve_leak", from_day=2)
    path = tmp_path / "unit.csv"
    leaking.frame.with_columns(label=pl.Series(leaking.is_fault.astype(int))).write_csv(path)
    labels = tmp_path / "windows.json"
    labels.write_text(json.dumps({"unit.csv": [["2025-01-08 00:00:00", "2025-01-08 12:00:00"]]}))
    for options in (["--labels-column", "label", "--learn-from", str(path)], ["--labels-file", str(labels)]):
        done = CliRunner().invoke(app, ["backtest", "devices", "--readings", str(path), *options, "--json"])
        assert done.exit_code == 0, done.output
        assert json.loads(done.stdout)["task"] == "devices"


def test_wrong_use_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    path.write_text("a,b\n1,2\n")
    for options in ([], ["--labels-column", "c"], ["--labels-column", "b"]):
        done = CliRunner().invoke(app, ["backtest", "devices", "--readings", str(path), *options])
        assert done.exit_code == 64, done.output


@pytest.mark.skipif(not REAL.exists(), reason=f"the public air-handling data is not in {REAL}")
def test_physics_alone_finds_the_faults_of_a_real_unit() -> None:
    table = pl.read_csv(REAL / "SZCAV.csv", infer_schema=False)
    real = read_unit("SZCAV", table, LABEL)
    result = backtest_units([real], [unit("damper_stuck", from_day=2)], QUICK)
    assert np.round(result.metrics["model"]["auc"], 2) >= 0.70
