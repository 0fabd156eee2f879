"""The intake with a broker of its own, which speaks MQTT 3.1.1 only: no other program is needed."""

import socket
from pathlib import Path

import pytest

from lake.settings import Settings
from tests.support.intake import Sender, load_all, readings_in_lake, running_intake, start_intake
from tests.support.mosquitto import Broker, free_port


@pytest.fixture
def address() -> Broker:
    """Where nobody listens yet."""
    return Broker("127.0.0.1", free_port())


def test_what_is_sent_to_the_embedded_broker_is_in_the_lake(
    tmp_lake: Settings, address: Broker, tmp_path: Path
) -> None:
    with running_intake(tmp_lake, address, tmp_path, "--embedded-broker") as intake:
        sender = Sender(address)
        sender.send(range(1000))
        sender.finish()
        state = intake.wait_until(lambda state: state["acknowledged"] >= 1000)
        assert (state["status"], state["is_broker_embedded"]) == ("ok", True)
        assert intake.stop() == 0
    _, con = load_all(tmp_lake)
    assert readings_in_lake(con) == (1000, 1000)


def test_another_broker_that_speaks_3_1_1_only(tmp_lake: Settings, amqtt: Broker, tmp_path: Path) -> None:
    with running_intake(tmp_lake, amqtt, tmp_path, "--protocol", "3.1.1") as intake:
        sender = Sender(amqtt)
        sender.send(range(100))
        sender.finish()
        intake.wait_until(lambda state: state["acknowledged"] >= 100)
        assert intake.stop() == 0
    _, con = load_all(tmp_lake)
    assert readings_in_lake(con) == (100, 100)


def test_a_port_that_is_taken_is_told(tmp_lake: Settings, address: Broker, tmp_path: Path) -> None:
    with socket.create_server((address.host, address.port)):
        intake = start_intake(tmp_lake, address, tmp_path, "--embedded-broker")
        assert intake.process.wait(60) == 64
    assert f"cannot use port {address.port}" in intake.log.read_text()


@pytest.mark.parametrize(
    ("host", "options", "told"),
    [
        ("192.0.2.1", (), "listens on this machine only"),
        ("127.0.0.1", ("--tls",), "does not know GANTRY_INTAKE_TLS"),
        ("127.0.0.1", ("--group", "g"), "does not know GANTRY_INTAKE_GROUP"),
    ],
)
def test_what_the_embedded_broker_cannot_do_is_told(
    tmp_lake: Settings, address: Broker, tmp_path: Path, host: str, options: tuple[str, ...], told: str
) -> None:
    broker = Broker(host, address.port)
    intake = start_intake(tmp_lake, broker, tmp_path, "--embedded-broker", *options)
    assert intake.process.wait(60) == 64
    assert told in " ".join(intake.log.read_text().split())
