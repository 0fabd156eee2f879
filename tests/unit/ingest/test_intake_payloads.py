"""JSON payloads: readings, or the reason why there are none."""

import json
from datetime import datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.intake.payloads import Broken, Reading, read_payload

FIELDS = {"site_id": "S1", "device_id": "D1", "metric_code": "temp_c"}
NOW = datetime(2025, 6, 1, 12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def _read(payload: object, fields: dict[str, str] | None = FIELDS) -> list[Reading | Broken]:
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return list(read_payload(fields, raw, NOW))


def test_a_plain_number_is_read_when_it_came() -> None:
    assert _read(b"21.5") == [Reading("D1", "temp_c", NOW, 21.5, NOW, None)]


def test_an_object_says_its_own_time() -> None:
    [reading] = _read({"value": 3, "read_at": "2025-05-30T08:00:00+08:00", "quality": "good"})
    assert reading == Reading("D1", "temp_c", datetime(2025, 5, 30), 3.0, NOW, "good")


@pytest.mark.parametrize("ts", [1748563200, 1748563200_000, 1748563200_000_000, 1748563200_000_000_000])
def test_numbers_are_times_in_the_unit_that_fits(ts: int) -> None:
    [reading] = _read({"value": 1, "ts": ts})
    assert reading.read_at == datetime(2025, 5, 30)


def test_a_list_gives_a_reading_an_item_and_keeps_what_is_broken() -> None:
    first, broken, last = _read([{"value": 1}, {"value": None}, {"value": 2}])
    assert (first.value, last.value) == (1.0, 2.0)
    assert broken.rule_code == "payload_value"
    assert json.loads(broken.part) == {"value": None}


def test_a_dead_sensor_does_not_take_the_others_along() -> None:
    payload = b'{"values": {"a_c": 1, "b_c": "#VALUE!", "c_c": 3}, "ts": "2025-06-01T00:00:00Z"}'
    first, dead, last = read_payload({"device_id": "D1"}, payload, NOW)
    assert isinstance(first, Reading)
    assert isinstance(last, Reading)
    assert [(each.metric_code, each.value) for each in (first, last)] == [("a_c", 1.0), ("c_c", 3.0)]
    assert isinstance(dead, Broken)
    assert json.loads(dead.part or b"") == {
        "device_id": "D1",
        "read_at": "2025-06-01T00:00:00Z",
        "metric_code": "b_c",
        "value": "#VALUE!",
    }


def test_values_are_readings_of_several_metrics() -> None:
    readings = _read(
        {"values": {"temp_c": 20, "humidity_pct": "55.5"}, "time": 1748563200}, {"device_id": "D1"}
    )
    assert [(each.metric_code, each.value) for each in readings] == [("temp_c", 20.0), ("humidity_pct", 55.5)]


def test_device_and_metric_may_stand_in_the_payload_but_the_topic_wins() -> None:
    item = {"device_id": "other", "metric": "other_c", "value": 1}
    assert _read(item)[0][:2] == ("D1", "temp_c")
    assert _read(item, {})[0][:2] == ("other", "other_c")


@pytest.mark.parametrize(
    ("payload", "rule"),
    [
        (b"", "json"),
        (b"\xff\xfe\x00", "json"),
        (b"[" * 100_000, "json"),
        (b"[]", "empty"),
        (b"true", "value"),
        (b"null", "value"),
        (b"NaN", "value"),
        (b"1e999", "value"),
        (b'{"value": "hot"}', "value"),
        (b'{"values": {}}', "value"),
        (b'{"value": 1, "ts": "yesterday"}', "time"),
        (b'{"value": 1, "ts": -5}', "time"),
        (b'{"value": 1, "ts": 1e300}', "time"),
        (b'{"value": 1, "ts": "0001-01-01T00:00:00+14:00"}', "time"),
        (b'{"values": {"": 1}}', "name"),
        (b'{"values": {"\\ud800": 1}}', "name"),
        (b'{"value": 1, "quality": {}}', "name"),
    ],
)
def test_what_is_broken_says_why_in_both_languages(payload: bytes, rule: str) -> None:
    [broken] = _read(payload)
    assert broken.rule_code == f"payload_{rule}"
    assert all(broken.message[language] for language in ("zh", "en"))


def test_a_topic_of_nobody_is_broken() -> None:
    assert _read(b"1", None)[0].rule_code == "payload_topic"
    assert _read(b"1", {})[0].rule_code == "payload_name"


@given(st.binary())
@example(b"1" * 5000)
def test_no_bytes_raise(payload: bytes) -> None:
    assert _read(payload)


@given(JSON)
def test_whatever_comes_can_be_written_down(content: object) -> None:
    for item in _read(json.dumps(content).encode()):
        texts = item.message.values() if isinstance(item, Broken) else [item.device_id, item.metric_code]
        assert all(text.encode() for text in texts)


@given(st.dictionaries(st.sampled_from(["value", "ts", "read_at", "quality", "values", "device_id"]), JSON))
def test_no_object_raises(content: dict) -> None:
    assert _read(content)


@given(value=st.floats(allow_nan=False, allow_infinity=False), micros=st.integers(0, 4 * 10**15))
def test_values_and_times_survive(value: float, micros: int) -> None:
    [reading] = _read({"value": value, "read_at": _iso(micros)})
    assert (reading.value, reading.read_at) == (value, datetime.fromisoformat(_iso(micros)[:-1]))


def _iso(micros: int) -> str:
    from datetime import timedelta

    return (datetime(1970, 1, 1) + timedelta(microseconds=micros)).isoformat() + "Z"
