"""Messages between the receiving thread and the writing one: bounded, so a slow disk slows the broker."""

import threading
import time
from collections import deque

#: A message (topic, payload, microseconds, is oversized) and what its acknowledgement needs: packet id, QoS,
#: and which connection brought it. A plain tuple: one is made for each message, and names cost time.
Received = tuple[bytes, bytes, int, bool, int, int, int]
PAYLOAD = 1


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
        if self.is_full:
            self._wait_for_room()
        if self._closed.is_set():
            return False
        self._messages.append(received)
        self._bytes_in += len(received[PAYLOAD])
        if len(self._messages) >= self.batch:
            self._enough.set()
        return True

    def wait(self, seconds: float) -> None:
        """Wait until there is a full batch, at most `seconds`."""
        self._enough.wait(seconds)

    def take(self, seconds: float) -> list[Received]:
        """What waits, at most a batch: at once when there is a full one, else after `seconds`."""
        if len(self._messages) < self.batch and not self._closed.is_set():
            self._enough.wait(seconds)
        self._enough.clear()
        count = min(len(self._messages), self.batch)
        taken = [self._messages.popleft() for _ in range(count)]
        self._bytes_out += sum(len(each[PAYLOAD]) for each in taken)
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

    @property
    def is_full(self) -> bool:
        """Whether `put` would wait."""
        waiting = self._bytes_in - self._bytes_out
        return len(self._messages) >= self.max_messages or waiting >= self.max_bytes

    def _wait_for_room(self) -> None:
        while self.is_full and not self._closed.is_set():
            self._room.clear()
            self._enough.set()
            if self.is_full:
                self._room.wait()


def now_us() -> int:
    """Microseconds since 1970."""
    return time.time_ns() // 1000
