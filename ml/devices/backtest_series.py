"""How early and how surely anomalies of single signals would have been told, over a whole corpus."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from ml.backtest.results import ROW_SCHEMA, BacktestResult
from ml.devices.config import StreamConfig
from ml.devices.nab import Labelled, Outcome, score
from ml.devices.readings import Unit
from ml.devices.stream import anomaly_scores, windowed_gaussian


@dataclass(frozen=True)
class Series:
    """One unit's signals in order of time with its labelled windows as pairs of instants."""

    unit: Unit
    windows: tuple[tuple[np.datetime64, np.datetime64], ...]


def labelled(series: Series) -> Labelled:
    """The windows as positions; those that hold no reading are left out."""
    at = series.unit.frame["at"].to_numpy()
    starts = [int(np.searchsorted(at, start)) for start, _ in series.windows]
    ends = [int(np.searchsorted(at, end, side="right")) - 1 for _, end in series.windows]
    pairs = sorted((low, high) for low, high in zip(starts, ends, strict=True) if low <= high)
    return Labelled(len(at), [low for low, _ in pairs], [high for _, high in pairs])


def backtest_series(
    corpus: Mapping[str, Series], config: StreamConfig | None = None, seed: int = 0
) -> BacktestResult:
    """The benchmark's standard profile for the streaming detector and for its baselines.

    One threshold a method for all series, the best one in hindsight for each method alike, as the benchmark
    has it. A series of several signals is as surprising as its most surprising signal.
    """
    config = config or StreamConfig()
    labels = {name: labelled(series) for name, series in sorted(corpus.items())}
    drawn = np.random.default_rng(seed)
    detectors: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
        "model": lambda at, values: anomaly_scores(at, values, config),
        "windowed_gaussian": lambda at, values: windowed_gaussian(values),
        "random": lambda at, values: drawn.random(len(values)),
        "null": lambda at, values: np.full(len(values), 0.5),
    }
    seconds, outcomes = {}, {}
    rows: list[tuple] = []
    for method, detect in detectors.items():
        begin = time.perf_counter()
        scores = {name: _most(corpus[name].unit, detect) for name in labels}
        seconds[method] = time.perf_counter() - begin
        outcomes[method] = score(scores, labels)
        rows += _by_folder(method, scores, labels, outcomes[method].threshold)
    return BacktestResult(
        task="devices",
        n=sum(one.length for one in labels.values()),
        origins=list(labels),
        seconds=seconds,
        metrics={method: _measures(outcome) for method, outcome in outcomes.items()},
        rows=pl.DataFrame(rows, schema=ROW_SCHEMA, orient="row"),
        notes=[
            f"{name}: {signal} ignored, {why}"
            for name, series in sorted(corpus.items())
            for signal, why in series.unit.ignored.items()
        ],
    )


def _most(unit: Unit, detect: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> np.ndarray:
    at = unit.frame["at"].to_numpy()
    found = [detect(at, unit.frame[signal].to_numpy()) for signal in unit.signals]
    return np.max(found, axis=0) if found else np.zeros(len(at))


def _measures(outcome: Outcome) -> dict[str, float | int | None]:
    return {
        "score": outcome.score,
        "detected": outcome.detected,
        "windows": outcome.windows,
        "false_alarms": outcome.false_alarms,
        "threshold": outcome.threshold,
    }


def _by_folder(
    method: str, scores: Mapping[str, np.ndarray], labels: Mapping[str, Labelled], threshold: float
) -> list[tuple]:
    """The score of each folder of the corpus at the corpus' threshold."""
    folders: dict[str, list[str]] = {}
    for name in labels:
        folders.setdefault(name.rpartition("/")[0] or "all", []).append(name)
    rows = []
    for folder, names in sorted(folders.items()):
        part = {name: labels[name] for name in names}
        if not any(len(one.starts) for one in part.values()):
            continue
        outcome = score({name: scores[name] for name in names}, part, threshold=threshold)
        rows.append(
            ("all", folder, "all", method, "score", outcome.score, sum(one.length for one in part.values()))
        )
    return rows
