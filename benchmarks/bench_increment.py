"""Does one more day cost more the longer a company has existed?

The made-up company on its running systems, once with one year of history and once with four, the same size:
a first night takes the history in, then the clock moves on day by day and each night takes in what is new.
Days of both are run in turns, so that what else the machine does falls on both alike.
Readings are in the first night's files; fewer devices stood in the first year, so there are fewer of them.
"""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.live_company import Systems, night, running_systems

HISTORIES = {"one_year": "2022-12-31", "four_years": "2025-12-31"}


@dataclass
class _History:
    """A company that runs, and the seconds of its nights with one more day, with their phases."""

    folder: Path
    systems: Systems
    first: float
    nights: list[tuple[float, dict[str, float]]] = field(default_factory=list)

    def one_more_day(self) -> None:
        self.nights.append(night(self.folder, self.systems.move()))

    def told(self) -> dict[str, Any]:
        seconds, phases = min(self.nights, key=lambda each: each[0])
        return {
            "rows": sum(table["living"] for table in self.systems.state()["tables"].values()),
            "first_night_seconds": round(self.first, 1),
            "one_more_day_seconds": round(seconds, 1),
            "phases": phases,
        }


def run(scale: float = 1.0, days: int = 3) -> dict[str, Any]:
    """Seconds of the first night and of the best of `days` further ones by history, and how they compare."""
    with ExitStack() as stack:
        histories = {name: stack.enter_context(_running(until, scale)) for name, until in HISTORIES.items()}
        for _ in range(days):
            for history in histories.values():
                history.one_more_day()
        found = {name: history.told() for name, history in histories.items()}
    best = {name: each["one_more_day_seconds"] for name, each in found.items()}
    return {"scale": scale, **found, "cost_ratio": round(best["four_years"] / best["one_year"], 3)}


@contextmanager
def _running(until: str, scale: float) -> Iterator[_History]:
    """A company with its first night behind it."""
    with (
        tempfile.TemporaryDirectory(prefix="gantry-bench-") as name,
        running_systems(Path(name), until, scale) as systems,
    ):
        first, _ = night(Path(name), systems.state())
        yield _History(Path(name), systems, first)
