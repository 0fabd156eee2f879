"""Sparkplug B payloads as readings; the bytes were written by another implementation's encoder."""

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.intake.births import KEPT, Birth, Births, Known
from ingest.intake.payloads import Broken, Reading
from ingest.intake.sparkplug import Source, read_sparkplug, source_of
from ingest.intake.sparkplug_schema import Payload

#: bdSeq, Node Control/Rebirth, a float of good quality (alias 2), an Int32 (3), a text, a null (5), a table.
BIRTH = bytes.fromhex(
    "0880b883a1f73212140a05626453657110001880b883a1f7322008580312230a144e6f646520436f6e74726f6c2f526562697274"
    "6810011880b883a1f732200b7000123c0a18537570706c79204169722f54656d70657261747572655f4310021880b883a1f73220"
    "094a100a075175616c6974791205080318c001650000ac4112190a064f666673657410031880b883a1f732200350f9ffffff0f12"
    "240a1350726f706572746965732f4669726d7761726510041880b883a1f732200c7a02763112190a0a456e657267795f6b576810"
    "051880b883a1f732200a3801121c0a055461626c6510061880b883a1f73220108a0107080112016118031800"
)
#: By alias: 2 a float, 3 an Int32 of -8 a second earlier, 5 a double, 99 that no birth told.
DATA = bytes.fromhex(
    "08e08c87a1f73212071002650000b241120f100318f88487a1f73250f8ffffff0f120b1005690000000000002940120b10636900"
    "0000000000f03f1801"
)
BORN_AT, SENT_AT = datetime(2025, 6, 15, 15, 6, 40), datetime(2025, 6, 15, 15, 7, 40)
DEVICE = "spBv1.0/plant/{}/node1/ahu7"


def _read(births: Births, kind: str, payload: bytes, received_us: int) -> list[Reading | Broken]:
    source = source_of(DEVICE.format(kind))
    assert source is not None
    return list(read_sparkplug(source, payload, received_us, births))


@pytest.fixture
def births(tmp_path: Path) -> Births:
    """Births of nobody yet."""
    return Births(tmp_path / "births")


@pytest.mark.parametrize(
    ("topic", "source"),
    [
        ("spBv1.0/g/DDATA/n/d", Source("DDATA", "d", "g/n/d")),
        ("spBv1.0/g/NBIRTH/n", Source("NBIRTH", "n", "g/n")),
        ("spBv1.0/g/NDATA/n/d", None),
        ("spBv1.0/g/DDATA/n", None),
        ("spBv1.0/g/NCMD/n", None),
        ("spBv1.0/g/DDATA/n/", None),
        ("spBv1.0/STATE/host", None),
        ("spAv1.0/g/NDATA/n", None),
    ],
)
def test_topics_tell_who_sent(topic: str, source: Source | None) -> None:
    assert source_of(topic) == source


def test_a_birth_has_readings_of_its_own(births: Births) -> None:
    items = _read(births, "DBIRTH", BIRTH, 1)
    assert [item[:4] for item in items] == [
        ("ahu7", "supply_air_temperature_c", BORN_AT, 21.5),
        ("ahu7", "offset", BORN_AT, -7.0),
    ]
    assert [item.quality_code for item in items] == ["good", None]


def test_data_is_read_by_the_aliases_of_the_birth(births: Births, tmp_path: Path) -> None:
    _read(births, "DBIRTH", BIRTH, 1)
    for known in (births, Births(tmp_path / "births")):
        *readings, lost = _read(known, "DDATA", DATA, 2)
        assert [item[:4] for item in readings] == [
            ("ahu7", "supply_air_temperature_c", SENT_AT, 22.25),
            ("ahu7", "offset", SENT_AT.replace(second=39), -8.0),
            ("ahu7", "energy_kwh", SENT_AT, 12.5),
        ]
        assert isinstance(lost, Broken)
        assert (lost.rule_code, "99" in lost.message["en"]) == ("payload_alias", True)
        assert lost.part == bytes.fromhex("106369000000000000f03f")


def test_without_a_birth_aliases_say_nothing(births: Births) -> None:
    items = _read(births, "DDATA", DATA, 2)
    assert [item.rule_code for item in items] == ["payload_alias"] * 4


def test_a_birth_counts_for_what_came_after_it(births: Births) -> None:
    for moment, name in ((10, "old"), (20, "new")):
        births.add("g/n", Birth(moment, ((1, name, 10),)))
    names = [(birth := births.at("g/n", moment)) and birth.by_alias(1) for moment in (9, 10, 19, 25)]
    assert names == [None, Known("old", 10), Known("old", 10), Known("new", 10)]


def test_few_births_are_kept_and_one_that_comes_again_is_one(births: Births) -> None:
    for moment in [*range(1, KEPT + 3), KEPT + 2]:
        births.add("g/n", Birth(moment, ()))
    assert births.at("g/n", 2) is None
    assert births.at("g/n", 3) == Birth(3, ())
    assert len(list(births.folder.iterdir())) == 1


def _payload(**fields: object) -> bytes:
    content = Payload(timestamp=1_750_000_000_000)
    content.metrics.add(**fields)
    return content.SerializeToString()


@pytest.mark.parametrize(
    ("fields", "value"),
    [
        ({"datatype": 1, "int_value": 0xFFFFFFF9}, -7),
        ({"datatype": 1, "int_value": 0xF9}, -7),
        ({"datatype": 2, "int_value": 0xFFF9}, -7),
        ({"datatype": 4, "long_value": (1 << 64) - 7}, -7),
        ({"datatype": 7, "int_value": 0xFFFFFFF9}, 4_294_967_289),
        ({"datatype": 11, "boolean_value": True}, 1),
        ({"int_value": 5}, 5),
    ],
)
def test_numbers_have_their_sign(births: Births, fields: dict, value: float) -> None:
    [reading] = _read(births, "DDATA", _payload(name="x", **fields), 1)
    assert isinstance(reading, Reading)
    assert reading.value == value


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"name": "x", "int_value": 0xFFFFFFF9}, "payload_metric_value"),
        ({"name": "x", "datatype": 10, "double_value": float("nan")}, "payload_metric_value"),
        ({"name": "x", "datatype": 10}, "payload_metric_value"),
        ({"name": "温度", "double_value": 1.0}, "payload_metric_name"),
        ({"name": "x", "double_value": 1.0, "timestamp": (1 << 64) - 1}, "payload_time"),
        ({"double_value": 1.0}, "payload_alias"),
    ],
)
def test_what_is_no_reading_is_told(births: Births, fields: dict, rule: str) -> None:
    [item] = _read(births, "DDATA", _payload(**fields), 1)
    assert isinstance(item, Broken)
    assert item.rule_code == rule
    assert item.message["zh"] != item.message["en"]


def test_two_metrics_of_one_code_are_not_mixed_up(births: Births) -> None:
    content = Payload(timestamp=1)
    for name, value in (("A/b", 1.0), ("a b", 2.0)):
        content.metrics.add(name=name, double_value=value)
    first, second = _read(births, "DDATA", content.SerializeToString(), 1)
    assert isinstance(first, Reading)
    assert isinstance(second, Broken)
    assert second.rule_code == "payload_same_code"


def test_a_name_that_is_no_text_is_told(births: Births) -> None:
    payload = bytes.fromhex("1206" + "0a02ff41" + "5005")
    [item] = _read(births, "DBIRTH", payload, 1)
    assert isinstance(item, Broken)
    assert item.rule_code == "payload_metric_name"


def test_compressed_payloads_are_told(births: Births) -> None:
    [item] = _read(births, "DDATA", Payload(uuid="SPBV1.0_COMPRESSED").SerializeToString(), 1)
    assert isinstance(item, Broken)
    assert item.rule_code == "payload_compressed"


@given(st.binary(max_size=200), st.sampled_from(["DBIRTH", "DDATA"]))
def test_whatever_the_bytes_nothing_is_raised(
    tmp_path_factory: pytest.TempPathFactory, payload: bytes, kind: str
) -> None:
    births = Births(tmp_path_factory.getbasetemp() / "any")
    for item in _read(births, kind, payload, 1):
        assert isinstance(item, Reading | Broken)


@given(st.integers(0, len(DATA) - 1), st.integers(0, 255))
def test_a_damaged_payload_raises_nothing(
    tmp_path_factory: pytest.TempPathFactory, at: int, byte: int
) -> None:
    births = Births(tmp_path_factory.getbasetemp() / "damaged")
    for item in _read(births, "DDATA", DATA[:at] + bytes([byte]) + DATA[at + 1 :], 1):
        assert isinstance(item, Reading | Broken)
