"""Closed batches into the lake: exactly once, judged as the door judges, whatever comes in between."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from ingest.door import release_waiting
from ingest.intake import loading
from ingest.intake.closing import close_journal
from ingest.intake.journal import Message
from ingest.intake.spool import Spool
from ingest.intake.topics import TopicTemplate
from lake.run import new_run
from lake.settings import Settings
from pipelines.loading import ingest_all
from tests.support.intake import load_all

TEMPLATES = (TopicTemplate("{device_id}/{metric_code}"),)
COMPANY = """
name: {zh: 设备, en: Devices}
time_zone: UTC
reporting_currency: CNY
as_of: 2025-06-30
sources:
  devices: {connector: csv, path: "${DATA}/devices.csv"}
tables:
  iot__devices: {from: devices, columns: {device_id: device_id}}
"""
START = datetime(2025, 6, 1)


@pytest.fixture
def close(tmp_lake: Settings) -> Callable[..., Path]:
    """Makes one closed batch of messages (topic, content), received a second after another."""
    spool = Spool(tmp_lake.paths.intake, max_bytes=1 << 20, max_seconds=60)
    clock = iter(range(10**6))

    def make(*messages: tuple[str, object]) -> Path:
        spool.append(
            Message(
                topic.encode(),
                content if isinstance(content, bytes) else json.dumps(content).encode(),
                next(clock) * 1_000_000,
            )
            for topic, content in messages
        )
        spool.seal()
        [journal] = spool.take_sealed()
        close_journal(journal, TEMPLATES, 1000)
        return loading.closed_batches(tmp_lake)[-1]

    return make


def _at(minute: int) -> str:
    return (START + timedelta(minutes=minute)).isoformat()


def _values(con: duckdb.DuckDBPyConnection, table: str = "raw.raw_iot__readings") -> list[tuple]:
    return con.execute(f"select device_id, read_at, value from lake.{table} order by all").fetchall()


def test_a_reading_that_comes_again_is_unchanged(tmp_lake: Settings, close: Callable) -> None:
    close(("D1/temp_c", {"value": 1, "ts": _at(0)}))
    load_all(tmp_lake)
    close(("D1/temp_c", {"value": 1, "ts": _at(0)}), ("D1/temp_c", {"value": 2, "ts": _at(1)}))
    [load], con = load_all(tmp_lake)
    assert (load.read, load.inserted, load.updated, load.unchanged) == (2, 1, 0, 1)
    assert [value for *_, value in _values(con)] == [1.0, 2.0]


def test_two_batches_of_one_load_may_hold_the_same_reading(tmp_lake: Settings, close: Callable) -> None:
    close(("D1/temp_c", {"value": 1, "ts": _at(0)}))
    close(("D1/temp_c", {"value": 1, "ts": _at(0)}))
    [load], con = load_all(tmp_lake)
    assert (load.read, load.inserted, load.unchanged, load.quarantined) == (2, 1, 1, 0)
    assert len(_values(con)) == 1


def test_a_corrected_reading_replaces_the_old_one_which_history_keeps(
    tmp_lake: Settings, close: Callable
) -> None:
    close(("D1/temp_c", {"value": 1, "ts": _at(0)}))
    load_all(tmp_lake)
    close(("D1/temp_c", {"value": 3, "ts": _at(0)}))
    [load], con = load_all(tmp_lake)
    assert (load.updated, load.inserted) == (1, 0)
    assert _values(con) == [("D1", START, 3.0)]
    assert _values(con, "history.raw_iot__readings") == [("D1", START, 1.0)]


def test_late_readings_keep_their_time(tmp_lake: Settings, close: Callable) -> None:
    close(("D1/temp_c", {"value": 1, "ts": _at(48 * 60)}))
    load_all(tmp_lake)
    close(("D1/temp_c", {"value": 2, "ts": _at(0)}), ("D2/temp_c", {"value": 3, "ts": "1970-01-02"}))
    [load], con = load_all(tmp_lake)
    assert load.inserted == 2
    assert [read_at for _, read_at, _ in _values(con)] == [
        START,
        START + timedelta(days=2),
        datetime(1970, 1, 2),
    ]


def test_impossible_readings_are_quarantined_with_reasons(tmp_lake: Settings, close: Callable) -> None:
    close(
        ("D1/temp_c", {"value": 999, "ts": _at(0)}),
        ("D1/Temp", {"value": 1, "ts": _at(0)}),
        ("D1/temp_c", {"value": 1, "ts": _at(1)}),
    )
    [load], con = load_all(tmp_lake)
    assert (load.inserted, load.quarantined) == (1, 2)
    rules = con.execute("select rule_code from lake.quarantine.reason order by 1").fetchall()
    assert rules == [("pattern",), ("temperature_is_possible",)]


def test_readings_of_an_unknown_device_wait_for_it(tmp_lake: Settings, close: Callable) -> None:
    close(("new/temp_c", {"value": 1.5, "ts": _at(0)}))
    [load], con = load_all(tmp_lake)
    assert (load.inserted, load.quarantined) == (0, 1)
    con.execute("insert into lake.raw.raw_iot__devices by name select 'new' as device_id")
    [released] = release_waiting(con, new_run(START.date(), "ingest"), tmp_lake)
    assert released.released == 1
    assert _values(con) == [("new", START, 1.5)]


def test_the_same_poison_stands_in_quarantine_once(tmp_lake: Settings, close: Callable) -> None:
    close(("D1/temp_c", b"\xff\x00"), ("D1/temp_c", b"\xff\x00"), ("D1/temp_c", b'{"value": "\xe7\x83\xad"}'))
    [load], con = load_all(tmp_lake)
    assert (load.read, load.quarantined, load.unchanged) == (3, 2, 1)
    close(("D1/temp_c", b"\xff\x00"))
    [load], con = load_all(tmp_lake)
    assert (load.read, load.quarantined, load.unchanged) == (1, 0, 1)
    [(text,)] = con.execute(
        "select row_json->>'$.source.text' as text from lake.quarantine.row where text is not null"
    ).fetchall()
    assert text == '{"value": "热"}'


def test_a_load_that_dies_before_it_removes_its_files_loads_nothing_twice(
    tmp_lake: Settings, close: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = close(("D1/temp_c", {"value": 1, "ts": _at(0)}))

    def die(_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(loading, "_remove", die)
        with pytest.raises(KeyboardInterrupt):
            load_all(tmp_lake)
    assert batch.exists()
    loads, con = load_all(tmp_lake)
    assert loads == []
    assert not batch.exists()
    assert len(_values(con)) == 1


def test_a_load_that_dies_before_its_commit_leaves_everything(
    tmp_lake: Settings, close: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    close(("D1/temp_c", {"value": 1, "ts": _at(0)}), ("D1/temp_c", b"poison"))

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(loading, "write_files", die)
        with pytest.raises(KeyboardInterrupt):
            load_all(tmp_lake)
    [load], con = load_all(tmp_lake)
    assert (load.inserted, load.quarantined) == (1, 1)
    assert len(_values(con)) == 1


def test_many_rows_are_loaded_in_several_commits(
    tmp_lake: Settings, close: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    for minute in range(5):
        close(("D1/temp_c", {"value": 1, "ts": _at(minute)}))
    monkeypatch.setattr(loading, "ROWS_PER_LOAD", 2)
    loads, con = load_all(tmp_lake)
    assert [load.inserted for load in loads] == [2, 2, 1]
    assert len(_values(con)) == 5


def test_gantry_ingest_loads_devices_and_then_their_closed_batches(
    tmp_lake: Settings, close: Callable, tmp_path: Path
) -> None:
    (tmp_path / "devices.csv").write_text("device_id\nD1\n", encoding="utf-8")
    (tmp_path / "company.yml").write_text(COMPANY, encoding="utf-8")
    close(("D1/temp_c", {"value": 1, "ts": _at(0)}))
    settings = tmp_lake.model_copy(update={"company": tmp_path, "data": tmp_path})
    loads = {load.table: load for load in ingest_all(settings, None)}
    assert (loads["iot__devices"].inserted, loads["iot__readings"].inserted) == (1, 1)
    assert loading.closed_batches(settings) == []
