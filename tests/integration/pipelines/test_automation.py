"""When things run by themselves: the night's schedule, and the sensor that watches the sources' files."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
import pytest

from ingest.company import Company, Source
from lake.lock import writer_lock
from lake.settings import Settings
from pipelines.defs.automation import inbox, nightly
from pipelines.resources import KIND_TAG


def company(folder: Path, as_of_on: date | None = None) -> Company:
    source = Source("orders", "csv", (str(folder / "*.csv"),), (folder,))
    return Company(
        folder / "company.yml",
        {"zh": "甲", "en": "A"},
        "Asia/Shanghai",
        "CNY",
        as_of_on,
        {"orders": source},
        {},
    )


def look(sensor: dg.SensorDefinition, cursor: str | None) -> dg.SensorResult | dg.SkipReason:
    with (
        dg.DagsterInstance.ephemeral() as instance,
        dg.build_sensor_context(instance=instance, cursor=cursor) as context,
    ):
        seen = sensor(context)
    assert isinstance(seen, dg.SensorResult | dg.SkipReason)
    return seen


def test_the_night_begins_at_two_in_the_companys_own_time_zone(tmp_path: Path) -> None:
    schedule = nightly(company(tmp_path))
    with dg.build_schedule_context(scheduled_execution_time=datetime(2026, 3, 1, 18, tzinfo=UTC)) as context:
        assert schedule.evaluate_tick(context).run_requests
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 2 * * *", "Asia/Shanghai")
    assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING


def test_a_fixed_extract_has_no_nights_of_its_own(tmp_path: Path) -> None:
    schedule = nightly(company(tmp_path, date(2025, 9, 30)))
    assert schedule.default_status == dg.DefaultScheduleStatus.STOPPED


def test_a_new_file_starts_one_refresh_and_the_same_files_none(tmp_path: Path, tmp_lake: Settings) -> None:
    sensor = inbox(company(tmp_path), tmp_lake)
    first = look(sensor, None)
    assert isinstance(first, dg.SensorResult)
    assert not first.run_requests
    (tmp_path / "monday.csv").write_text("order_id\n1\n", encoding="utf-8")
    second = look(sensor, first.cursor)
    assert isinstance(second, dg.SensorResult)
    assert [request.tags[KIND_TAG] for request in second.run_requests or ()] == ["refresh"]
    assert list(json.loads(second.cursor or "")) == [str(tmp_path / "monday.csv")]
    assert isinstance(look(sensor, second.cursor), dg.SkipReason)


def test_a_new_file_waits_while_a_night_runs(tmp_path: Path, tmp_lake: Settings) -> None:
    sensor = inbox(company(tmp_path), tmp_lake)
    cursor = getattr(look(sensor, None), "cursor", None)
    (tmp_path / "monday.csv").write_text("order_id\n1\n", encoding="utf-8")
    with writer_lock(tmp_lake, "gantry night"):
        waiting = look(sensor, cursor)
    assert isinstance(waiting, dg.SkipReason)
    assert "gantry night" in str(waiting.skip_message)
    assert isinstance(look(sensor, cursor), dg.SensorResult)


@pytest.mark.parametrize("as_of_on", [None, date(2025, 9, 30)])
def test_schedule_and_sensor_run_the_same_job(
    tmp_path: Path, tmp_lake: Settings, as_of_on: date | None
) -> None:
    of_company = company(tmp_path, as_of_on)
    assert nightly(of_company).job_name == inbox(of_company, tmp_lake).job_name == "night"
