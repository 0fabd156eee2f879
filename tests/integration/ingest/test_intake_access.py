"""A broker that wants TLS and a password."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import paho.mqtt.publish as publish
import pytest

from lake.settings import Settings
from tests.support.certificates import self_signed
from tests.support.intake import (
    load_all,
    payload_of,
    readings_in_lake,
    running_intake,
    start_intake,
    topic_of,
)
from tests.support.mosquitto import Broker, free_port, running_broker
from tests.support.programs import find_program, require_program

pytestmark = pytest.mark.mosquitto
USER, PASSWORD = "gateway", "right-one"


@dataclass(frozen=True)
class SecureBroker:
    """A broker with a TLS listener, and the certificate to trust."""

    broker: Broker
    certificate: Path


@pytest.fixture
def secure() -> Iterator[SecureBroker]:
    """Mosquitto with TLS and a password; its folder is open to the user it runs as."""
    program = require_program("Mosquitto", "mosquitto")
    tool = find_program("mosquitto_passwd")
    if tool is None or shutil.which(tool) is None:
        pytest.skip("mosquitto_passwd is not installed")
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        certificate = self_signed(folder)
        users = folder / "users"
        subprocess.run([tool, "-b", "-c", str(users), USER, PASSWORD], check=True, capture_output=True)
        folder.chmod(0o755)
        for file in folder.iterdir():
            file.chmod(0o644)
        extra = [
            f"listener {port} 127.0.0.1",
            f"certfile {certificate}",
            f"keyfile {folder / 'broker.key'}",
            "allow_anonymous false",
            f"password_file {users}",
        ]
        with running_broker(program, folder, "\n".join(extra)):
            yield SecureBroker(Broker("127.0.0.1", port), certificate)


def _settings(lake: Settings, secure: SecureBroker) -> Settings:
    return lake.model_copy(
        update={"intake_username": USER, "intake_tls": True, "intake_ca_file": secure.certificate}
    )


def test_tls_and_password(
    tmp_lake: Settings, secure: SecureBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GANTRY_INTAKE_PASSWORD", PASSWORD)
    with running_intake(_settings(tmp_lake, secure), secure.broker, tmp_path) as intake:
        publish.multiple(
            [{"topic": topic_of(n), "payload": payload_of(n), "qos": 1} for n in range(50)],
            hostname=secure.broker.host,
            port=secure.broker.port,
            auth={"username": USER, "password": PASSWORD},
            tls={"ca_certs": str(secure.certificate)},
        )
        intake.wait_until(lambda state: state["acknowledged"] == 50)
        assert intake.stop() == 0
    _, con = load_all(tmp_lake)
    assert readings_in_lake(con) == (50, 50)


def test_a_wrong_password_is_told_in_the_log(
    tmp_lake: Settings, secure: SecureBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GANTRY_INTAKE_PASSWORD", "wrong-one")
    intake = start_intake(_settings(tmp_lake, secure), secure.broker, tmp_path)
    try:
        intake.wait_until(lambda state: "refused the connection" in intake.log.read_text())
        assert intake.health()["status"] == "degraded"
        assert intake.stop() == 0
    finally:
        if intake.process.poll() is None:
            intake.kill()
    assert "wrong-one" not in intake.log.read_text()
