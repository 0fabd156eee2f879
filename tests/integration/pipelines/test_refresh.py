"""What devices send reaches the marts that show it, by a night, by a refresh, and by a backfill of days."""

from datetime import date
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from pydantic import SecretStr

from ingest.company import load_company
from ingest.intake.loading import closed_batches
from lake.lock import writer_lock
from lake.publication import connect_publication, current_publication
from lake.settings import Settings
from pipelines.build_file import GOOD
from pipelines.dbt_runs import DbtProject
from pipelines.definitions import build_definitions
from pipelines.defs.automation import inbox, intake_batches, refresh_job
from pipelines.instance import dagster_instance
from pipelines.refreshes import READINGS, REFRESHES
from pipelines.runner import NightReport, run_night, run_refresh
from tests.support.device_company import device_company
from tests.support.readings import close_batch

DAY, NEXT_DAY = "2025-06-29", "2025-06-30"
#: What a refresh of readings may build: they and what reads them.
#: Its staging view stands in the build that a refresh carries on, and is not made again.
READING_MODELS = {
    "int_reading_hour",
    "fct_reading_day",
    "mart_device_day",
    "mart_site_condition",
    "mart_site_day",
}


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory, test_key: str) -> Settings:
    folder = tmp_path_factory.mktemp("devices")
    settings = Settings(lake=folder / "lake", key=SecretStr(test_key), language="en")
    return device_company(settings, folder)


@pytest.fixture(scope="module")
def night(company: Settings) -> NightReport:
    """A night that found a closed batch: one reading of D1 on the first day."""
    send(company, "D1", f"{DAY}T01:10:00", 20)
    return ended_well(run_night(company))


def send(settings: Settings, device_id: str, moment: str, value: float) -> None:
    close_batch(settings, (f"{device_id}/room_c", {"value": value, "ts": moment}))


def ended_well(report: NightReport) -> NightReport:
    assert report.exit_code == 0, (report.message, [each for each in report.checks if not each.is_passed])
    return report


def published(settings: Settings, query: str) -> list[tuple]:
    with connect_publication(settings) as con:
        return con.execute(query).fetchall()


def days(settings: Settings) -> dict[tuple[str, str], float]:
    rows = published(settings, "select device_id, day_on::varchar, value_mean from marts.fct_reading_day")
    return {(device, day): mean for device, day, mean in rows}


def materialized_days(settings: Settings) -> set[str]:
    with dagster_instance(settings) as instance:
        return instance.get_materialized_partitions(dg.AssetKey("fct_reading_day"))


def test_a_night_takes_in_what_devices_sent(company: Settings, night: NightReport) -> None:
    assert {load.table: load.inserted for load in night.loads}["iot__readings"] == 1
    assert days(company) == {("D1", DAY): 20}
    assert materialized_days(company) == {DAY}
    assert closed_batches(company) == []


def test_data_older_than_their_sources_target_are_told(company: Settings, night: NightReport) -> None:
    [check] = [each for each in night.checks if each.check_name == "fresh"]
    assert (check.asset_name, check.is_passed, check.expected) == ("source/devices", False, "≤ 24 h")
    assert check.severity_code == "warn"
    assert "2025-06-02" in check.message
    with dagster_instance(company) as instance:
        [record] = instance.fetch_observations(dg.AssetKey(["source", "devices"]), limit=1).records
    observed = record.asset_observation
    assert observed is not None
    assert observed.metadata["age_hours"].value == float(check.actual.removesuffix(" h"))


def test_a_refresh_builds_what_depends_on_readings_and_nothing_else(
    company: Settings, night: NightReport
) -> None:
    # The second reading of the first day comes late; the evening of the 29th in UTC is the 30th in Shanghai.
    send(company, "D1", f"{DAY}T01:20:00", 24)
    send(company, "D2", f"{DAY}T20:00:00", 30)
    refresh = ended_well(run_refresh(company, READINGS))
    assert {node.name for node in refresh.nodes if node.resource_type == "model"} == READING_MODELS
    assert days(company) == {("D1", DAY): 22, ("D2", NEXT_DAY): 30}
    assert materialized_days(company) == {DAY, NEXT_DAY}
    assert published(company, "select site_id, device_count, value_last from marts.mart_site_condition") == [
        ("S", 2, 30)
    ]
    made = current_publication(company)
    assert made is not None
    assert (made.kind_code, made.as_of_on) == ("refresh", date(2025, 6, 30))
    kept = {(check.asset_name, check.check_name) for check in night.checks}
    assert kept <= {(check.asset_name, check.check_name) for check in refresh.checks}


@pytest.mark.usefixtures("night")
def test_a_backfill_builds_its_days_again_and_publishes_them(company: Settings) -> None:
    send(company, "D1", f"{NEXT_DAY}T01:10:00", 21)
    ended_well(run_refresh(company, READINGS))
    right = days(company)
    with duckdb.connect(str(company.paths.build / GOOD)) as con:
        con.execute("update intermediate.int_reading_hour set value_mean = -1")
        con.execute("update marts.fct_reading_day set value_mean = -1")
    definitions = build_definitions(company, DbtProject(company))
    keys = [dg.AssetKey("fct_reading_day")]
    job = definitions.resolve_implicit_job_def_def_for_assets(keys)
    assert job is not None
    with dagster_instance(company) as instance:
        span = {"dagster/asset_partition_range_start": DAY, "dagster/asset_partition_range_end": DAY}
        assert job.execute_in_process(instance=instance, asset_selection=keys, tags=span).success
    assert {day for _, day in right} == {DAY, NEXT_DAY}
    assert days(company) == {(name, day): right[name, day] if day == DAY else -1 for name, day in right}
    made = current_publication(company)
    assert made is not None
    assert made.kind_code == "refresh"


def test_a_refresh_before_the_first_night_says_what_to_do(tmp_lake: Settings, tmp_path: Path) -> None:
    settings = device_company(tmp_lake, tmp_path)
    send(settings, "D1", f"{DAY}T01:10:00", 20)
    assert "night" in str(getattr(look(sensor_of(settings), settings), "skip_message", ""))
    report = run_refresh(settings, READINGS)
    assert report.exit_code == 2
    assert "gantry run" in report.message
    assert current_publication(settings) is None


def sensor_of(settings: Settings) -> dg.SensorDefinition:
    return intake_batches(settings, [refresh_job(each, []) for each in REFRESHES])


def look(
    sensor: dg.SensorDefinition, settings: Settings, cursor: str | None = None
) -> dg.SensorResult | dg.SkipReason:
    with (
        dagster_instance(settings) as instance,
        dg.build_sensor_context(instance=instance, cursor=cursor) as context,
    ):
        seen = sensor(context)
    assert isinstance(seen, dg.SensorResult | dg.SkipReason)
    return seen


@pytest.mark.usefixtures("night")
def test_a_closed_batch_asks_for_one_refresh(company: Settings) -> None:
    sensor = sensor_of(company)
    assert isinstance(look(sensor, company), dg.SkipReason)
    send(company, "D1", f"{DAY}T01:20:00", 24)
    asked, again = look(sensor, company), look(sensor, company)
    assert isinstance(asked, dg.SensorResult)
    assert isinstance(again, dg.SensorResult)
    [first], [second] = asked.run_requests or (), again.run_requests or ()
    assert (first.run_key, first.job_name) == (second.run_key, "refresh_readings")
    with writer_lock(company, "gantry night"):
        assert "gantry night" in str(getattr(look(sensor, company), "skip_message", ""))


@pytest.mark.usefixtures("night")
def test_files_that_the_night_has_read_start_nothing(company: Settings) -> None:
    sensor = inbox(load_company(company.company, company.data), company)
    read = look(sensor, company, cursor="{}")
    assert isinstance(read, dg.SensorResult)
    assert not read.run_requests
    assert "night" in str(getattr(read.skip_reason, "skip_message", read.skip_reason))
    assert company.data is not None
    (company.data / "sites.csv").write_text("site_id,name\nS,School\nT,Tower\n", encoding="utf-8")
    asked = look(sensor, company, cursor=read.cursor)
    assert isinstance(asked, dg.SensorResult)
    assert [each.tags["gantry/kind"] for each in asked.run_requests or ()] == ["refresh"]
