"""The writing thread: takes what waits, syncs it, and only then has it acknowledged."""

import logging
import threading
import time
from typing import Protocol

from ingest.intake.buffer import Buffer, Received
from ingest.intake.closer import Closer
from ingest.intake.spool import Spool
from ingest.intake.stats import STOPPED, WRITABLE, Stats
from lake.text import text

log = logging.getLogger(__name__)
#: How long a full disk is left alone before it is tried again.
RETRY_SECONDS = 1.0
CLOSE_AGAIN_SECONDS = 10.0
#: How long the receiving thread has for acknowledging before the writing one does it.
SETTLE_SECONDS = 0.02


class Acknowledger(Protocol):
    """Whom the writer tells what is safe."""

    def offer(self, taken: list[Received]) -> None:
        """These may be acknowledged."""

    def settle(self) -> None:
        """Acknowledge what was offered and is not yet."""


class Writer(threading.Thread):
    """From buffer to spool; `stop` lets it finish what waits."""

    #: Whether it has the journals of dead instances closed when it starts: one of a service is enough.
    recovers = True

    def __init__(
        self,
        buffer: Buffer,
        spool: Spool,
        closer: Closer,
        acknowledger: Acknowledger,
        stats: Stats,
        *,
        flush_seconds: float,
        language: str | None = None,
    ) -> None:
        super().__init__(name="writer", daemon=True)
        self.buffer, self.spool, self.closer, self.stats = buffer, spool, closer, stats
        self.acknowledger, self.flush_seconds, self.language = acknowledger, flush_seconds, language
        self.error: BaseException | None = None
        self._stopping = threading.Event()
        self._retry_at = time.monotonic() + CLOSE_AGAIN_SECONDS

    def run(self) -> None:
        """Work until stopped and nothing waits; what raises here must end the service, so it is kept."""
        try:
            self._work()
        except BaseException as error:
            self.error = error
            raise
        finally:
            self.buffer.close()

    def stop(self) -> None:
        """Take no more messages, sync and acknowledge those that wait, seal the journal, and end."""
        self._stopping.set()
        self.buffer.close()

    def _work(self) -> None:
        orphans = self.spool.orphans() if self.recovers else []
        if orphans:
            log.info(text("intake.recovered", self.language, count=len(orphans)))
            self.closer.submit(orphans)
        while True:
            taken = self.buffer.take(self.flush_seconds)
            if taken and self._store(taken):
                self.acknowledger.offer(taken)
                self.buffer.wait(SETTLE_SECONDS)
                self.acknowledger.settle()
            if not taken and self.buffer.is_closed:
                break
            if self.spool.is_due:
                self.spool.seal()
            self._hand_over()
        self.spool.seal()
        self._hand_over()

    def _hand_over(self) -> None:
        """Have sealed journals closed; now and then, those too that could not be closed before."""
        sealed = self.spool.take_sealed()
        if sealed or time.monotonic() >= self._retry_at:
            self._retry_at = time.monotonic() + CLOSE_AGAIN_SECONDS
            self.closer.submit(sealed)

    def _store(self, taken: list[Received]) -> bool:
        """Sync the messages, waiting for room; False when the service stops before there is any."""
        while True:
            try:
                self.spool.append(each[:4] for each in taken)
            except OSError as error:
                self._tell_stopped(error)
                self._hand_over()
                if self._stopping.wait(RETRY_SECONDS):
                    return False
            else:
                break
        if self.stats.disk == STOPPED:
            self.stats.disk, self.stats.disk_error = WRITABLE, ""
            log.warning(text("intake.disk_resumed", self.language, folder=self.spool.folder))
        self.stats.synced += len(taken)
        self.stats.last_flush_at = time.time()
        return True

    def _tell_stopped(self, error: OSError) -> None:
        if self.stats.disk != STOPPED:
            told = {"folder": self.spool.folder, "error": error.strerror or error}
            log.error(text("intake.disk_stopped", self.language, **told))
        self.stats.disk, self.stats.disk_error = STOPPED, str(error)
