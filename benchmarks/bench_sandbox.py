"""Seconds in which the sandbox makes its company, and how many rows: in a process of its own, by part.

The limit is for scale 1 on two cores, with all frames in memory; files are written by the example, not here.
"""

import json
import resource
import subprocess
import sys
import time
from datetime import date

from lake.settings import PROJECT_ROOT

SEED, UNTIL = 1, date(2026, 9, 30)
LIMIT_SECONDS = 90
#: The sizes of scale 1, by table.
PROMISED = {
    "crm__customers": 1_000,
    "projects__projects": 2_000,
    "projects__milestones": 40_000,
    "erp__suppliers": 300,
    "erp__purchase_lines": 100_000,
    "work__work_orders": 60_000,
    "iot__devices": 5_000,
    "iot__readings": 10_000_000,
}


def run(scale: float = 1.0) -> dict[str, object]:
    """Seconds by part, rows by main table beside those promised, and the memory it took."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.bench_sandbox", str(scale)],
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def measured(scale: float) -> dict[str, object]:
    """The same within this process."""
    started = time.perf_counter()
    from sandbox.company import Company
    from sandbox.world import World

    parts = {"import": time.perf_counter() - started}
    company = Company(World(SEED, scale, UNTIL))
    for name, step in company.steps().items():
        before = time.perf_counter()
        step()
        parts[name] = time.perf_counter() - before
    before = time.perf_counter()
    frames = company.known().frames
    parts["frames"] = time.perf_counter() - before
    total = time.perf_counter() - started
    return {
        "scale": scale,
        "seconds": {name: round(value, 2) for name, value in parts.items()},
        "total_seconds": round(total, 1),
        "limit_seconds_at_scale_1": LIMIT_SECONDS,
        "peak_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2),
        "rows": sum(frame.height for frame in frames.values()),
        "rows_by_table": {
            name: {"made": frames[name].height, "promised": round(promised * scale)}
            for name, promised in PROMISED.items()
        },
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measured(float(sys.argv[1]))))
