"""JSON payloads as readings: rows of the contract `iot__readings`, or the reason why there are none.

Three shapes: a plain number (device and metric stand in the topic), an object, and a list of objects. An
object has `value`, or `values` with a number for each metric, each of which stands for itself; a time
(`read_at`, `timestamp`, `time` or `ts`: ISO 8601, or seconds, milliseconds, microseconds or nanoseconds since
1970), without which the time of receipt counts; `quality_code` or `quality`; and `device_id` and
`metric_code` where the topic does not say them. What the topic says wins: brokers check it. Whether a reading
is possible is the door's to judge, not asked here.
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from lake.text import both

TIME_NAMES = ("read_at", "timestamp", "time", "ts")
QUALITY_NAMES = ("quality_code", "quality")
METRIC_NAMES = ("metric_code", "metric")
EPOCH = datetime(1970, 1, 1)
#: Below each bound a number is a time in the unit that has so many of it in a second.
UNITS = ((1e11, 1), (1e14, 1_000), (1e17, 1_000_000), (1e20, 1_000_000_000))
SHOWN = 200
#: The usual object; and how many names are remembered as sound, because devices send under the same ones.
USUAL_NAMES = {"value", "read_at"}
KNOWN_NAMES = 100_000


class Reading(NamedTuple):
    """One reading as the contract wants it; times are naive UTC."""

    device_id: str
    metric_code: str
    read_at: datetime
    value: float
    received_at: datetime
    quality_code: str | None


@dataclass(frozen=True)
class Broken:
    """What is no reading: the rule it broke, why in both languages, and the broken part of a list."""

    rule_code: str
    message: dict[str, str]
    part: bytes | None = None


class _BrokenError(Exception):
    def __init__(self, rule: str, **values: object) -> None:
        super().__init__(rule)
        self.rule = rule
        self.values = {name: _shown(value) for name, value in values.items()}


def read_payload(
    fields: Mapping[str, str] | None, payload: bytes, received_at: datetime
) -> Iterable[Reading | Broken]:
    """The readings of one message, and what is broken of it; `fields` come from its topic.

    Never raises, whatever the bytes: what cannot be read comes out as Broken.
    """
    if fields is None:
        return (_broken(_BrokenError("topic")),)
    try:
        content = json.loads(payload)
    except (ValueError, RecursionError) as error:
        return (_broken(_BrokenError("json", error=error)),)
    if isinstance(content, list):
        return _items(fields, content, received_at)
    usual = _usual(fields, content, received_at)
    return _item(fields, content, received_at, None) if usual is None else (usual,)


def oversized(size: int, limit: int) -> Broken:
    """The reason of a message that was too large to keep."""
    return _broken(_BrokenError("size", size=size, limit=limit))


def broken(rule: str, part: bytes | None = None, **values: object) -> Broken:
    """What broke `rule`, in words with the values, and the broken part of the payload."""
    return _broken(_BrokenError(rule, **values), part)


def _usual(fields: Mapping[str, str], content: Any, received_at: datetime) -> Reading | None:
    """What nearly all devices send, read the short way: a number with its time, named by the topic.

    None for anything else, faults among it, which the long way tells apart.
    """
    if type(content) is not dict or content.keys() != USUAL_NAMES:
        return None
    value, device, metric = content["value"], fields.get("device_id", ""), fields.get("metric_code", "")
    if type(value) not in (float, int) or not (_is_sound(device) and _is_sound(metric)):
        return None
    try:
        read_at = _time(content["read_at"], received_at)
        return Reading(device, metric, read_at, _number(value), received_at, None)
    except _BrokenError:
        return None


@lru_cache(maxsize=KNOWN_NAMES)
def _is_sound(name: str) -> bool:
    """Whether a name may stand as it is."""
    return bool(name) and name == name.strip() and "\0" not in name and _is_text(name)


def _items(
    fields: Mapping[str, str], content: list[Any], received_at: datetime
) -> Iterator[Reading | Broken]:
    if not content:
        yield _broken(_BrokenError("empty"))
    for item in content:
        yield from _item(fields, item, received_at, item)


def _item(
    fields: Mapping[str, str], item: Any, received_at: datetime, part: Any
) -> Iterator[Reading | Broken]:
    try:
        yield from _readings(fields, item, received_at)
    except _BrokenError as error:
        yield _broken(error, None if part is None else _bytes(part))


def _bytes(part: Any) -> bytes | None:
    """A part of a list as JSON again; None, which stands for the whole payload, when nested too deep."""
    try:
        return json.dumps(part).encode()
    except RecursionError:
        return None


def _readings(fields: Mapping[str, str], item: Any, received_at: datetime) -> Iterator[Reading | Broken]:
    """The readings of one item; of several `values` each stands for itself."""
    if not isinstance(item, dict):
        item = {"value": item}
    read_at = _time(_first(item, TIME_NAMES), received_at)
    quality = _first(item, QUALITY_NAMES)
    device = _name("device_id", fields.get("device_id", item.get("device_id")))
    code = None if quality is None else _name("quality_code", quality)
    values = item.get("values")
    if values is None:
        metric = fields.get("metric_code", _first(item, METRIC_NAMES))
        values = {_name("metric_code", metric): item.get("value")}
    if not isinstance(values, dict) or not values:
        raise _BrokenError("value", value=values)
    for metric, value in values.items():
        try:
            yield Reading(device, _name("metric_code", metric), read_at, _number(value), received_at, code)
        except _BrokenError as error:
            if len(values) == 1:
                raise
            # A sensor that has died must not take the others of its device along.
            known = {"device_id": device, "read_at": f"{read_at.isoformat()}Z"}
            yield _broken(error, _bytes(known | {"metric_code": metric, "value": value}))


def _first(item: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((item[name] for name in names if item.get(name) is not None), None)


def _name(column: str, value: Any) -> str:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    try:
        named = str(value).strip() if isinstance(value, str) or is_number else ""
    except ValueError:  # more digits than Python turns into text
        named = ""
    if not named or "\0" in named or not _is_text(named):
        raise _BrokenError("name", column=column, value=value)
    return named


def _is_text(value: str) -> bool:
    """Whether it can be written down: JSON can spell halves of characters."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _BrokenError("value", value=value)
    try:
        number = float(value)
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise _BrokenError("value", value=value)
    return number


def _time(value: Any, received_at: datetime) -> datetime:
    if value is None:
        return received_at
    try:
        if isinstance(value, str):
            return _utc(datetime.fromisoformat(value.strip()))
        if not isinstance(value, bool) and isinstance(value, int | float) and value >= 0:
            for bound, per_second in UNITS:
                if value < bound:
                    # Whole numbers stay whole: a float of so many digits would move a reading.
                    micros = value * 1_000_000 / per_second if per_second < 1_000_000 else value
                    whole = micros if per_second <= 1_000_000 else micros // 1_000
                    return EPOCH + timedelta(microseconds=round(whole))
    except (ValueError, OverflowError) as error:
        raise _BrokenError("time", value=value) from error
    raise _BrokenError("time", value=value)


def _utc(time: datetime) -> datetime:
    return time if time.tzinfo is None else time.astimezone(UTC).replace(tzinfo=None)


def _broken(error: _BrokenError, part: bytes | None = None) -> Broken:
    return Broken(f"payload_{error.rule}", both(f"intake.reason_{error.rule}", **error.values), part)


def _shown(value: object) -> str:
    """A value short enough for a message, and in characters that can be written down."""
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > SHOWN:
        return f"{value.bit_length()} bit"
    try:
        shown = str(value)
    except (ValueError, RecursionError):
        shown = type(value).__name__
    return shown[:SHOWN].encode(errors="replace").decode()
