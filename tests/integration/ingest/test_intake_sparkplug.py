"""An edge node that speaks Sparkplug B: its births and data are in the lake, like any device's readings."""

from datetime import datetime
from pathlib import Path

from ingest.intake.sparkplug_schema import Payload
from lake.settings import Settings
from tests.support.intake import Sender, load_all, running_intake
from tests.support.mosquitto import Broker, free_port

START_MS = 1_750_000_000_000
BORN_AT = datetime(2025, 6, 15, 15, 6, 40)


def _birth(value: float) -> bytes:
    content = Payload(timestamp=START_MS)
    content.metrics.add(name="Supply/Temperature_C", alias=1, datatype=9, float_value=value)
    return content.SerializeToString()


def _data(number: int, alias: int = 1) -> bytes:
    content = Payload(timestamp=START_MS + number * 1000)
    content.metrics.add(alias=alias, float_value=number)
    return content.SerializeToString()


def test_births_and_data_are_in_the_lake(tmp_lake: Settings, tmp_path: Path) -> None:
    broker = Broker("127.0.0.1", free_port())
    with running_intake(tmp_lake, broker, tmp_path, "--embedded-broker", "--sparkplug") as intake:
        sender = Sender(broker)
        sender.send_raw("spBv1.0/plant/DBIRTH/gateway/D1", _birth(20))
        for number in range(1, 51):
            sender.send_raw("spBv1.0/plant/DDATA/gateway/D1", _data(number))
        sender.send_raw("spBv1.0/plant/DDATA/gateway/D1", _data(51, alias=7))
        sender.send_raw("spBv1.0/plant/DDATA/gateway/D2", b"\xff\xff")
        sender.send_raw("spBv1.0/plant/NCMD/gateway", b"\xff\xff")
        sender.send(range(10))
        sender.finish()
        intake.wait_until(lambda state: state["acknowledged"] == 63)
        assert intake.stop() == 0
    [load], con = load_all(tmp_lake)
    assert (load.read, load.inserted, load.quarantined) == (63, 61, 2)
    rows = con.execute(
        "select count(*), min(read_at), max(value) from lake.raw.raw_iot__readings "
        "where device_id = 'D1' and metric_code = 'supply_temperature_c'"
    ).fetchall()
    assert rows == [(51, BORN_AT, 50.0)]
    rules = con.execute("select rule_code from lake.quarantine.reason order by 1").fetchall()
    assert rules == [("payload_alias",), ("payload_sparkplug",)]


def test_births_are_remembered_beyond_the_end(tmp_lake: Settings, tmp_path: Path) -> None:
    broker = Broker("127.0.0.1", free_port())
    for payload, kind in ((_birth(20), "DBIRTH"), (_data(1), "DDATA")):
        with running_intake(tmp_lake, broker, tmp_path, "--embedded-broker", "--sparkplug") as intake:
            sender = Sender(broker)
            sender.send_raw(f"spBv1.0/plant/{kind}/gateway/D1", payload)
            sender.finish()
            intake.wait_until(lambda state: state["acknowledged"] == 1)
            assert intake.stop() == 0
    [load], con = load_all(tmp_lake)
    assert (load.inserted, load.quarantined) == (2, 0)
    con.close()
