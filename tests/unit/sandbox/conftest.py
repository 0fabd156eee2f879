"""A small world, simulated once for all tests that only look at it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import duckdb
import polars as pl
import pytest

from sandbox import generate

UNTIL = date(2025, 6, 30)


@pytest.fixture(scope="session")
def small() -> dict[str, pl.DataFrame]:
    """The company at little more than half its size."""
    return generate(seed=5, scale=0.6, until=UNTIL)


@pytest.fixture(scope="session")
def con(small: dict[str, pl.DataFrame]) -> Iterator[duckdb.DuckDBPyConnection]:
    """The small world as DuckDB tables under their contract names."""
    with duckdb.connect() as connection:
        for name, frame in small.items():
            connection.register("frame", frame.to_arrow())
            connection.execute(f"CREATE TABLE {name} AS FROM frame")
        yield connection


@pytest.fixture(scope="session")
def tiny() -> dict[str, pl.DataFrame]:
    """A company of few customers, for tests that compare worlds."""
    return generate(seed=5, scale=0.15, until=UNTIL)
