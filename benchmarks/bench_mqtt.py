"""How fast is the intake beside a bare subscriber? The same broker, the same senders, the same run.

The yardstick is a paho-mqtt subscriber that acknowledges each message and throws it away. Senders are
processes that write ready-made packets to their sockets, so that the broker, not they, is what limits; they
run at most `AHEAD` messages before the receiver, so that the broker's queue stays bounded. What the intake
acknowledged is then loaded into a lake, and counted there.
"""

import itertools
import json
import multiprocessing
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from shutil import which
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from ingest.intake.loading import load_closed
from lake.connection import connect_lake
from lake.run import new_run
from lake.settings import Settings, child_environment
from lake.tables import ensure_lake

AHEAD = 20_000
CHUNK = 500
DEVICES = 1000
PUBACK_BYTES = 4
FIRST_READ_AT = datetime(2025, 6, 1)
FILTER = "site/+/device/+/+"
POLL_SECONDS = 0.2
PATIENCE_SECONDS = 120
RECEIVE_MAXIMUM = 2000


def run(messages: int = 200_000, publishers: int = 2, rounds: int = 3) -> dict[str, Any]:
    """Rates of both in messages a second, their ratio, the intake's memory, and what the lake has of it.

    They take turns, and the best rate of each counts: what else runs on the machine can only slow one down.
    `…_cpu_us` are the receiving process' microseconds of processor time a message, which other load changes
    less than rates.
    """
    bare, intake = [], []
    in_lake = different = 0
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(prefix="gantry-bench-") as name, _broker() as port:
            bare.append(_bare(port, messages, publishers))
            intake.append(_intake(port, Path(name), messages, publishers))
            loaded = _in_lake(Path(name))
            in_lake, different = in_lake + loaded[0], different + loaded[1]
    best = max(each.rate for each in intake)
    return {
        "messages": messages,
        "rounds": rounds,
        "publishers": publishers,
        "bare_rates": [round(each.rate) for each in bare],
        "intake_rates": [round(each.rate) for each in intake],
        "ratio": round(best / max(each.rate for each in bare), 3),
        "bare_cpu_us": [round(each.cpu_us, 1) for each in bare],
        "intake_cpu_us": [round(each.cpu_us, 1) for each in intake],
        "rss_first_mb": [round(each.rss[0] / 1e6, 1) for each in intake],
        "rss_last_mb": [round(each.rss[-1] / 1e6, 1) for each in intake],
        "rss_max_mb": round(max(max(each.rss) for each in intake) / 1e6, 1),
        "lost": messages * rounds - different,
        "duplicates_in_lake": in_lake - different,
    }


@dataclass(frozen=True)
class _Measured:
    rate: float
    cpu_us: float
    rss: list[int]


def _port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def _broker() -> Iterator[int]:
    program = which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if program is None:
        raise RuntimeError("mosquitto is not installed; `make test-system` installs it where apt may")
    port = _port()
    options = ["allow_anonymous true", "max_inflight_messages 0", "max_queued_messages 0", "log_type none"]
    configuration = "\n".join([f"listener {port} 127.0.0.1", *options, ""])
    process = subprocess.Popen([program, "-c", "/dev/stdin"], stdin=subprocess.PIPE, text=True)
    assert process.stdin is not None
    process.stdin.write(configuration)
    process.stdin.close()
    try:
        _until(lambda: _answers(port))
        yield port
    finally:
        process.terminate()
        process.wait()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _until(is_so: Any) -> None:
    end, pause = time.monotonic() + PATIENCE_SECONDS, threading.Event()
    while not is_so():
        if time.monotonic() > end:
            raise RuntimeError(f"waited {PATIENCE_SECONDS} s in vain")
        pause.wait(POLL_SECONDS)


# -- senders -------------------------------------------------------------------------------------


def _packet(number: int) -> bytes:
    """A QoS 1 PUBLISH of MQTT 3.1.1 with a reading of its own."""
    read_at = FIRST_READ_AT + timedelta(seconds=number // DEVICES)
    topic = f"site/S1/device/D{number % DEVICES}/temperature_c".encode()
    payload = b'{"value": %d.5, "read_at": "%sZ"}' % (number % 50, read_at.isoformat().encode())
    mid = number % 65_535 + 1
    body = len(topic).to_bytes(2, "big") + topic + mid.to_bytes(2, "big") + payload
    return bytes([0x32, *_length(len(body))]) + body


def _length(size: int) -> list[int]:
    digits = []
    while True:
        size, digit = divmod(size, 128)
        digits.append(digit | (128 if size else 0))
        if not size:
            return digits


def _send(port: int, first: int, last: int, share: int, received: Any) -> None:
    """Publish the numbers from `first` up to `last`, `share` processes keeping ahead of the receiver."""
    connection = socket.create_connection(("127.0.0.1", port))
    client = f"bench-{first}".encode()
    variable = b"\x00\x04MQTT\x04\x02\x00\x00" + len(client).to_bytes(2, "big") + client
    connection.sendall(bytes([0x10, len(variable)]) + variable)
    connection.recv(4, socket.MSG_WAITALL)
    reader = threading.Thread(target=_drain, args=(connection, last - first))
    reader.start()
    pause = threading.Event()
    for start in range(first, last, CHUNK):
        block = b"".join(_packet(number) for number in range(start, min(start + CHUNK, last)))
        while (start - first) * share - received.value > AHEAD:
            pause.wait(0.001)
        connection.sendall(block)
    reader.join()
    connection.close()


def _drain(connection: socket.socket, count: int) -> None:
    """Read acknowledgements until all messages have theirs."""
    left = count * PUBACK_BYTES
    while left > 0:
        got = len(connection.recv(65_536))
        if not got:
            raise RuntimeError("the broker closed a sender's connection")
        left -= got


@contextmanager
def _senders(port: int, messages: int, publishers: int, received: Any) -> Iterator[None]:
    context = multiprocessing.get_context("spawn")
    bounds = [messages * number // publishers for number in range(publishers + 1)]
    processes = [
        context.Process(target=_send, args=(port, first, last, publishers, received))
        for first, last in itertools.pairwise(bounds)
    ]
    for process in processes:
        process.start()
    try:
        yield
    finally:
        for process in processes:
            process.join()


def _counter() -> Any:
    return multiprocessing.get_context("spawn").Value("q", 0, lock=False)


# -- receivers -----------------------------------------------------------------------------------


def _bare(port: int, messages: int, publishers: int) -> _Measured:
    """The rate of a subscriber process that acknowledges and throws away."""
    context, received = multiprocessing.get_context("spawn"), _counter()
    ready, answer = context.Event(), context.Queue()
    subscriber = context.Process(target=_subscribe, args=(port, messages, received, ready, answer))
    subscriber.start()
    ready.wait(PATIENCE_SECONDS)
    with _senders(port, messages, publishers, received):
        seconds, cpu = answer.get()
    subscriber.join()
    return _Measured(messages / seconds, cpu / messages * 1e6, [])


def _subscribe(port: int, messages: int, received: Any, ready: Any, answer: Any) -> None:
    times: list[float] = []
    count = 0

    def on_message(client: mqtt.Client, userdata: Any, message: mqtt.MQTTMessage) -> None:
        nonlocal count
        count += 1
        if count == 1:
            times.extend((time.perf_counter(), time.process_time()))
        if count % CHUNK == 0:
            received.value = count
        if count == messages:
            answer.put((time.perf_counter() - times[0], time.process_time() - times[1]))
            client.disconnect()

    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="bare", protocol=mqtt.MQTTv5)
    client.on_message = on_message
    client.on_subscribe = lambda *_: ready.set()
    properties = Properties(PacketTypes.CONNECT)
    properties.ReceiveMaximum = RECEIVE_MAXIMUM
    client.connect("127.0.0.1", port, properties=properties)
    client.subscribe(FILTER, 1)
    client.loop_forever()


def _intake(port: int, folder: Path, messages: int, publishers: int) -> _Measured:
    settings = Settings(
        lake=folder / "lake",
        key_file=folder / "key",
        intake_broker=f"127.0.0.1:{port}",
        intake_receive_maximum=RECEIVE_MAXIMUM,
        intake_health_port=_port(),
    )
    log = (folder / "intake.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "cli.main", "intake"], env=child_environment(settings), stderr=log
    )
    page = f"http://127.0.0.1:{settings.intake_health_port}/health"
    rss: list[int] = []
    received, began, ended, begun_at, cpu = _counter(), 0.0, 0.0, 0, 0.0
    try:
        _until(lambda: _answers(settings.intake_health_port) and _is_well(page))
        pause = threading.Event()
        with _senders(port, messages, publishers, received):
            while not ended:
                state = _asked(page)
                now = time.perf_counter()
                if state["acknowledged"] and not began:
                    began, begun_at, cpu = now, state["acknowledged"], _cpu(process.pid)
                received.value = state["acknowledged"]
                rss += [_rss(process.pid)] if began else []
                if state["acknowledged"] >= messages:
                    ended, cpu = now, _cpu(process.pid) - cpu
                pause.wait(POLL_SECONDS)
    finally:
        process.terminate()
        process.wait()
        log.close()
    counted = messages - begun_at
    return _Measured(counted / (ended - began), cpu / counted * 1e6, rss)


def _is_well(page: str) -> bool:
    try:
        return _asked(page)["status"] == "ok"
    except OSError:
        return False


def _asked(page: str) -> dict[str, Any]:
    with urllib.request.urlopen(page, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310 - our own page
        return json.load(answer)


def _rss(pid: int) -> int:
    """Memory that a process occupies, in bytes."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE")


def _cpu(pid: int) -> float:
    """Seconds of processor time that a process has used, its children left out."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _in_lake(folder: Path) -> tuple[int, int]:
    """Readings in the lake after loading, and how many of them are different ones."""
    settings = Settings(lake=folder / "lake", key_file=folder / "key")
    with connect_lake(settings) as con:
        ensure_lake(con)
        con.execute(
            "insert into lake.raw.raw_iot__devices by name "
            f"select 'D' || i as device_id from range({DEVICES}) r(i)"
        )
        load_closed(con, new_run(date(2025, 6, 30), "ingest"), settings)
        return con.execute(
            "select count(*), count(distinct (device_id, metric_code, read_at)) "
            "from lake.raw.raw_iot__readings"
        ).fetchone()  # type: ignore[return-value]


if __name__ == "__main__":
    print(json.dumps(run()))
