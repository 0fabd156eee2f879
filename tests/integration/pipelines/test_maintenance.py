"""The lake is cleaned up: what nobody needs goes, what a kept publication says stays."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from lake.connection import connect_lake, current_snapshot
from lake.lock import LakeBusyError, writer_lock
from lake.publication import Publication, list_publications
from lake.publishing import publish
from lake.settings import Settings
from pipelines.defs.maintenance import maintenance_asset
from pipelines.maintenance import maintain, retained
from pipelines.month_ends import keep_month_ends
from tests.support.small_lake import make_small_lake

NOW = dt.datetime(2026, 3, 1, 6)


def publication(name: str, day: str, published: str | None = None, kind: str = "night") -> Publication:
    at = dt.datetime.fromisoformat(published or f"{day} 20:00:00")
    return Publication(name, 1, dt.date.fromisoformat(day), kind, "ok", at, f"run-{name}", f"{name}.duckdb")


def test_nights_stay_90_days_refreshes_two_and_month_ends_for_ever() -> None:
    made = [
        publication("old", "2025-09-29"),
        publication("month-end", "2025-09-30", "2025-09-30 20:00:00"),
        publication("month-end.2", "2025-09-30", "2025-10-02 20:00:00"),
        publication("night-90-days-old", "2025-12-01", "2025-12-01 06:00:00"),
        publication("night-89-days-old", "2025-12-02", "2025-12-02 06:00:01"),
        publication("last-of-december", "2025-12-31"),
        publication("stale-refresh", "2026-02-26", "2026-02-27 06:00:00", "refresh"),
        publication("young-refresh", "2026-02-26", "2026-02-27 06:00:01", "refresh"),
        publication("newest", "2026-02-28"),
    ]
    assert [each.name for each in retained(made, NOW, "newest")] == [
        "month-end.2",
        "night-89-days-old",
        "last-of-december",
        "young-refresh",
        "newest",
    ]


def test_what_is_served_stays_however_old_it_is() -> None:
    made = [publication("served", "2025-01-10"), publication("later", "2025-01-11")]
    assert [each.name for each in retained(made, NOW, "served")] == ["served", "later"]


#: Nights of the story; each loads a hundred more people.
MANY = 100
NIGHTS = ("2025-08-01", "2025-08-11", "2025-08-13", "2025-08-31", "2025-09-01", "2025-09-28")


@pytest.fixture
def used(tmp_lake: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Six nights in August and September 2025, each loading rows and publishing what it read."""
    build = tmp_path / "build.duckdb"
    with duckdb.connect(str(build)) as file:
        file.execute("create schema marts; create schema ml; create schema ops")
        file.execute("create table marts.mart_people as select 1 as person_count")
        file.execute("create schema intermediate")
        file.execute("create table intermediate.int_people as select hash(range) as h from range(400_000)")
    make_small_lake(tmp_lake, "ref__people")
    monkeypatch.setattr("pipelines.maintenance.ensure_lake", lambda con: None)
    with connect_lake(tmp_lake) as con:
        for day in NIGHTS:
            # A few rows stand in the catalogue itself, more of them in a file.
            for rows in (1, MANY - 1):
                con.execute(
                    "insert into lake.raw.raw_ref__people (person_id) select ? || range from range(?)",
                    [day, rows],
                )
            made = replace(publication(f"night-{day}", day), snapshot_id=current_snapshot(con))
            on = made.as_of_on
            publish(
                tmp_lake,
                con,
                made,
                build,
                lambda writer, on=on: keep_month_ends(writer, tmp_lake, on, {"nodes": {}}) and None,
            )
    return tmp_lake


def published_days(settings: Settings) -> list[str]:
    return sorted(path.stem.removeprefix("night-") for path in settings.paths.published.glob("*.duckdb"))


def people_at(settings: Settings, snapshot: int) -> int:
    with connect_lake(settings, snapshot_version=snapshot) as con:
        return con.execute("select count(*) from lake.raw.raw_ref__people").fetchall()[0][0]


def test_files_and_snapshots_become_few_and_kept_publications_still_reproduce(used: Settings) -> None:
    now = dt.datetime(2025, 11, 10, 6)
    done = maintain(used, now)
    # The nights of the last 90 days and the end of each month stay.
    assert done.deleted == ("night-2025-08-01", "night-2025-08-11")
    assert published_days(used) == list(NIGHTS[2:])
    assert done.after.data_files < done.before.data_files
    assert done.after.snapshots < done.before.snapshots
    assert done.after.published_bytes < done.before.published_bytes
    for kept in list_publications(used):
        if kept.as_of_on.isoformat() in published_days(used):
            assert people_at(used, kept.snapshot_id) == MANY * (NIGHTS.index(kept.as_of_on.isoformat()) + 1)

    again = maintain(used, now)
    assert (again.deleted, again.before, again.after) == ((), done.after, done.after)

    # Months later: of August only its end is left; September is in no history yet, so its nights stay.
    maintain(used, dt.datetime(2026, 6, 1))
    assert published_days(used) == ["2025-08-31", "2025-09-01", "2025-09-28"]


def test_files_lose_the_room_of_their_builds_workings_while_they_are_read(used: Settings) -> None:
    served = used.paths.published / f"night-{NIGHTS[-1]}.duckdb"
    with duckdb.connect(str(served), read_only=True) as reader:
        before = served.stat().st_size
        done = maintain(used, NOW)
        assert served.stem in done.compacted
        assert reader.execute("from marts.mart_people").fetchall() == [(1,)]
    assert served.stat().st_size < before / 2
    with duckdb.connect(str(served), read_only=True) as reader:
        assert reader.execute("from marts.mart_people").fetchall() == [(1,)]
        assert reader.execute("select count(*) from ops.publication").fetchall()[0][0] >= 1
        schemas = reader.execute("select distinct schema_name from duckdb_tables()").fetchall()
        assert {name for (name,) in schemas} == {"marts", "ops"}
    assert maintain(used, NOW).compacted == ()


def test_the_asset_tells_what_it_did_and_refuses_while_the_lake_is_written(used: Settings) -> None:
    asset = maintenance_asset(used)
    with writer_lock(used, "gantry night"):
        with pytest.raises(LakeBusyError, match="gantry night"):
            maintain(used, NOW)
        assert not dg.materialize([asset], raise_on_error=False).success
    assert published_days(used) == list(NIGHTS)
    result = dg.materialize([asset])
    (event,) = result.asset_materializations_for_node("lake_maintenance")
    assert event.metadata["published_files_after"].value < event.metadata["published_files_before"].value
