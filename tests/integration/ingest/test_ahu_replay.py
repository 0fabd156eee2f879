"""Real units' readings over MQTT end as the same rows as those read from file through the door."""

from datetime import date
from pathlib import Path

import duckdb
import pytest

from ingest.company import load_company
from ingest.door import load_table, release_waiting
from ingest.intake.loading import load_closed
from ingest.ledger import TableLoad
from lake.connection import connect_lake
from lake.run import new_run
from lake.settings import Settings
from lake.tables import ensure_lake
from tests.conftest import PROJECT_ROOT
from tests.support.ahu import TOPIC, replay
from tests.support.intake import UNLIMITED, running_intake
from tests.support.mosquitto import running_broker
from tests.support.programs import require_program

MINUTES, READINGS, DEAD = 37_440 + 21_600, 938_790, 90
BUSINESS = "device_id, metric_code, read_at, value, quality_code"


@pytest.mark.mosquitto
@pytest.mark.slow
def test_readings_over_mqtt_are_the_rows_of_the_files(
    tmp_lake: Settings, shared_data: Path, tmp_path: Path
) -> None:
    files = shared_data / "ahu"
    by_file, by_mqtt = (tmp_lake.model_copy(update={"lake": tmp_path / name}) for name in ("file", "mqtt"))
    by_mqtt = by_mqtt.model_copy(update={"intake_late_hours": 0})
    with (
        running_broker(require_program("Mosquitto", "mosquitto"), tmp_path, UNLIMITED) as broker,
        running_intake(by_mqtt, broker, tmp_path, "--topic", TOPIC) as intake,
    ):
        assert replay(files, broker) == MINUTES
        intake.wait_until(lambda state: state["acknowledged"] == MINUTES)
        assert intake.stop() == 0
    file_loads, con = _loaded(by_file, files, ["iot__devices", "iot__readings"])
    con.close()
    mqtt_loads, con = _loaded(by_mqtt, files, ["iot__devices"])
    assert _sums(file_loads) == _sums(mqtt_loads) == (READINGS, DEAD)
    assert _differences(con, by_file) == 0


def _loaded(
    settings: Settings, files: Path, tables: list[str]
) -> tuple[list[TableLoad], duckdb.DuckDBPyConnection]:
    """The company's tables from its files, and what the intake has closed."""
    company = load_company(PROJECT_ROOT / "data" / "companies" / "ahu", files)
    con, run = connect_lake(settings), new_run(date(2017, 4, 1), "ingest")
    ensure_lake(con)
    loads = [load_table(con, company, table, run, settings) for table in tables]
    loads += load_closed(con, run, settings)
    assert release_waiting(con, run, settings) == []
    return [load for load in loads if load.table == "iot__readings"], con


def _sums(loads: list[TableLoad]) -> tuple[int, int]:
    return sum(load.inserted for load in loads), sum(load.quarantined for load in loads)


def _differences(con: duckdb.DuckDBPyConnection, other: Settings) -> int:
    """Rows that only one of the two lakes has."""
    rows = con.execute(f"select {BUSINESS} from lake.raw.raw_iot__readings").to_arrow_table()
    with connect_lake(other, read_only=True) as file_con:
        file_con.register("by_mqtt", rows)
        mine = f"select {BUSINESS} from by_mqtt"
        theirs = f"select {BUSINESS} from lake.raw.raw_iot__readings"
        found = file_con.execute(
            f"select (select count(*) from ({mine} except all {theirs})) "
            f"+ (select count(*) from ({theirs} except all {mine}))"
        ).fetchone()
    assert found is not None
    return found[0]
