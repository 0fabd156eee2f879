"""What the service counts, and whether it is well."""

import threading
import time
from dataclasses import dataclass, field
from typing import Any

WRITABLE, STOPPED = "writable", "stopped"


@dataclass
class Stats:
    """Counts since the start. Each count has one writing thread, so reading needs no lock."""

    broker: str = ""
    is_broker_embedded: bool = False
    received: int = 0
    acknowledged: int = 0
    synced: int = 0
    oversized: int = 0
    readings: int = 0
    reports: int = 0
    broken: int = 0
    duplicates: int = 0
    batches: int = 0
    close_errors: int = 0
    connections: int = 0
    is_connected: bool = False
    is_subscribed: bool = False
    disk: str = WRITABLE
    disk_error: str = ""
    last_flush_at: float | None = None
    started_at: float = field(default_factory=time.time)
    changed: threading.Condition = field(default_factory=threading.Condition, repr=False)

    @property
    def is_well(self) -> bool:
        """Whether messages arrive and can be kept."""
        return self.is_connected and self.is_subscribed and self.disk == WRITABLE

    def snapshot(
        self, queue_messages: int, queue_bytes: int, free_bytes: int, http: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """All figures by name, those of the HTTP side under `http`; times are seconds since 1970."""
        named = {name: value for name, value in vars(self).items() if name != "changed"}
        is_well = self.is_well and (http is None or http["disk"] == WRITABLE)
        return {
            "status": "ok" if is_well else "degraded",
            **named,
            "queue_messages": queue_messages,
            "queue_bytes": queue_bytes,
            "disk_free_bytes": free_bytes,
            "http": http,
        }


@dataclass
class HttpStats:
    """What the HTTP side counts; only its event loop writes."""

    photos: int = 0
    photos_known: int = 0
    photo_bytes: int = 0
    work_orders: int = 0
    requests_refused: int = 0
    requests_denied: int = 0
    requests_not_stored: int = 0

    def count_photo(self, size: int, is_known: bool) -> None:
        """A photo that was taken."""
        self.photos += 1
        self.photos_known += is_known
        self.photo_bytes += 0 if is_known else size

    def count_refused(self, status: int) -> None:
        """A request that was not: for want of a token, of room, or for what it says."""
        self.requests_denied += status == 401
        self.requests_not_stored += status >= 500
        self.requests_refused += status != 401 and status < 500
