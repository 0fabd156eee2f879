"""Clocks of devices: late data keep their own day, times that cannot be go to quarantine with a reason."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from ingest.intake.closing import close_journal
from ingest.intake.journal import Message
from ingest.intake.skew import Skew
from ingest.intake.spool import CLOSED, Spool
from ingest.intake.topics import TopicTemplate
from lake.settings import Settings

RECEIVED = datetime(2026, 3, 10, 12)
TEMPLATES = (TopicTemplate("{device_id}/{metric_code}"),)
USUAL = Skew(Settings().intake_future_hours, Settings().intake_late_hours)


def _close(folder: Path, skew: Skew, *hours: float) -> tuple[list[dict], list[dict]]:
    """What becomes of one message with a reading so many hours off: readings and broken rows."""
    spool = Spool(folder, max_bytes=1 << 20, max_seconds=60)
    items = [
        {"value": n, "ts": (RECEIVED + timedelta(hours=each)).isoformat()} for n, each in enumerate(hours)
    ]
    received_us = int(RECEIVED.replace(tzinfo=UTC).timestamp() * 1_000_000)
    spool.append([Message(b"D1/temp_c", json.dumps(items).encode(), received_us)])
    spool.seal()
    [journal] = spool.take_sealed()
    close_journal(journal, TEMPLATES, 10_000, skew)
    found: dict[bool, list[dict]] = {False: [], True: []}
    for path in (folder / CLOSED).iterdir():
        found[".broken." in path.name] += pq.read_table(path).to_pylist()
    return found[False], found[True]


@pytest.mark.parametrize("hours", [0.9, 0, -1, -47, -48, -24 * 30])
def test_late_readings_keep_their_time(tmp_path: Path, hours: float) -> None:
    [reading], broken = _close(tmp_path, USUAL, hours)
    assert reading["read_at"] == RECEIVED + timedelta(hours=hours)
    assert broken == []


@pytest.mark.parametrize(
    ("hours", "rule"), [(8, "payload_future"), (24 * 400, "payload_future"), (-24 * 365 * 50, "payload_late")]
)
def test_times_that_cannot_be_are_quarantined_with_the_reason(
    tmp_path: Path, hours: float, rule: str
) -> None:
    readings, [broken] = _close(tmp_path, USUAL, hours)
    assert readings == []
    assert (broken["rule_code"], broken["topic"]) == (rule, "D1/temp_c")
    assert broken["message_zh"] != broken["message_en"]
    again = json.loads(broken["payload"])
    assert datetime.fromisoformat(again["read_at"]) == (RECEIVED + timedelta(hours=hours)).replace(tzinfo=UTC)


def test_the_others_of_a_message_are_taken(tmp_path: Path) -> None:
    readings, broken = _close(tmp_path, Skew(1, 48), 8, 0, -49, 9)
    assert [reading["value"] for reading in readings] == [1.0]
    assert [row["rule_code"] for row in broken] == ["payload_future", "payload_late", "payload_future"]
    assert len({row["sha256"] for row in broken}) == 3


def test_without_bounds_any_time_is_taken(tmp_path: Path) -> None:
    readings, broken = _close(tmp_path, Skew(), 24 * 4000, -24 * 20_000)
    assert (len(readings), broken) == (2, [])
