"""Does one more day cost more the longer a company has existed?

The made-up company on its running systems, once with one year of history and once with four, the same size:
a first night takes the history in, then the clock moves on day by day and each night takes in what is new.
Readings are in the first night's files; fewer devices stood in the first year, so there are fewer of them.
"""

import tempfile
from pathlib import Path
from typing import Any

from benchmarks.live_company import night, running_systems

HISTORIES = {"one_year": "2022-12-31", "four_years": "2025-12-31"}


def run(scale: float = 1.0, days: int = 3) -> dict[str, Any]:
    """Seconds of the first night and of the best of `days` further ones by history, and how they compare."""
    found = {name: _history(until, scale, days) for name, until in HISTORIES.items()}
    best = {name: each["one_more_day_seconds"] for name, each in found.items()}
    return {"scale": scale, **found, "cost_ratio": round(best["four_years"] / best["one_year"], 3)}


def _history(until: str, scale: float, days: int) -> dict[str, Any]:
    with (
        tempfile.TemporaryDirectory(prefix="gantry-bench-") as name,
        running_systems(Path(name), until, scale) as systems,
    ):
        folder = Path(name)
        first, _ = night(folder, systems.state())
        nights = [night(folder, systems.move()) for _ in range(days)]
        rows = sum(table["living"] for table in systems.state()["tables"].values())
    seconds, phases = min(nights, key=lambda each: each[0])
    return {
        "rows": rows,
        "first_night_seconds": round(first, 1),
        "one_more_day_seconds": round(seconds, 1),
        "phases": phases,
    }
