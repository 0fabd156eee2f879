"""HTTP requests that wait until what they brought is on disk."""

import asyncio
import itertools
import threading

from ingest.intake.buffer import Buffer, Received, now_us
from ingest.intake.refusals import RefusedError

STORE_SECONDS = 20.0
#: Such messages came over no MQTT connection.
NO_CONNECTION = -1


class Receipts:
    """Puts messages into the buffer and tells when the writer has synced them; an `Acknowledger`."""

    def __init__(self, buffer: Buffer) -> None:
        self.buffer = buffer
        self._numbers = itertools.count()
        self._waiting: dict[int, tuple[asyncio.AbstractEventLoop, asyncio.Future[None]]] = {}
        self._lock = threading.Lock()

    async def store(self, topic: bytes, payload: bytes) -> None:
        """Return once the message is on disk. To be called from one event loop only.

        Raises RefusedError (503) when there is no room, or it takes too long: what was sent may then be
        stored later all the same, which is why writes have ids.
        """
        if self.buffer.is_full:
            raise RefusedError(503, "busy")
        loop, number = asyncio.get_running_loop(), next(self._numbers)
        future = loop.create_future()
        with self._lock:
            self._waiting[number] = loop, future
        if not self.buffer.put((topic, payload, now_us(), False, number, 0, NO_CONNECTION)):
            raise RefusedError(503, "stopping")
        try:
            await asyncio.wait_for(future, STORE_SECONDS)
        except TimeoutError as error:
            raise RefusedError(503, "not_stored") from error

    def offer(self, taken: list[Received]) -> None:
        """These are on disk."""
        for *_, number, _qos, _connection in taken:
            with self._lock:
                loop, future = self._waiting.pop(number)
            loop.call_soon_threadsafe(_resolve, future)

    def settle(self) -> None:
        """Nothing is left to do: `offer` has told."""


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
