"""Where a night on the example company spends its time: fixed start-up, ingest, dbt, checks, ml, publication.

Each night is a process of its own, as a user starts it; what its steps do not account for is start-up.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.bench_build import compare
from benchmarks.live_company import night, running_systems, settings_of
from lake.settings import PROJECT_ROOT, child_environment, load_settings

NIGHTS = ("first", "unchanged", "unchanged_again")
UNTIL = "2026-06-30"


def run() -> dict[str, object]:
    """Seconds by phase for a first night and two on unchanged files, in one new lake."""
    with tempfile.TemporaryDirectory(prefix="gantry-bench-") as folder:
        lake = Path(folder) / "lake"
        data = Path(folder) / "data"
        _gantry("sandbox", "files", "--out", str(data))
        nights = {name: _night(lake, data) for name in NIGHTS}
    return {"nights": nights, "startup_limit_seconds": 25}


def run_live(scale: float, days: int = 2) -> dict[str, object]:
    """Nights on the made-up company's running systems: the first, the best of those with one new day; dbt.

    `models_ratio` is dbt's time for all models against DuckDB's for the same statements.
    """
    with (
        tempfile.TemporaryDirectory(prefix="gantry-bench-") as name,
        running_systems(Path(name), UNTIL, scale) as systems,
    ):
        folder = Path(name)
        first = night(folder, systems.state())
        later = min((night(folder, systems.move()) for _ in range(days)), key=lambda each: each[0])
        nights = {"first": _told(*first), "one_new_day": _told(*later)}
        build = folder / "build"
        build.mkdir()
        limit = {"one_new_day_limit_seconds": 60, "models_ratio_limit": 1.5}
        return {"scale": scale, "nights": nights, **limit, "build": compare(settings_of(folder), build)}


def _told(total: float, phases: dict[str, float]) -> dict[str, float]:
    startup = total - sum(phases.values())
    return {name: round(value, 2) for name, value in {"startup": startup, **phases, "total": total}.items()}


def _night(lake: Path, data: Path) -> dict[str, float]:
    started = time.perf_counter()
    company = PROJECT_ROOT / "data" / "companies" / "example"
    output = _gantry("run", "--company", str(company), "--data", str(data), "--lake", str(lake), "--json")
    total = time.perf_counter() - started
    return _told(total, json.loads(output)["seconds"])


def _gantry(*arguments: str) -> str:
    """Standard output of one `gantry` process; a night with failed checks (exit code 1) is still a night."""
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", *arguments],
        cwd=PROJECT_ROOT,
        env=child_environment(load_settings()),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode > 1:
        raise RuntimeError(done.stderr)
    return done.stdout
