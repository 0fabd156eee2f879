"""The MQTT side: paho-mqtt with a session that outlives us, and acknowledgements when we say so."""

import hashlib
import logging
import socket
import threading
from collections import deque
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from ingest.intake.buffer import Buffer, Received, now_us
from ingest.intake.journal import describe
from ingest.intake.sparkplug import FILTERS_OF_BIRTHS, FILTERS_OF_DATA
from ingest.intake.stats import Stats
from ingest.intake.topics import TopicTemplate, shared
from lake.settings import Settings
from lake.text import text

log = logging.getLogger(__name__)
QOS = 1
KEEPALIVE_SECONDS = 30
RECONNECT_SECONDS = (1, 30)


class IntakeClient:
    """Receives into `buffer`; the writer offers what is safe, to be acknowledged."""

    def __init__(
        self,
        settings: Settings,
        address: tuple[str, int],
        templates: tuple[TopicTemplate, ...],
        buffer: Buffer,
        stats: Stats,
    ) -> None:
        self.settings, self.address, self.buffer, self.stats = settings, address, buffer, stats
        group = settings.intake_group
        self.filters = [each.shared_filter(group) for each in templates]
        if settings.intake_sparkplug:
            # Every instance needs every birth: by it alone it can read what follows.
            self.filters += [*FILTERS_OF_BIRTHS, *(shared(each, group) for each in FILTERS_OF_DATA)]
        self.payload_limit = settings.intake_payload_limit
        # A packet id means something only within the connection that brought it.
        self._connection, self._connection_lock = 0, threading.Lock()
        self._safe: deque[list[Received]] = deque()
        self.client = self._client()

    def start(self) -> None:
        """Connect in a thread of its own, and again whenever the connection is lost."""
        host, port = self.address
        if self.is_v5:
            self.client.connect_async(
                host, port, KEEPALIVE_SECONDS, clean_start=False, properties=self._connect_properties()
            )
        else:
            self.client.connect_async(host, port, KEEPALIVE_SECONDS)
        self.client.loop_start()

    def stop(self) -> None:
        """Send what acknowledgements are under way, then leave; the session stays at the broker."""
        self.client.disconnect()
        self.client.loop_stop()

    def offer(self, taken: list[Received]) -> None:
        """Have these acknowledged: by the receiving thread with the next message, or by `settle`.

        An acknowledgement from another thread makes the two hand the interpreter to and fro each time.
        """
        self._safe.append(taken)

    def settle(self) -> None:
        """Acknowledge what the current connection brought of it; the broker sends the rest again."""
        ack, count = self.client.ack, 0
        # Taken inside the lock, so that acknowledgements go out in the order of the messages.
        with self._connection_lock:
            current = self._connection
            while self._safe:
                for *_, mid, qos, connection in self._safe.popleft():
                    if connection == current:
                        ack(mid, qos)
                        count += 1
            self.stats.acknowledged += count

    @property
    def is_v5(self) -> bool:
        """Whether MQTT 5 is spoken, not 3.1.1."""
        return self.settings.intake_protocol == "5"

    def _client(self) -> mqtt.Client:
        settings = self.settings
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id(settings),
            clean_session=None if self.is_v5 else False,
            protocol=mqtt.MQTTv5 if self.is_v5 else mqtt.MQTTv311,
            manual_ack=True,
        )
        if settings.intake_username:
            password = settings.intake_password
            client.username_pw_set(
                settings.intake_username, password.get_secret_value() if password else None
            )
        if settings.intake_tls:
            ca_file = settings.intake_ca_file
            client.tls_set(ca_certs=str(ca_file.expanduser()) if ca_file else None)
        client.reconnect_delay_set(*RECONNECT_SECONDS)
        client.on_connect, client.on_disconnect = self._on_connect, self._on_disconnect
        client.on_connect_fail, client.on_subscribe = self._on_connect_fail, self._on_subscribe
        client.on_message = self._on_message
        return client

    def _connect_properties(self) -> Properties:
        properties = Properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = self.settings.intake_session_seconds
        properties.ReceiveMaximum = self.settings.intake_receive_maximum
        return properties

    def _on_message(self, client: mqtt.Client, userdata: Any, message: mqtt.MQTTMessage) -> None:
        if self._safe:
            self.settle()
        payload, is_oversized = message.payload, False
        if len(payload) > self.payload_limit:
            payload, is_oversized = describe(payload), True
            self.stats.oversized += 1
        self.stats.received += 1
        self.buffer.put(
            (
                *(message.topic.encode(), payload, now_us(), is_oversized),
                *(message.mid, message.qos, self._connection),
            )
        )

    def _on_connect(
        self, client: mqtt.Client, userdata: Any, flags: Any, reason: Any, properties: Any
    ) -> None:
        self._next_connection()
        if reason.is_failure:
            log.error(self._text("refused", reason=reason))
            return
        self.stats.is_connected = True
        self.stats.connections += 1
        client.subscribe([(each, QOS) for each in self.filters])
        session = "+" if flags.session_present else "–"
        log.info(self._text("connected", session=session, topics=", ".join(self.filters)))

    def _on_subscribe(
        self, client: mqtt.Client, userdata: Any, mid: int, reasons: Any, properties: Any
    ) -> None:
        refused = [str(reason) for reason in reasons if reason.is_failure]
        self.stats.is_subscribed = not refused
        if refused:
            log.error(self._text("subscription_refused", reason=", ".join(refused)))

    def _on_connect_fail(self, client: mqtt.Client, userdata: Any) -> None:
        log.warning(self._text("unreachable"))

    def _on_disconnect(
        self, client: mqtt.Client, userdata: Any, flags: Any, reason: Any, properties: Any
    ) -> None:
        self._next_connection()
        self.stats.is_connected = self.stats.is_subscribed = False
        if reason.is_failure:
            log.warning(self._text("disconnected", reason=reason))

    def _next_connection(self) -> None:
        with self._connection_lock:
            self._connection += 1

    def _text(self, key: str, **values: object) -> str:
        broker = f"{self.address[0]}:{self.address[1]}"
        return text(f"intake.{key}", self.settings.language, broker=broker, **values)


def client_id(settings: Settings) -> str:
    """The session's name at the broker: the one set, or one for this machine and lake."""
    if settings.intake_client_id:
        return settings.intake_client_id
    place = f"{socket.gethostname()} {settings.paths.root}"
    return f"gantry-{hashlib.sha256(place.encode()).hexdigest()[:12]}"
