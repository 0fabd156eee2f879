"""The intake against the embedded broker, which speaks MQTT 3.1.1 only."""

from pathlib import Path

from lake.settings import Settings
from tests.support.intake import Sender, load_all, readings_in_lake, running_intake
from tests.support.mosquitto import Broker


def test_what_is_sent_to_the_embedded_broker_is_in_the_lake(
    tmp_lake: Settings, amqtt: Broker, tmp_path: Path
) -> None:
    with running_intake(tmp_lake, amqtt, tmp_path, "--protocol", "3.1.1") as intake:
        sender = Sender(amqtt)
        sender.send(range(1000))
        sender.finish()
        intake.wait_until(lambda state: state["acknowledged"] >= 1000)
        assert intake.stop() == 0
    _, con = load_all(tmp_lake)
    assert readings_in_lake(con) == (1000, 1000)
