"""The examples of docs/connect.md for brokers and phone apps do what the page says."""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import paho.mqtt.publish as publish
import pytest

from ingest.intake.payloads import Reading, read_payload
from lake.settings import Settings
from tests.support.certificates import self_signed
from tests.support.documents import examples, exported
from tests.support.intake import RunningIntake, load_all, readings_in_lake, running_intake
from tests.support.mosquitto import Broker, free_port, running_broker
from tests.support.phone import TOKEN, TOKENS, jpeg
from tests.support.programs import find_program, require_program

PAGES = ("connect.md", "connect.zh.md")
BROKER_BLOCK, CURL_BLOCK = 0, 2
LANGUAGES = ("conf", "bash", "python", "text")


@pytest.fixture
def docs(project_root: Path) -> Path:
    """The documents."""
    return project_root / "docs"


def test_both_languages_show_the_same(docs: Path) -> None:
    for language in LANGUAGES:
        english, chinese = (examples(docs / page, language) for page in PAGES)
        assert english == chinese
        assert english


def test_the_payloads_of_the_page_are_readings(docs: Path) -> None:
    now = datetime(2026, 3, 1, 2)
    for page in PAGES:
        table = (docs / page).read_text(encoding="utf-8")
        payloads = re.findall(r"^\| `(\d[^`]*|\{[^`]*)` \|", table, re.MULTILINE)
        assert len(payloads) == 3
        fields = [{"device_id": "D1", "metric_code": "temp_c"}] * 2 + [{"device_id": "D1"}]
        for payload, known in zip(payloads, fields, strict=True):
            items = list(read_payload(known, payload.encode(), now))
            assert all(isinstance(item, Reading) for item in items)
            assert len(items) == payload.count("_c") + payload.count("_kw") or len(items) == 1


@pytest.fixture
def page_broker(docs: Path) -> Iterator[tuple[Broker, dict[str, str]]]:
    """Mosquitto as the page sets it up, and the variables that the page exports, both in a folder of ours."""
    program, tool = require_program("Mosquitto", "mosquitto"), find_program("mosquitto_passwd")
    if tool is None:
        pytest.skip("mosquitto_passwd is not installed")
    [configuration] = examples(docs / "connect.md", "conf")
    variables = exported(examples(docs / "connect.md", "bash")[BROKER_BLOCK])
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        certificate = self_signed(folder)
        user, password = variables["GANTRY_INTAKE_USERNAME"], variables["GANTRY_INTAKE_PASSWORD"]
        subprocess.run([tool, "-b", "-c", str(folder / "users"), user, password], check=True)
        folder.chmod(0o777)
        for file in folder.iterdir():
            file.chmod(0o644)
        ours = {
            "/etc/mosquitto/certs": name,
            "/etc/mosquitto": name,
            "/var/lib/mosquitto/": f"{name}/",
            "listener 8883": f"listener {port} 127.0.0.1",
            # The tests' own listener has this line already.
            "max_inflight_messages 0\n": "",
        }
        for theirs, own in ours.items():
            assert theirs in configuration
            configuration = configuration.replace(theirs, own)
        with running_broker(program, folder, configuration):
            own_file = {"GANTRY_INTAKE_CA_FILE": str(certificate)}
            yield Broker("127.0.0.1", port), variables | own_file


@pytest.mark.mosquitto
def test_the_broker_of_the_page(
    tmp_lake: Settings,
    tmp_path: Path,
    page_broker: tuple[Broker, dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broker, variables = page_broker
    assert {name.removeprefix("GANTRY_").lower() for name in variables} <= set(Settings.model_fields)
    monkeypatch.setenv("GANTRY_INTAKE_PASSWORD", variables["GANTRY_INTAKE_PASSWORD"])
    values = {
        name.removeprefix("GANTRY_").lower(): value
        for name, value in variables.items()
        if name not in ("GANTRY_INTAKE_BROKER", "GANTRY_INTAKE_PASSWORD")
    }
    settings = Settings(**tmp_lake.model_dump(exclude_unset=True) | values)
    with running_intake(settings, broker, tmp_path) as intake:
        publish.single(
            "site/S1/device/D1/temperature_c",
            b"21.5",
            qos=1,
            hostname=broker.host,
            port=broker.port,
            auth={"username": "gantry", "password": variables["GANTRY_INTAKE_PASSWORD"]},
            tls={"ca_certs": variables["GANTRY_INTAKE_CA_FILE"]},
        )
        intake.wait_until(lambda state: state["acknowledged"] == 1)
        assert intake.stop() == 0
    _, con = load_all(settings)
    assert readings_in_lake(con) == (1, 1)


@pytest.fixture
def intake(tmp_lake: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningIntake]:
    """The service with a token."""
    monkeypatch.setenv("GANTRY_INTAKE_TOKENS", TOKENS)
    broker = Broker("127.0.0.1", free_port())
    with running_intake(tmp_lake, broker, tmp_path, "--embedded-broker") as running:
        yield running


def test_the_calls_of_the_page(tmp_lake: Settings, tmp_path: Path, docs: Path, intake: RunningIntake) -> None:
    curl = require_program("curl", "curl")
    (tmp_path / "site.jpg").write_bytes(jpeg(7))
    environment = {**os.environ, "INTAKE": f"http://127.0.0.1:{intake.http_port}", "TOKEN": TOKEN}
    shell = examples(docs / "connect.md", "bash")[CURL_BLOCK].replace("curl ", f"{curl} -sS ")
    [python] = examples(docs / "connect.md", "python")
    run = {"cwd": tmp_path, "env": environment, "capture_output": True, "text": True}
    for _ in range(2):
        told = subprocess.run(["bash", "-euc", shell], check=True, **run).stdout
        assert json.loads(told[: told.index("}") + 1]) == {"accepted": 1, "report_ids": ["5f0c:1"]}
    told = subprocess.run([sys.executable, "-c", python], check=True, **run).stdout
    assert "photo_id" in told
    assert intake.stop() == 0
    loads, con = load_all(tmp_lake)
    assert [(load.table, load.inserted, load.unchanged) for load in loads] == [
        ("work__work_orders", 1, 2),
        ("work__photos", 1, 2),
    ]
    orders = "select status_code, created_at, finished_at from lake.raw.raw_work__work_orders"
    assert con.execute(orders).fetchall() == [("finished", datetime(2026, 3, 1), datetime(2026, 3, 1, 3, 20))]
    photos = "select caption, work_order_id, latitude from lake.raw.raw_work__photos"
    assert con.execute(photos).fetchall() == [("Done", "WO-1", 31.25)]
