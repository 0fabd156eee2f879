"""Does the cost of demand forecasts grow with the number of series, and no faster? 1×, 4× and 16× in one run.

`python -m benchmarks.bench_demand 100` prints seconds, and those a series against the smallest's.
"""

import json
import os
import sys
import time

import numpy as np

from ml.demand.config import PanelConfig
from ml.demand.members import SeriesPool
from ml.demand.panel import Series
from ml.demand.panel_forecast import forecast_panel

MONTHS, HORIZON, SEASON = 100, 18, 12
TIMES = (1, 4, 16)


def run(series: int = 100, workers: int | None = None) -> dict[str, object]:
    """Seconds of `series`, 4 and 16 times as many, half of them intermittent, and the ratios a series.

    The pooled parts cost the same for few series as for some hundred, so ratios may lie below 1.
    """
    config = PanelConfig(workers=workers or min(2, os.cpu_count() or 1))
    seconds = {}
    with SeriesPool(config.workers) as pool:
        for times in TIMES:
            panel = _made_up(series * times)
            started = time.perf_counter()
            forecast_panel(panel, HORIZON, SEASON, config=config, pool=pool)
            seconds[times] = time.perf_counter() - started
    return {
        "series": {times: series * times for times in TIMES},
        "seconds": {times: round(value, 2) for times, value in seconds.items()},
        "seconds_a_series_against_smallest": {
            times: round(value / times / seconds[1], 3) for times, value in seconds.items()
        },
    }


def _made_up(count: int) -> list[Series]:
    """Seasonal series with trend and noise, and counts of rare demands, in turns."""
    rng = np.random.default_rng(0)
    t = np.arange(MONTHS)
    found = []
    for number in range(count):
        season = 1 + rng.uniform(0, 0.4) * np.sin(2 * np.pi * (t + rng.integers(SEASON)) / SEASON)
        smooth = (
            rng.uniform(50, 5000) * season * np.exp(rng.normal(0, 0.004) * t) * rng.lognormal(0, 0.1, MONTHS)
        )
        rare = rng.poisson(rng.uniform(0.1, 0.6), MONTHS).astype(float)
        found.append(Series(f"s{number:06d}", rare if number % 2 else smooth, MONTHS - 1))
    return found


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]) if len(sys.argv) > 1 else 100)))
