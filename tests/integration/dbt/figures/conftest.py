"""The make-believe company as built marts, for tests that compute each figure a second time, in Polars."""

from pathlib import Path

import polars as pl
import pytest

from lake.settings import Settings
from sandbox.company import Simulation, simulate
from tests.support.figure_day import UNTIL
from tests.support.made_once import made_once
from tests.support.warehouse import Warehouse


@pytest.fixture(scope="session")
def world() -> Simulation:
    """A small company with its pilot and its golden cases; its frames are what the systems show."""
    return simulate(seed=7, scale=0.01, until=UNTIL)


@pytest.fixture(scope="session")
def frames(world: Simulation) -> dict[str, pl.DataFrame]:
    """The generator's own tables by contract name."""
    return world.frames


@pytest.fixture(scope="session")
def built(frames: dict[str, pl.DataFrame], tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """All marts over these tables, built once; tests only read them."""

    def at(folder: Path) -> Warehouse:
        return Warehouse(Settings(lake=folder / "lake"), folder / "build.duckdb", UNTIL)

    def make(folder: Path) -> None:
        warehouse = at(folder).create()
        warehouse.load_frames(frames)
        warehouse.build()

    return at(made_once(tmp_path_factory, "figures", make))
