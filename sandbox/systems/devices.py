"""Devices that publish their readings over MQTT with QoS 1; done when the broker has acknowledged all."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import paho.mqtt.client as mqtt
import polars as pl
from paho.mqtt.enums import CallbackAPIVersion

from sandbox.systems.records import plain

TOPIC = "site/{site_id}/device/{device_id}/{metric_code}"
NO_SITE = "none"
IN_FLIGHT = 500
PATIENCE_SECONDS = 60


class DevicesError(Exception):
    """Readings could not be handed to the broker; the message says how many and why."""


@dataclass(frozen=True)
class Message:
    """One publication of a device."""

    topic: str
    payload: bytes


@dataclass(frozen=True)
class Broker:
    """Where devices publish, and as whom."""

    host: str
    port: int = 1883
    user: str | None = None
    password: str | None = None

    @property
    def shown(self) -> str:
        """The address without secrets."""
        return f"{self.host}:{self.port}"


def messages(readings: pl.DataFrame, sites: dict[str, str | None], topic: str = TOPIC) -> Iterator[Message]:
    """Readings as messages, in order of time; `sites` says where each device stands."""
    for row in readings.sort("read_at", "device_id", "metric_code").iter_rows(named=True):
        yield _message(row, sites, topic)


def publish(broker: Broker, sent: Iterable[Message], client_id: str = "sandbox-devices") -> int:
    """Publish all and wait for their acknowledgements; how many. Raises DevicesError."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=client_id)
    client.max_inflight_messages_set(IN_FLIGHT)
    counter = _Counter()
    client.on_publish = lambda *_: counter.add()
    if broker.user:
        client.username_pw_set(broker.user, broker.password)
    try:
        client.connect(broker.host, broker.port)
    except OSError as error:
        raise DevicesError(f"no broker at {broker.shown}: {error}") from error
    client.loop_start()
    try:
        total = 0
        for message in sent:
            client.publish(message.topic, message.payload, qos=1)
            total += 1
        counter.wait_for(total, broker)
    finally:
        client.disconnect()
        client.loop_stop()
    return total


class _Counter:
    """Counts acknowledgements; a stand-still for long is an error."""

    def __init__(self) -> None:
        self.count, self.changed = 0, threading.Condition()

    def add(self) -> None:
        with self.changed:
            self.count += 1
            self.changed.notify_all()

    def wait_for(self, total: int, broker: Broker) -> None:
        with self.changed:
            while self.count < total:
                before = self.count
                if not self.changed.wait_for(lambda now=before: self.count > now, PATIENCE_SECONDS):
                    raise DevicesError(
                        f"{broker.shown} acknowledged {self.count} of {total} readings and then fell silent"
                    )


def _message(row: dict[str, Any], sites: dict[str, str | None], topic: str) -> Message:
    content = {
        "read_at": plain(row["read_at"]),
        "value": row["value"],
        **({"quality_code": row["quality_code"]} if row["quality_code"] else {}),
    }
    place = {
        "site_id": sites.get(row["device_id"]) or NO_SITE,
        "device_id": row["device_id"],
        "metric_code": row["metric_code"],
    }
    return Message(topic.format(**place), json.dumps(content).encode())
