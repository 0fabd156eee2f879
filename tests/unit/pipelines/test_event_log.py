"""The event log with held connections: what a run tells is there for others, at once and after it."""

import threading
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.event_log import SqliteEventLogStorage

from lake.settings import Settings
from pipelines.event_log import HELD, HeldEventLogStorage
from pipelines.instance import dagster_home, dagster_instance

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dg.asset
def milestones() -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata={"rows": 3})


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(lake=tmp_path / "lake")


def run_of(instance: dg.DagsterInstance) -> str:
    return dg.materialize([milestones], instance=instance, run_config=QUIET).run_id


def test_a_lake_keeps_its_events_where_dagster_itself_would(settings: Settings) -> None:
    with dagster_instance(settings) as instance:
        assert isinstance(instance.event_log_storage, HeldEventLogStorage)
        run_id = run_of(instance)
        told = [record.event_log_entry for record in instance.get_records_for_run(run_id).records]
        theirs = SqliteEventLogStorage(str(settings.paths.dagster / "history" / "runs"))
        assert list(theirs.get_logs_for_run(run_id)) == told
    (asset,) = dg.DagsterInstance.from_config(str(dagster_home(settings))).get_asset_records(
        [dg.AssetKey("milestones")]
    )
    assert asset.asset_entry.last_materialization.run_id == run_id


def test_an_instance_of_an_earlier_version_is_brought_up_to_date(settings: Settings) -> None:
    settings.paths.dagster.mkdir(parents=True)
    (settings.paths.dagster / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    with dg.DagsterInstance.from_config(str(settings.paths.dagster)) as before:
        run_id = run_of(before)
    with dagster_instance(settings) as instance:
        assert instance.get_latest_materialization_event(dg.AssetKey("milestones")).run_id == run_id


def test_who_watches_a_run_from_another_process_hears_of_each_event(settings: Settings) -> None:
    heard, runs = threading.Event(), str(dagster_home(settings) / "history" / "runs")
    with dagster_instance(settings) as instance:
        run_id = run_of(instance)
        watcher = SqliteEventLogStorage(runs)
        watcher.watch(run_id, None, lambda event, _: heard.set() if event.message == "one more" else None)
        try:
            instance.report_engine_event("one more", run_id=run_id, job_name="night")
            assert heard.wait(30)
        finally:
            watcher.dispose()


def test_few_connections_are_held_however_many_runs_are_read(settings: Settings) -> None:
    with dagster_instance(settings) as instance:
        runs = [run_of(instance) for _ in range(HELD + 2)]
        assert all(instance.get_records_for_run(run_id).records for run_id in runs)
        storage = instance.event_log_storage
        assert len(storage._held) == HELD
        instance.wipe()
        assert not storage.get_records_for_run(runs[0]).records
        run_of(instance)
    assert not storage._held
