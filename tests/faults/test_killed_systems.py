"""The made-up company's systems killed while their clock moves: a day is repeated, nothing lost or double."""

import http.client
import random
import sqlite3
import threading
import urllib.error
from contextlib import closing
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from benchmarks.live_company import Systems, running_systems

UNTIL, LAST, SCALE = "2025-06-25", "2025-06-30", 0.005
KILLS, LONGEST_SECONDS = 8, 1.0


@pytest.mark.faults
def test_killed_while_the_clock_moves(tmp_path: Path) -> None:
    calm, hunted = tmp_path / "calm", tmp_path / "hunted"
    calm.mkdir()
    hunted.mkdir()
    with running_systems(calm, UNTIL, SCALE) as systems:
        systems.move(5)
        assert systems.state()["today"] == LAST
        expected = held(calm, systems)
    lots, caught = random.Random(7), 0
    for _ in range(KILLS):
        with running_systems(hunted, UNTIL, SCALE) as systems:
            if systems.state()["today"] < LAST:
                caught += kill_in_the_middle(systems, lots.uniform(0.1, LONGEST_SECONDS))
    assert caught > KILLS / 2, "most kills met a clock that moved"
    with running_systems(hunted, UNTIL, SCALE) as systems:
        while systems.state()["today"] < LAST:
            systems.move()
        assert held(hunted, systems) == expected


def kill_in_the_middle(systems: Systems, seconds: float) -> bool:
    """Ask for the next day, and kill the process so many seconds later; whether it was still at it."""

    def move() -> None:
        try:
            systems.move()
        except (urllib.error.URLError, http.client.HTTPException, ConnectionError):
            return  # its other end was killed: that is what happens here

    moving = threading.Thread(target=move)
    moving.start()
    moving.join(seconds)
    is_caught = moving.is_alive()
    systems.process.kill()
    systems.process.wait()
    moving.join()
    return is_caught


def held(folder: Path, systems: Systems) -> dict[str, Any]:
    """All that the systems show: counts, the rows of the database, the files of the offices, the truth."""
    shown: dict[str, Any] = {"tables": systems.state()["tables"]}
    with closing(sqlite3.connect(folder / "erp.sqlite")) as erp:
        names = [name for (name,) in erp.execute("select name from sqlite_master where type = 'table'")]
        shown |= {name: sorted(map(repr, erp.execute(f'select * from "{name}"'))) for name in names}
    for path in sorted(folder.glob("iot/*.parquet")):
        shown[path.name] = pl.read_parquet(path).sort(pl.all()).rows()
    shown["files"] = sorted(path.name for path in folder.glob("work/*.xlsx"))
    shown["lists"] = {path.name: path.read_bytes() for path in folder.glob("ref/*.csv")}
    shown["dirt"] = pl.read_parquet(folder / "truth" / "dirt.parquet").sort(pl.all()).rows()
    return shown
