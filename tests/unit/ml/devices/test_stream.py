"""The streaming detector and the benchmark's score, on series whose answers are known."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.devices.backtest_series import Series, backtest_series
from ml.devices.nab import Labelled, point_worths, probation, score, sigmoid
from ml.devices.readings import Unit
from ml.devices.stream import anomaly_scores

START = np.datetime64("2025-01-01T00:00:00")


def instants(count: int) -> np.ndarray:
    return START + np.arange(count) * np.timedelta64(300, "s")


def wavy(count: int = 3000, seed: int = 0) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, 0.2, count)
    return 10 + 3 * np.sin(np.arange(count) / 288 * 2 * np.pi) + noise


def test_a_spike_a_step_and_a_flat_stretch_are_told() -> None:
    for change in (lambda x: x + 8, lambda x: x * 0 + 12.9):
        values = wavy()
        values[2000:2100] = change(values[2000:2100])
        scores = anomaly_scores(instants(3000), values)
        assert scores[2000:2060].max() > 1.5 * scores[1000:1990].max()


def test_nothing_looks_ahead() -> None:
    values, other = wavy(), wavy()
    other[1500:] = 99
    before, after = (anomaly_scores(instants(3000), each)[:1500] for each in (values, other))
    assert np.array_equal(before, after)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(), max_size=300))
def test_any_values_have_finite_scores_that_are_not_negative(values: list[float]) -> None:
    scores = anomaly_scores(instants(len(values)), np.array(values, dtype=float).clip(-1e12, 1e12))
    assert len(scores) == len(values)
    assert np.isfinite(scores).all()
    assert (scores >= 0).all()


def test_a_constant_surprises_nobody() -> None:
    assert anomaly_scores(instants(1000), np.full(1000, 3.3)).max() == 0


def test_worths_of_the_paper() -> None:
    assert sigmoid(np.array([-1.0, 0.0, 4.0])) == pytest.approx([0.98661, 0.0, -1.0], abs=1e-5)
    worth, window = point_worths(Labelled(1000, [400], [499]))
    assert worth[0] == -0.11
    assert worth[400] == pytest.approx(1.0)
    assert 0 < worth[499] < 0.03
    assert -0.01 < worth[500] < 0
    assert worth[999] == -0.11
    assert window[399] == -1
    assert window[400] == 0


def test_perfection_silence_and_noise() -> None:
    labels = {"a": Labelled(1000, [400], [499]), "b": Labelled(1000, [], [])}
    nothing = {name: np.zeros(1000) for name in labels}
    assert score(nothing, labels).score == 0
    perfect = {name: values.copy() for name, values in nothing.items()}
    perfect["a"][400] = 1
    found = score(perfect, labels)
    assert (found.score, found.detected, found.false_alarms) == (pytest.approx(100), 1, 0)
    perfect["b"][500] = 1
    # The detection pays 1 and the false one costs 0.11, of 2 between silence and perfection.
    assert score(perfect, labels).score == pytest.approx(100 - 0.11 / 2 * 100)


def test_nothing_in_probation_counts() -> None:
    labels = {"a": Labelled(1000, [400], [499])}
    scores = np.zeros(1000)
    scores[400] = 1
    scores[: probation(1000)] = 5
    assert score({"a": scores}, labels).score == pytest.approx(100)
    assert probation(20_000) == 750


def test_a_corpus_is_scored_beside_its_baselines() -> None:
    corpus = {}
    for number in range(3):
        values = wavy(seed=number)
        values[2000:2050] += 8
        at = [datetime(2025, 1, 1) + timedelta(minutes=5 * row) for row in range(3000)]
        unit = Unit(f"s{number}", pl.DataFrame({"at": at, "value": values}))
        corpus[f"x/s{number}.csv"] = Series(unit, ((instants(3000)[1950], instants(3000)[2150]),))
    result = backtest_series(corpus)
    assert set(result.metrics) == {"model", "windowed_gaussian", "random", "null"}
    assert result.metrics["model"]["score"] > 80
    assert result.metrics["null"]["score"] == 0
    assert result.metrics == backtest_series(corpus).metrics
