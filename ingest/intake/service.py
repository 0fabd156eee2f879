"""`gantry intake` as one object: MQTT and HTTP side, converting process and health pages together."""

import gc
import logging
import threading
from typing import TYPE_CHECKING, Any

from ingest.intake.buffer import Buffer
from ingest.intake.client import IntakeClient
from ingest.intake.closer import Closer
from ingest.intake.errors import IntakeError
from ingest.intake.health import health_app
from ingest.intake.serving import AppServer
from ingest.intake.spool import Spool
from ingest.intake.stats import Stats
from ingest.intake.tokens import Callers
from ingest.intake.topics import templates_of
from ingest.intake.writer import Writer
from lake.settings import Settings
from lake.text import text

if TYPE_CHECKING:
    from ingest.intake.embedded import EmbeddedBroker
    from ingest.intake.http_side import HttpSide

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
        self.broker = _embedded_broker(settings, address)
        if self.broker is not None:
            settings, address = self.broker.settings, (self.broker.host, self.broker.port)
        self.settings = settings
        callers = Callers(settings)
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
        self.closer = Closer(settings, self.stats)
        self.writer = Writer(
            self.buffer,
            self.spool,
            self.closer,
            self.client,
            self.stats,
            flush_seconds=settings.intake_flush_seconds,
            language=settings.language,
        )
        self.http = _http_side(settings, callers, self.closer)
        self._stop = threading.Event()

    def start(self) -> None:
        """Begin to serve and to receive."""
        # What is loaded by now stays; to look through it at each collection would cost messages.
        gc.freeze()
        if self.broker is not None:
            self.broker.start()
            log.info(text("intake.embedded_started", self.settings.language, broker=self.stats.broker))
        self.health.start()
        self.writer.start()
        self.client.start()
        if self.http is None:
            log.info(text("intake.http_off", self.settings.language))
            return
        self.http.start()
        log.info(text("intake.http_on", self.settings.language, port=self.http.server.port))

    def request_stop(self) -> None:
        """Ask for the end; may be called from a signal handler."""
        self._stop.set()

    def wait(self) -> None:
        """Serve until asked to stop or the writer fails; then sync, acknowledge and close what is there."""
        writers = [self.writer, *([self.http.writer] if self.http else [])]
        while all(writer.is_alive() for writer in writers) and not self._stop.wait(WATCH_SECONDS):
            continue
        if self.http is not None:
            self.http.stop()
        self.writer.stop()
        self.writer.join()
        self.client.stop()
        if self.broker is not None:
            self.broker.stop()
        self.closer.finish()
        self.health.stop()
        counts = {"received": self.stats.received, "acknowledged": self.stats.acknowledged}
        log.info(text("intake.stopped", self.settings.language, **counts))
        for writer in writers:
            if writer.error is not None:
                raise writer.error

    def snapshot(self) -> dict[str, Any]:
        """What the health page shows."""
        http = self.http.snapshot() if self.http else None
        return self.stats.snapshot(self.buffer.messages, self.buffer.bytes, self.spool.free_bytes(), http)

    def _health_server(self) -> AppServer:
        host, port = self.settings.intake_health_host, self.settings.intake_health_port
        try:
            return AppServer(health_app(self.snapshot), host, port, "health")
        except OSError as error:
            raise IntakeError(
                text("intake.port_taken", self.settings.language, port=port, error=error.strerror or error)
            ) from error


# What is not asked for is not loaded either: a service that only receives readings stays small.


def _embedded_broker(settings: Settings, address: tuple[str, int]) -> "EmbeddedBroker | None":
    if not settings.intake_embedded_broker:
        return None
    from ingest.intake.embedded import EmbeddedBroker

    return EmbeddedBroker(*address, settings)


def _http_side(settings: Settings, callers: Callers, closer: Closer) -> "HttpSide | None":
    if not callers:
        return None
    from ingest.intake.http_side import HttpSide

    return HttpSide(settings, callers, closer)


def broker_address(broker: str, settings: Settings) -> tuple[str, int]:
    """Host and port of `host:port`; the port may be left out. Raises IntakeError."""
    host, colon, port = broker.rpartition(":")
    if not colon:
        host, port = broker, "8883" if settings.intake_tls else "1883"
    if not host or not port.isdecimal() or not 0 < int(port) < 1 << 16:
        raise IntakeError(text("intake.bad_broker", settings.language, broker=broker))
    return host.strip("[]"), int(port)
