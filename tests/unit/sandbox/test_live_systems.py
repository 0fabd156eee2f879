"""What the running systems hand out: soiled rows, Excel files, MQTT messages, phone reports, photos."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from ingest.intake.payloads import Broken, read_payload
from ingest.intake.topics import TopicTemplate
from lake.contracts import source_contracts
from lake.settings import Settings
from sandbox.systems.devices import messages
from sandbox.systems.drop_folder import DropFolder
from sandbox.systems.owners import crm_tables, erp_tables
from sandbox.systems.phones import jpeg, photo_fields, reports
from sandbox.systems.records import DELETED, STAMP

MOMENT = datetime(2025, 6, 30, 7, 5)


def stamped(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.lit(MOMENT).alias(STAMP), pl.lit(False).alias(DELETED))


@pytest.fixture(scope="module")
def orders(tiny: dict[str, pl.DataFrame]) -> pl.DataFrame:
    return stamped(tiny["work__work_orders"])


def test_every_table_has_one_owner() -> None:
    names = [each.name for each in (*crm_tables(), *erp_tables())]
    others = set(source_contracts()) - set(names)
    assert len(names) == len(set(names))
    assert others == {
        *("ref__compensation_policy", "ref__school_terms", "ref__work_calendar"),
        *("work__work_orders", "iot__readings"),
    }


def test_the_office_lists_the_days_orders_and_one_twice(orders: pl.DataFrame, tmp_path: Path) -> None:
    from python_calamine import CalamineWorkbook

    drop = DropFolder(tmp_path)
    assert drop.write_day(orders.head(4), date(2025, 6, 30)) == 4
    assert drop.write_day(orders.head(0), date(2025, 7, 1)) == 0
    assert [path.name for path in (tmp_path / "work").iterdir()] == ["orders-2025-06-30.xlsx"]
    book = CalamineWorkbook.from_path(tmp_path / "work" / "orders-2025-06-30.xlsx")
    title, _, header, *rows = book.get_sheet_by_name("工单").to_python(skip_empty_area=False)
    assert title[0] == "工单导出"
    assert header[0] == "工单编号"
    assert header[-1] == "更新时间"
    assert [row[0] for row in rows] == [*orders["work_order_id"].head(4), orders["work_order_id"][3]]
    assert rows[0][-1] == "2025-06-30 15:05:00", "the office writes local time"


def test_the_history_has_a_file_a_year(orders: pl.DataFrame, tmp_path: Path) -> None:
    assert DropFolder(tmp_path).write_history(orders) == orders.height
    names = {path.stem for path in (tmp_path / "work").iterdir()}
    assert names == {f"orders-{year}" for year in orders["created_at"].dt.year().unique()}


def test_the_intake_reads_what_devices_send(tiny: dict[str, pl.DataFrame]) -> None:
    readings = tiny["iot__readings"].head(1000)
    sites = dict(tiny["iot__devices"].select("device_id", "site_id").iter_rows())
    sent = list(messages(readings, sites))
    assert len(sent) == readings.height
    template = TopicTemplate(Settings().intake_topics)
    read = [
        reading
        for message in sent
        for reading in read_payload(template.match(message.topic), message.payload, MOMENT)
    ]
    assert not [reading for reading in read if isinstance(reading, Broken)]
    columns = ("device_id", "metric_code", "read_at", "value", "quality_code")
    got = {tuple(getattr(reading, name) for name in columns) for reading in read}
    assert got == set(readings.select(columns).iter_rows())


def test_a_report_names_the_order_and_its_state(orders: pl.DataFrame) -> None:
    rows = list(reports(orders.head(3)))
    columns = {column.name for column in source_contracts()["work__work_orders"].columns}
    assert {name for row in rows for name in row} <= columns | {"report_id"}
    assert rows[0]["report_id"] == f"{rows[0]['work_order_id']}@2025-06-30T07:05:00Z"
    assert None not in rows[0].values()
    assert json.loads(json.dumps(rows)) == rows


def test_a_photo_is_a_jpeg_of_its_own_with_the_moment_of_the_shot(tiny: dict[str, pl.DataFrame]) -> None:
    from zoneinfo import ZoneInfo

    from ingest.intake.exif import read_shot

    row: dict[str, Any] = tiny["work__photos"].row(0, named=True)
    picture = jpeg(row["photo_id"], row["taken_at"])
    assert picture == jpeg(row["photo_id"], row["taken_at"]) != jpeg("another", row["taken_at"])
    assert len(picture) < 20_000
    shot = read_shot(io.BytesIO(picture), ZoneInfo("UTC"))
    assert shot.taken_at == row["taken_at"].replace(microsecond=0)
    fields = photo_fields(row)
    assert fields["work_order_id"] == row["work_order_id"]
    assert fields["taken_at"] == row["taken_at"].replace(tzinfo=UTC).isoformat().replace("+00:00", "Z")
