"""The buffer's bounds, and that nothing is acknowledged before it is on disk."""

import errno
import threading
from collections.abc import Iterable
from pathlib import Path

import pytest

from ingest.intake import writer as writing
from ingest.intake.buffer import Buffer, Received
from ingest.intake.spool import Spool
from ingest.intake.stats import STOPPED, WRITABLE, Stats
from ingest.intake.writer import Writer

PATIENCE_S = 30


def _received(mid: int, payload: bytes = b"1") -> Received:
    return b"D1/temp_c", payload, mid, False, mid, 1, 1


class _Acknowledged:
    """Notes what may be acknowledged, and tells who waits for it."""

    def __init__(self, spool: "_SpoolWithLimit") -> None:
        self.spool, self.mids, self.changed = spool, [], threading.Condition()

    def offer(self, taken: list[Received]) -> None:
        with self.changed:
            assert {each[4] for each in taken} <= set(self.spool.synced)
            self.mids += [each[4] for each in taken]
            self.changed.notify_all()

    def settle(self) -> None:
        """Nothing is left to do."""

    def wait_for(self, count: int) -> bool:
        with self.changed:
            return self.changed.wait_for(lambda: len(self.mids) >= count, PATIENCE_S)


class _SpoolWithLimit(Spool):
    """A spool on a disk with room for so many more messages."""

    def __init__(self, folder: Path, room: int) -> None:
        super().__init__(folder, max_bytes=1 << 20, max_seconds=60)
        self.room, self.synced, self.refused = room, [], threading.Event()

    def append(self, messages: Iterable[tuple[bytes, bytes, int, bool]]) -> None:
        block = list(messages)
        if len(block) > self.room:
            self.refused.set()
            raise OSError(errno.ENOSPC, "No space left on device")
        super().append(block)
        self.room -= len(block)
        self.synced += [message[2] for message in block]


class _NoCloser:
    """Takes journals and leaves them."""

    def submit(self, journals: Iterable[Path]) -> None:
        """Nothing."""


def _writer(buffer: Buffer, spool: _SpoolWithLimit) -> tuple[Writer, _Acknowledged, Stats]:
    acknowledged, stats = _Acknowledged(spool), Stats()
    return (
        Writer(buffer, spool, _NoCloser(), acknowledged, stats, flush_seconds=0.05),  # type: ignore[arg-type]
        acknowledged,
        stats,
    )


def test_a_full_batch_is_taken_at_once_and_a_part_after_a_while() -> None:
    buffer = Buffer(max_messages=10, max_bytes=1000, batch=2)
    for mid in range(3):
        assert buffer.put(_received(mid))
    assert [len(buffer.take(PATIENCE_S)), len(buffer.take(0.01)), len(buffer.take(0.01))] == [2, 1, 0]
    assert (buffer.messages, buffer.bytes) == (0, 0)


@pytest.mark.parametrize(("messages", "payload"), [(2, b"1"), (100, b"x" * 500)])
def test_whoever_puts_waits_while_it_is_full(messages: int, payload: bytes) -> None:
    buffer = Buffer(max_messages=messages, max_bytes=1000, batch=2)
    for mid in range(2):
        buffer.put(_received(mid, payload))
    third = threading.Thread(target=buffer.put, args=(_received(2, payload),))
    third.start()
    assert (third.is_alive(), buffer.messages) == (True, 2)
    buffer.take(0)
    third.join(PATIENCE_S)
    assert (third.is_alive(), buffer.messages) == (False, 1)


def test_closing_frees_whoever_waits_and_takes_no_more() -> None:
    buffer = Buffer(max_messages=1, max_bytes=1000, batch=1)
    buffer.put(_received(0))
    waiting = threading.Thread(target=buffer.put, args=(_received(1),))
    waiting.start()
    buffer.close()
    waiting.join(PATIENCE_S)
    assert not waiting.is_alive()
    assert not buffer.put(_received(2))
    assert len(buffer.take(0)) == 1


def test_what_is_synced_may_be_acknowledged(tmp_path: Path) -> None:
    buffer, spool = Buffer(100, 10_000, batch=10), _SpoolWithLimit(tmp_path, room=1000)
    writer, acknowledged, stats = _writer(buffer, spool)
    writer.start()
    for mid in range(25):
        buffer.put(_received(mid))
    assert acknowledged.wait_for(25)
    writer.stop()
    writer.join(PATIENCE_S)
    assert acknowledged.mids == list(range(25))
    assert (stats.synced, stats.disk) == (25, WRITABLE)


def test_nothing_is_acknowledged_while_the_disk_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "RETRY_SECONDS", 0.01)
    buffer, spool = Buffer(10, 10_000, batch=10), _SpoolWithLimit(tmp_path, room=0)
    writer, acknowledged, stats = _writer(buffer, spool)
    writer.start()
    for mid in range(5):
        buffer.put(_received(mid))
    assert spool.refused.wait(PATIENCE_S)
    assert acknowledged.mids == []
    spool.room = 100
    assert acknowledged.wait_for(5)
    assert stats.disk == WRITABLE
    writer.stop()
    writer.join(PATIENCE_S)


def test_stopping_on_a_full_disk_leaves_messages_unacknowledged(tmp_path: Path) -> None:
    buffer, spool = Buffer(10, 10_000, batch=10), _SpoolWithLimit(tmp_path, room=0)
    writer, acknowledged, stats = _writer(buffer, spool)
    writer.start()
    buffer.put(_received(0))
    assert spool.refused.wait(PATIENCE_S)
    writer.stop()
    writer.join(PATIENCE_S)
    assert not writer.is_alive()
    assert (acknowledged.mids, stats.disk) == ([], STOPPED)
