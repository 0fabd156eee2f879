"""Messages between the receiving thread and the writing one: bounded, so a slow disk slows the broker."""

import threading
import time
from collections import deque
from typing import NamedTuple

from ingest.intake.journal import Message


class Received(NamedTuple):
    """A message with what its acknowledgement needs: packet id, QoS, and which connection brought it."""

    message: Message
    mid: int
    qos: int
    connection: int


class Buffer:
    """One thread puts, one takes. Bounded by messages and by bytes of payload."""

    def __init__(self, max_messages: int, max_bytes: int, batch: int) -> None:
        self.max_messages, self.max_bytes, self.batch = max_messages, max_bytes, batch
        self._messages: deque[Received] = deque()
        # Each is counted up by one thread only; their difference is what waits.
        self._bytes_in = self._bytes_out = 0
        self._enough, self._room, self._closed = threading.Event(), threading.Event(), threading.Event()

    def put(self, received: Received) -> bool:
        """Add a message, waiting while there is no room; False when the service is stopping."""
        while self._is_full() and not self._closed.is_set():
            self._room.clear()
            self._enough.set()
            if self._is_full():
                self._room.wait()
        if self._closed.is_set():
            return False
        self._messages.append(received)
        self._bytes_in += len(received.message.payload)
        if len(self._messages) >= self.batch:
            self._enough.set()
        return True

    def take(self, seconds: float) -> list[Received]:
        """What waits, at most a batch: at once when there is a full one, else after `seconds`."""
        if len(self._messages) < self.batch and not self._closed.is_set():
            self._enough.wait(seconds)
        self._enough.clear()
        count = min(len(self._messages), self.batch)
        taken = [self._messages.popleft() for _ in range(count)]
        self._bytes_out += sum(len(each.message.payload) for each in taken)
        if len(self._messages) >= self.batch:
            self._enough.set()
        self._room.set()
        return taken

    def close(self) -> None:
        """Take no more; whoever waits goes on."""
        self._closed.set()
        self._enough.set()
        self._room.set()

    @property
    def is_closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed.is_set()

    @property
    def messages(self) -> int:
        """Messages that wait."""
        return len(self._messages)

    @property
    def bytes(self) -> int:
        """Bytes of payload that wait."""
        return self._bytes_in - self._bytes_out

    def _is_full(self) -> bool:
        return len(self._messages) >= self.max_messages or self.bytes >= self.max_bytes


def now_us() -> int:
    """Microseconds since 1970."""
    return time.time_ns() // 1000
