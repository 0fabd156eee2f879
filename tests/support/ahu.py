"""A gateway before two air-handling units: reads the published files and publishes what the units say.

It turns units into the platform's by itself, as gateways do, and knows nothing of the mapping file.
"""

import csv
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from tests.support.mosquitto import Broker

UNITS = ("MZVAV-2-2", "SZCAV")
TOPIC = "ahu/{device_id}"
LABEL, TIME = "Fault Detection Ground Truth", "Datetime"
PASCAL_PER_INCH_OF_WATER = 249.08891
WORDS = {" control signal": "", " mode indicator": " is on", " status": " is on", " static": "", "ahu: ": ""}
PATIENCE_S = 300
WINDOW = 2000


def minutes(folder: Path, unit: str) -> Iterator[bytes]:
    """The unit's messages: all its signals of a minute."""
    with (folder / f"{unit}.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            read_at = datetime.strptime(row.pop(TIME), "%m/%d/%Y %H:%M")
            values = {_code(name.strip()): _value(name, text) for name, text in row.items() if name != LABEL}
            yield json.dumps({"read_at": f"{read_at.isoformat()}Z", "values": values}).encode()


def _code(name: str) -> str:
    code = name.lower()
    for word, other in WORDS.items():
        code = code.replace(word, other)
    kinds = {"temperature": " c", "pressure": " pa", "damper": " share", "valve": " share", "speed": " share"}
    code += next((suffix for kind, suffix in kinds.items() if kind in code), "")
    return code.replace(" ", "_")


def _value(name: str, text: str) -> float | str:
    try:
        number = float(text)
    except ValueError:
        return text
    if "Temperature" in name:
        return (number - 32) * 5 / 9
    return number * PASCAL_PER_INCH_OF_WATER if "Pressure" in name else number


def replay(folder: Path, broker: Broker) -> int:
    """Publish all minutes of both units as fast as the broker takes them; how many messages that were."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="ahu-gateway")
    client.max_inflight_messages_set(WINDOW)
    client.connect(broker.host, broker.port)
    client.loop_start()
    sent = 0
    waiting: list[mqtt.MQTTMessageInfo] = []
    for unit in UNITS:
        for payload in minutes(folder, unit):
            waiting.append(client.publish(TOPIC.format(device_id=unit), payload, qos=1))
            sent += 1
            if len(waiting) == WINDOW:
                _wait_for(waiting)
    _wait_for(waiting)
    client.disconnect()
    client.loop_stop()
    return sent


def _wait_for(waiting: list[mqtt.MQTTMessageInfo]) -> None:
    for info in waiting:
        info.wait_for_publish(PATIENCE_S)
        assert info.is_published()
    waiting.clear()
