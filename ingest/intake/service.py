"""`gantry intake` as one object: broker, writing thread, converting process and health pages together."""

import logging
import threading
from typing import Any

from ingest.intake.buffer import Buffer
from ingest.intake.client import IntakeClient
from ingest.intake.closer import Closer
from ingest.intake.embedded import EmbeddedBroker, embedded_settings
from ingest.intake.errors import IntakeError
from ingest.intake.health import HealthServer, health_app
from ingest.intake.spool import Spool
from ingest.intake.stats import Stats
from ingest.intake.topics import templates_of
from ingest.intake.writer import Writer
from lake.settings import Settings
from lake.text import text

log = logging.getLogger(__name__)
#: A batch is this part of what the broker sends without an acknowledgement: while one is synced, more come.
BATCHES_UNDER_WAY = 2
BUFFER_BYTES = 64 << 20
WATCH_SECONDS = 1.0


class Intake:
    """A running intake. `start`, then `wait` until `request_stop` (from any thread), then it has stopped."""

    def __init__(self, settings: Settings) -> None:
        address = broker_address(settings.intake_broker, settings)
        templates = templates_of(settings.intake_topics)
        self.broker: EmbeddedBroker | None = None
        if settings.intake_embedded_broker:
            settings = embedded_settings(settings)
            self.broker = EmbeddedBroker(*address, settings.language)
            address = self.broker.host, self.broker.port
        self.settings = settings
        window = settings.intake_receive_maximum
        self.stats = Stats(broker=settings.intake_broker, is_broker_embedded=self.broker is not None)
        self.buffer = Buffer(window, BUFFER_BYTES, max(1, window // BATCHES_UNDER_WAY))
        self.spool = Spool(
            settings.paths.intake,
            max_bytes=settings.intake_batch_bytes,
            max_seconds=settings.intake_batch_seconds,
        )
        self.health = self._health_server()
        self.client = IntakeClient(settings, address, templates, self.buffer, self.stats)
        self.closer = Closer(
            settings.intake_topics, settings.intake_payload_limit, self.stats, settings.language
        )
        self.writer = Writer(
            self.buffer,
            self.spool,
            self.closer,
            self.client,
            self.stats,
            flush_seconds=settings.intake_flush_seconds,
            language=settings.language,
        )
        self._stop = threading.Event()

    def start(self) -> None:
        """Begin to serve and to receive."""
        if self.broker is not None:
            self.broker.start()
            log.info(text("intake.embedded_started", self.settings.language, broker=self.stats.broker))
        self.health.start()
        self.writer.start()
        self.client.start()

    def request_stop(self) -> None:
        """Ask for the end; may be called from a signal handler."""
        self._stop.set()

    def wait(self) -> None:
        """Serve until asked to stop or the writer fails; then sync, acknowledge and close what is there."""
        while self.writer.is_alive() and not self._stop.wait(WATCH_SECONDS):
            continue
        self.writer.stop()
        self.writer.join()
        self.client.stop()
        if self.broker is not None:
            self.broker.stop()
        self.closer.finish()
        self.health.stop()
        counts = {"received": self.stats.received, "acknowledged": self.stats.acknowledged}
        log.info(text("intake.stopped", self.settings.language, **counts))
        if self.writer.error is not None:
            raise self.writer.error

    def snapshot(self) -> dict[str, Any]:
        """What the health page shows."""
        return self.stats.snapshot(self.buffer.messages, self.buffer.bytes, self.spool.free_bytes())

    def _health_server(self) -> HealthServer:
        host, port = self.settings.intake_health_host, self.settings.intake_health_port
        try:
            return HealthServer(health_app(self.snapshot), host, port)
        except OSError as error:
            raise IntakeError(
                text("intake.port_taken", self.settings.language, port=port, error=error.strerror or error)
            ) from error


def broker_address(broker: str, settings: Settings) -> tuple[str, int]:
    """Host and port of `host:port`; the port may be left out. Raises IntakeError."""
    host, colon, port = broker.rpartition(":")
    if not colon:
        host, port = broker, "8883" if settings.intake_tls else "1883"
    if not host or not port.isdecimal() or not 0 < int(port) < 1 << 16:
        raise IntakeError(text("intake.bad_broker", settings.language, broker=broker))
    return host.strip("[]"), int(port)
