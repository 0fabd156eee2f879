"""Which model a night uses: that of its week's Monday, renewed when the code changed, never a later one."""

import shutil
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from lake.settings import PROJECT_ROOT, LakePaths
from pipelines import trained_models
from pipelines.trained_models import ModelShelf, TrainingRecord, anchor_of, code_hash, measures_of

MONDAY = date(2026, 6, 29)


@pytest.fixture
def shelf(tmp_path: Path) -> ModelShelf:
    return ModelShelf(LakePaths(tmp_path))


def record(anchor_on: date = MONDAY, **changed: object) -> TrainingRecord:
    values = {
        "question": "delay",
        "anchor_on": anchor_on,
        "code_hash": code_hash("delay"),
        "n": 12,
        "origins": ["2026-01-01"],
        "metrics": {"model": {"auc": 0.8}, "plan": {"auc": None}},
        "seconds": {"model": 1.5},
        "ships": True,
        "reasons": [{"code": "beats_baseline", "value": 0.1}],
        "notes": [],
        "rows": [{"origin": "all", "segment": "all", "horizon": "all", "method": "model", "value": 0.8}],
    }
    return TrainingRecord(**(values | changed))


@pytest.mark.parametrize(
    ("day", "anchor"),
    [(date(2026, 6, 29), MONDAY), (date(2026, 7, 5), MONDAY), (date(2024, 3, 1), date(2024, 2, 26))],
)
def test_the_anchor_is_the_weeks_monday(day, anchor):
    assert anchor_of(day) == anchor


def test_a_kept_model_comes_back_and_is_not_due_for_the_rest_of_the_week(shelf):
    assert shelf.is_due("delay", MONDAY)
    assert shelf.model("delay") is None
    shelf.keep(record(), {"cuts": np.array([1.0, 2.0])})
    assert shelf.model("delay")["cuts"].tolist() == [1.0, 2.0]
    assert shelf.record("delay") == record()
    assert not shelf.is_due("delay", date(2026, 7, 5))
    assert shelf.is_due("delay", date(2026, 7, 6))


def test_a_model_of_a_later_week_is_no_model_of_an_earlier_day(shelf):
    shelf.keep(record(), {"one": 1})
    assert shelf.is_due("delay", date(2026, 6, 28))


def test_only_a_model_that_ships_and_knows_no_later_day_is_used(shelf):
    shelf.keep(record(), {"one": 1})
    assert shelf.usable("delay", MONDAY) == {"one": 1}
    assert shelf.usable("delay", date(2026, 6, 28)) is None
    assert shelf.usable("churn", MONDAY) is None
    shelf.keep(record(ships=False), {"one": 1})
    assert shelf.usable("delay", MONDAY) is None


def test_changed_code_makes_it_due(shelf, monkeypatch):
    shelf.keep(record(), {"one": 1})
    monkeypatch.setattr(trained_models, "code_hash", lambda question: "other")
    assert shelf.is_due("delay", MONDAY)


@pytest.mark.parametrize(
    ("question", "changed", "is_other"),
    [
        ("value", "churn/features.py", True),
        ("value", "backtest/results.py", True),
        ("value", "frames.py", True),
        ("value", "demand/model.py", False),
        ("churn", "value/model.py", False),
    ],
)
def test_code_that_a_model_is_made_with_counts_wherever_it_stands(
    question, changed, is_other, tmp_path, monkeypatch
):
    shutil.copytree(PROJECT_ROOT / "ml", tmp_path / "ml", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(trained_models, "_ML", tmp_path / "ml")
    before = code_hash.__wrapped__(question)
    (tmp_path / "ml" / changed).write_text("# other code", encoding="utf-8")
    assert (code_hash.__wrapped__(question) != before) == is_other


def test_a_record_cut_short_is_no_record_and_the_model_is_trained_again(shelf, tmp_path):
    shelf.keep(record(), {"one": 1})
    file = tmp_path / "models" / "delay" / "record.json"
    file.write_bytes(file.read_bytes()[:30])
    assert shelf.record("delay") is None
    assert shelf.is_due("delay", MONDAY)


def test_a_question_without_enough_to_learn_keeps_its_record_and_no_model(shelf):
    shelf.keep(record(), {"one": 1})
    shelf.keep(record(ships=False), None)
    assert shelf.model("delay") is None
    assert not shelf.is_due("delay", MONDAY)


def test_the_card_has_a_row_a_method_and_measure():
    rows = measures_of(record())
    assert rows[0] == {"method_code": "model", "metric_code": "auc", "value": 0.8}
    assert rows[1]["value"] is None
