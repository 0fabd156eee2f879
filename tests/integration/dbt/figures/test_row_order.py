"""The same rows in another order, by another number of threads, give the same marts to the last digit."""

import polars as pl
import pytest

from lake.settings import Settings
from tests.support.figure_day import UNTIL
from tests.support.nights import file_differences
from tests.support.warehouse import Warehouse


@pytest.fixture(scope="module")
def shuffled(frames: dict[str, pl.DataFrame], tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    folder = tmp_path_factory.mktemp("shuffled")
    warehouse = Warehouse(Settings(lake=folder / "lake"), folder / "build.duckdb", UNTIL, threads=1).create()
    warehouse.load_frames(
        {name: frame.sample(fraction=1.0, shuffle=True, seed=11) for name, frame in frames.items()}
    )
    warehouse.build()
    return warehouse


def test_no_figure_depends_on_the_order_of_rows(built: Warehouse, shuffled: Warehouse) -> None:
    assert file_differences(built.build_file, shuffled.build_file) == {}
