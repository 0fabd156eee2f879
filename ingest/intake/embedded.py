"""The broker inside the service, for a first try: amqtt on this machine only, MQTT 3.1.1, kept in memory.

It knows neither TLS, passwords nor shared subscriptions, and what it holds goes with the service: for real
use there is Mosquitto or EMQX.
"""

import asyncio
import logging
import socket
import threading

from amqtt.broker import Broker

from ingest.intake.errors import IntakeError
from lake.settings import Settings
from lake.text import text

PROTOCOL = "3.1.1"
LOOPBACK = ("localhost", "127.0.0.1", "::1")
CONNECTIONS = 1000
START_SECONDS = 30
ANONYMOUS = "amqtt.plugins.authentication.AnonymousAuthPlugin"


class EmbeddedBroker:
    """One amqtt broker in a thread of its own; it listens once `start` returns.

    `settings` are those by which the service reaches it. Raises IntakeError for what amqtt cannot do, a port
    that is taken, and an address that others could reach.
    """

    def __init__(self, host: str, port: int, settings: Settings) -> None:
        self.settings, language = embedded_settings(settings), settings.language
        if host not in LOOPBACK:
            raise IntakeError(text("intake.embedded_host", language, host=host))
        # The name may mean two addresses, of which amqtt would listen on one.
        self.host, self.port = "127.0.0.1" if host == "localhost" else host, port
        self._check_port(language)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="broker", daemon=True)
        self._broker: Broker | None = None

    def start(self) -> None:
        """Listen."""
        # amqtt tells each connection and message at INFO.
        logging.getLogger("amqtt").setLevel(logging.ERROR)
        logging.getLogger("transitions").setLevel(logging.ERROR)
        self._thread.start()
        self._broker = asyncio.run_coroutine_threadsafe(self._started(), self._loop).result(START_SECONDS)

    def stop(self) -> None:
        """Close all connections and forget what was not delivered."""
        if self._broker is not None:
            asyncio.run_coroutine_threadsafe(self._broker.shutdown(), self._loop).result(START_SECONDS)
            self._broker = None
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def _check_port(self, language: str | None) -> None:
        """Whether the port is free: amqtt wraps the reason so often that nobody could tell it any more."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        try:
            socket.create_server((self.host, self.port), family=family).close()
        except OSError as error:
            told = {"port": self.port, "error": error.strerror or error}
            raise IntakeError(text("intake.embedded_port", language, **told)) from error

    async def _started(self) -> Broker:
        bind = f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
        broker = Broker(
            {
                "listeners": {"default": {"type": "tcp", "bind": bind, "max_connections": CONNECTIONS}},
                "plugins": {ANONYMOUS: {"allow_anonymous": True}},
            }
        )
        await broker.start()
        return broker


def embedded_settings(settings: Settings) -> Settings:
    """The settings by which the service reaches its own broker; the protocol follows the broker.

    Raises IntakeError for what amqtt cannot do.
    """
    wanted = {
        "GANTRY_INTAKE_TLS": settings.intake_tls,
        "GANTRY_INTAKE_GROUP": settings.intake_group,
        "GANTRY_INTAKE_USERNAME": settings.intake_username,
    }
    unknown = [name for name, value in wanted.items() if value]
    if unknown:
        told = {"settings": ", ".join(unknown)}
        raise IntakeError(text("intake.embedded_cannot", settings.language, **told))
    return settings.model_copy(update={"intake_protocol": PROTOCOL})
