"""The made-up company at its full size: its systems serve, a night takes all in, and the counts agree."""

from pathlib import Path

import polars as pl
import pytest

from benchmarks.live_company import night, running_systems, settings_of
from lake.connection import connect_lake
from tests.support.reconciling import assert_reconciled

pytestmark = pytest.mark.scale

UNTIL, DAYS = "2026-06-30", 2


@pytest.mark.timeout(3600)
def test_a_night_at_full_size_holds_what_the_systems_hold_and_so_does_each_further_one(
    tmp_path: Path,
) -> None:
    with running_systems(tmp_path, UNTIL, 1.0) as systems:
        state = systems.state()
        # A thousand, one of them entered twice.
        assert state["tables"]["crm__customers"]["living"] == 1001
        assert state["tables"]["iot__readings"]["living"] > 8_000_000
        for _ in range(DAYS):
            night(tmp_path, state)
            con = connect_lake(settings_of(tmp_path))
            assert_reconciled(con, state["tables"], pl.read_parquet(tmp_path / "truth" / "dirt.parquet"))
            con.close()
            state = systems.move()
