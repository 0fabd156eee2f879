"""A real `gantry intake` process, devices that send to a broker, and what ends up in the lake."""

import json
import os
import random
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.error import HTTPError, URLError

import duckdb
import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from ingest.intake.loading import load_closed
from ingest.intake.spool import OPEN
from ingest.ledger import TableLoad
from lake.connection import connect_lake
from lake.run import new_run
from lake.settings import Settings, child_environment
from lake.tables import ensure_lake
from tests.support.mosquitto import Broker, free_port

PATIENCE_S = 60
#: What a broker needs that keeps everything while the intake is away.
UNLIMITED = "max_queued_messages 0\nmessage_size_limit 0"
FIRST_READ_AT = datetime(2025, 6, 1)
DEVICES = 20


@dataclass
class RunningIntake:
    """One service process and its health page."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def health(self) -> dict:
        """The health page's content, whatever its status."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=5) as answer:
                return json.load(answer)
        except HTTPError as error:
            return json.load(error)

    def wait_until(self, is_so: Callable[[dict], bool]) -> dict:
        """The first health state for which `is_so` holds; fails with the log when it never does."""
        return until(lambda: self._state_if(is_so), f"the intake: {self.log}", self.process)

    def _state_if(self, is_so: Callable[[dict], bool]) -> dict | None:
        state = self.health()
        return state if is_so(state) else None

    def stop(self) -> int:
        """SIGTERM, and the exit code."""
        self.process.terminate()
        return self.process.wait(PATIENCE_S)

    @property
    def memory_bytes(self) -> int:
        """What the receiving process occupies."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGESIZE")

    @property
    def http_port(self) -> int:
        """Where photos and work orders are taken in."""
        return self.wait_until(lambda state: state["http"] is not None)["http"]["port"]

    def kill(self) -> None:
        """SIGKILL."""
        self.process.kill()
        self.process.wait(PATIENCE_S)


def until(ask: Callable[[], dict | None], what: str, process: subprocess.Popen[bytes] | None = None) -> dict:
    """Ask over and over until there is an answer: the state of another process has no signal to wait for."""
    end, pause = time.monotonic() + PATIENCE_S, threading.Event()
    while time.monotonic() < end:
        with suppress(URLError, ConnectionError, TimeoutError):
            if (answer := ask()) is not None:
                return answer
        if process is not None and process.poll() is not None:
            break
        pause.wait(0.02)
    raise AssertionError(f"waited {PATIENCE_S} s in vain, or the process ended: {what}")


@contextmanager
def running_intake(
    settings: Settings, broker: Broker, folder: Path, *options: str
) -> Iterator[RunningIntake]:
    """Start `gantry intake`; ready once it is subscribed, killed at the end when still alive."""
    intake = start_intake(settings, broker, folder, *options)
    try:
        intake.wait_until(lambda state: state["is_subscribed"])
        yield intake
    finally:
        if intake.process.poll() is None:
            intake.kill()


def start_intake(settings: Settings, broker: Broker, folder: Path, *options: str) -> RunningIntake:
    """Start `gantry intake` and do not wait for it."""
    port, log = free_port(), folder / "intake.log"
    command = [
        *(sys.executable, "-m", "cli.main", "intake", "--broker", f"{broker.host}:{broker.port}"),
        *("--port", str(port), "--http-port", "0", *options),
    ]
    with log.open("ab") as stream:
        process = subprocess.Popen(
            command, stdout=stream, stderr=stream, env=child_environment(settings), cwd=Path.cwd()
        )
    return RunningIntake(process, port, log)


def topic_of(number: int) -> str:
    """Each number has a topic of its own device."""
    return f"site/S1/device/D{number % DEVICES}/temperature_c"


def payload_of(number: int) -> bytes:
    """Each number is another reading: a device's reading a second."""
    read_at = FIRST_READ_AT + timedelta(seconds=number // DEVICES)
    return json.dumps({"value": number % 50, "read_at": f"{read_at.isoformat()}Z"}).encode()


class Sender:
    """A device gateway: publishes with QoS 1 and goes on after its connection was lost."""

    def __init__(self, broker: Broker) -> None:
        self.client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=f"sender-{id(self)}", clean_session=False
        )
        self.client.max_inflight_messages_set(500)
        self.client.reconnect_delay_set(1, 1)
        self.client.connect(broker.host, broker.port)
        self.client.loop_start()
        self.pending: list[mqtt.MQTTMessageInfo] = []

    def send(self, numbers: range) -> None:
        """Publish readings."""
        self.pending += [self.client.publish(topic_of(n), payload_of(n), qos=1) for n in numbers]

    def send_raw(self, topic: str, payload: bytes) -> None:
        """Publish anything."""
        self.pending.append(self.client.publish(topic, payload, qos=1))

    def finish(self) -> None:
        """Wait until the broker has everything, then leave."""
        for info in self.pending:
            info.wait_for_publish(PATIENCE_S)
            assert info.is_published()
        self.client.disconnect()
        self.client.loop_stop()


def load_all(settings: Settings) -> tuple[list[TableLoad], duckdb.DuckDBPyConnection]:
    """Load what is closed into the lake, its devices being known; the caller closes the connection."""
    con = connect_lake(settings)
    ensure_lake(con)
    if con.execute("select 1 from lake.raw.raw_iot__devices limit 1").fetchone() is None:
        con.execute(
            "insert into lake.raw.raw_iot__devices by name "
            f"select 'D' || i as device_id from range({DEVICES}) r(i)"
        )
    return load_closed(con, new_run(date(2025, 6, 30), "ingest"), settings), con


def readings_in_lake(con: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """Readings in the lake, and how many of them are different ones."""
    return con.execute(
        "select count(*), count(distinct (device_id, metric_code, read_at)) from lake.raw.raw_iot__readings"
    ).fetchone()  # type: ignore[return-value]


def is_idle(state: dict) -> bool:
    """Whether nothing has come for a while: what a lost connection brought is never acknowledged as such."""
    is_quiet = state["last_flush_at"] is not None and time.time() - state["last_flush_at"] > 2
    return is_quiet and state["is_subscribed"] and not state["queue_messages"]


def kill_under_load(settings: Settings, broker: Broker, folder: Path, kills: int) -> None:
    """Kill the intake at random moments while devices send; then all that was sent is in the lake, once."""
    dice, each, sent = random.Random(kills), 2000, 0
    settings = settings.model_copy(update={"intake_batch_seconds": 0.2, "intake_receive_maximum": 200})
    with running_intake(settings, broker, folder) as first:
        intake, sender = first, Sender(broker)
        for _ in range(kills):
            sender.send(range(sent, sent + each))
            sent += each
            wanted = dice.randrange(1, each)
            intake.wait_until(lambda state, wanted=wanted: state["received"] >= wanted)
            intake.kill()
            intake = start_intake(settings, broker, folder)
            intake.wait_until(lambda state: state["is_subscribed"])
        sender.send(range(sent, sent + 1))
        sender.finish()
        try:
            intake.wait_until(is_idle)
            assert intake.stop() == 0
        finally:
            if intake.process.poll() is None:
                intake.kill()
    assert list((settings.paths.intake / OPEN).iterdir()) == []
    loads, con = load_all(settings)
    assert readings_in_lake(con) == (sent + 1, sent + 1)
    assert sum(load.quarantined for load in loads) == 0
