"""Journals and batches on disk: what was synced is there, what was torn is not, nothing twice."""

import errno
import io
import os
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.intake.closing import close_journal
from ingest.intake.journal import Message, block_of, describe, described, messages_of
from ingest.intake.spool import CLOSED, OPEN, Spool
from ingest.intake.topics import TopicTemplate

TEMPLATES = (TopicTemplate("site/{site_id}/device/{device_id}/{metric_code}"),)
TOPIC = b"site/S1/device/D1/temp_c"
MESSAGES = st.lists(
    st.builds(
        Message,
        topic=st.binary(max_size=40),
        payload=st.binary(max_size=200),
        received_us=st.integers(-(2**63), 2**63 - 1),
        is_oversized=st.booleans(),
    ),
    max_size=20,
)


def _spool(folder: Path) -> Spool:
    return Spool(folder, max_bytes=1 << 20, max_seconds=60)


def _reading(value: int, second: int = 0, received_us: int = 1) -> Message:
    payload = b'{"value": %d, "ts": %d}' % (value, 1_748_563_200 + second)
    return Message(TOPIC, payload, received_us)


def _closed(spool: Spool) -> list[Path]:
    spool.seal()
    for path in spool.take_sealed():
        close_journal(path, TEMPLATES, 1000)
    return sorted((spool.folder / CLOSED).iterdir())


@given(blocks=st.lists(MESSAGES, max_size=4))
def test_blocks_give_back_what_was_put_in(blocks: list[list[Message]]) -> None:
    stream = io.BytesIO(b"".join(block_of(block) for block in blocks))
    assert list(messages_of(stream)) == [message for block in blocks for message in block]


@settings(max_examples=200)
@given(first=MESSAGES, last=MESSAGES, cut=st.integers(1, 10_000), junk=st.binary(max_size=50))
def test_a_torn_block_does_not_count_and_the_whole_ones_do(
    first: list[Message], last: list[Message], cut: int, junk: bytes
) -> None:
    whole, torn = block_of(first), block_of(last)
    stream = io.BytesIO(whole + torn[: max(0, len(torn) - cut)])
    assert list(messages_of(stream)) == first
    assert list(messages_of(io.BytesIO(whole + b"GJ01" + b"\xff" * 8 + junk))) == first


def test_a_flipped_bit_is_seen() -> None:
    block = bytearray(block_of([_reading(1)]))
    block[-1] ^= 1
    assert list(messages_of(io.BytesIO(block))) == []


def test_an_oversized_payload_is_described() -> None:
    kept = described(describe(b"\xff" * 5000))
    assert (kept.size, kept.head, len(kept.sha256)) == (5000, b"\xff" * 1024, 64)


def test_a_sealed_journal_becomes_one_batch_without_duplicates(tmp_path: Path) -> None:
    spool = _spool(tmp_path)
    spool.append([_reading(1), _reading(2, second=1)])
    spool.append([_reading(3, received_us=9)])
    [path] = _closed(spool)
    table = pq.read_table(path).to_pylist()
    assert [(row["value"], row["read_at"]) for row in table] == [
        (3.0, datetime(2025, 5, 30)),
        (2.0, datetime(2025, 5, 30) + timedelta(seconds=1)),
    ]
    assert list((tmp_path / OPEN).iterdir()) == []


def test_broken_messages_stand_in_a_batch_of_their_own(tmp_path: Path) -> None:
    spool = _spool(tmp_path)
    spool.append([Message(b"else\xff", b"1", 1), _reading(1), Message(TOPIC, describe(b"x" * 5000), 1, True)])
    broken, readings = _closed(spool)
    rows = pq.read_table(broken).to_pylist()
    assert [(row["rule_code"], row["size_bytes"]) for row in rows] == [
        ("payload_topic", 1),
        ("payload_size", 5000),
    ]
    assert pq.read_metadata(readings).num_rows == 1


def test_closing_twice_gives_the_same_batch(tmp_path: Path) -> None:
    spool = _spool(tmp_path)
    spool.append([_reading(1)])
    spool.seal()
    [journal] = spool.take_sealed()
    content = journal.read_bytes()
    close_journal(journal, TEMPLATES, 1000)
    [batch] = (tmp_path / CLOSED).iterdir()
    first = batch.read_bytes()
    journal.write_bytes(content)
    close_journal(journal, TEMPLATES, 1000)
    assert [path.read_bytes() for path in (tmp_path / CLOSED).iterdir()] == [first]


def test_a_living_instance_keeps_its_journal_a_dead_one_does_not(tmp_path: Path) -> None:
    mine, other = _spool(tmp_path), _spool(tmp_path)
    mine.append([_reading(1)])
    assert other.orphans() == []
    mine.seal()
    assert other.orphans() == mine.take_sealed()


@pytest.mark.parametrize("broken_call", ["write", "fsync"])
def test_a_full_disk_loses_nothing_that_was_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken_call: str
) -> None:
    spool = _spool(tmp_path)
    spool.append([_reading(1)])

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, broken_call, full)
        with pytest.raises(OSError, match="No space"):
            spool.append([_reading(2, second=1)])
    spool.append([_reading(3, second=2)])
    batches = [pq.read_table(path).column("value").to_pylist() for path in _closed(spool)]
    # A block whose sync failed may stand there all the same: it was not acknowledged and comes again.
    assert batches == [[1.0] if broken_call == "write" else [1.0, 2.0], [3.0]]


def test_a_batch_that_cannot_be_written_leaves_its_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = _spool(tmp_path)
    spool.append([_reading(1)])
    spool.seal()
    [journal] = spool.take_sealed()

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(pq, "write_table", full)
        with pytest.raises(OSError, match="No space"):
            close_journal(journal, TEMPLATES, 1000)
    assert journal.exists()
    assert list((tmp_path / CLOSED).iterdir()) == []


def test_a_journal_is_due_by_size(tmp_path: Path) -> None:
    spool = Spool(tmp_path, max_bytes=10, max_seconds=60)
    assert not spool.is_due
    spool.append([_reading(1)])
    assert spool.is_due
