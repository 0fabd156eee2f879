"""Small worlds, simulated once for all tests that only look at them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import duckdb
import polars as pl
import pytest

from sandbox.company import Simulation, simulate

UNTIL = date(2026, 6, 30)
#: A toy: quick to make, with fewer projects in its pilot than a whole world has.
TOY = 0.005


@pytest.fixture(scope="session")
def world() -> Simulation:
    """The smallest whole company, with its truth."""
    return simulate(seed=5, scale=0.05, until=UNTIL)


@pytest.fixture(scope="session")
def small(world: Simulation) -> dict[str, pl.DataFrame]:
    """What the smallest whole company's systems show."""
    return world.frames


@pytest.fixture(scope="session")
def con(world: Simulation) -> Iterator[duckdb.DuckDBPyConnection]:
    """The small world as DuckDB tables under their contract names, its truth under ``truth_…``."""
    with duckdb.connect() as connection:
        tables = world.frames | {f"truth_{name}": frame for name, frame in world.truth.items()}
        for name, frame in tables.items():
            connection.register("frame", frame.to_arrow())
            connection.execute(f"CREATE TABLE {name} AS FROM frame")
        yield connection


@pytest.fixture(scope="session")
def tiny() -> dict[str, pl.DataFrame]:
    """A toy company, for tests that compare worlds."""
    return simulate(seed=5, scale=TOY, until=UNTIL).frames
