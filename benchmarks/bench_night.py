"""Where a night on the example company spends its time: fixed start-up, ingest, dbt, checks, ml, publication.

Each night is a process of its own, as a user starts it; what its steps do not account for is start-up.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from lake.settings import PROJECT_ROOT, child_environment, load_settings

NIGHTS = ("first", "unchanged", "unchanged_again")


def run() -> dict[str, object]:
    """Seconds by phase for a first night and two on unchanged files, in one new lake."""
    with tempfile.TemporaryDirectory(prefix="gantry-bench-") as folder:
        lake = Path(folder) / "lake"
        data = Path(folder) / "data"
        _gantry("sandbox", "files", "--out", str(data))
        nights = {name: _night(lake, data) for name in NIGHTS}
    return {"nights": nights, "startup_limit_seconds": 25}


def _night(lake: Path, data: Path) -> dict[str, float]:
    started = time.perf_counter()
    company = PROJECT_ROOT / "data" / "companies" / "example"
    output = _gantry("run", "--company", str(company), "--data", str(data), "--lake", str(lake), "--json")
    total = time.perf_counter() - started
    phases = json.loads(output)["seconds"]
    startup = total - sum(phases.values())
    return {name: round(value, 2) for name, value in {"startup": startup, **phases, "total": total}.items()}


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
