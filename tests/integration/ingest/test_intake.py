"""The intake against a real Mosquitto: what was sent is in the lake, once, whatever happens."""

import json
from pathlib import Path

import pytest

from ingest.intake.loading import closed_batches
from lake.settings import Settings
from tests.support.intake import UNLIMITED, Sender, load_all, readings_in_lake, running_intake
from tests.support.mosquitto import Broker, running_broker
from tests.support.programs import require_program

pytestmark = pytest.mark.mosquitto


@pytest.fixture
def broker(tmp_path: Path):
    """Mosquitto that queues without limit while the intake is away."""
    with running_broker(require_program("Mosquitto", "mosquitto"), tmp_path, UNLIMITED) as running:
        yield running


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_what_is_sent_is_in_the_lake(
    tmp_lake: Settings, broker: Broker, tmp_path: Path, protocol: str
) -> None:
    with running_intake(tmp_lake, broker, tmp_path, "--protocol", protocol) as intake:
        sender = Sender(broker)
        sender.send(range(3000))
        sender.finish()
        state = intake.wait_until(lambda state: state["acknowledged"] == 3000)
        assert (state["status"], state["queue_messages"]) == ("ok", 0)
        assert intake.stop() == 0
    [load], con = load_all(tmp_lake)
    assert (load.read, load.inserted, load.quarantined) == (3000, 3000, 0)
    assert readings_in_lake(con) == (3000, 3000)
    assert closed_batches(tmp_lake) == []
    again, con = load_all(tmp_lake)
    assert again == []


def test_poison_goes_to_quarantine_with_topic_and_bytes(
    tmp_lake: Settings, broker: Broker, tmp_path: Path
) -> None:
    with running_intake(tmp_lake, broker, tmp_path) as intake:
        sender = Sender(broker)
        for _ in range(5):
            sender.send_raw("site/S1/device/D1/temperature_c", b"\xff" * 10_000_000)
        sender.send_raw("site/S1/device/D1/temperature_c", b"\x00\xff not json")
        sender.send_raw(
            "site/S1/device/D1/temperature_c", b'[{"value": 1, "ts": 1750000000}, {"value": "x"}]'
        )
        sender.send(range(100))
        sender.finish()
        intake.wait_until(lambda state: state["acknowledged"] == 107)
        assert intake.stop() == 0
    [load], con = load_all(tmp_lake)
    assert (load.inserted, load.quarantined, load.unchanged) == (101, 3, 4)
    rows = con.execute(
        "select r.rule_code, w.row_json, r.message_zh, r.message_en from lake.quarantine.row w "
        "join lake.quarantine.reason r using (quarantine_id) order by 1"
    ).fetchall()
    assert [rule for rule, *_ in rows] == ["payload_json", "payload_size", "payload_value"]
    sources = [json.loads(row_json)["source"] for _, row_json, *_ in rows]
    assert {source["topic"] for source in sources} == {"site/S1/device/D1/temperature_c"}
    assert [source["size_bytes"] for source in sources] == [11, 10_000_000, 14]
    assert all(zh and en for *_, zh, en in rows)
