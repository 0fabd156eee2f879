"""Sparkplug B payloads as readings: births and data of edge nodes and of the devices behind them.

The device of a reading is the topic's device, or its node where there is none. A metric's name becomes a code
as the contract wants it: lower case, whatever is neither letter nor digit an underscore. Numbers and truth
values are readings; texts, files, tables and what steers a node (`bdSeq`, `Node Control/…`) are none.
"""

import math
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from google.protobuf.message import DecodeError

from ingest.intake.births import Birth, Births, Known
from ingest.intake.payloads import EPOCH, Broken, Reading, broken
from ingest.intake.sparkplug_schema import Payload

NAMESPACE = "spBv1.0"
BIRTHS, DATA = ("NBIRTH", "DBIRTH"), ("NDATA", "DDATA")
FILTERS_OF_BIRTHS = (f"{NAMESPACE}/+/NBIRTH/+", f"{NAMESPACE}/+/DBIRTH/+/+")
FILTERS_OF_DATA = (f"{NAMESPACE}/+/NDATA/+", f"{NAMESPACE}/+/DDATA/+/+")
STEERING = re.compile(r"bdSeq|(Node|Device) Control/.*", re.DOTALL)
COMPRESSED = "SPBV1.0_COMPRESSED"
#: Types of the specification: bits of signed integers, floats and truth values; the others are no numbers.
SIGNED = {1: 8, 2: 16, 3: 32, 4: 64}
NUMBERS = {*SIGNED, 5, 6, 7, 8, 9, 10, 11}
UNKNOWN = 0
TOP_BITS = {"int_value": 1 << 31, "long_value": 1 << 63}
FIELDS = ("int_value", "long_value", "float_value", "double_value", "boolean_value")
QUALITIES = {0: "bad", 192: "good", 500: "uncertain"}
QUALITY = "Quality"
NO_LETTER = re.compile(r"[^a-z0-9]+")


class Source(NamedTuple):
    """Who sent a message, and of what kind it is."""

    kind: str
    device_id: str
    key: str


def source_of(topic: str) -> Source | None:
    """The sender of a topic of births or data; None for any other."""
    namespace, *parts = topic.split("/")
    if namespace != NAMESPACE or not all(parts) or len(parts) not in (3, 4):
        return None
    group, kind, node, *device = parts
    if kind not in (BIRTHS + DATA) or kind.startswith("D") != bool(device):
        return None
    return Source(kind, device[0] if device else node, "/".join([group, node, *device]))


def read_sparkplug(
    source: Source, payload: bytes, received_us: int, births: Births
) -> Iterator[Reading | Broken]:
    """The readings of one message, and what is broken of it; births are remembered.

    Whatever the bytes, what cannot be read comes out as Broken. Raises OSError when a birth cannot be kept.
    """
    content = Payload()
    try:
        content.ParseFromString(payload)
    except DecodeError as error:
        yield broken("sparkplug", error=error)
        return
    if content.uuid == COMPRESSED:
        yield broken("compressed")
        return
    if source.kind in BIRTHS:
        births.add(source.key, _birth(content, received_us))
    birth, names = births.at(source.key, received_us), dict[str, str]()
    received_at = EPOCH + timedelta(microseconds=received_us)
    sent_at = content.timestamp if content.HasField("timestamp") else None
    for metric in content.metrics:
        item = _item(source.device_id, metric, birth, sent_at, received_at)
        if isinstance(item, Reading):
            name = metric.name or str(metric.alias)
            if names.setdefault(item.metric_code, name) != name:
                item = _part(metric, "same_code", name=name, code=item.metric_code)
        if item is not None:
            yield item


def _birth(content: Any, received_us: int) -> Birth:
    metrics = tuple(
        (metric.alias if metric.HasField("alias") else None, metric.name, metric.datatype)
        for metric in content.metrics
        if metric.name and isinstance(metric.name, str)
    )
    return Birth(received_us, metrics)


def _item(
    device_id: str, metric: Any, birth: Birth | None, sent_at: int | None, received_at: datetime
) -> Reading | Broken | None:
    """The metric's reading, why it is none, or None where none was meant."""
    if not isinstance(metric.name, str):
        # What is no UTF-8 comes as bytes.
        return _part(metric, "metric_name", name=metric.name)
    known = _known(metric, birth)
    if known is None:
        return _part(metric, "alias", alias=metric.alias)
    if STEERING.fullmatch(known.name) or metric.is_null or _is_no_number(metric, known):
        return None
    value = _value(metric, known)
    if value is None or not math.isfinite(value):
        return _part(metric, "metric_value", name=known.name)
    code = NO_LETTER.sub("_", known.name.lower()).strip("_")
    if not code:
        return _part(metric, "metric_name", name=known.name)
    millis = metric.timestamp if metric.HasField("timestamp") else sent_at
    try:
        read_at = received_at if millis is None else EPOCH + timedelta(milliseconds=millis)
    except OverflowError:
        return _part(metric, "time", value=millis)
    return Reading(device_id, code, read_at, value, received_at, _quality(metric))


def _known(metric: Any, birth: Birth | None) -> Known | None:
    """Name and type of the metric, from itself or the birth; None for an alias that no birth told."""
    if not metric.name:
        return birth.by_alias(metric.alias) if birth and metric.HasField("alias") else None
    told = birth.by_name(metric.name) if birth else None
    return Known(metric.name, metric.datatype or (told.datatype if told else UNKNOWN))


def _is_no_number(metric: Any, known: Known) -> bool:
    kind = metric.datatype or known.datatype
    has_number = any(metric.HasField(field) for field in FIELDS)
    return kind not in NUMBERS if kind != UNKNOWN else not has_number


def _value(metric: Any, known: Known) -> float | None:
    """The number; None when there is none, or when its sign cannot be told."""
    field = next((field for field in FIELDS if metric.HasField(field)), None)
    if field is None:
        return None
    number, kind = getattr(metric, field), metric.datatype or known.datatype
    if field not in TOP_BITS:
        return float(number)
    if kind in SIGNED:
        # Two's complement in an unsigned field: of the type's own bits, or of all bits of the field.
        bits = SIGNED[kind]
        number &= (1 << bits) - 1
        return float(number - (1 << bits) if number >> (bits - 1) else number)
    return None if kind == UNKNOWN and number >= TOP_BITS[field] else float(number)


def _quality(metric: Any) -> str | None:
    properties = metric.properties
    for key, value in zip(properties.keys, properties.values, strict=False):
        if key == QUALITY and value.HasField("int_value"):
            return QUALITIES.get(value.int_value, "uncertain")
    return None


def _part(metric: Any, rule: str, **values: object) -> Broken:
    return broken(rule, metric.SerializeToString(), **values)
