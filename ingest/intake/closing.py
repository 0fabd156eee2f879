"""From a sealed journal to Parquet: readings in `closed/<batch>.parquet`, what is broken beside them.

Reports that came over HTTP go into `closed/<batch>.<table>.parquet`, likewise.

Runs as a process of its own (`python -m ingest.intake.closing`, one line of JSON a journal in, one out), so
that reading payloads costs the receiving process nothing. Closing twice does no harm: the same journal gives
the same files under the same names, and the lake remembers the names.
"""

import gc
import hashlib
import json
import os
import signal
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ingest.intake.births import FOLDER, Births
from ingest.intake.journal import Message, described, messages_of
from ingest.intake.names import READINGS_TABLE, batch_name
from ingest.intake.payloads import EPOCH, Broken, Reading, oversized, read_payload
from ingest.intake.reports import OWN_TOPICS, BrokenReport, Report, reports_of
from ingest.intake.skew import Skew
from ingest.intake.sparkplug import NAMESPACE, read_sparkplug, source_of
from ingest.intake.spool import CLOSED, sync_folder
from ingest.intake.topics import TopicTemplate, fields_of, templates_of
from lake.contracts import load_contracts

UTC_TIME = pa.timestamp("us")
READING_TYPES = {
    "device_id": pa.string(),
    "metric_code": pa.string(),
    "read_at": UTC_TIME,
    "value": pa.float64(),
    "received_at": UTC_TIME,
    "quality_code": pa.string(),
}
BROKEN_TYPES = {
    "topic": pa.string(),
    "payload": pa.binary(),
    "size_bytes": pa.int64(),
    "sha256": pa.string(),
    "received_at": UTC_TIME,
    "rule_code": pa.string(),
    "message_zh": pa.string(),
    "message_en": pa.string(),
}
#: Beside the contract's columns, as texts.
REPORT_TYPES = {
    "write_id": pa.string(),
    "caller": pa.string(),
    "payload": pa.string(),
    "received_at": UTC_TIME,
}
#: How many topics' fields are remembered: devices send under the same topics again and again.
KNOWN_TOPICS = 100_000
NO_BOUNDS = Skew()
NICENESS = 10


@dataclass
class Closed:
    """What came of one journal; `error` tells why it stays where it is."""

    journal: str
    messages: int = 0
    readings: int = 0
    duplicates: int = 0
    reports: int = 0
    broken: int = 0
    error: str = ""


@dataclass
class _Content:
    """A journal's readings by their key, the newest receipt of each; by table reports and what is broken."""

    readings: dict[tuple[str, str, datetime], Reading] = field(default_factory=dict)
    reports: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    broken: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    messages: int = 0
    found: int = 0


def close_journal(
    path: Path, templates: tuple[TopicTemplate, ...], payload_limit: int, skew: Skew = NO_BOUNDS
) -> Closed:
    """Make the journal's Parquet files, sync them, then remove it. Raises OSError when there is no room."""
    content = _Content()
    known: dict[bytes, dict[str, str] | None] = {}
    births = Births(path.parent.parent / FOLDER)
    with path.open("rb") as stream:
        for message in messages_of(stream):
            content.messages += 1
            if message.topic.startswith(OWN_TOPICS):
                _take_report(content, message)
            else:
                items = _items(message, _fields(known, templates, message.topic), births)
                _take(content, message, items, payload_limit, skew)
    _write_all(content, path.parent.parent / CLOSED, path.stem)
    path.unlink(missing_ok=True)
    rows = len(content.readings)
    return Closed(
        path.name,
        content.messages,
        rows,
        content.found - rows,
        sum(map(len, content.reports.values())),
        sum(map(len, content.broken.values())),
    )


def _write_all(content: _Content, folder: Path, stem: str) -> None:
    rows = list(content.readings.values())
    if rows:
        columns = dict(zip(Reading._fields, zip(*rows, strict=True), strict=True))
        _write(folder / batch_name(stem, READINGS_TABLE), columns, READING_TYPES)
    for table, reports in content.reports.items():
        names = [column.name for column in load_contracts()[table].columns]
        types = {name: pa.string() for name in names} | REPORT_TYPES
        columns = {name: [row.get(name) for row in reports] for name in types}
        _write(folder / batch_name(stem, table), columns, types)
    for table, broken in content.broken.items():
        columns = {name: [row[name] for row in broken] for name in BROKEN_TYPES}
        _write(folder / batch_name(stem, table, is_broken=True), columns, BROKEN_TYPES)


def _fields(
    known: dict[bytes, dict[str, str] | None], templates: tuple[TopicTemplate, ...], topic: bytes
) -> dict[str, str] | None:
    if topic not in known:
        if len(known) >= KNOWN_TOPICS:
            known.clear()
        known[topic] = fields_of(templates, topic.decode(errors="replace"))
    return known[topic]


def _items(message: Message, fields: dict[str, str] | None, births: Births) -> Iterable[Reading | Broken]:
    """What a message holds: JSON where a template fits its topic, else Sparkplug B where that is its form."""
    if fields is None and message.topic.startswith(NAMESPACE.encode()):
        source = source_of(message.topic.decode(errors="replace"))
        if source is not None:
            return read_sparkplug(source, message.payload, message.received_us, births)
    return read_payload(fields, message.payload, EPOCH + timedelta(microseconds=message.received_us))


def _take(
    content: _Content, message: Message, items: Iterable[Reading | Broken], payload_limit: int, skew: Skew
) -> None:
    received_at = EPOCH + timedelta(microseconds=message.received_us)
    if message.is_oversized:
        kept = described(message.payload)
        reason = oversized(kept.size, payload_limit)
        row = _broken_row(message.topic.decode(errors="replace"), reason, kept.head, received_at)
        row |= {"size_bytes": kept.size, "sha256": kept.sha256}
        content.broken.setdefault(READINGS_TABLE, []).append(row)
        return
    for item in items:
        if isinstance(item, Reading) and (fault := skew.fault(item)) is not None:
            # One of many of a message stands for itself, not for the others.
            row = _broken_row(message.topic.decode(errors="replace"), fault, _as_json(item), received_at)
            content.broken.setdefault(READINGS_TABLE, []).append(row)
        elif isinstance(item, Reading):
            content.found += 1
            content.readings[item.device_id, item.metric_code, item.read_at] = item
        else:
            part = message.payload if item.part is None else item.part
            row = _broken_row(message.topic.decode(errors="replace"), item, part, received_at)
            content.broken.setdefault(READINGS_TABLE, []).append(row)


def _as_json(reading: Reading) -> bytes:
    """The reading as a payload that would give it again."""
    values = reading._asdict() | {"read_at": f"{reading.read_at.isoformat()}Z"}
    del values["received_at"]
    return json.dumps(values, ensure_ascii=False).encode()


def _take_report(content: _Content, message: Message) -> None:
    received_at = EPOCH + timedelta(microseconds=message.received_us)
    for report in reports_of(message.topic, message.payload):
        if isinstance(report, Report):
            sent = {"write_id": report.write_id, "caller": report.caller, "payload": report.payload}
            row = {**report.row, **sent, "received_at": received_at}
            content.reports.setdefault(report.table, []).append(row)
        else:
            content.broken.setdefault(report.table, []).append(_broken_report_row(report, received_at))


def _broken_row(topic: str, reason: Broken, payload: bytes, received_at: datetime) -> dict[str, Any]:
    return {
        "topic": topic,
        "payload": payload,
        "size_bytes": len(payload),
        "sha256": hashlib.sha256(payload).hexdigest(),
        "received_at": received_at,
        "rule_code": reason.rule_code,
        "message_zh": reason.message["zh"],
        "message_en": reason.message["en"],
    }


def _broken_report_row(report: BrokenReport, received_at: datetime) -> dict[str, Any]:
    return {
        "topic": f"HTTP {report.caller}",
        "payload": report.head,
        "size_bytes": report.size,
        "sha256": report.sha256,
        "received_at": received_at,
        "rule_code": report.rule_code,
        "message_zh": report.message_zh,
        "message_en": report.message_en,
    }


def _write(path: Path, columns: dict[str, Any], types: dict[str, pa.DataType]) -> None:
    """The file as a whole or not at all."""
    table = pa.table({name: pa.array(columns[name], type=kind) for name, kind in types.items()})
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with unfinished.open("wb") as stream:
            pq.write_table(table, stream, compression="zstd")
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.rename(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def main() -> None:
    """Close the journals named on standard input until it ends; the first line sets templates and limit."""
    for number in (signal.SIGINT, signal.SIGTERM):
        # A terminal tells the whole group to stop; this process still has to finish what it was given.
        signal.signal(number, signal.SIG_IGN)
    # Receiving goes first: journals can wait, devices cannot.
    os.nice(NICENESS)
    # Readings are many and make no cycles: looking through them again and again costs a quarter of the time.
    gc.disable()
    settings = json.loads(sys.stdin.readline() or "{}")
    for line in sys.stdin:
        path = Path(json.loads(line))
        try:
            templates = templates_of(settings["topics"])
            closed = close_journal(path, templates, settings["payload_limit"], Skew(*settings["skew"]))
        except Exception as error:  # noqa: BLE001 - told to the parent, and no journal may stop the others
            # Gone means that another instance closed it.
            closed = Closed(path.name, error=repr(error) if path.exists() else "")
        gc.collect()
        print(json.dumps(asdict(closed)), flush=True)  # noqa: T201 - the answer to the parent process


if __name__ == "__main__":
    main()
