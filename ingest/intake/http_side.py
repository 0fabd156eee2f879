"""The HTTP side of the service: its endpoints, and a buffer, spool and writing thread of their own.

Of their own, so that a large photo never keeps devices waiting, nor thousands of readings a phone.
"""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from ingest.company import COMPANY_FILE
from ingest.intake.buffer import Buffer
from ingest.intake.closer import Closer
from ingest.intake.errors import IntakeError
from ingest.intake.http_app import HttpParts, http_app
from ingest.intake.receipts import Receipts
from ingest.intake.serving import AppServer
from ingest.intake.spool import Spool
from ingest.intake.stats import HttpStats, Stats
from ingest.intake.tokens import Callers
from ingest.intake.writer import Writer
from lake.settings import Settings
from lake.text import text

MAX_WAITING = 1000
MAX_BYTES = 64 << 20
#: Requests that come within this time are synced together.
FLUSH_SECONDS = 0.02
BATCH = 100
MAX_CONNECTIONS = 200


class HttpSide:
    """Takes photos and work orders in between `start` and `stop`."""

    def __init__(self, settings: Settings, callers: Callers, closer: Closer) -> None:
        self.stats, self.http_stats = Stats(), HttpStats()
        self.buffer = Buffer(MAX_WAITING, MAX_BYTES, BATCH)
        spool = Spool(
            settings.paths.intake,
            max_bytes=settings.intake_batch_bytes,
            max_seconds=settings.intake_batch_seconds,
        )
        receipts = Receipts(self.buffer)
        self.writer = Writer(
            self.buffer,
            spool,
            closer,
            receipts,
            self.stats,
            flush_seconds=FLUSH_SECONDS,
            language=settings.language,
        )
        self.writer.recovers = False
        parts = HttpParts(
            callers,
            receipts,
            self.http_stats,
            settings.paths.attachments,
            company_zone(settings),
            settings.intake_payload_limit,
            settings.intake_photo_limit,
        )
        settings.paths.attachments.mkdir(parents=True, exist_ok=True)
        host, port = settings.intake_http_host, settings.intake_http_port
        try:
            self.server = AppServer(http_app(parts), host, port, "http", limit_concurrency=MAX_CONNECTIONS)
        except OSError as error:
            told = {"port": port, "error": error.strerror or error}
            raise IntakeError(text("intake.http_port_taken", settings.language, **told)) from error

    def start(self) -> None:
        """Begin to serve."""
        self.writer.start()
        self.server.start()

    def stop(self) -> None:
        """Answer what is under way, then sync and seal."""
        self.server.stop()
        self.writer.stop()
        self.writer.join()

    def snapshot(self) -> dict[str, object]:
        """What the health page shows of it."""
        return {
            "port": self.server.port,
            **vars(self.http_stats),
            "synced": self.stats.synced,
            "disk": self.stats.disk,
            "disk_error": self.stats.disk_error,
            "queue_messages": self.buffer.messages,
        }


def company_zone(settings: Settings) -> ZoneInfo:
    """The company's time zone, in which cameras tell the time. Raises IntakeError.

    Only that is read: a mistake elsewhere in the mapping must not keep phones from sending.
    """
    path = settings.company.expanduser().resolve() / COMPANY_FILE
    try:
        named = yaml.safe_load(path.read_text(encoding="utf-8"))["time_zone"]
        return ZoneInfo(named)
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError, ZoneInfoNotFoundError) as error:
        raise IntakeError(text("intake.no_zone", settings.language, file=path, error=error)) from error
