"""What a back-test found, in one shape for every question: measures by method, and their rows."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import polars as pl

#: One row a measure: of a method, at an origin, for a segment and a horizon; `all` where over all of them.
ROW_SCHEMA: dict[str, type[pl.DataType]] = {
    "origin": pl.String,
    "segment": pl.String,
    "horizon": pl.String,
    "method": pl.String,
    "metric": pl.String,
    "value": pl.Float64,
    "count": pl.Int64,
}


@dataclass(frozen=True)
class Difference:
    """How much better a method is than a baseline on one measure, with its bootstrap interval (90%)."""

    method: str
    baseline: str
    metric: str
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class BacktestResult:
    """One back-test: `gantry backtest` prints it, the night keeps `rows`.

    task: delay, demand, churn, devices or schedule. n: how many outcomes were scored. origins: the dates (or
    the names of the parts) at which a forecast was made. seconds: by method, fitting and forecasting.
    metrics: by method, then by measure, names in lower case with underscores; None is «no data».
    rows: `ROW_SCHEMA`. notes: what was left out or stepped back to a baseline, in words.
    """

    task: str
    n: int
    origins: Sequence[date | str]
    seconds: Mapping[str, float]
    metrics: Mapping[str, Mapping[str, float | int | None]]
    rows: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ROW_SCHEMA))
    differences: Sequence[Difference] = ()
    notes: Sequence[str] = ()

    def to_json(self) -> str:
        """One object; a measure that is not a finite number is null."""
        return json.dumps(
            {
                "task": self.task,
                "n": self.n,
                "origins": [str(origin) for origin in self.origins],
                "seconds": {method: round(seconds, 3) for method, seconds in self.seconds.items()},
                "metrics": {
                    method: {metric: _plain(value) for metric, value in measures.items()}
                    for method, measures in self.metrics.items()
                },
                "differences": [
                    {
                        "method": difference.method,
                        "baseline": difference.baseline,
                        "metric": difference.metric,
                        "value": _plain(difference.value),
                        "low": _plain(difference.low),
                        "high": _plain(difference.high),
                    }
                    for difference in self.differences
                ],
                "notes": list(self.notes),
            },
            ensure_ascii=False,
        )


def _plain(value: float | int | None) -> float | int | None:
    if value is None or isinstance(value, int):
        return value
    return round(float(value), 6) if math.isfinite(value) else None
