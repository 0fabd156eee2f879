"""The journal's bytes: messages in blocks, each written and synced as one, each with a checksum.

A block that a crash tore is the last one of its file and was never acknowledged: reading stops before it.
"""

import base64
import hashlib
import json
import struct
import zlib
from collections.abc import Iterable, Iterator
from typing import BinaryIO, NamedTuple

MAGIC = b"GJ01"
BLOCK = struct.Struct("<4sII")  # magic, bytes of the body, checksum of the body
FRAME = struct.Struct("<?HIq")  # is oversized, bytes of topic, bytes of payload, microseconds since 1970
HEAD_BYTES = 1024


class Message(NamedTuple):
    """A message as it came; `payload` of an oversized one is the description that `describe` made."""

    topic: bytes
    payload: bytes
    received_us: int
    is_oversized: bool = False


class Oversized(NamedTuple):
    """What is kept of a message beyond the limit."""

    size: int
    sha256: str
    head: bytes


def describe(payload: bytes) -> bytes:
    """Size, hash and first bytes of a payload too large to keep."""
    head = base64.b64encode(payload[:HEAD_BYTES]).decode()
    sha256 = hashlib.sha256(payload).hexdigest()
    return json.dumps({"size": len(payload), "sha256": sha256, "head": head}).encode()


def described(description: bytes) -> Oversized:
    """The reverse of `describe`."""
    content = json.loads(description)
    return Oversized(content["size"], content["sha256"], base64.b64decode(content["head"]))


def block_of(messages: Iterable[tuple[bytes, bytes, int, bool]]) -> bytes:
    """Messages as one block; plain tuples in a message's order will do."""
    parts: list[bytes] = []
    for topic, payload, received_us, is_oversized in messages:
        parts += (FRAME.pack(is_oversized, len(topic), len(payload), received_us), topic, payload)
    body = b"".join(parts)
    return BLOCK.pack(MAGIC, len(body), zlib.crc32(body)) + body


def messages_of(stream: BinaryIO) -> Iterator[Message]:
    """All messages of whole blocks, in the order in which they came."""
    while len(header := stream.read(BLOCK.size)) == BLOCK.size:
        magic, length, checksum = BLOCK.unpack(header)
        body = stream.read(length) if magic == MAGIC else b""
        if magic != MAGIC or len(body) < length or zlib.crc32(body) != checksum:
            return
        yield from _frames(body)


def _frames(body: bytes) -> Iterator[Message]:
    at = 0
    while at < len(body):
        is_oversized, topic_bytes, payload_bytes, received_us = FRAME.unpack_from(body, at)
        at += FRAME.size
        topic = body[at : at + topic_bytes]
        at += topic_bytes
        yield Message(topic, body[at : at + payload_bytes], received_us, is_oversized)
        at += payload_bytes
